"""Deflate, packed and unpacked by igzip at several times zlib's speed. The only file that knows isal.

Source: RFC 1950 and RFC 1951.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

LEVEL = 2
ADLER = 65521  # the largest prime below 2^16
PIECE_BYTES = 1 << 18  # unpacked together: what is left of a piece is copied each time

Bytes = npt.NDArray[np.uint8]

crc32, adler32 = isal_zlib.crc32, isal_zlib.adler32
Error: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # a class, whatever its stubs say


def packed(data: Any) -> bytes:
    """A whole zlib stream."""
    return bytes(isal_zlib.compress(data, LEVEL))


def packed_piece(data: Any, *, is_last: bool) -> bytes:
    """A part of a stream, without its head and its check sum, that begins afresh: others are packed beside it."""
    deflate = isal_zlib.compressobj(level=LEVEL, wbits=-15)
    return bytes(deflate.compress(data) + deflate.flush(isal_zlib.Z_FINISH if is_last else isal_zlib.Z_FULL_FLUSH))


def joined_check(check: int, after: int, length: int) -> int:
    """The Adler-32 of two pieces, of which the second has `length` bytes.

    >>> joined_check(adler32(b"con"), adler32(b"volve"), 5) == adler32(b"convolve")
    True
    """
    ones, sums = check & 0xFFFF, check >> 16
    low = (ones + (after & 0xFFFF) - 1) % ADLER
    return (sums + (after >> 16) + length * (ones - 1)) % ADLER << 16 | low


class Unpacking:
    """A zlib stream that is unpacked some bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._given = 0
        self._stream = isal_zlib.decompressobj()

    @property
    def has_ended(self) -> bool:
        """Whether its check sum was read, and is right."""
        return bool(self._stream.eof)

    def next(self, most: int) -> Bytes:
        """At most so many bytes more; none at the end. A small file can hold more than all memory."""
        stream, data, given = self._stream, b"", b"some"
        while given and not (data or stream.eof):
            given = stream.unconsumed_tail
            if not given:
                given = self._data[self._given : self._given + PIECE_BYTES]
                self._given += len(given)
            data = stream.decompress(given, most)  # of nothing, what it still holds
        return np.frombuffer(data, np.uint8)

    def fill(self, place: Bytes) -> int:
        """Fill a flat array, and say how many bytes there were."""
        done = 0
        while done < place.size and len(piece := self.next(place.size - done)):
            place[done : done + len(piece)] = piece
            done += len(piece)
        return done
