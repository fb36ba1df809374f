"""Sharpening presets against worked cases, Pillow and SciPy."""

import numpy as np
import pytest
from PIL import ImageFilter
from scipy import ndimage

from cnnkit.data.kernels.presets.sharpening import detail, edge_enhance, emboss, high_pass, sharpen, sharpen8, unsharp
from cnnkit.errors import ArgumentError

IMAGE = np.random.default_rng(12).normal(size=(40, 50))


def _pillow(which: type) -> np.ndarray:
    size, scale, offset, weights = which.filterargs  # type: ignore[attr-defined]
    assert offset == 0
    return np.array(weights).reshape(size) / scale


def test_sharpen_is_the_image_minus_its_laplacian() -> None:
    np.testing.assert_array_equal(sharpen(), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    np.testing.assert_allclose(ndimage.correlate(IMAGE, sharpen()), IMAGE - ndimage.laplace(IMAGE), atol=1e-12)


def test_sharpen8() -> None:
    np.testing.assert_array_equal(sharpen8(), [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]])


def test_detail_and_edge_enhance_are_pillows() -> None:
    np.testing.assert_array_equal(detail(), _pillow(ImageFilter.DETAIL))
    np.testing.assert_array_equal(edge_enhance(), _pillow(ImageFilter.EDGE_ENHANCE))


@pytest.mark.parametrize("amount", [0.0, 0.5, 3.0])
def test_unsharp_adds_what_the_gaussian_took(amount: float) -> None:
    expected = IMAGE + amount * (IMAGE - ndimage.gaussian_filter(IMAGE, 2.0, truncate=3.0, mode="nearest"))
    ours = ndimage.correlate(IMAGE, unsharp(2.0, amount), mode="nearest")
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_high_pass_is_what_the_mean_leaves() -> None:
    np.testing.assert_allclose(high_pass(3) * 9, [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], atol=1e-14)
    ours = ndimage.correlate(IMAGE, high_pass(5))
    np.testing.assert_allclose(ours, IMAGE - ndimage.uniform_filter(IMAGE, 5), atol=1e-12)


def test_emboss_is_lit_from_the_upper_left_by_default() -> None:
    np.testing.assert_array_equal(emboss(), [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    np.testing.assert_array_equal(emboss(0), [[-1, 0, 1], [-2, 1, 2], [-1, 0, 1]])


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: unsharp(0), "sigma 0 is below 0.01"),
        (lambda: unsharp(1, -1), "amount -1 is below 0"),
        (lambda: unsharp(1, 1001), "amount 1001 is above 1000"),
        (lambda: unsharp(1, 1, 4), "size 4 is even"),
        (lambda: high_pass(1), "size 1 is below 3"),
        (lambda: high_pass(4), "size 4 is even"),
        (lambda: emboss(float("nan")), "angle is not a finite number"),
    ],
)
def test_refused(make: object, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        make()  # type: ignore[operator]
