"""Some of an image's rows, or its strongest sample, out of the bands that a file of it comes from: the same bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Samples
from cnnkit.geometry.pair import Pair
from cnnkit.loops.machine.threads import in_order


def rows_of(bands: Bands, rows: Sequence[int]) -> Samples:
    """Rows in any order, (rows, columns, depth), each out of its band; bands without one are left out.

    >>> rows_of(Bands.of(np.arange(4).reshape(4, 1, 1)), [3, 0, 3]).ravel().tolist()
    [3, 0, 3]
    """
    out = np.empty((len(rows), *bands.shape[1:]), bands.dtype)
    for first, last in bands.edges:
        wanted = [place for place, row in enumerate(rows) if first <= row < last]
        if wanted:
            made = bands.rows(first, last)
            out[wanted] = made[[rows[place] - first for place in wanted]]
    return out


def strongest(bands: Bands, inside: tuple[range, range], depth: int, threads: int | None) -> tuple[Pair, int]:
    """Row and column, and channel of the first `depth`, of the largest magnitude `inside`; the first of equals."""
    down, across = inside

    def largest(rows: Samples, first: int) -> tuple[float, Pair, int]:
        begin, end = max(down.start - first, 0), max(down.stop - first, 0)
        some = np.abs(rows[begin:end, across.start : across.stop, :depth], dtype=np.float64)
        if not some.size:
            return -np.inf, (down.start, across.start), 0
        place = int(np.where(np.isnan(some), -np.inf, some).argmax())
        row, column, channel = (int(one) for one in np.unravel_index(place, some.shape))
        return float(some[row, column, channel]), (first + begin + row, across.start + column), channel

    found = list(in_order(*bands.steps(largest), threads))
    _, place, channel = max(found, key=lambda one: one[0])
    return place, channel
