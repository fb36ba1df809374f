"""Deflate in pieces: what zlib unpacks, and what it packed, some bytes at a time."""

import struct
import zlib

import numpy as np
import pytest

from cnnkit.files.images.deflate import Error, Unpacking, adler32, joined_check, packed, packed_piece


def content(size: int) -> bytes:
    return np.random.default_rng(size).integers(0, 9, size, dtype=np.uint8).tobytes()


@pytest.mark.parametrize("size", [0, 1, 1000, 300_000])
def test_what_is_packed_is_unpacked_by_zlib(size: int) -> None:
    assert zlib.decompress(packed(content(size))) == content(size)


@pytest.mark.parametrize("sizes", [(0,), (5,), (1000, 70_000), (300_000, 0, 3)])
def test_pieces_make_one_stream(sizes: tuple[int, ...]) -> None:
    parts, check, stream = [content(size) for size in sizes], adler32(b""), b"\x78\x01"
    for number, part in enumerate(parts):
        stream += packed_piece(part, is_last=number == len(parts) - 1)
        check = joined_check(check, adler32(part), len(part))
    assert zlib.decompress(stream + struct.pack(">I", check)) == b"".join(parts)


@pytest.mark.parametrize("most", [1, 7, 4096, 1 << 20])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_some_bytes_at_a_time(most: int, level: int) -> None:
    given = content(30_000 if most == 1 else 700_000)
    stream, found = Unpacking(zlib.compress(given, level)), []
    while len(piece := stream.next(most)):
        assert len(piece) <= most
        found.append(piece.tobytes())
    assert b"".join(found) == given
    assert stream.has_ended


def test_a_place_is_filled_as_far_as_there_are_bytes() -> None:
    stream, place = Unpacking(zlib.compress(b"convolution")), np.zeros(8, np.uint8)
    assert stream.fill(place) == 8
    assert place.tobytes() == b"convolut"
    assert stream.fill(place) == 3
    assert stream.fill(place) == 0


def test_damage_is_found_and_a_missing_end_is_known() -> None:
    whole = zlib.compress(content(100_000))
    cut = Unpacking(whole[:-2])
    assert cut.fill(np.empty(100_001, np.uint8)) == 100_000
    assert not cut.has_ended
    with pytest.raises(Error):
        Unpacking(b"no zlib at all").next(10)
    wrong = Unpacking(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Error):
        wrong.fill(np.empty(100_001, np.uint8))
