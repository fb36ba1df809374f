"""Medians of windows that reach into the padding on one side, by the network for windows that lie in the image.

In place of each row of padding a window has one of the lowest and highest values of the type: as many of each as leave
its middle sample in the middle. They repeat along the row with the width of the window, so that every window along the
edge has its right share of them. For the left and right edge, rows and columns are exchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.geometry.window import Window, place
from cnnkit.operations.pooling.extremes import neutral
from cnnkit.operations.pooling.windows import CACHED_SIZES, Windows, sliding_windows

MIN_RESULT_SAMPLES = 1 << 16
"""In smaller results, looking at each window along the edge costs less than copying them for the network."""


def edges_use_network(windows: Windows, out: Array) -> bool:
    """Whether edges are found by the network: of square windows side by side, where the result is large enough."""
    placement = windows.placement
    if placement is None or out.size < MIN_RESULT_SAMPLES or placement.padding.widest == 0:
        return False
    window = placement.window
    is_square = window.size[0] == window.size[1] and window.stride == window.dilation == (1, 1)
    return is_square and bool(windows.rows.counts.all() and windows.columns.counts.all())


def fill_edges(image: Array, windows: Windows, out: Array, find: Callable[[Array, Windows, Array], None]) -> None:
    """Fill the results of windows whole along one axis and partial along the other; `find` does it for whole ones."""
    size = windows.rows.most
    n, depth = len(image), image.shape[3]
    for axis in (0, 1):
        bins, other = windows.axes[axis], windows.axes[1 - axis]
        partial = np.flatnonzero((bins.counts > 0) & (bins.counts < size))
        if not partial.size:
            continue
        whole = np.flatnonzero(other.counts == size)
        begin, end = int(other.firsts[whole[0]]), int(other.firsts[whole[-1]]) + size
        source = image if axis == 0 else image.swapaxes(1, 2)
        strips = np.empty((n, partial.size, size, end - begin, depth), image.dtype)
        for strip, number in enumerate(partial):
            first, count = int(bins.firsts[number]), int(bins.counts[number])
            strips[:, strip, :count] = source[:, first : first + count, begin:end]
            strips[:, strip, count:] = _stand_ins(size, count, end - begin, image.dtype)[..., None]
        found = np.empty((n * partial.size, 1, len(whole), depth), image.dtype)
        find(strips.reshape(-1, size, end - begin, depth), _side_by_side(size, end - begin), found)
        target = out if axis == 0 else out.swapaxes(1, 2)
        target[:, partial, int(whole[0]) : int(whole[-1]) + 1] = found.reshape(n, partial.size, len(whole), depth)


@lru_cache(maxsize=CACHED_SIZES)
def _side_by_side(size: int, length: int) -> Windows:
    return sliding_windows(place((size, length), Window((size, size))))


@lru_cache(maxsize=CACHED_SIZES)
def _stand_ins(size: int, count: int, length: int, dtype: np.dtype[Any]) -> Array:
    """The values in place of the rows that a window of `size` lacks when it has `count`, (rows, length).

    >>> _stand_ins(3, 2, 6, np.dtype("u1")).tolist()
    [[0, 0, 255, 0, 0, 255]]
    """
    lacking = size - count
    lowest = (size * size - 1) // 2 - (size * count - 1) // 2
    shares = np.array([lowest // lacking + (row < lowest % lacking) for row in range(lacking)])
    is_low = np.arange(length) % size < shares[:, None]
    return np.where(is_low, neutral("max", dtype), neutral("min", dtype)).astype(dtype)
