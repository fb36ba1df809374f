"""A part of an image's result: some rows of it, which one of several machines writes into a place they share."""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """One of some parts; the one behind them has no rows: it is what gives all that was written its name."""

    number: int
    of: int
    key: str  # which the parts of one image have in common

    @property
    def is_end(self) -> bool:
        """Whether all others are to be there."""
        return self.number == self.of

    def rows(self, count: int, height: int) -> tuple[int, int]:
        """The rows of `count` that are its own, which begin and end where chunks of a `height` do.

        >>> [Part(number, 3, "").rows(100, 32) for number in range(4)]
        [(0, 32), (32, 64), (64, 100), (100, 100)]
        """
        chunks = -(-count // height)
        begin, end = (min(chunks * number // self.of, chunks) * height for number in (self.number, self.number + 1))
        return min(begin, count), min(end, count)
