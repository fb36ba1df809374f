"""Kernels taken apart into columns and rows: found where they are, refused where they are not."""

from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernel_text import kernel as read_kernel
from cnnkit.loops.segments import Sum
from cnnkit.operations.separable import Factors, factors, shifted
from tests.cases.layouts import samples


def rank(seed: int, products: int, shape: tuple[int, int] = (7, 5)) -> Any:
    columns, rows = samples(seed, (products, shape[0]), "f8"), samples(seed + 1, (products, shape[1]), "f8")
    return np.einsum("ra,rb->ab", columns, rows)


def together(found: Factors) -> Any:
    return np.einsum("ra,rb->ab", found.columns, found.rows)


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
    found = factors(np.array(weights, dtype=float), most=1)
    assert found is not None
    assert found.are_whole
    assert found.products == 1
    np.testing.assert_array_equal(together(found), weights)


@pytest.mark.parametrize("products", [1, 2])
@pytest.mark.parametrize("shape", [(3, 3), (7, 5), (2, 9), (31, 31)])
@pytest.mark.parametrize("scale", [1e-30, 1, 1e30])
def test_products_are_found(products: int, shape: tuple[int, int], scale: float) -> None:
    weights = rank(0, products, shape) * scale
    found = factors(weights)
    assert found is not None
    assert found.products == products
    assert not found.are_whole
    np.testing.assert_allclose(together(found), weights, rtol=0, atol=1e-13 * np.abs(weights).max())
    totals = np.abs(found.columns).sum(axis=1)
    assert ((totals > 0.5) & (totals <= 1)).all()


def test_more_products_than_asked_for_are_refused() -> None:
    assert factors(rank(0, 2), most=1) is None
    assert factors(rank(0, 3)) is None
    assert factors(rank(0, 3), most=3) is not None
    assert factors(np.eye(3)) is None
    assert factors(np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]), most=1) is None


def test_nothing_but_zeros_has_no_factors() -> None:
    assert factors(np.zeros((4, 4))) is None


@pytest.mark.parametrize(("noise", "products"), [(0, 1), (1e-12, 1), (1e-6, None), (1e-3, None)])
def test_rounding_is_no_product_and_noise_is(noise: float, products: int | None) -> None:
    weights = rank(0, 1) + noise * samples(9, (7, 5), "f8") * np.abs(rank(0, 1)).max()
    found = factors(weights)
    assert (found and found.products) == products


@pytest.mark.parametrize("text", ["gaussian:sigma=2", "box", "sobel", "prewitt"])
def test_presets_that_are_a_column_times_a_row(text: str) -> None:
    weights = read_kernel(text).weights
    found = factors(weights, most=1)
    assert found is not None
    np.testing.assert_allclose(together(found), weights, atol=1e-14)


def test_two_whole_rows_that_are_no_multiples_are_two_products() -> None:
    found = factors(np.array([[1.0, 2], [3, 4]]))
    assert found is not None
    assert found.products == 2


def test_shifted_sums_read_weights_further_on() -> None:
    given = Sum(np.arange(10), np.array([1, 2]))
    found = shifted(given, 100)
    assert found.segments.tolist() == [0, 101, 2, 3, 4, 5, 106, 7, 8, 9]
    assert found.chunks is given.chunks
    assert given.segments.tolist() == list(range(10))
