"""Kernels factored into a column and a row where they are the product of one, and only there."""

from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernels.text import kernel as read_kernel
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.convolution.separable import ROUNDING, Factors, factors
from tests.cases.layouts import samples


def rank(seed: int, products: int, shape: tuple[int, int] = (7, 5)) -> Any:
    columns, rows = samples(seed, (products, shape[0]), "f8"), samples(seed + 1, (products, shape[1]), "f8")
    return np.einsum("ra,rb->ab", columns, rows)


def together(found: Factors) -> Any:
    return np.outer(found.column, found.row)


@pytest.mark.parametrize(
    "weights",
    [
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        [[0, 0, 0], [0, 6, -4], [0, 3, -2]],
        [[3]],
        [[7, -7, 14]],
        [[5], [-10]],
        np.outer([1, 4, 6, 4, 1], [2, 8, 12, 8, 2]),
        np.full((9, 9), 1000),
        np.full((3, 3), -1),
        [[2**20 - 1, 0], [0, 0]],
    ],
)
def test_whole_factors_stay_whole(weights: Any) -> None:
    found = factors(np.array(weights, dtype=float))
    assert found is not None
    assert found.are_whole
    np.testing.assert_array_equal(together(found), weights)


@pytest.mark.parametrize("shape", [(3, 3), (7, 5), (2, 9), (31, 31)])
@pytest.mark.parametrize("scale", [1e-30, 1, 1e30])
@pytest.mark.parametrize("size", [4, 8])
def test_a_product_is_found(shape: tuple[int, int], scale: float, size: int) -> None:
    weights = rank(0, 1, shape) * scale
    found = factors(weights, ROUNDING[size])
    assert found is not None
    assert not found.are_whole
    np.testing.assert_allclose(together(found), weights, rtol=2e-15)
    assert 0.5 < np.abs(found.column).sum() <= 1


def test_binary_fractions_stay_exact() -> None:
    weights = np.outer([1, 2, 1], [1, 3, 1.0]) / 64
    found = factors(weights)
    assert found is not None
    np.testing.assert_array_equal(together(found), weights)


def test_what_is_no_product_is_refused() -> None:
    assert factors(rank(0, 2)) is None
    assert factors(np.eye(3)) is None
    assert factors(np.array([[1.0, 2], [3, 4]])) is None
    assert factors(np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])) is None


def test_small_weights_beside_a_large_one_are_weights() -> None:
    weights = samples(3, (7, 7), "f8") * 1e-10
    weights[3, 3] = 1
    assert factors(weights) is None
    image = np.zeros((20, 20), dtype=np.float32)
    image[5, 5] = 1
    found = convolve(image, weights, flip_kernel=True)
    np.testing.assert_allclose(found[2:9, 2:9], weights, rtol=1e-6)


def test_nothing_but_zeros_has_no_factors() -> None:
    assert factors(np.zeros((4, 4))) is None


@pytest.mark.parametrize(
    ("noise", "size", "is_found"), [(0, 8, True), (1e-12, 8, False), (1e-9, 4, True), (1e-6, 4, False)]
)
def test_rounding_is_allowed_and_noise_is_not(noise: float, size: int, is_found: bool) -> None:
    weights = rank(0, 1) * (1 + noise * samples(9, (7, 5), "f8"))
    assert (factors(weights, ROUNDING[size]) is not None) is is_found


@pytest.mark.parametrize("text", ["gaussian:sigma=2", "box", "sobel", "prewitt"])
def test_presets_that_are_a_column_times_a_row(text: str) -> None:
    weights = read_kernel(text).weights
    found = factors(weights, ROUNDING[8])
    assert found is not None
    np.testing.assert_allclose(together(found), weights, atol=1e-14)
