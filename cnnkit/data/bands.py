"""An image on its way from a file to a file: its rows come in bands, so that it never has to be held as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.geometry import bands

Samples = npt.NDArray[Any]

SHARE = 16
"""How many times as large as a band's result what is taken for it may be, before a band has fewer rows."""


class Bands(NamedTuple):
    """The rows of an image, each band of them in two steps: ``make(take(first, last), first, last)``.

    Bands are taken from the first on, by one thread at a time, as a file is read; several threads make what was taken
    into samples. After the last band, the first may be taken again.
    """

    shape: tuple[int, int, int]  # rows, columns, depth
    dtype: np.dtype[Any]
    take: Callable[[int, int], Any]
    make: Callable[[Any, int, int], Samples]
    step: int = 1  # a band begins at a multiple of it
    least: int = 1  # rows in a band, where the image has them
    taken_bytes: int = 0  # of the input, for a row
    notes: tuple[str, ...] | list[str] = ()  # what is found out as the rows come
    is_unpacked: bool = False  # anew each time that rows are taken from the first on
    begins_anywhere: bool = False  # at no cost of the rows before

    @classmethod
    def of(cls, samples: Samples) -> Bands:
        """The rows of an array.

        >>> Bands.of(np.zeros((4, 3, 1))).rows(1, 3).shape
        (2, 3, 1)
        """
        rows, columns, depth = samples.shape
        return cls((rows, columns, depth), samples.dtype, lambda a, b: samples[a:b], lambda taken, a, b: taken)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.shape[1] * self.shape[2] * self.dtype.itemsize

    @property
    def edges(self) -> list[tuple[int, int]]:
        """Where bands of a good size begin and end."""
        return bands.edges(self.shape[0], max(self.row_bytes, self.taken_bytes // SHARE), self.step, self.least)

    def rows(self, first: int, last: int) -> Samples:
        """The samples of some rows."""
        return self._made(self.take(first, last), first, last)

    def _made(self, taken: Any, first: int, last: int) -> Samples:
        """The samples of what was taken, which must be as many rows: a file has a place for no others."""
        samples = self.make(taken, first, last)
        if len(samples) != last - first:
            raise RuntimeError(f"{len(samples)} rows were made of rows {first} to {last}")
        return samples

    def array(self) -> Samples:
        """All samples."""
        edges = self.edges
        if len(edges) == 1:
            return self.rows(*edges[0])
        whole = arrays.allocate(self.shape, self.dtype)
        for first, last in edges:
            whole[first:last] = self.rows(first, last)
        return whole

    def steps(
        self, use: Callable[[Samples, int], Any], begin: int = 0, end: int | None = None
    ) -> tuple[int, Callable[[int], Any], Callable[[Any, int], Any]]:
        """How many bands there are, and how each is taken and made, for `in_order`: what `use` gives for it.

        `use` is called with the samples of a band and its first row. Of rows from `begin` up to `end` alone, the same
        bands come that hold them in the whole image.
        """
        end = self.shape[0] if end is None else end
        edges = [(first, last) for first, last in self.edges if first < end and last > begin]
        return (
            len(edges),
            lambda number: self.take(*edges[number]),
            lambda taken, number: use(self._made(taken, *edges[number]), edges[number][0]),
        )

    def watched(self, progress: Callable[[int, int], None]) -> Bands:
        """The same rows; `progress` is told how many of how many are done as each band is taken."""

        def take(first: int, last: int) -> Any:
            progress(first, self.shape[0])
            return self.take(first, last)

        return self._replace(take=take)

    def then(
        self, change: Callable[[Samples], Samples], *, dtype: np.dtype[Any] | None = None, depth: int = 0
    ) -> Bands:
        """The same rows, each changed by itself, into a `dtype` or `depth`."""
        make, shape = self.make, (*self.shape[:2], depth or self.shape[2])
        return self._replace(shape=shape, dtype=dtype or self.dtype, make=lambda *taken: change(make(*taken)))
