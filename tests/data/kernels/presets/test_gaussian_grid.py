"""Gaussians on a grid."""

import cv2
import numpy as np
import pytest

from cnnkit.data.kernels.presets.gaussian_grid import balanced, bell, offsets, squared_radius


def test_offsets_are_counted_from_the_middle() -> None:
    np.testing.assert_array_equal(offsets(5), [-2, -1, 0, 1, 2])
    np.testing.assert_array_equal(offsets(2), [-0.5, 0.5])


def test_squared_radius() -> None:
    np.testing.assert_array_equal(squared_radius(3), [[2, 1, 2], [1, 0, 1], [2, 1, 2]])


@pytest.mark.parametrize("sigma", [0.4, 1.0, 2.7, 100.0])
@pytest.mark.parametrize("size", [1, 3, 7, 31])
def test_bell_is_opencvs(sigma: float, size: int) -> None:
    np.testing.assert_allclose(bell(sigma, size), cv2.getGaussianKernel(size, sigma)[:, 0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 1001])
@pytest.mark.parametrize("sigma", [0.01, 10_000.0])
def test_bell_stays_finite_at_the_ends_of_its_domain(sigma: float, size: int) -> None:
    np.testing.assert_allclose(bell(sigma, size).sum(), 1.0, rtol=1e-13)
    np.testing.assert_array_equal(bell(sigma, size), bell(sigma, size)[::-1])


def test_balanced_takes_the_mean_off() -> None:
    np.testing.assert_array_equal(balanced(np.array([[1.0, 2.0], [3.0, 6.0]])), [[-2, -1], [0, 3]])


def test_balanced_takes_the_first_means_rounding_off() -> None:
    weights = 1e8 + np.random.default_rng(3).normal(size=(101, 101))
    assert abs((weights - weights.mean()).mean()) > 1e-11
    assert abs(balanced(weights).mean()) < 1e-15
