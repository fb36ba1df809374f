"""Boxes: what is one, and means that stay in range."""

import numpy as np
import pytest

from cnnkit.operations.convolution.box import is_box
from cnnkit.operations.convolution.convolve import convolve, plan
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
