"""Compass sets and the basis of Frei and Chen, against their publications."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnkit.data.kernels.presets.compass import frei_chen, kirsch, prewitt_compass, robinson
from cnnkit.data.kernels.presets.gradient import sobel
from cnnkit.errors import ArgumentError

ROOT = np.sqrt(2)


def test_kirsch_by_hand() -> None:
    np.testing.assert_array_equal(kirsch(0), [[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]])
    np.testing.assert_array_equal(kirsch(45), [[-3, 5, 5], [-3, 0, 5], [-3, -3, -3]])
    np.testing.assert_array_equal(kirsch(90), [[5, 5, 5], [-3, 0, -3], [-3, -3, -3]])


def test_prewitt_compass_by_hand() -> None:
    np.testing.assert_array_equal(prewitt_compass(90), [[1, 1, 1], [1, -2, 1], [-1, -1, -1]])
    np.testing.assert_array_equal(prewitt_compass(45), [[1, 1, 1], [-1, -2, 1], [-1, -1, 1]])


@pytest.mark.parametrize("angle", range(0, 360, 45))
def test_robinson_has_sobels_weights(angle: int) -> None:
    np.testing.assert_array_equal(robinson(angle), sobel(angle))


@pytest.mark.parametrize("make", [kirsch, robinson, prewitt_compass])
def test_eight_directions_are_eight_kernels(make: Callable[[float], np.ndarray]) -> None:
    assert len({make(angle).tobytes() for angle in range(0, 360, 45)}) == 8


def test_frei_chen_is_orthonormal() -> None:
    basis = np.array([frei_chen(index).ravel() for index in range(1, 10)])
    np.testing.assert_allclose(basis @ basis.T, np.eye(9), atol=1e-15)


def test_frei_chen_by_hand() -> None:
    """Edges 1 to 4, lines 5 to 8, the mean 9, in the order of the paper."""
    scale = 2 * ROOT
    np.testing.assert_allclose(frei_chen(1) * scale, [[1, ROOT, 1], [0, 0, 0], [-1, -ROOT, -1]], atol=1e-15)
    np.testing.assert_allclose(frei_chen(2) * scale, [[1, 0, -1], [ROOT, 0, -ROOT], [1, 0, -1]], atol=1e-15)
    np.testing.assert_allclose(frei_chen(3) * scale, [[0, -1, ROOT], [1, 0, -1], [-ROOT, 1, 0]], atol=1e-15)
    np.testing.assert_allclose(frei_chen(4) * scale, [[ROOT, -1, 0], [-1, 0, 1], [0, 1, -ROOT]], atol=1e-15)
    np.testing.assert_array_equal(frei_chen(5) * 2, [[0, 1, 0], [-1, 0, -1], [0, 1, 0]])
    np.testing.assert_array_equal(frei_chen(6) * 2, [[-1, 0, 1], [0, 0, 0], [1, 0, -1]])
    np.testing.assert_allclose(frei_chen(7) * 6, [[1, -2, 1], [-2, 4, -2], [1, -2, 1]], rtol=1e-15)
    np.testing.assert_allclose(frei_chen(8) * 6, [[-2, 1, -2], [1, 4, 1], [-2, 1, -2]], rtol=1e-15)
    np.testing.assert_allclose(frei_chen(9), np.full((3, 3), 1 / 3), rtol=1e-15)


@pytest.mark.parametrize("make", [kirsch, robinson, prewitt_compass])
def test_other_angles_are_refused(make: Callable[[float], np.ndarray]) -> None:
    with pytest.raises(ArgumentError, match="angle 30 is not a multiple of 45"):
        make(30)


@pytest.mark.parametrize(("index", "problem"), [(0, "index 0 is below 1"), (10, "index 10 is above 9")])
def test_frei_chen_has_nine(index: int, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        frei_chen(index)
