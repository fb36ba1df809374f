"""What is not a sound is called by its name."""

import io

import pytest

from cnnkit.files.recognition import not_a_sound


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "this is a PNG image, not a sound", "give a sound"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "this is a JPEG image, not a sound", "give a sound"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "this is a WebP image, not a sound", "give a sound"),
        (b"RIFF\x10\0\0\0AVI LIST", "this is an AVI film, not a sound", "give a sound"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "this is an MPEG-4 file (M4A, AAC), which cannot be read", "song.m4a song.wav"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "this is a HEIF or AVIF image, not a sound", "give a sound"),
        (b"\xff\xf1\x50\x80" + bytes(40), "this is an AAC sound, which cannot be read", "song.aac song.wav"),
        (b"\x1a\x45\xdf\xa3" + bytes(40), "this is a Matroska or WebM file, not a sound", "song.webm song.wav"),
        (b"\x93NUMPY\x01\0", "this is a NumPy array without a sample rate, not a sound", "cnnkit.mfcc("),
        (b"\x1f\x8b\x08\0" + bytes(40), "this is a gzip archive, not a sound", "gunzip"),
        ("Grüße\n".encode(), "this is a text, not a sound", "give a sound"),
        (b"a" * 511 + "ü".encode(), "this is a text, not a sound", "give a sound"),
    ],
)
def test_known_kinds(content: bytes, problem: str, hint: str) -> None:
    error = not_a_sound(io.BytesIO(content))
    assert error is not None
    assert error.problem == problem
    assert hint in error.hint


@pytest.mark.parametrize(
    "content", [bytes(range(256)), b"\0\1\2\3", b"text\0more", b"RIFF\x10\0\0\0WAVEfmt ", b"\xff\xfb\x90"]
)
def test_other_kinds(content: bytes) -> None:
    assert not_a_sound(io.BytesIO(content)) is None
