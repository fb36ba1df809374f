"""Chunks by hand."""

from __future__ import annotations

import io
import struct

import pytest

from cnnkit.files.sounds.chunks import Chunk, read_chunks


@pytest.mark.parametrize(
    ("magic", "form", "order"), [(b"RIFF", b"WAVE", "<"), (b"RIFX", b"WAVE", ">"), (b"FORM", b"AIFF", ">")]
)
def test_chunks_by_hand(magic: bytes, form: bytes, order: str) -> None:
    size = struct.Struct(f"{order}I").pack
    content = magic + size(29) + form + b"odd " + size(3) + b"abc\0" + b"data" + size(99) + b"de"
    stream = io.BytesIO(content)
    found = [(chunk, stream.read(2)) for chunk in read_chunks(stream)]
    assert found == [(Chunk(b"odd ", 3, 20, 24), b"ab"), (Chunk(b"data", 99, 32, 132), b"de")]


def test_chunks_of_a_wave64_by_hand() -> None:
    """A name has 16 bytes; a length counts the name, itself and the content, and the next chunk is aligned to 8."""
    chunks = (
        b"odd "
        + bytes(12)
        + struct.pack("<Q", 27)
        + b"abc"
        + bytes(5)
        + b"data"
        + bytes(12)
        + struct.pack("<Q", 25)
        + b"d"
    )
    content = b"riff\x2e\x91\xcf\x11" + bytes(32) + chunks
    assert list(read_chunks(io.BytesIO(content))) == [Chunk(b"odd ", 3, 64, 72), Chunk(b"data", 1, 96, 104)]


@pytest.mark.parametrize(
    "content", [b"", b"fLaC" + bytes(40), b"RIFF\4\0\0\0WEBPVP8 \1\0\0\0x", b"riff\x2e\x91\xcf\x11" + bytes(99)]
)
def test_files_without_chunks(content: bytes) -> None:
    assert list(read_chunks(io.BytesIO(content))) == []


def test_another_sound_or_something_else_ends_the_chunks() -> None:
    content = b"RIFF\x14\0\0\0WAVEdata\2\0\0\0ab"
    for after in (content, b"FORM\0\0\0\4AIFF", b"\0\0\0\0\1\0\0\0", b"TAGA sound of that name", b"LIST\xff\xff\0\0"):
        assert [chunk.name for chunk in read_chunks(io.BytesIO(content + after))] == [b"data"]
    assert list(read_chunks(io.BytesIO(b"12" + content), 2)) == [Chunk(b"data", 2, 22, 24)]


def test_the_length_of_an_rf64_is_in_another_chunk() -> None:
    sizes = b"ds64" + struct.pack("<IQQQI", 28, 0, 2**33, 0, 0)
    content = b"RF64\xff\xff\xff\xffWAVE" + sizes + b"data\xff\xff\xff\xffab"
    assert [(chunk.name, chunk.length) for chunk in read_chunks(io.BytesIO(content))] == [
        (b"ds64", 28),
        (b"data", 2**33),
    ]
