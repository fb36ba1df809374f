"""Poolings against OpenCV, SciPy, scikit-image and what PyTorch answered: windows of any size, types and channels.

The peers compute means in float64, so that what is measured is this package's error and not theirs.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage
import skimage.measure
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.cases.pooling_torch import ANSWERS, GRID, Answer
from tests.cases.pooling_types import types_of
from tests.reference.tolerance import DOUBLE, SINGLE, assert_within

Array = npt.NDArray[Any]
Question = tuple[Array, tuple[int, int]]

TYPES = ("u1", "i2", "u2", "f4", "f8")
AT_STRIDE_1: dict[str, Any] = {"stride": 1, "padding": "same-lower"}
"""The peers' filters: sample k // 2 of a window lies on the image's, which leaves the odd sample of padding before."""


@st.composite
def questions(draw: st.DrawFn, types: tuple[str, ...] = TYPES, depths: tuple[int, ...] = (1, 3)) -> Question:
    """An image and a window up to 33 samples wide."""
    whole = st.integers
    width = st.one_of(whole(1, 7), whole(1, 33), st.sampled_from((3, 5, 7, 15, 31)))
    size = draw(st.one_of(st.tuples(width, width), width.map(lambda one: (one, one))))
    shape = draw(whole(1, 50)), draw(whole(1, 50)), draw(st.sampled_from(depths))
    return samples(draw(whole(0, 999)), shape, draw(st.sampled_from(types))), size


def assert_mean(found: Array, peer: Any, image: Array) -> None:
    """Hold a mean against `peer(image)` in float64, which may itself be off by what it rounds on its running sums."""
    doubles = image.astype(np.float64)
    share = DOUBLE if image.dtype == "f8" else SINGLE
    own = 1e-13 * np.abs(doubles).max()
    assert_within(found, peer(doubles).reshape(found.shape), share * peer(np.abs(doubles)).reshape(found.shape) + own)


# OpenCV.


@settings(max_examples=200)
@given(questions())
def test_opencv_dilate_and_erode(question: Question) -> None:
    image, size = question
    window = np.ones(size, np.uint8)
    for kind, function in (("max", cv2.dilate), ("min", cv2.erode)):
        if image.dtype.str[1:] in types_of(kind):
            found = pool(image, size, kind=kind, **AT_STRIDE_1)
            np.testing.assert_array_equal(found, function(image, window).reshape(image.shape))


@pytest.mark.parametrize("size", [3, 5, 7, 9, 15, 31])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
@pytest.mark.parametrize("depth", [1, 3])
def test_opencv_dilate_on_a_larger_image(depth: int, dtype: str, size: int) -> None:
    image = samples(size, (120, 161, depth), dtype)
    expected = cv2.dilate(image, np.ones((size, size), np.uint8), borderType=cv2.BORDER_CONSTANT).reshape(image.shape)
    np.testing.assert_array_equal(pool(image, size, stride=1, padding=size // 2), expected)
    np.testing.assert_array_equal(pool(image, size, stride=(2, 3), padding=size // 2), expected[::2, ::3])


@settings(max_examples=150)
@given(questions())
def test_opencv_blur(question: Question) -> None:
    image, size = question

    def counting(image: Array) -> Array:
        return np.asarray(cv2.blur(image, size[::-1], borderType=cv2.BORDER_CONSTANT)).reshape(image.shape)

    assert_mean(pool(image, size, kind="average", count_padding=True, **AT_STRIDE_1), counting, image)
    share = counting(np.ones(image.shape))
    assert_mean(pool(image, size, kind="average", **AT_STRIDE_1), lambda image: counting(image) / share, image)


@pytest.mark.parametrize(
    ("dtype", "size"),
    # Means of 15x15 samples of 16 bits come so close to a half that OpenCV's float32 rounds them to the next level.
    [("u1", 3), ("u1", 5), ("u1", 9), ("u1", 15), ("u2", 3), ("u2", 5), ("u2", 9), ("i2", 3), ("i2", 5), ("i2", 9)],
)
@pytest.mark.parametrize("depth", [1, 3])
def test_opencv_blur_to_the_level(depth: int, dtype: str, size: int) -> None:
    image = samples(size, (61, 70, depth), dtype)
    expected = cv2.blur(image, (size, size), borderType=cv2.BORDER_CONSTANT).reshape(image.shape)
    options: dict[str, Any] = {"stride": 1, "padding": size // 2, "kind": "average", "count_padding": True}
    np.testing.assert_array_equal(pool(image, size, dtype=dtype, **options), expected)


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (4, 4), (5, 3), (2, 7)])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("depth", [1, 3])
def test_opencv_inter_area(depth: int, dtype: str, size: tuple[int, int]) -> None:
    image = samples(1, (8 * size[0], 9 * size[1], depth), dtype)
    found = pool(image, size, kind="average")
    expected = cv2.resize(image.astype(np.float64), (9, 8), interpolation=cv2.INTER_AREA).reshape(found.shape)
    largest = np.abs(image.astype(np.float64)).max()
    assert_within(found, expected, np.full(found.shape, 2e-6 * largest))  # whose weights OpenCV has in float32
    if size == (2, 2) and dtype[0] == "u":  # to which OpenCV rounds (a + b + c + d + 2) >> 2; others to even
        expected = cv2.resize(image, (9, 8), interpolation=cv2.INTER_AREA).reshape(found.shape)
        np.testing.assert_array_equal(pool(image, size, kind="average", dtype=dtype), expected)


@pytest.mark.parametrize(
    ("dtype", "size"), [*(("u1", size) for size in (3, 5, 7, 15, 31)), ("u2", 5), ("f4", 5), ("f4", 3)]
)
@pytest.mark.parametrize("depth", [1, 3])
def test_opencv_median_blur(depth: int, dtype: str, size: int) -> None:
    # At its border OpenCV repeats samples; of windows that lie in the image it takes the middle one.
    image, half = samples(size, (60, 75, depth), dtype), size // 2
    expected = cv2.medianBlur(image, size).reshape(image.shape)[half:-half, half:-half]
    np.testing.assert_array_equal(pool(image, size, stride=1, kind="median"), expected)
    np.testing.assert_array_equal(pool(image, size, stride=(3, 2), kind="median"), expected[::3, ::2])


# SciPy.


@settings(max_examples=200)
@given(questions(("u1", "i1", "u4", "i4", "f4", "f8"), (1, 2, 5)))  # SciPy takes 64 bits through float64
def test_scipy_maximum_and_minimum_filter(question: Question) -> None:
    image, size = question
    limits = np.finfo if image.dtype.kind == "f" else np.iinfo
    outside = {"max": limits(image.dtype).min, "min": limits(image.dtype).max}
    for kind, function in (("max", scipy.ndimage.maximum_filter), ("min", scipy.ndimage.minimum_filter)):
        if image.dtype.str[1:] in types_of(kind):
            expected = function(image, (*size, 1), mode="constant", cval=outside[kind])
            np.testing.assert_array_equal(pool(image, size, kind=kind, **AT_STRIDE_1), expected)


@settings(max_examples=100)
@given(questions(("u1", "i2", "f4", "f8"), (1,)), st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_scipy_maximum_filter_with_holes(question: Question, dilation: tuple[int, int]) -> None:
    image, size = question[0][:, :, 0], (min(question[1][0], 9), min(question[1][1], 9))
    holes = np.zeros([step * (length - 1) + 1 for step, length in zip(dilation, size, strict=True)], bool)
    holes[:: dilation[0], :: dilation[1]] = True
    lowest = -np.inf if image.dtype.kind == "f" else np.iinfo(image.dtype).min
    expected = scipy.ndimage.maximum_filter(image, footprint=holes, mode="constant", cval=lowest)
    np.testing.assert_array_equal(pool(image, size, dilation=dilation, **AT_STRIDE_1), expected)


@settings(max_examples=100)
@given(questions(depths=(1,)), st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_scipy_rank_filter(question: Question, stride: tuple[int, int]) -> None:
    image, (rows, columns) = question[0][:, :, 0], question[1]
    rows, columns = min(rows, image.shape[0], 11), min(columns, image.shape[1], 11)
    lower_middle = (rows * columns - 1) // 2
    ranked = scipy.ndimage.rank_filter(image, lower_middle, (rows, columns))
    inside = ranked[rows // 2 :, columns // 2 :][: image.shape[0] - rows + 1, : image.shape[1] - columns + 1]
    found = pool(image, (rows, columns), stride=stride, kind="median")
    np.testing.assert_array_equal(found, inside[:: stride[0], :: stride[1]])


@settings(max_examples=150)
@given(questions(depths=(1, 2, 5)))
def test_scipy_uniform_filter(question: Question) -> None:
    image, size = question

    def counting(image: Array) -> Array:
        # Not by running sums, as uniform_filter makes them, whose errors stay.
        down, across = (np.full(length, 1 / length) for length in size)
        down_first = scipy.ndimage.correlate1d(image, down, axis=0, mode="constant")
        return np.asarray(scipy.ndimage.correlate1d(down_first, across, axis=1, mode="constant"))

    assert_mean(pool(image, size, kind="average", count_padding=True, **AT_STRIDE_1), counting, image)
    share = counting(np.ones(image.shape))
    assert_mean(pool(image, size, kind="average", **AT_STRIDE_1), lambda image: counting(image) / share, image)
    expected = scipy.ndimage.uniform_filter(image.astype(np.float64), (*size, 1), mode="constant")
    np.testing.assert_allclose(
        counting(image.astype(np.float64)), expected, atol=1e-11 * np.abs(expected).max() + 1e-11
    )
    for p in (1, 2, 3):
        powers = counting(np.abs(image.astype(np.float64)) ** p) * size[0] * size[1]
        found = pool(image, size, kind="lp", p=p, **AT_STRIDE_1)
        np.testing.assert_allclose(found, powers ** (1 / p), rtol=1e-12 if image.dtype == "f8" else 5e-6)


# scikit-image.


@pytest.mark.parametrize("size", [(2, 2), (3, 2), (1, 4), (6, 8), (3, 1)])
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_skimage_block_reduce_where_blocks_are_whole(dtype: str, size: tuple[int, int]) -> None:
    image = samples(2, (6, 8, 3), dtype)
    image = image[: 6 // size[0] * size[0], : 8 // size[1] * size[1]]
    share = 1e-13 if dtype == "f8" else 2e-6
    for kind, function in (("max", np.max), ("min", np.min), ("average", np.mean), ("median", np.median)):
        if kind == "median" and size[0] * size[1] % 2 == 0:
            continue  # NumPy takes the mean of the two middle samples
        expected = skimage.measure.block_reduce(image.astype(np.float64), (*size, 1), function)
        np.testing.assert_allclose(pool(image, size, kind=kind), expected, rtol=share, atol=share)


# PyTorch.


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.source)
@pytest.mark.parametrize("dtype", ["i1", "i4", "f4", "f8"])
def test_torch(answer: Answer, dtype: str) -> None:
    image = (np.abs(GRID) if answer.of_magnitudes else GRID).astype(dtype)
    found = pool(image, **answer.asked)
    np.testing.assert_allclose(found, answer.expected, rtol=1e-11 if found.dtype == "f8" else 2e-6)
    if answer.indices is not None:
        values, indices = pool(image, **answer.asked, indices=True)
        np.testing.assert_array_equal(values, found)
        np.testing.assert_array_equal(indices, answer.indices)
