"""Values by themselves: taken to their places, let through, and added in order; as machine code and plain Python."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.loops.learning.values import add_parts, gather, let_through


def drawn(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_by_hand(engine: str) -> None:
    out = np.zeros(3, np.float32)
    gather(np.array([0, 5, 7], np.float32), np.array([2, 0, 2]), out, 0, 3)
    assert out.tolist() == [7, 0, 7]
    slopes = np.array([1, 2, 3, 4], np.float32)
    let_through(np.array([1, 0, -0.0, 2e-30], np.float32), slopes, 0, 4)
    assert slopes.tolist() == [1, 0, 0, 4]
    total = np.full(2, 9, np.float32)
    add_parts(np.array([1, 2, 30, 40, 500, 600], np.float32), total, 3, 2, 0, 2)
    assert total.tolist() == [531, 642]


def test_slopes_that_are_not_let_through_are_zeros_even_if_they_are_no_numbers(engine: str) -> None:
    slopes = np.array([np.inf, np.nan, np.nan, np.inf], np.float32)
    let_through(np.array([0, -1, np.nan, 1], np.float32), slopes, 0, 4)
    assert slopes.tolist() == [0, 0, 0, np.inf]


@given(st.integers(1, 40), st.integers(1, 9), st.data())
def test_each_band_writes_its_own_values(size: int, count: int, data: Any) -> None:
    first = data.draw(st.integers(0, size))
    last = data.draw(st.integers(first, size))
    parts, places = drawn(size, count * size), np.random.default_rng(1).integers(0, size, size)
    band = slice(first, last)

    expected = np.full(size, 77, np.float32)
    found = expected.copy()
    for k in range(first, last):
        expected[k] = parts[places[k]]
    gather(parts, places, found, first, last)
    np.testing.assert_array_equal(found, expected)

    expected[:], found[:] = 77, 77
    expected[band] = 0
    for part in parts.reshape(count, size):
        expected[band] += part[band]
    add_parts(parts, found, count, size, first, last)
    np.testing.assert_array_equal(found, expected)

    made, found = drawn(3, size), drawn(2, size)
    expected = found.copy()
    expected[band] = np.where(made[band] > 0, found[band], 0)
    let_through(made, found, first, last)
    np.testing.assert_array_equal(found, expected)
