"""Smoothing presets against worked cases, OpenCV, SciPy and scikit-image."""

import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import disk as skimage_disk

from cnnkit.data.kernels.presets.smoothing import binomial, box, burt_adelson, cross, disk, gaussian, identity, motion
from cnnkit.errors import ArgumentError

IMAGE = np.random.default_rng(11).normal(size=(40, 50))


def _impulse_answer(**settings: float) -> np.ndarray:
    """The weights SciPy's Gaussian is made of: what it leaves of a single 1."""
    impulse = np.zeros((61, 61))
    impulse[30, 30] = 1
    return ndimage.gaussian_filter(impulse, **settings)


def test_identity_keeps_an_image() -> None:
    np.testing.assert_array_equal(ndimage.correlate(IMAGE, identity()), IMAGE)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_box_is_opencvs_blur(size: int) -> None:
    ours = ndimage.correlate(IMAGE, box(size))[10:-10, 10:-10]
    np.testing.assert_allclose(ours, cv2.blur(IMAGE, (size, size))[10:-10, 10:-10], atol=1e-12)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_gaussian_is_scipys_with_truncate_3(sigma: float) -> None:
    weights = gaussian(sigma)
    assert weights.shape == (int(6 * sigma) + 1,) * 2
    expected = _impulse_answer(sigma=sigma, truncate=3.0)
    reach = weights.shape[0] // 2
    np.testing.assert_allclose(weights, expected[30 - reach : 31 + reach, 30 - reach : 31 + reach], atol=1e-14)
    np.testing.assert_allclose(weights.sum(), expected.sum(), atol=1e-12)


@pytest.mark.parametrize(("sigma", "size"), [(1.0, 7), (0.5, 5), (1.4, 11), (3.0, 19)])
def test_gaussian_size_covers_three_sigma(sigma: float, size: int) -> None:
    assert gaussian(sigma).shape == (size, size)


def test_gaussian_by_hand() -> None:
    """sigma 1 on 3x3: e^0, e^-1/2 and e^-1 over 1 + 4 e^-1/2 + 4 e^-1."""
    total = 1 + 4 * np.exp(-0.5) + 4 * np.exp(-1)
    corner, side = np.exp(-1) / total, np.exp(-0.5) / total
    expected = [[corner, side, corner], [side, 1 / total, side], [corner, side, corner]]
    np.testing.assert_allclose(gaussian(1, 3), expected, rtol=1e-15)


def test_gaussian_even_size_and_narrowest_sigma() -> None:
    np.testing.assert_allclose(gaussian(0.01, 2), np.full((2, 2), 0.25), rtol=1e-15)
    np.testing.assert_array_equal(gaussian(0.01), identity())


def test_gaussian_is_separable_and_symmetric() -> None:
    weights = gaussian(1.7)
    assert np.linalg.matrix_rank(weights) == 1
    np.testing.assert_array_equal(weights, weights.T)
    np.testing.assert_array_equal(weights, weights[::-1])


def test_binomial_is_pascals_triangle() -> None:
    np.testing.assert_array_equal(binomial(5)[0] * 256, [1, 4, 6, 4, 1])
    np.testing.assert_array_equal(binomial(5)[2] * 256, [6, 24, 36, 24, 6])
    np.testing.assert_array_equal(binomial(1), [[1]])
    np.testing.assert_array_equal(binomial(2), np.full((2, 2), 0.25))
    np.testing.assert_allclose(binomial(1001).sum(), 1.0, atol=1e-12)


def test_burt_adelson() -> None:
    """The paper's w = 0.05 0.25 0.4 0.25 0.05; pyrDown's 1 4 6 4 1 over 16 is a = 0.375."""
    np.testing.assert_allclose(burt_adelson()[2], np.array([0.05, 0.25, 0.4, 0.25, 0.05]) * 0.4, rtol=1e-15)
    np.testing.assert_array_equal(burt_adelson(0.375), binomial(5))
    small = cv2.pyrDown(IMAGE)
    np.testing.assert_allclose(
        ndimage.correlate(IMAGE, burt_adelson(0.375))[4:-4:2, 4:-4:2], small[2:-2, 2:-2], atol=1e-12
    )


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 8])
def test_disk_is_scikit_images(radius: int) -> None:
    expected = skimage_disk(radius, dtype=np.float64)
    np.testing.assert_allclose(disk(radius), expected / expected.sum(), rtol=1e-14)


def test_disk_of_a_broken_radius() -> None:
    np.testing.assert_allclose(disk(1.5), np.full((3, 3), 1 / 9), rtol=1e-15)  # the corners lie 1.41 away


@pytest.mark.parametrize("size", [1, 3, 9])
def test_cross_is_opencvs(size: int) -> None:
    expected = cv2.getStructuringElement(cv2.MORPH_CROSS, (size, size)).astype(np.float64)
    np.testing.assert_allclose(cross(size), expected / expected.sum(), rtol=1e-15)


def test_motion_along_a_row_and_a_column() -> None:
    np.testing.assert_allclose(motion(5, 0), np.full((1, 5), 0.2), rtol=1e-15)
    np.testing.assert_allclose(motion(5, 90), np.full((5, 1), 0.2), rtol=1e-15)
    np.testing.assert_allclose(motion(4, 0), [[0.125, 0.25, 0.25, 0.25, 0.125]], rtol=1e-15)
    np.testing.assert_array_equal(motion(1, 30), [[1]])


def test_motion_by_hand_along_the_diagonal() -> None:
    """Length 3 at 45 degrees: the segment ends 1 from the centre; neighbours lie sqrt(1/2) beside it."""
    end, beside = 1 - (np.sqrt(2) - 1), 1 - np.sqrt(0.5)
    expected = np.array([[0, beside, end], [beside, 1, beside], [end, beside, 0]])
    np.testing.assert_allclose(motion(3, 45), expected / expected.sum(), atol=1e-15)


@pytest.mark.parametrize("angle", [10, 30, 61.7])
def test_motion_runs_up_to_the_right_and_is_the_same_half_a_turn_on(angle: float) -> None:
    weights = motion(15, angle)
    y, x = (np.indices(weights.shape).T - (np.array(weights.shape) - 1) / 2).T
    assert (weights * x * -y).sum() > 0
    np.testing.assert_allclose(motion(15, angle + 180), weights, atol=1e-15)
    np.testing.assert_allclose(
        np.arctan2(np.sqrt((weights * y * y).sum()), np.sqrt((weights * x * x).sum())), np.radians(angle), atol=0.03
    )


@pytest.mark.parametrize(
    "weights",
    [box(1001), cross(1001), motion(1001, 30), disk(500), gaussian(166), gaussian(1e4, 1001), binomial(1001)],
    ids=["box", "cross", "motion", "disk", "gaussian", "flat gaussian", "binomial"],
)
def test_the_largest_still_sum_to_1(weights: np.ndarray) -> None:
    assert 500 <= max(weights.shape) <= 1001
    np.testing.assert_allclose(weights.sum(), 1.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: box(0), "size 0 is below 1"),
        (lambda: box(1002), "size 1002 is above 1001"),
        (lambda: gaussian(0), "sigma 0 is below 0.01"),
        (lambda: gaussian(float("nan")), "sigma is not a finite number"),
        (lambda: gaussian(10001, 3), "sigma 10001 is above 10000"),
        (lambda: gaussian(170), "would have 1021 rows or columns, more than 1001"),
        (lambda: gaussian(1, -3), "size -3 is below 1"),
        (lambda: binomial(0), "size 0 is below 1"),
        (lambda: burt_adelson(1.1), "centre 1.1 is above 1"),
        (lambda: disk(-1), "radius -1 is below 0"),
        (lambda: disk(501), "radius 501 is above 500"),
        (lambda: cross(4), "size 4 is even"),
        (lambda: motion(0), "length 0 is below 1"),
        (lambda: motion(3, float("inf")), "angle is not a finite number"),
    ],
)
def test_refused(make: object, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(("rows", "columns"), [(3, 5), (2, 7), (1, 4)])
def test_a_box_of_rows_and_columns_is_opencvs_blur(rows: int, columns: int) -> None:
    weights = box((rows, columns))
    assert weights.shape == (rows, columns)
    anchor = ((columns - 1) // 2, (rows - 1) // 2)
    blurred = cv2.blur(IMAGE, (columns, rows), anchor=anchor)[10:-10, 10:-10]
    origin = (-(1 - rows % 2), -(1 - columns % 2))
    ours = ndimage.correlate(IMAGE, weights, origin=origin)[10:-10, 10:-10]
    np.testing.assert_allclose(ours, blurred, atol=1e-12)


def test_a_gaussian_with_a_width_for_each_axis_is_scipys() -> None:
    weights = gaussian((2.0, 1.0))
    assert weights.shape == (13, 7)
    expected = _impulse_answer(sigma=(2.0, 1.0), truncate=3.0)
    np.testing.assert_allclose(weights, expected[24:37, 27:34], atol=1e-14)
    cut = gaussian((2.0, 1.0), (5, 9))
    down, across = cv2.getGaussianKernel(5, 2.0), cv2.getGaussianKernel(9, 1.0)
    np.testing.assert_allclose(cut, np.outer(down, across), atol=1e-14)
    assert gaussian(1.0, (0, 5)).shape == (7, 5)
