"""An array on its way: its numbers come some rows at a time, so that it never has to be held as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from math import prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import memory
from cnnkit.geometry.pair import pair_text


class Rows(NamedTuple):
    """An array whose numbers come row by row, in C order."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterable[npt.NDArray[Any]]]  # some rows at a time, C-contiguous; from the first, at each call

    @classmethod
    def of(cls, array: npt.NDArray[Any]) -> Rows:
        """The rows of an array."""
        return cls(array.shape, array.dtype, lambda: [np.ascontiguousarray(array)])

    def gathered(self) -> Rows:
        """The same rows, all of them made now."""
        self._check()
        blocks = list(self.blocks())
        return self._replace(blocks=lambda: blocks)

    def array(self) -> npt.NDArray[Any]:
        """All of them, in an array: a new one, unless they come as one.

        >>> Rows((2, 2), np.dtype(float), lambda: [np.zeros((1, 2)), np.ones((1, 2))]).array().tolist()
        [[0.0, 0.0], [1.0, 1.0]]
        """
        self._check()
        blocks = iter(self.blocks())
        block = next(blocks)
        if block.size == prod(self.shape):
            return block.reshape(self.shape)
        whole = np.empty(self.shape, self.dtype)
        numbers, done = whole.reshape(-1), 0
        for part in chain([block], blocks):
            numbers[done : done + part.size] = part.reshape(-1)
            done += part.size
        return whole

    def tried(self) -> Rows:
        """The same, after all rows were computed once, to see whether they can be."""
        for _ in self.blocks():
            pass
        return self

    def _check(self) -> None:
        size = prod(self.shape) * self.dtype.itemsize
        memory.check(size, f"an array of {pair_text(self.shape)}", "use a shorter sound or length")


def runs(blocks: Iterable[npt.NDArray[Any]], size: int) -> Iterator[npt.NDArray[np.float64]]:
    """Cut rows into runs of `size`, new arrays in C order; the last run has what is left.

    Nothing computed on the runs depends on how the rows came.

    >>> [run[:, 0].tolist() for run in runs([np.ones((3, 1)), np.zeros((2, 1))], 2)]
    [[1.0, 1.0], [1.0, 0.0], [0.0]]
    """
    parts: list[npt.NDArray[Any]] = []
    missing = size
    for block in blocks:
        first = 0
        while first < len(block):
            parts.append(block[first : first + missing])
            first += len(parts[-1])
            missing -= len(parts[-1])
            if not missing:
                yield _joined(parts)
                parts, missing = [], size
    if parts:
        yield _joined(parts)


def _joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
    return np.ascontiguousarray(np.concatenate(parts), dtype=np.float64)
