"""Boxes: what is one, and means that stay in range."""

from itertools import pairwise

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.errors import ArgumentError
from cnnkit.operations.convolution.box import is_box
from cnnkit.operations.convolution.convolve import convolve, plan
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from tests.cases.layouts import samples


@pytest.mark.parametrize(
    ("weights", "expected"),
    [(np.ones((3, 4)), True), (np.full((9, 9), -1 / 81), True), (np.zeros((3, 3)), False), (np.eye(3), False)],
)
def test_what_is_a_box(weights: np.ndarray, expected: bool) -> None:
    assert is_box(weights) is expected


def test_one_weight_that_differs_by_a_rounding_makes_no_box() -> None:
    weights = np.full((5, 5), 0.04)
    weights[2, 3] = np.nextafter(0.04, 1)
    assert plan(np.zeros((9, 9), np.float32), weights).algorithm != "box"


@pytest.mark.parametrize("largest", [1e38, -3e38])
def test_a_mean_of_huge_samples_is_no_infinity(largest: float) -> None:
    image = np.full((20, 30), largest, dtype=np.float32)
    found = convolve(image, np.full((9, 9), 1 / 81), algorithm="box", padding="valid")
    np.testing.assert_allclose(found, np.full((12, 22), np.float32(largest)), rtol=2e-6)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(threads: int) -> None:
    image, weights = samples(0, (301, 203, 3), "f4"), np.full((21, 13), 0.01)
    one = convolve(image, weights, threads=1, algorithm="box")
    np.testing.assert_array_equal(convolve(image, weights, threads=threads, algorithm="box"), one)


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (7, 5), (31, 31), (40, 2), (64, 64)])
@pytest.mark.parametrize("dtype", ["f4", "f8", "u2"])
def test_a_band_has_the_bits_of_the_whole_image(rows: int, columns: int, dtype: str) -> None:
    image, weights = samples(0, (150, 37, 1), dtype), np.full((rows, columns), 1 / (rows * columns))
    settings = read_convolution(weights)
    whole = convolve(image, weights)
    bands = convolve_raster(settings, Raster(image)).bands
    assert bands.step == rows
    for step in (rows, 2 * rows):
        edges = [*range(0, 150, step), 150]
        parts = [bands.make(bands.take(first, last), first, last) for first, last in pairwise(edges)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize(("rows", "columns"), [(961, 1), (200, 2)])
def test_rows_that_would_lose_digits_are_not_added_one_by_one(rows: int, columns: int) -> None:
    weights = np.full((rows, columns), 0.01)
    assert plan(np.zeros((1000, 10), np.float32), weights).algorithm in ("direct", "separable")
    assert plan(np.zeros((1000, 10), np.uint8), weights).algorithm == "box"
    assert plan(np.zeros((1000, 10), np.uint16), weights).algorithm in ("direct", "separable")
    with pytest.raises(ArgumentError, match="algorithm box cannot do this: sums of so many rows of few"):
        convolve(np.zeros((1000, 10), np.float32), weights, algorithm="box")


@pytest.mark.parametrize(
    ("shape", "level"), [((1000, 1), 65521), ((2000, 1), 65534), ((500, 2), 65521), ((300, 3), 65535)]
)
def test_the_mean_of_one_level_is_that_level(shape: tuple[int, int], level: int) -> None:
    image = np.full((shape[0] + 9, shape[1] + 2), level, np.uint16)
    found = convolve(image, np.full(shape, 1 / (shape[0] * shape[1])), padding="valid", dtype=np.uint16)
    assert set(found.ravel().tolist()) == {level}
