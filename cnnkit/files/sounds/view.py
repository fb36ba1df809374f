"""A part of a file as a stream of its own: what libsndfile is given instead of the file.

So it sees neither what stands before a sound nor what follows it, and a field of the header can be put right.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import BinaryIO

from cnnkit.files.sounds.stored import Span


class View:
    """Spans of a file, bytes in place of others, and gaps (how long they are), one after the other.

    Nothing can be read in a gap.

    libsndfile looks before the beginning of a damaged file, and an error raised where it calls back could not be
    caught; so nothing here raises one.
    """

    def __init__(self, stream: BinaryIO, pieces: Iterable[Span | bytes | int]) -> None:
        self._stream, self._pieces = stream, tuple(pieces)
        self._begins = list(accumulate(map(_length, self._pieces), initial=0))
        self._place = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, or stay where the new place would lie before the beginning."""
        place = offset + (0, self._place, self._begins[-1])[whence]
        if place >= 0:
            self._place = place
        return self._place

    def tell(self) -> int:
        """The place in the view."""
        return self._place

    def read(self, count: int) -> bytes:
        """At most `count` bytes."""
        out = b""
        while len(out) < count and self._place < self._begins[-1]:
            number = bisect_right(self._begins, self._place) - 1
            piece, skipped = self._pieces[number], self._place - self._begins[number]
            wanted = min(count - len(out), self._begins[number + 1] - self._place)
            if isinstance(piece, int):
                break
            if isinstance(piece, bytes):
                content = piece[skipped : skipped + wanted]
            else:
                self._stream.seek(piece.start + skipped)
                content = self._stream.read(wanted)
            if not content:  # the file has become shorter
                break
            out += content
            self._place += len(content)
        return out


def _length(piece: Span | bytes | int) -> int:
    if isinstance(piece, Span):
        return piece.stop - piece.start
    return piece if isinstance(piece, int) else len(piece)
