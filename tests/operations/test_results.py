"""Rows and the strongest sample out of bands, against the whole array."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.bands import Bands
from cnnkit.operations.results import rows_of, strongest

VALUES = np.random.default_rng(2).normal(size=(40, 7, 3)).astype(np.float32)


@pytest.mark.usefixtures("small_bands")
def test_rows_in_any_order_are_those_of_the_whole() -> None:
    rows = [39, 0, 17, 17, 3]
    np.testing.assert_array_equal(rows_of(Bands.of(VALUES), rows), VALUES[rows])
    assert rows_of(Bands.of(VALUES), []).shape == (0, 7, 3)


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("depth", [1, 3])
def test_the_strongest_lies_inside_and_is_the_first_of_equals(depth: int) -> None:
    values = VALUES.copy()
    values[0, 0] = 99  # outside
    inside = range(2, 38), range(1, 6)
    part = np.abs(values[2:38, 1:6, :depth])
    row, column, channel = np.unravel_index(part.argmax(), part.shape)
    assert strongest(Bands.of(values), inside, depth, 2) == ((row + 2, column + 1), channel)
    values[30, 3, 0] = values[5, 4, 0] = -50
    assert strongest(Bands.of(values), inside, depth, 2) == ((5, 4), 0)


def test_what_is_no_number_is_never_the_strongest() -> None:
    values = np.array([[[np.nan], [1.0]], [[-2.0], [np.nan]]])
    assert strongest(Bands.of(values), (range(2), range(2)), 1, 1) == ((1, 0), 0)
    values[:] = np.nan
    assert strongest(Bands.of(values), (range(2), range(2)), 1, 1) == ((0, 0), 0)
