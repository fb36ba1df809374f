"""A kernel checks its weights and knows what they sum to."""

import copy
import pickle

import numpy as np
import pytest

from cnnkit.data.kernels.kernel import Kernel, joined_name
from cnnkit.errors import ArgumentError


def test_weights_are_a_float64_copy_that_cannot_be_written() -> None:
    given = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    kernel = Kernel(given)
    given[0, 0] = 9
    assert kernel.weights.dtype == np.float64
    np.testing.assert_array_equal(kernel.weights, [[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="read-only"):
        kernel.weights[0, 0] = 5


def test_float64_weights_are_copied_too() -> None:
    given = np.ones((2, 2))
    kernel = Kernel(given)
    given[0, 0] = 9
    np.testing.assert_array_equal(kernel.weights, np.ones((2, 2)))


def test_size_is_rows_and_columns() -> None:
    assert Kernel(np.ones((2, 5, 3, 7))).size == (2, 5)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([[-1, 0, 1]], True),
        ([[1, 2, 1]], False),
        ([[0.1, 0.2, -0.3]], True),  # 0.1 + 0.2 - 0.3 is 5.6e-17 in float64
        ([[1.0, -1.0 + 1e-6]], False),
        ([[1e-12, 1e-12]], False),  # small weights are not a small sum
        ([[0, 0]], True),
        ([[1e308, 1e308, 1]], False),  # an infinite sum is not small
        ([[1e308, 1e308, -1e308, -1e308]], True),
    ],
)
def test_is_zero_sum(weights: list[list[float]], expected: bool) -> None:
    assert Kernel(np.array(weights)).is_zero_sum is expected


def test_is_zero_sum_asks_every_grid_by_itself() -> None:
    grids = np.zeros((1, 2, 2))
    grids[0, :, 0] = [1, -1]
    assert Kernel(grids).is_zero_sum
    grids[0, :, 0], grids[0, :, 1] = 1, -1  # sums 2 and -2: zero together, not each
    assert not Kernel(grids).is_zero_sum


def test_has_integer_weights() -> None:
    assert Kernel(np.array([[1.0, -4.0]])).has_integer_weights
    assert not Kernel(np.array([[0.5, 1.0]])).has_integer_weights


def test_flipped_turns_by_180_degrees_and_keeps_the_rest() -> None:
    kernel = Kernel(np.array([[1, 2], [3, 4]]), "mine", "detects", "source", (1.0,), 2)
    turned = kernel.flipped
    np.testing.assert_array_equal(turned.weights, [[4, 3], [2, 1]])
    assert (turned.name, turned.detects, turned.source) == ("mine", "detects", "source")
    assert (turned.bias, turned.groups) == ((1.0,), 2)


def test_repr_shows_name_and_shape() -> None:
    assert repr(Kernel(np.ones((3, 5)), "mine")) == "Kernel('mine', 3x5)"


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        (np.ones(3), "2, 3 or 4 dimensions, not 1"),
        (np.ones((1, 1, 1, 1, 1)), "2, 3 or 4 dimensions, not 5"),
        (np.ones((0, 3)), r"empty \(0x3\)"),
        (np.array([[1.0, np.nan], [np.inf, 0.0]]), "2 of 4 kernel weights are not finite"),
        (np.array([[1j]]), "complex128 are not real"),
        ([[1, 2], [3]], "not real numbers in a full grid"),
        ([["1", "2"]], "not real numbers"),
        (None, "not real numbers"),
    ],
)
def test_refuses_what_is_no_grid_of_real_numbers(weights: object, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        Kernel(weights)  # type: ignore[arg-type]


def test_copies_and_pickles_carry_the_weights_alone() -> None:
    kernel = Kernel(np.array([[1.0, 2], [3, 4]]), "name", "what", "where", groups=3)
    kernel.cache["much"] = np.zeros(1000)
    for other in (copy.copy(kernel), copy.deepcopy(kernel), pickle.loads(pickle.dumps(kernel))):
        np.testing.assert_array_equal(other.weights, kernel.weights)
        assert (other.name, other.detects, other.source, other.cache) == ("name", "what", "where", {})
        assert other.groups == 3


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([[1, 2], [3, 4]], 1),
        ([[1 / 9, 2 / 9]], 9),
        ([[1 / 3, 1 / 4]], 12),
        ([[0.0, 0.0]], 1),
        ([[np.pi, 1.0]], 1),
        ([[1 / 1024, 1.0]], 1024),
        ([[1 / 1025, 1.0]], 1),
        ([[-1 / 6, 1e-30]], 1),
    ],
)
def test_denominators(weights: list[list[float]], expected: int) -> None:
    assert Kernel(np.array(weights)).denominator == expected


def test_several_kernels_have_a_name() -> None:
    some = [Kernel(np.ones((1, 1)), name) for name in ("sobel-x", "sobel-y", "k" * 40)]
    assert joined_name(some[:2]) == "sobel-x+sobel-y"
    assert joined_name(some).startswith("maps3-")
    assert joined_name(some) != joined_name(some[::-1])


def test_a_notebook_shows_it() -> None:
    assert "<table>" in Kernel(np.eye(2), "mine")._repr_html_()
