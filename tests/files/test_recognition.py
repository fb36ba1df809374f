"""Files are known by their first bytes, and what is not a sound is called by its name."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from cnnkit.files.recognition import (
    FORMATS,
    UNKNOWN,
    Format,
    not_a_sound_error,
    recognise,
    unreadable_sound_error,
)


def is_sound(head: bytes) -> bool:
    return recognise(head).kind == "sound"


def head_of(known: Format, magic: bytes, contents: bytes) -> bytes:
    head = bytes(known.offset) + magic
    return head.ljust(8, b"\0") + contents if contents else head


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_no_format_hides_another(known: Format) -> None:
    for magic in known.magic:
        for contents in known.contents or (b"",):
            assert recognise(head_of(known, magic, contents) + b"content") == known


@pytest.mark.parametrize(
    ("kind", "name"),
    [("PNG", "png"), ("JPEG", "jpeg"), ("GIF", "gif"), ("BMP", "bmp"), ("TIFF", "tiff"), ("WEBP", "webp")],
)
def test_images_have_a_name(kind: str, name: str) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(stream, kind)
    assert recognise(stream.getvalue()[:26])[:2] == (name, "image")


def test_arrays_have_a_name() -> None:
    for save, name in ((np.save, "npy"), (np.savez, "zip")):
        stream = io.BytesIO()
        save(stream, np.eye(2))
        assert recognise(stream.getvalue()[:26]).name == name


def test_a_tga_has_no_name_of_its_own_and_is_known() -> None:
    for image in (Image.new("RGB", (20, 20)), Image.new("L", (20, 20)), Image.new("P", (20, 20))):
        for settings in ({}, {"compression": "tga_rle"}):
            stream = io.BytesIO()
            image.save(stream, "TGA", **settings)
            assert recognise(stream.getvalue()[:26]).text == "a TGA image"


@pytest.mark.parametrize("head", [b"", b"\x89PNG", b"II*", b"RIFF", b"PK", b"text"])
def test_what_is_not_known(head: bytes) -> None:
    assert recognise(head) is UNKNOWN


NAMELESS = {"RAW", "SD2", "MAT4", "MPC2K"}
"""Formats of libsndfile without a name at their beginning."""

REFUSED = {"VOC", "AVR", "WVE", "SDS", "MAT5"}
"""Those that it reads wrongly where they are cut off or damaged."""


@pytest.mark.parametrize("kind", sorted(set(soundfile.available_formats()) - NAMELESS))
def test_sounds_are_known_by_their_content(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sound.png"
    noise = 0.1 * np.random.default_rng(0).normal(size=4000)
    soundfile.write(path, noise, 8000, format=kind, subtype=soundfile.default_subtype(kind) or "ALAW")
    assert is_sound(path.read_bytes()[:26]) == (kind not in REFUSED)
    assert recognise(path.read_bytes()[:26]).text or kind not in REFUSED


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO", "TGA", "JPEG2000"])
def test_images_are_no_sounds(kind: str) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(stream, kind)
    assert not is_sound(stream.getvalue()[:26])


@pytest.mark.parametrize(
    "head",
    [
        b"\1\4",
        b"\1\4" + bytes(24),
        bytes(8) + b"\0\2\0\0",
        b"",
        b"RIFF",
        b"RIFF\x10\0\0\0AVI LIST",
        b"FORM\0\0\0\x20ILBM",
        b"\x93NUMPY\1\0",
        b"\xff\xd8\xff\xe0",
        b"text",
    ],
)
def test_other_beginnings_are_no_sounds(head: bytes) -> None:
    assert not is_sound(head)


@pytest.mark.parametrize(
    ("head", "hint"),
    [(b"\0\0\0\x20ftypM4A ", "song.m4a"), (b"\xff\xf1\x50\x80", "song.aac"), (b"\x30\x26\xb2\x75", "song.wma")],
)
def test_sounds_that_cannot_be_read(head: bytes, hint: str) -> None:
    error = unreadable_sound_error(head)
    assert error is not None
    assert hint in error.hint
    assert not is_sound(head)


def test_the_hint_has_the_name_that_the_user_gave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, head in (("My Talk.m4a", b"\0\0\0\x20ftypM4A "), ("notes.mid", b"MThd")):
        Path(name).write_bytes(head + bytes(40))
        with open(name, "rb") as stream:
            error = not_a_sound_error(stream)
        assert error is not None
        assert ("ffmpeg -i 'My Talk.m4a' 'My Talk.wav'" in error.hint) == (name == "My Talk.m4a")


@pytest.mark.parametrize("head", [b"", b"RIFF\x10\0\0\0WAVEfmt ", b"\0\0\0\x20ftypavif", b"\x89PNG\r\n"])
def test_what_has_no_such_sound(head: bytes) -> None:
    assert unreadable_sound_error(head) is None


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "this is a PNG image, not a sound", "give a sound"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "this is a JPEG image, not a sound", "give a sound"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "this is a WebP image, not a sound", "give a sound"),
        (b"RIFF\x10\0\0\0AVI LIST", "this is an AVI film, which cannot be read", "song.avi song.wav"),
        (b"MATLAB 5.0 MAT-file, Platform", "this is a MATLAB file, not a sound", "cnnkit.mfcc("),
        (b"MThd\0\0\0\6", "this is a MIDI file, notes without sound, which cannot be read", "timidity"),
        (b"wvpk" + bytes(40), "this is a WavPack sound, which cannot be read", "song.wv song.wav"),
        (b"#!AMR\n" + bytes(40), "this is an AMR sound, which cannot be read", "song.amr song.wav"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "this is an MPEG-4 file (M4A, AAC), which cannot be read", "song.m4a song.wav"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "this is an AVIF image, not a sound", "give a sound"),
        (b"\xff\xf1\x50\x80" + bytes(40), "this is an AAC sound, which cannot be read", "song.aac song.wav"),
        (
            b"\x1a\x45\xdf\xa3" + bytes(40),
            "this is a Matroska or WebM file, which cannot be read",
            "song.webm",
        ),
        (b"\x93NUMPY\x01\0", "this is a NumPy array without a sample rate, not a sound", "cnnkit.mfcc("),
        (b"\x1f\x8b\x08\0" + bytes(40), "this is a gzip archive, not a sound", "gunzip"),
        ("Grüße\n".encode(), "this is a text file, not a sound", "give a sound"),
        (b"a" * 511 + "ü".encode(), "this is a text file, not a sound", "give a sound"),
    ],
)
def test_known_kinds(content: bytes, problem: str, hint: str) -> None:
    error = not_a_sound_error(io.BytesIO(content))
    assert error is not None
    assert error.problem == problem
    assert hint in error.hint


@pytest.mark.parametrize(
    "content", [bytes(range(256)), b"\0\1\2\3", b"text\0more", b"RIFF\x10\0\0\0WAVEfmt ", b"\xff\xfb\x90"]
)
def test_other_kinds(content: bytes) -> None:
    assert not_a_sound_error(io.BytesIO(content)) is None
