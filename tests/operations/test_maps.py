"""Feature maps side by side: every sample of every map is a pixel, between margins."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.operations.maps import MARGIN, tiled


@pytest.mark.parametrize(("count", "down", "across"), [(2, 1, 2), (3, 2, 2), (4, 2, 2), (5, 2, 3), (64, 8, 8)])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_maps_lie_in_reading_order(count: int, down: int, across: int, dtype: str) -> None:
    maps = np.random.default_rng(1).integers(0, 255, (4, 5, count)).astype(dtype)
    picture = tiled(Raster(maps, are_maps=True))
    assert not picture.are_maps
    assert picture.shape == (down * (4 + MARGIN) + MARGIN, across * (5 + MARGIN) + MARGIN, 1)
    left = picture.samples[..., 0].astype(int)
    for number in range(count):
        row, column = number // across, number % across
        top, side = MARGIN + row * (4 + MARGIN), MARGIN + column * (5 + MARGIN)
        np.testing.assert_array_equal(left[top : top + 4, side : side + 5], maps[..., number])
        left[top : top + 4, side : side + 5] = -1
    assert set(np.unique(left)) == {-1, 128 if dtype == "u1" else 32768}
