"""Kernels that others applied are found again, and what cannot be found is told with its rank."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy import ndimage
from skimage import data

import cnnkit
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.learning.learn import learn

PHOTO = data.camera()[100:356, 100:356]
SMALL = PHOTO[:6, :6].astype(float)
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0.0]])
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1.0]])
LOPSIDED = np.array([[0.1, 0.2, -0.3], [0.7, 0.5, 0.0], [-0.2, 0.4, 0.1]])


@pytest.mark.parametrize("kernel", [SHARPEN, SOBEL, LOPSIDED])
@pytest.mark.parametrize("optimiser", ["momentum", "adam"])
def test_float_results_of_opencv_and_scipy(kernel: Any, optimiser: str) -> None:
    image = PHOTO.astype(np.float64)
    for after in (cv2.filter2D(image, -1, kernel), ndimage.correlate(image, kernel)):
        found = learn(image, after, optimiser=optimiser)
        np.testing.assert_allclose(found.kernel.weights, kernel, atol=1e-3)
        assert found.distance < 1e-3
        assert found.error < 0.01


@pytest.mark.parametrize("kernel", [SHARPEN, LOPSIDED])
def test_clipped_bytes_of_opencv_and_pillow(kernel: Any) -> None:
    found = learn(PHOTO, cv2.filter2D(PHOTO, -1, kernel))
    np.testing.assert_allclose(found.kernel.weights, kernel, atol=0.02)
    assert found.left_out > 0
    filtered = Image.fromarray(PHOTO).filter(ImageFilter.Kernel((3, 3), SHARPEN[::-1].reshape(-1).tolist(), 1))
    np.testing.assert_allclose(learn(PHOTO, np.asarray(filtered)).kernel.weights, SHARPEN, atol=0.02)


@pytest.mark.parametrize("size", [7, 15])
def test_large_ones_by_least_squares(size: int) -> None:
    kernel = np.random.default_rng(size).normal(size=(size, size))
    image = PHOTO.astype(np.float64)
    found = learn(image, cv2.filter2D(image, -1, kernel), size=size, method="exact")
    np.testing.assert_allclose(found.kernel.weights, kernel, atol=1e-6)
    assert len(found.path) == 1
    assert found.distance == 0


def test_a_layer_with_biases_strides_and_depth() -> None:
    rng = np.random.default_rng(0)
    image, kernel, bias = rng.random((60, 50, 3)), rng.normal(size=(3, 2, 3, 4)), np.array([1, -2, 0.5, 0])
    after = cnnkit.convolve(image, kernel, stride=(1, 2), bias=bias)
    found = learn(image, after, size=(3, 2), stride=(1, 2), depth="sum", bias=True)
    np.testing.assert_allclose(found.kernel.weights, kernel, atol=1e-3)
    np.testing.assert_allclose(found.kernel.bias, bias, atol=1e-3)
    again = cnnkit.convolve(image, found.kernel, stride=(1, 2))
    np.testing.assert_allclose(again, after, atol=1e-2)


def test_edges_count_where_it_is_said_how_the_image_goes_on() -> None:
    image = np.random.default_rng(0).random((12, 12))
    after = cnnkit.convolve(image, SOBEL, pad_mode="replicate")
    inner, whole = learn(image, after), learn(image, after, pad_mode="replicate")
    assert (inner.windows, whole.windows) == (100, 144)
    np.testing.assert_allclose(whole.kernel.weights, SOBEL, atol=1e-3)


def test_an_offset_that_is_not_learned_is_part_of_the_error() -> None:
    image = PHOTO.astype(np.float64)
    after = cv2.filter2D(image, -1, SHARPEN) + 7
    found = learn(image, after)
    np.testing.assert_allclose(found.kernel.weights, SHARPEN, atol=1e-3)
    assert found.kernel.bias == ()
    assert found.error == pytest.approx(7, abs=0.01)
    assert found.offsets == pytest.approx((7,), abs=0.05)
    assert learn(image, after, bias=True).error < 0.01


def test_several_pairs_and_what_is_watched() -> None:
    halves = [(PHOTO[:100].astype(float), 0), (PHOTO[100:].astype(float), 0)]
    images = [one for image, _ in halves for one in (image, cv2.filter2D(image, -1, SOBEL))]
    points: list[Any] = []
    found = learn(*images, steps=500, watch=points.append)
    assert found.windows == (98 + 154) * 254
    assert points[0].step == 0
    assert points[-1].step == found.path[-1].step <= 500
    assert points[0].loss > points[-1].loss


@pytest.mark.parametrize(
    ("images", "settings", "error", "problem"),
    [
        ((PHOTO,), {}, ArgumentError, "1 image is given, and each before needs an after"),
        ((np.full((20, 20), 7), np.full((20, 20), 9)), {}, SizeError, r"324 windows determine 0 of 9 .*\(rank 0\)"),
        (
            (PHOTO[:6, :6] * 1.0, PHOTO[:6, :6] * 1.0),
            {"size": 5},
            SizeError,
            r"4 windows determine 3 of 25 .*\(rank 3\)",
        ),
        ((PHOTO, 0 * PHOTO), {}, SizeError, "there is no window to learn from: 64516 results were clipped"),
        ((PHOTO, PHOTO), {"method": "newton"}, ArgumentError, "unknown method 'newton'"),
        ((PHOTO, PHOTO), {"kernels": 2}, SizeError, "2 kernels would make as many channels"),
    ],
)
def test_what_cannot_be_learned_is_told(images: Any, settings: Any, error: Any, problem: str) -> None:
    with pytest.raises(error, match=problem):
        learn(*images, **settings)
