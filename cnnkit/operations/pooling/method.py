"""How a pooling is computed, in words: what ``cnnkit pool --explain`` says of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.arrays import comparable, readable
from cnnkit.loops.pooling.windows import pool_bins, pool_rows
from cnnkit.operations.pooling import median, merge
from cnnkit.operations.pooling.extremes import EXTREMES
from cnnkit.operations.pooling.means import FLOAT64, sum_type
from cnnkit.operations.pooling.settings import Pooling
from cnnkit.operations.pooling.windows import Windows


def method_text(
    settings: Pooling, windows: Windows, shape: tuple[int, int, int], dtype: np.dtype[Any], *, has_holes: bool = False
) -> str:
    """Say how an image of `shape` (rows, columns, depth) and `dtype` is pooled. Nothing is computed.

    >>> from cnnkit.operations.pooling.settings import read_pooling
    >>> shape = (400, 600, 3)
    >>> large, median = read_pooling(31, stride=1), read_pooling(3, stride=1, kind="median")
    >>> method_text(large, large.windows(shape[:2]), shape, np.dtype("u1"))
    'rows merged in strips in 4 passes, then columns in 4 passes'
    >>> method_text(median, median.windows(shape[:2]), shape, np.dtype("u1"))
    'a network of 15 comparisons, in registers'
    """
    sample = np.empty((1, 1, 1, 1), dtype)
    if settings.kind == "median":
        floats = np.result_type(dtype, np.float32)  # NaN stands for holes
        return _median_text(windows, shape, comparable(sample.astype(floats) if has_holes else sample).dtype, has_holes)
    if settings.kind in EXTREMES:
        return _merge_text(windows, shape[2], dtype.itemsize, is_sum=False)
    number = sum_type(readable(sample).dtype, windows) if settings.kind == "average" else FLOAT64
    return f"{_merge_text(windows, shape[2], number.itemsize, is_sum=True)}, sums in {number}"


def _merge_text(windows: Windows, depth: int, itemsize: int, *, is_sum: bool) -> str:
    loop, down, across = merge.choose_loop(windows, depth, itemsize, is_sum=is_sum)
    if loop is pool_bins:
        return "rows merged window by window, then columns one by one"
    rows = "window by window" if loop is pool_rows else f"in strips in {len(down.passes)} passes"
    passes = len(across.passes)
    return f"rows merged {rows}, then columns in {passes} pass{'es' if passes != 1 else ''}"


def _median_text(windows: Windows, shape: tuple[int, int, int], dtype: np.dtype[Any], skip_nan: bool) -> str:
    if median.is_counted(windows, dtype):
        return "levels counted, column by column, as windows move down"
    network = median.ready_network(shape, windows, dtype)[0]
    if not network.comparisons:
        return "each window sorted up to its middle sample"
    loop = median.choose_loop(windows, dtype, skip_nan=skip_nan)
    where = "along lines of samples" if loop is median.BY_LINES else "in registers"
    return f"a network of {len(network.comparisons)} comparisons, {where}"
