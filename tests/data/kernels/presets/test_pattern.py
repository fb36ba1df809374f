"""Lines, stripes and textures, against OpenCV, scikit-image and their publications."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage.filters import gabor_kernel

from cnnkit.data.kernels.presets.pattern import OCTAVE, gabor, laws, line
from cnnkit.errors import ArgumentError


def test_line_by_hand() -> None:
    np.testing.assert_array_equal(line(0), [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
    np.testing.assert_array_equal(line(45), [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]])
    np.testing.assert_array_equal(line(90), [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]])
    np.testing.assert_array_equal(line(135), [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])
    np.testing.assert_array_equal(line(180), line(0))


@pytest.mark.parametrize("angle", [0, 30, 90, 135])
@pytest.mark.parametrize("phase", [0, 40, -90])
def test_gabor_is_opencvs_less_its_mean(angle: float, phase: float) -> None:
    """OpenCV counts x to the left and y upward, so its theta is 180 degrees less our angle; its height is 1."""
    size, sigma, wavelength, gamma = (21, 21), 2.5, 6.0, 0.7
    theta = np.radians(180 - angle)
    theirs = cv2.getGaborKernel(size, sigma, theta, wavelength, gamma, np.radians(phase))
    envelope = cv2.getGaborKernel(size, sigma, theta, 1e12, gamma, 0)
    ours = gabor(wavelength, angle, sigma, gamma, phase, 21)
    expected = (theirs - envelope * theirs.sum() / envelope.sum()) / envelope.sum()
    np.testing.assert_allclose(ours, expected, atol=1e-9)


@pytest.mark.parametrize("wavelength", [4.0, 9.0])
def test_gabor_is_scikit_images_less_its_mean(wavelength: float) -> None:
    """scikit-image counts theta clockwise; along the row the two agree. Its envelope sums to 1 but for the cut."""
    theirs = gabor_kernel(1 / wavelength, theta=0, bandwidth=1, n_stds=3).real
    ours = gabor(wavelength, 0, 0, 1.0, 0, theirs.shape[0])
    sigma = OCTAVE * wavelength
    y, x = np.indices(theirs.shape) - theirs.shape[0] // 2
    envelope = np.exp(-(x * x + y * y) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
    expected = (theirs - envelope * theirs.sum() / envelope.sum()) / envelope.sum()
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_gabor_covers_three_sigma_and_is_taller_than_wide_for_upright_stripes() -> None:
    assert gabor(4, 0, 2, 0.5).shape == (25, 13)
    assert gabor(4, 90, 2, 0.5).shape == (13, 25)


@pytest.mark.parametrize("angle", [0, 20, 45, 90, 160, 300])
def test_gabor_phase_minus_90_answers_brightness_that_rises_towards_the_angle(angle: float) -> None:
    weights = gabor(6, angle, phase=-90, size=25)
    y, x = np.indices(weights.shape) - 12
    along = x * np.cos(np.radians(angle)) - y * np.sin(np.radians(angle))
    across = x * np.sin(np.radians(angle)) + y * np.cos(np.radians(angle))
    assert (weights * (along > 0)).sum() > 0.1
    assert abs((weights * (across > 0)).sum()) < 0.01


def test_gabor_answers_its_own_stripes_most() -> None:
    def answer(wavelength: float, angle: float) -> float:
        y, x = np.indices((29, 29)) - 14
        u = x * np.cos(np.radians(angle)) - y * np.sin(np.radians(angle))
        return float((gabor(5, 60, size=29) * np.cos(2 * np.pi * u / wavelength)).sum())

    own = answer(5, 60)
    assert own > 0.4
    assert all(answer(wavelength, 60) < own for wavelength in (3, 4, 7, 10))
    assert all(answer(5, angle) < own / 2 for angle in (0, 90, 120, 150))


def test_laws_by_hand() -> None:
    """L5E5 and R5R5, Laws 1980."""
    np.testing.assert_array_equal(laws(1, 2)[2], [-6, -12, 0, 12, 6])
    np.testing.assert_array_equal(laws(5, 5)[0], [1, -4, 6, -4, 1])
    np.testing.assert_array_equal(laws(3, 4), np.outer([-1, 0, 2, 0, -1], [-1, 2, 0, -2, 1]))
    assert laws(1, 1).sum() == 256


def test_laws_rows_and_columns_change_places() -> None:
    np.testing.assert_array_equal(laws(2, 3), laws(3, 2).T)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: line(30), "angle 30 is not a multiple of 45"),
        (lambda: gabor(2.4), "wavelength 2.4 is below 2.5"),
        (lambda: gabor(4, float("nan")), "angle is not a finite number"),
        (lambda: gabor(4, 0, 0.1), "sigma 0.1 is below 0.3"),
        (lambda: gabor(4, 0, 0, 0), "gamma 0 is below 0.1"),
        (lambda: gabor(4, 0, 0, 11), "gamma 11 is above 10"),
        (lambda: gabor(1001), "wavelength 1001 is above 1000"),
        (lambda: gabor(4, 0, 10001), "sigma 10001 is above 10000"),
        (lambda: gabor(4, 0, 0, 1, float("inf")), "phase is not a finite number"),
        (lambda: gabor(4, size=2), "size 2 is below 3"),
        (lambda: gabor(1000), "would have 6749 rows or columns"),
        (lambda: laws(0, 1), "rows 0 is below 1"),
        (lambda: laws(1, 6), "columns 6 is above 5"),
    ],
)
def test_refused(make: Callable[[], np.ndarray], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        make()
