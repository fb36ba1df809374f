"""Feature maps side by side, as one grey picture in which each of their samples is a pixel."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, isqrt

from cnnkit import arrays
from cnnkit.data.raster import Raster

MARGIN = 2
"""Pixels between maps, and around them."""


def tiled(maps: Raster) -> Raster:
    """Levels of several maps as one image: in reading order, as many across as down, between grey margins.

    >>> import numpy as np
    >>> tiled(Raster(np.zeros((4, 5, 3), np.uint8), are_maps=True)).shape
    (14, 16, 1)
    """
    rows, columns, count = maps.shape
    across = isqrt(count - 1) + 1
    down = ceil(count / across)
    shape = down * (rows + MARGIN) + MARGIN, across * (columns + MARGIN) + MARGIN, 1
    picture = arrays.allocate(shape, maps.dtype)
    picture[:] = round(maps.full_scale / 2)
    for number in range(count):
        i, j = divmod(number, across)
        top, left = MARGIN + i * (rows + MARGIN), MARGIN + j * (columns + MARGIN)
        picture[top : top + rows, left : left + columns, 0] = maps.samples[..., number]
    return replace(maps.with_samples(picture), are_maps=False)
