"""Images that lie in tiles: a row of tiles is decoded by the threads that need it, and is let go when none does.

A band of a few rows lies in one row of tiles, or in two, and many bands lie in the same. Whoever comes first begins
with its tiles, whoever comes meanwhile takes of those that are left, and all go on when the last one is there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from cnnkit import memory
from cnnkit.data.bands import Bands
from cnnkit.data.raster import Samples

Fill = Callable[[int, int, Samples], None]
"""Writes a tile, by its number in a row of tiles, to its place among the samples of this row; in several threads."""


class _TileRow:
    """The samples of a row of tiles, decoded when they are first needed."""

    def __init__(self, shape: tuple[int, int, int], dtype: np.dtype[Any], count: int, fill: Callable[..., None]):
        self._shape, self._dtype, self._fill = shape, dtype, fill
        self._count, self._begun, self._done = count, 0, 0
        self._changed = threading.Condition()
        self._samples: Samples | None = None
        self._failure: BaseException | None = None

    def samples(self) -> Samples:
        """All of them, once they are there."""
        with self._changed:
            if self._samples is None:
                self._samples = np.empty(self._shape, self._dtype)
            samples = self._samples
        while (number := self._next()) is not None:
            try:
                self._fill(number, samples)
            except BaseException as failure:
                self._failure = failure
            with self._changed:
                self._done += 1
                if self._done == self._count or self._failure:
                    self._changed.notify_all()
        with self._changed:
            self._changed.wait_for(lambda: self._done == self._count or self._failure is not None)
        if self._failure is not None:
            raise self._failure
        return samples

    def _next(self) -> int | None:
        """The number of a tile that nobody has begun with; None if there is none, or one has failed."""
        with self._changed:
            if self._begun == self._count or self._failure is not None:
                return None
            self._begun += 1
            return self._begun - 1


def tiled_rows(shape: tuple[int, int, int], dtype: np.dtype[Any], height: int, count: int, fill: Fill) -> Bands:
    """The rows of an image whose rows of tiles have a `height` and a `count` of tiles.

    A SizeError if a row of tiles takes more memory than one array may.
    """
    rows, columns, depth = shape
    height = min(height, rows)
    n_bytes = height * prod(shape[1:]) * dtype.itemsize
    memory.check(n_bytes, f"a row of tiles of {height}x{columns}x{depth}", "write it in tiles of fewer rows")
    known: dict[int, _TileRow] = {}

    def tile_row(number: int) -> _TileRow:
        size = min(height, rows - number * height), columns, depth
        return _TileRow(size, dtype, count, lambda place, samples: fill(number, place, samples))

    def take(first: int, last: int) -> list[_TileRow]:
        nonlocal known
        numbers = range(first // height, -(-last // height))
        known = {number: known.get(number) or tile_row(number) for number in numbers}
        return [*known.values()]

    def make(taken: list[_TileRow], first: int, last: int) -> Samples:
        tops = range(first // height * height, last, height)
        parts = [row.samples()[max(first - top, 0) : last - top] for row, top in zip(taken, tops, strict=True)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    return Bands(shape, dtype, take, make, is_unpacked=True, begins_anywhere=True)
