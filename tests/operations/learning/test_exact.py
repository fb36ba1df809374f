"""Least squares against NumPy's, the rank, and what is not determined."""

import numpy as np
import pytest

from cnnkit.geometry.window import Window
from cnnkit.operations.learning import exact as room
from cnnkit.operations.learning.exact import Normal
from cnnkit.operations.learning.windows import gather


def normal(image: np.ndarray, after: np.ndarray, size: int = 3) -> Normal:  # type: ignore[type-arg]
    return Normal(gather([(image, after)], Window((size, size))))


def test_the_same_as_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    image, after = rng.normal(size=(20, 22)), rng.normal(size=(20, 22))
    windows = gather([(image, after)], Window((3, 3)))
    rows = np.column_stack([windows.matrix(0, len(windows.places)), np.ones(len(windows.places))])
    expected = np.linalg.lstsq(rows, windows.targets, rcond=None)[0]
    for values in (room.BLOCK_VALUES, 30):
        monkeypatch.setattr(room, "BLOCK_VALUES", values)
        found = Normal(windows)
        np.testing.assert_allclose(found.solve(), expected[:-1], rtol=1e-8)
        np.testing.assert_allclose(found.biases(found.solve()), expected[-1], rtol=1e-8)
        assert found.rank == 9


def test_a_flat_image_determines_nothing_and_a_slope_one_weight_a_direction() -> None:
    flat = np.full((9, 9), 7.0)
    assert normal(flat, flat).rank == 0
    slope = np.add.outer(np.arange(9.0), 3 * np.arange(9.0))
    assert normal(slope, slope).rank == 1  # all samples of a window change together
    bars = np.broadcast_to(np.random.default_rng(0).normal(size=9), (9, 9))
    assert normal(bars, bars).rank == 3


def test_rounding_hides_what_changes_less_than_levels() -> None:
    rng = np.random.default_rng(0)
    faint = np.rint(1000 * rng.random((30, 30))) / 1e6  # far below one level
    assert normal(faint, faint).rank == 9
    assert normal(faint, np.ones((30, 30), np.uint8)).rank == 0


def test_undetermined_directions_are_zero() -> None:
    bars = np.broadcast_to(np.random.default_rng(0).normal(size=12), (12, 12))
    found = normal(bars, bars).solve().reshape(3, 3)
    np.testing.assert_allclose(found, [[0, 1 / 3, 0]] * 3, atol=1e-9)


def test_curvature_and_momentum_by_hand() -> None:
    found = normal(np.random.default_rng(1).normal(size=(40, 40)), np.zeros((40, 40)), 1)
    assert found.curvature == pytest.approx(found.gram[0, 0] / found.count)
    assert found.momentum == 0  # one weight: largest and smallest are the same, and 1 - 2 is below 0
