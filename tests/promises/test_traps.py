"""What other tools get wrong, as tests: the inputs that showed it and what their users ask for."""

import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage
from numpy.lib.stride_tricks import sliding_window_view

from cnnkit import CnnkitError, convolve
from cnnkit.operations.pooling.pool import pool
from tests.cases.convolution_by_hand import Case
from tests.cases.layouts import samples
from tests.cases.traps import CASES, CLIFF, FLOAT_POOLINGS, POOLINGS, Pooling
from tests.reference.tolerance import assert_within

Array = npt.NDArray[Any]


def whole_sums(image: Array, kernel: Array) -> Array:
    """Exact sums under every window that lies in the image, of (rows, columns, depth)."""
    windows = sliding_window_view(image.astype(np.int64), kernel.shape, axis=(0, 1))
    return np.asarray(np.einsum("ijcab,ab->ijc", windows, kernel.astype(np.int64)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}: {case.name}")
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8"])
def test_the_right_answer(case: Case, dtype: str) -> None:
    found = convolve(case.image.astype(dtype), case.kernel, **case.settings)
    np.testing.assert_array_equal(found, np.asarray(case.expected, dtype=np.float64))


# SciPy: sums wrap round the type of the image.


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("u1", 0), ("i1", -128), ("u2", 0), ("i2", -1020), ("i4", -1020), ("i8", -1020), ("f4", -1020), ("f8", -1020)],
)
def test_a_type_too_small_for_the_sum_saturates(dtype: str, expected: int) -> None:
    found = convolve(CLIFF, "sobel", pad_mode="replicate", dtype=dtype)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, [[0, expected, expected, 0]] * 3)


# libvips: integer kernels on 8 bits are off by more than a level.


def rounded_away(value: Fraction) -> int:
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value > 0 else -whole


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("depth", [1, 3])
def test_random_5x5_kernels_are_exact_to_the_level(seed: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (19, 23, depth), dtype=np.uint8)
    kernel = rng.integers(-9, 10, (5, 5))
    sums = whole_sums(image, kernel)
    np.testing.assert_array_equal(convolve(image, kernel, padding="valid"), sums)
    scale = 2 * int(rng.integers(5, 60)) + 1  # an odd scale leaves no ties
    levels = np.vectorize(lambda total: rounded_away(Fraction(int(total), scale)))(sums)
    found = convolve(image, kernel / scale, padding="valid", dtype="uint8")
    np.testing.assert_array_equal(found, levels.clip(0, 255))
    found = convolve(image, kernel / scale, padding="valid", bias=128, dtype="uint8")
    np.testing.assert_array_equal(found, (levels + 128).clip(0, 255))


# OpenCV: one NaN poisons every result at 13x13, where it takes a Fourier transform.


@pytest.mark.parametrize(("y", "x"), [(20, 17), (0, 0), (39, 39), (0, 25), (6, 33)])
def test_one_nan_in_40x40_at_13x13(y: int, x: int) -> None:
    image = np.random.default_rng(0).normal(size=(40, 40)).astype(np.float32)
    image[y, x] = np.nan
    lost = np.zeros((40, 40), dtype=bool)
    lost[max(y - 6, 0) : y + 7, max(x - 6, 0) : x + 7] = True
    found = convolve(image, np.random.default_rng(1).normal(size=(13, 13)))
    np.testing.assert_array_equal(np.isnan(found), lost)


# ffmpeg: numbers are dropped without a word.


@pytest.mark.parametrize(
    "kernel",
    [
        "0,5x",
        "1 2 3; 4 5 six; 7 8 9",
        "0x10",
        "1 2 3; 4 5; 7 8 9",
        "; ".join([" ".join("1" * 9)] * 8 + [" ".join("1" * 8)]),
        "1e999",
    ],
)
def test_what_cannot_be_a_number_is_said(kernel: str) -> None:
    with pytest.raises(CnnkitError):
        convolve(np.ones((9, 9)), kernel)


# What users ask for in the trackers of these tools.


@pytest.mark.parametrize("size", [15, 31, 63])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_large_kernels_take_no_memory_by_their_size(size: int, dtype: str) -> None:
    image, kernel = samples(1, (300, 200, 3), dtype), samples(2, (size, size), "f8")
    convolve(image, kernel, threads=1)  # what is made once: loops, plans
    tracemalloc.start()
    found = convolve(image, kernel, threads=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.nbytes <= peak < 24 * found.nbytes  # all windows written out would be 225 times, 961, 3969


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("size", [3, 5, 9, 13, 15, 21, 31])
@pytest.mark.parametrize("make", ["dense", "box"])
def test_the_size_of_the_image_changes_no_answer(dtype: str, size: int, make: str) -> None:
    image = samples(3, (150, 131), dtype)
    kernel = np.rint(samples(4, (size, size), "f8")) if make == "dense" else np.ones((size, size))
    large = convolve(image, kernel, padding="valid")
    magnitude = scipy.ndimage.correlate(np.abs(image.astype(np.float64)), np.abs(kernel))
    for top, left, rows, columns in ((0, 0, size, size), (7, 9, size + 1, size + 12), (40, 33, size + 40, size + 50)):
        part = convolve(image[top : top + rows, left : left + columns], kernel, padding="valid")
        expected = large[top : top + part.shape[0], left : left + part.shape[1]]
        if dtype[0] == "u":
            np.testing.assert_array_equal(part, expected)
        else:
            share = (2e-6 if dtype == "f4" else 1e-14) * (20 if size >= 15 else 2)
            assert_within(part, expected.astype(np.float64), np.full(part.shape, share * magnitude.max()))


def test_zero_and_negative_sums_are_not_normalised() -> None:
    image = np.full((5, 5), 100, dtype=np.uint8)
    for kernel, total in (([[-1, 1]], 0), ([[-1, -1]], -200), ([[2, 3]], 500), ([[0.25, 0.5]], 75)):
        np.testing.assert_array_equal(convolve(image, kernel, padding="valid"), np.full((5, 4), total))


@pytest.mark.parametrize("dtype", ["u2", "i2"])
def test_sixteen_bits_keep_their_lowest(dtype: str) -> None:
    image = np.array([[1, 256, 257, 32767]], dtype=dtype)
    np.testing.assert_array_equal(convolve(image, [[1]], dtype=dtype), image)
    np.testing.assert_array_equal(convolve(image, [[-1, 1]], padding="valid"), [[255, 1, 32510]])


# Poolings: padding and what hangs over as samples, NaN by its place, running sums, 64 bits as floats.


@pytest.mark.parametrize("case", POOLINGS, ids=lambda case: f"{case.source}: {case.name}")
@pytest.mark.parametrize("dtype", ["i2", "i8", "f2", "f4", "f8"])
def test_the_right_pooling(case: Pooling, dtype: str) -> None:
    found = pool(np.asarray(case.image, dtype), case.size, **case.settings)
    np.testing.assert_allclose(found, case.expected, rtol=1e-6)


@pytest.mark.parametrize("case", FLOAT_POOLINGS, ids=lambda case: f"{case.source}: {case.name}")
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_the_right_pooling_of_floats(case: Pooling, dtype: str) -> None:
    found = pool(np.asarray(case.image, dtype), case.size, **case.settings)
    np.testing.assert_array_equal(found, case.expected)


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("size", [2, 3, 9, 31])
def test_one_large_sample_leaves_the_means_beside_it_alone(size: int, dtype: str, depth: int) -> None:
    # OpenCV's running sums give 1/3 below it and SciPy's 0 to the right of it, where all samples are 1.
    image = np.ones((70, 80, depth), dtype)
    image[33, 40] = 1e30
    found = pool(image, size, stride=1, kind="average")
    holds_it = sliding_window_view(image[:, :, 0], (size, size)).max(axis=(2, 3)) > 1
    np.testing.assert_array_equal(found[~holds_it], 1)
    np.testing.assert_allclose(found[holds_it], 1e30 / size**2, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_extremes_of_64_bits_are_not_taken_through_floats(dtype: str) -> None:
    image = np.array([[2**53 + 1, 1, 2**53]], dtype)  # SciPy's maximum_filter gives 2**53
    assert pool(image, (1, 3)).tolist() == [[2**53 + 1]]
    top = np.iinfo(dtype).max
    image = np.array([[top - 1, top, top - 2]], dtype)
    assert pool(image, (1, 3)).tolist() == [[top]]
    assert pool(image, (1, 3), kind="min").tolist() == [[top - 2]]
    assert pool(image, (1, 3), kind="median").tolist() == [[top - 1]]


def test_the_last_nan_is_not_the_first() -> None:
    # PyTorch tells the place of the last one, and places outside the image for windows of padding alone.
    values, indices = pool([[1.0, np.nan, 2.0, np.nan]], (1, 4), indices=True)
    assert np.isnan(values).all()
    assert indices.tolist() == [[1]]
    _, indices = pool(np.ones((1, 6)), (2, 2), stride=(2, 3), dilation=2, padding="1x0", indices=True)
    assert indices.tolist() == [[-1, -1]]
