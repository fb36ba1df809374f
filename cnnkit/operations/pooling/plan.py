"""How a pooling is computed, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.arrays import comparable, readable
from cnnkit.loops.pooling.windows import pool_bins, pool_rows
from cnnkit.operations.pooling import means, median
from cnnkit.operations.pooling import merge as sliding
from cnnkit.operations.pooling.extremes import EXTREMES
from cnnkit.operations.pooling.merge import Way, Windows
from cnnkit.operations.pooling.settings import Pooling


def how(asked: Pooling, dtype: np.dtype[Any], shape: tuple[int, int, int]) -> str:
    """Say how an image of `shape` (rows, columns, depth) and `dtype` is pooled. Nothing is computed.

    >>> from cnnkit.operations.pooling.settings import read_pooling
    >>> how(read_pooling(31, stride=1), np.dtype("u1"), (400, 600, 3))
    'strips of rows in 4 passes, then columns in 4 passes along the row'
    >>> how(read_pooling(3, stride=1, kind="median"), np.dtype("u1"), (400, 600, 3))
    'a network of 15 comparisons, in registers'
    """
    windows = asked.windows(shape[:2])
    if asked.kind == "median":
        return _how_median(asked, windows, comparable(np.empty((1, 1, 1, 1), dtype)).dtype, shape)
    if asked.kind in EXTREMES:
        return _how_merged(sliding.choose(windows, shape[2], dtype.itemsize, is_sum=False))
    number = np.dtype(np.float64)
    if asked.kind == "average":
        number = means.sum_type(readable(np.empty((1, 1, 1, 1), dtype)).dtype, windows)
    words = _how_merged(sliding.choose(windows, shape[2], number.itemsize, is_sum=True))
    return f"{words}, sums in {number}"


def _how_merged(way: Way) -> str:
    if way.loop is pool_bins:
        return "the rows of each window, then its columns one by one"
    across = f"columns in {len(way.across.passes)} pass{'es' if len(way.across.passes) != 1 else ''} along the row"
    rows = "the rows of each window" if way.loop is pool_rows else f"strips of rows in {len(way.down.passes)} passes"
    return f"{rows}, then {across}"


def _how_median(asked: Pooling, windows: Windows, dtype: np.dtype[Any], shape: tuple[int, int, int]) -> str:
    if median.is_counted(windows, dtype):
        return "levels counted, in columns that lose a row and gain one"
    network = median.ready_network(shape, windows, dtype)[0]
    if not network.comparisons:
        return "the samples of each window put in order as far as the middle"
    loop = median.choose(windows, dtype, skip_nan=asked.nan == "ignore")
    where = "along lines of samples" if loop is median.BY_LINES else "in registers"
    return f"a network of {len(network.comparisons)} comparisons, {where}"
