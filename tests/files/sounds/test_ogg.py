"""Pages by hand, and streams that are joined, side by side or of other kinds."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.header import read_header
from cnnkit.files.sounds.ogg import read_ogg
from cnnkit.files.sounds.stored import Span
from tests.reference.at_once import read_signal


def page(serial: int, content: bytes, flags: int = 0) -> bytes:
    table = bytes([255] * (len(content) // 255) + [len(content) % 255])
    return b"OggS\0" + bytes([flags]) + struct.pack("<qIII", 0, serial, 0, 0) + bytes([len(table)]) + table + content


def written(kind: str = "VORBIS", rate: int = 16000, channels: int = 1) -> bytes:
    stream = io.BytesIO()
    tone = np.sin(np.arange(9000) * 0.1)[:, None] * [0.5, -0.4][:channels]
    soundfile.write(stream, tone, rate, format="OGG", subtype=kind)
    return stream.getvalue()


def pages(content: bytes) -> list[bytes]:
    out = []
    while content:
        size = 27 + content[26] + sum(content[27 : 27 + content[26]])
        out.append(content[:size])
        content = content[size:]
    return out


def test_pages_by_hand() -> None:
    film, sound = page(1, b"\x80theora", 2), page(2, b"\x01vorbis", 2)
    more, last = page(1, b"picture"), page(2, b"sound" * 100, 4)
    content = b"12" + film + sound + more + last
    notes: list[str] = []
    part, end = read_ogg(io.BytesIO(content), 2, len(content), notes)
    first = 2 + len(film)
    assert part.pieces == (Span(first, first + len(sound)), Span(len(content) - len(last), len(content)))
    assert (end, notes) == (len(content), ["a stream beside the sound is left out: Theora video"])


@pytest.mark.parametrize("kind", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_stream_beside_the_sound(kind: str, channels: int) -> None:
    """Pages of a film and its sound take turns."""
    content = written(kind, 16000, channels)
    expected = read_signal(io.BytesIO(content), "1").samples
    begin, *rest = pages(content)
    mixed = [page(77, b"\x80theora", 2), begin]
    for one in rest:
        mixed += [page(77, b"a picture"), one]
    signal = read_signal(io.BytesIO(b"".join(mixed)), "1")
    np.testing.assert_array_equal(signal.samples, expected)
    assert signal.notes == ("a stream beside the sound is left out: Theora video",)


def test_joined_streams_of_different_kinds() -> None:
    one, other = written(), written("VORBIS", 8000)
    signal = read_signal(io.BytesIO(one + other))
    np.testing.assert_array_equal(signal.samples, read_signal(io.BytesIO(one)).samples)
    assert signal.notes == ("another sound that follows in this file is left out: 8,000 Hz, 1 channel, VORBIS",)
    three = read_header(io.BytesIO(one + one + one))
    assert (three.samples, len(three.parts)) == (27000, 3)


def test_flac_in_ogg() -> None:
    """FLAC's frames in pages; the first holds 7F FLAC, version 1.0, a number of headers and a FLAC's own header."""
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(-9999, 9999, 5000).astype(np.int16)
    soundfile.write(stream, noise, 8000, format="FLAC", subtype="PCM_16")
    flac = stream.getvalue()
    content = page(5, b"\x7fFLAC\1\0\0\1" + flac[:42], 2)
    content += page(5, flac[42:900]) + page(5, flac[900:3000])
    content += page(5, flac[3000:], 4)
    np.testing.assert_array_equal(read_signal(io.BytesIO(content)).samples, noise)


@pytest.mark.parametrize(
    ("first", "name"), [(b"Speex   1.2", "Speex"), (b"\x80theora", "Theora video"), (b"??", "an unknown codec")]
)
def test_what_is_no_sound_that_can_be_read(first: bytes, name: str) -> None:
    content = page(1, b"fishead\0", 2) + page(2, first, 2) + page(2, b"more", 4)
    with pytest.raises(InputError, match=f"this Ogg file holds {name}, which cannot be read"):
        read_header(io.BytesIO(content))


def test_a_cut_and_an_end_that_is_not_marked() -> None:
    *most, last = pages(written())
    content = b"".join(most)
    with pytest.raises(InputError, match=rf"its last page has {len(last)} bytes, the file holds {len(last) - 1} "):
        read_header(io.BytesIO(content + last[:-1]))
    if len(most) > 3:
        assert read_header(io.BytesIO(content)).notes == (
            "its last page is not marked as the end: the sound may have been longer",
        )


def test_bytes_between_pages() -> None:
    begin, *rest = pages(written())
    header = read_header(io.BytesIO(begin + b"12345" + b"".join(rest)))
    assert header.samples == 9000
    assert header.notes == ("5 damaged bytes between its pages are left out",)
