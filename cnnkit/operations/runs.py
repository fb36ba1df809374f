"""Rows that come some at a time, cut anew into runs of one length, so that nothing depends on how they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt


def runs(blocks: Iterable[npt.NDArray[Any]], size: int) -> Iterator[npt.NDArray[np.float64]]:
    """Cut rows into runs of `size`; the last one has what is left.

    Parameters
    ----------
    blocks : iterable of ndarray, (any, columns)
        Of real numbers. They are not changed.
    size : int
        Rows in a run, 1 or more.

    Yields
    ------
    ndarray, (size or fewer, columns)
        An array of its own, in C order.

    Examples
    --------
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
