"""An array on its way: its numbers come some rows at a time, so that it never has to be held as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Rows(NamedTuple):
    """An array whose numbers come row by row, in C order.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    blocks : callable
        Gives some of its numbers at a time, as arrays of that type in one piece; from the first one, at each call.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterable[npt.NDArray[Any]]]

    @classmethod
    def of(cls, array: npt.NDArray[Any]) -> Rows:
        """The rows of an array that is there."""
        return cls(array.shape, array.dtype, lambda: [np.ascontiguousarray(array)])

    def gathered(self) -> Rows:
        """The same, with all of them made now."""
        blocks = list(self.blocks())
        return self._replace(blocks=lambda: blocks)

    def array(self) -> npt.NDArray[Any]:
        """All of them, as an array of its own.

        >>> Rows((2, 2), np.dtype(float), lambda: [np.zeros((1, 2)), np.ones((1, 2))]).array().tolist()
        [[0.0, 0.0], [1.0, 1.0]]
        """
        whole = np.empty(self.shape, self.dtype)
        numbers, done = whole.reshape(-1), 0
        for block in self.blocks():
            numbers[done : done + block.size] = block.reshape(-1)
            done += block.size
        return whole
