"""First derivatives against the textbooks, OpenCV, SciPy and scikit-image."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage import filters

from cnnkit.data.kernels.presets import PRESETS, gradient
from cnnkit.errors import ArgumentError

IMAGE = np.random.default_rng(13).normal(size=(40, 50))
INSIDE = (slice(12, -12), slice(12, -12))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (gradient.gradient_x(), [[-0.5, 0, 0.5]]),
        (gradient.gradient_y(), [[-0.5], [0], [0.5]]),
        (gradient.sobel(), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        (gradient.sobel(45), [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]),
        (gradient.sobel(90), [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
        (gradient.sobel(180), [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        (PRESETS["sobel-x"].make(), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        (PRESETS["sobel-y"].make(), [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        (gradient.scharr(), [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]),
        (PRESETS["scharr-x"].make(), [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]),
        (PRESETS["scharr-y"].make(), [[-3, -10, -3], [0, 0, 0], [3, 10, 3]]),
        (gradient.prewitt(), [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]),
        (gradient.prewitt(315), [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]),
        (PRESETS["prewitt-x"].make(), [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]),
        (PRESETS["prewitt-y"].make(), [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]),
        (gradient.roberts(), [[0, 1], [-1, 0]]),
        (gradient.roberts(135), [[1, 0], [0, -1]]),
    ],
)
def test_textbook_weights(weights: np.ndarray, expected: list[list[float]]) -> None:
    np.testing.assert_array_equal(weights, expected)


def test_central_difference_is_numpys_gradient() -> None:
    down, across = np.gradient(IMAGE)
    np.testing.assert_allclose(ndimage.correlate(IMAGE, gradient.gradient_x())[INSIDE], across[INSIDE], atol=1e-14)
    np.testing.assert_allclose(ndimage.correlate(IMAGE, gradient.gradient_y())[INSIDE], down[INSIDE], atol=1e-14)


@pytest.mark.parametrize(
    ("weights", "reference"),
    [
        (PRESETS["sobel-x"].make(), lambda image: cv2.Sobel(image, cv2.CV_64F, 1, 0, ksize=3)),
        (PRESETS["sobel-y"].make(), lambda image: cv2.Sobel(image, cv2.CV_64F, 0, 1, ksize=3)),
        (PRESETS["scharr-x"].make(), lambda image: cv2.Scharr(image, cv2.CV_64F, 1, 0)),
        (PRESETS["scharr-y"].make(), lambda image: cv2.Scharr(image, cv2.CV_64F, 0, 1)),
        (PRESETS["sobel-x"].make(), lambda image: ndimage.sobel(image, axis=1)),
        (PRESETS["prewitt-x"].make(), lambda image: ndimage.prewitt(image, axis=1)),
        (PRESETS["prewitt-y"].make(), lambda image: ndimage.prewitt(image, axis=0)),
        (PRESETS["sobel-x"].make() / 4, filters.sobel_v),
        (PRESETS["sobel-y"].make() / 4, filters.sobel_h),
        (PRESETS["scharr-x"].make() / 16, filters.scharr_v),
        (PRESETS["scharr-y"].make() / 16, filters.scharr_h),
        (PRESETS["prewitt-x"].make() / 3, filters.prewitt_v),
        (PRESETS["prewitt-y"].make() / 3, filters.prewitt_h),
    ],
)
def test_agrees_with_opencv_scipy_and_scikit_image(
    weights: np.ndarray, reference: Callable[[np.ndarray], np.ndarray]
) -> None:
    np.testing.assert_allclose(ndimage.correlate(IMAGE, weights)[INSIDE], reference(IMAGE)[INSIDE], atol=1e-12)


@pytest.mark.parametrize(("angle", "reference"), [(135, filters.roberts_pos_diag), (45, filters.roberts_neg_diag)])
def test_roberts_is_scikit_images_up_to_its_sign(angle: float, reference: Callable[[np.ndarray], np.ndarray]) -> None:
    """scikit-image flips its kernels (mathematical convolution), so brightness rises the other way."""
    ours = ndimage.convolve(IMAGE, gradient.roberts(angle))
    np.testing.assert_allclose(ours[INSIDE], reference(IMAGE)[INSIDE], atol=1e-12)


@pytest.mark.parametrize("angle", [10, 30, 67.5, 200])
@pytest.mark.parametrize("make", [gradient.sobel, gradient.scharr, gradient.prewitt, gradient.steerable])
def test_other_angles_mix_right_and_up(make: Callable[[float], np.ndarray], angle: float) -> None:
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    np.testing.assert_allclose(make(angle), cosine * make(0) + sine * make(90), atol=1e-14)


def test_roberts_across_a_row_mixes_its_diagonals() -> None:
    np.testing.assert_allclose(gradient.roberts(0) * np.sqrt(2), [[-1, 1], [-1, 1]], rtol=1e-15)


@pytest.mark.parametrize("sigma", [0.8, 1.0, 2.5])
def test_gaussian_derivatives_are_scipys(sigma: float) -> None:
    radius = PRESETS["gaussian-x"].make(sigma).shape[0] // 2
    for weights, order in ((PRESETS["gaussian-x"].make(sigma), (0, 1)), (PRESETS["gaussian-y"].make(sigma), (1, 0))):
        expected = ndimage.gaussian_filter(IMAGE, sigma, order=order, radius=radius)
        np.testing.assert_allclose(ndimage.correlate(IMAGE, weights, mode="reflect"), expected, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.7, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("angle", [0, 33, 45, 251])
def test_steerable_answers_1_to_a_slope_of_1(sigma: float, angle: float) -> None:
    weights = gradient.steerable(angle, sigma)
    y, x = np.indices(weights.shape) - weights.shape[0] // 2
    slope = x * np.cos(np.radians(angle)) - y * np.sin(np.radians(angle))
    np.testing.assert_allclose((weights * slope).sum(), 1.0, atol=0.005)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 125.0])
def test_steerable_size_covers_four_sigma(sigma: float) -> None:
    assert gradient.steerable(0, sigma).shape == (2 * int(np.ceil(4 * sigma)) + 1,) * 2


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: gradient.sobel(float("nan")), "angle is not a finite number"),
        (lambda: gradient.roberts(float("inf")), "angle is not a finite number"),
        (lambda: gradient.steerable(0, 0.29), "sigma 0.29 is below 0.3"),
        (lambda: gradient.steerable(0, 1, 2), "size 2 is below 3"),
        (lambda: PRESETS["gaussian-x"].make(126), "would have 1009 rows or columns"),
        (lambda: PRESETS["gaussian-y"].make(1, 1003), "size 1003 is above 1001"),
    ],
)
def test_refused(make: Callable[[], np.ndarray], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        make()


@pytest.mark.parametrize("size", [3, 5, 7, 9, 31])
def test_larger_sobels_are_opencvs(size: int) -> None:
    across, down = cv2.getDerivKernels(1, 0, size, ktype=cv2.CV_64F)
    np.testing.assert_array_equal(PRESETS["sobel-x"].make(size=size), np.outer(down, across))
    np.testing.assert_array_equal(PRESETS["sobel-y"].make(size=size), np.outer(across, down))
    np.testing.assert_array_equal(gradient.sobel(0, size), np.outer(down, across))
    np.testing.assert_array_equal(gradient.sobel(90, size), -np.outer(across, down))


def test_sobel_of_5_by_hand() -> None:
    row = [-1, -2, 0, 2, 1]
    np.testing.assert_array_equal(gradient.sobel(size=5), np.outer([1, 4, 6, 4, 1], row))


@pytest.mark.parametrize("size", [5, 7])
def test_larger_sobels_are_mixed_at_every_angle(size: int) -> None:
    expected = (gradient.sobel(0, size) + gradient.sobel(90, size)) / np.sqrt(2)
    np.testing.assert_allclose(gradient.sobel(45, size), expected, rtol=1e-14, atol=1e-13)
    ours = ndimage.correlate(IMAGE, gradient.sobel(0, size))[INSIDE]
    np.testing.assert_allclose(ours, cv2.Sobel(IMAGE, cv2.CV_64F, 1, 0, ksize=size)[INSIDE], rtol=0, atol=1e-9)
