"""Second derivatives against the textbooks, OpenCV, SciPy and Pillow."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import ImageFilter
from scipy import ndimage

from cnnkit.data.kernels.presets import curvature
from cnnkit.errors import ArgumentError

IMAGE = np.random.default_rng(14).normal(size=(60, 70))
INSIDE = (slice(20, -20), slice(20, -20))


def test_textbook_weights() -> None:
    np.testing.assert_array_equal(curvature.edge(), [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    np.testing.assert_array_equal(curvature.laplacian(), [[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    np.testing.assert_array_equal(curvature.laplacian8(), [[1, 1, 1], [1, -8, 1], [1, 1, 1]])
    np.testing.assert_array_equal(
        curvature.laplacian5x5(),
        [[0, 0, 1, 0, 0], [0, 1, 2, 1, 0], [1, 2, -16, 2, 1], [0, 1, 2, 1, 0], [0, 0, 1, 0, 0]],
    )
    np.testing.assert_array_equal(curvature.noise(), np.outer([1, -2, 1], [1, -2, 1]))


def test_edge_is_pillows_find_edges() -> None:
    size, scale, offset, weights = ImageFilter.FIND_EDGES.filterargs
    assert offset == 0
    np.testing.assert_array_equal(curvature.edge(), np.array(weights).reshape(size) / scale)


def test_laplacian_is_opencvs_and_scipys() -> None:
    ours = ndimage.correlate(IMAGE, curvature.laplacian())[INSIDE]
    np.testing.assert_allclose(ours, cv2.Laplacian(IMAGE, cv2.CV_64F, ksize=1)[INSIDE], atol=1e-12)
    np.testing.assert_allclose(ours, ndimage.laplace(IMAGE)[INSIDE], atol=1e-12)


def test_corner_is_opencvs_mixed_sobel() -> None:
    ours = ndimage.correlate(IMAGE, curvature.corner())[INSIDE]
    np.testing.assert_allclose(ours, cv2.Sobel(IMAGE, cv2.CV_64F, 1, 1, ksize=3)[INSIDE], atol=1e-12)


@pytest.mark.parametrize("sigma", [1.0, 1.5, 3.0])
def test_log_is_scipys(sigma: float) -> None:
    """SciPy lets the weights' sum miss zero, by up to 1e-3 of their size at four sigma; ours is zero."""
    expected = ndimage.gaussian_laplace(IMAGE, sigma, truncate=6.0)[INSIDE]
    ours = ndimage.correlate(IMAGE, curvature.log(sigma))[INSIDE]
    np.testing.assert_allclose(ours, expected, atol=0.005 * np.abs(expected).max())


def test_log_with_wide_reach_is_scipys_to_eight_digits() -> None:
    expected = ndimage.gaussian_laplace(IMAGE, 2.0, truncate=8.0)[INSIDE]
    np.testing.assert_allclose(ndimage.correlate(IMAGE, curvature.log(2.0, 33))[INSIDE], expected, atol=1e-8)


@pytest.mark.parametrize("sigma", [1.0, 1.3, 4.0])
def test_log_answers_4_to_a_bowl(sigma: float) -> None:
    """The Laplacian of x^2 + y^2 is 4."""
    weights = curvature.log(sigma, 2 * int(7 * sigma) + 1)
    y, x = np.indices(weights.shape) - weights.shape[0] // 2
    np.testing.assert_allclose((weights * (x * x + y * y)).sum(), 4.0, atol=0.02)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
def test_dog_is_the_difference_of_scipys_gaussians(sigma: float) -> None:
    radius = curvature.dog(sigma).shape[0] // 2
    narrow = ndimage.gaussian_filter(IMAGE, sigma, radius=radius)
    wide = ndimage.gaussian_filter(IMAGE, 1.6 * sigma, radius=radius)
    np.testing.assert_allclose(ndimage.correlate(IMAGE, curvature.dog(sigma)), narrow - wide, atol=1e-12)


def test_mexican_hat_is_log_turned_over_with_a_height_of_1() -> None:
    hat, log = curvature.mexican_hat(2.0), curvature.log(2.0)
    assert hat[8, 8] == hat.max() == 1.0
    np.testing.assert_allclose(hat, log / log[8, 8], rtol=1e-13)


def test_mexican_hat_by_hand() -> None:
    """(1 - r^2 / 2) e^(-r^2 / 2) at sigma 1; the mean of r^2 is 1.99 within four sigma, where 2 is on paper."""
    weights = curvature.mexican_hat(1.0, 13)
    np.testing.assert_allclose(weights[6, 6:10], [1, 0.5 * np.exp(-0.5), -np.exp(-2), -3.5 * np.exp(-4.5)], atol=1e-6)


@pytest.mark.parametrize(
    "weights",
    [
        curvature.edge(),
        curvature.laplacian(),
        curvature.laplacian8(),
        curvature.laplacian5x5(),
        curvature.log(),
        curvature.dog(),
        curvature.mexican_hat(),
    ],
)
def test_blind_to_slopes_and_alike_in_all_four_quarters(weights: np.ndarray) -> None:
    y, x = np.indices(weights.shape) - weights.shape[0] // 2
    np.testing.assert_allclose([(weights * x).sum(), (weights * y).sum()], 0, atol=1e-12)
    np.testing.assert_allclose(np.rot90(weights), weights, atol=1e-15)
    np.testing.assert_allclose(weights.T, weights, atol=1e-15)


def test_noise_is_blind_to_upright_and_level_edges() -> None:
    step = np.repeat([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]], 6, axis=0)
    for image in (step, step.T):
        np.testing.assert_array_equal(ndimage.correlate(image, curvature.noise()), np.zeros((6, 6)))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: curvature.log(0), "sigma 0 is below 0.3"),
        (lambda: curvature.log(1, 2), "size 2 is below 3"),
        (lambda: curvature.mexican_hat(200), "would have 1601 rows or columns"),
        (lambda: curvature.dog(1, 1), "ratio 1 is below 1.01"),
        (lambda: curvature.dog(1, 101), "ratio 101 is above 100"),
        (lambda: curvature.log(10001, 3), "sigma 10001 is above 10000"),
        (lambda: curvature.dog(10, 100), "would have 6001 rows or columns"),
        (lambda: curvature.dog(float("inf")), "sigma is not a finite number"),
    ],
)
def test_refused(make: Callable[[], np.ndarray], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        make()


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [  # what fspecial('laplacian', alpha) of MATLAB's documentation gives, and its formula by hand
        (0.2, [[0.1667, 0.6667, 0.1667], [0.6667, -3.3333, 0.6667], [0.1667, 0.6667, 0.1667]]),
        (0.5, [[1 / 3, 1 / 3, 1 / 3], [1 / 3, -8 / 3, 1 / 3], [1 / 3, 1 / 3, 1 / 3]]),
        (1, [[0.5, 0, 0.5], [0, -2, 0], [0.5, 0, 0.5]]),
    ],
)
def test_laplacian_with_diagonals_is_matlabs(alpha: float, expected: list[list[float]]) -> None:
    np.testing.assert_allclose(curvature.laplacian(alpha), expected, atol=5e-5)
    ours = ndimage.correlate(IMAGE, curvature.laplacian(1) * 4)[INSIDE]
    np.testing.assert_allclose(ours, cv2.Laplacian(IMAGE, cv2.CV_64F, ksize=3)[INSIDE], atol=1e-12)
