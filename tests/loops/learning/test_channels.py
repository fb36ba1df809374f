"""Sums and blends of channels against sums in float64, as machine code and plain Python."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.loops.learning.channels import LINE, blend_channels, sum_channels


def drawn(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def line_of(depth: int) -> int:
    return depth * -(-LINE // depth)


def summed(a: Any, b: Any, parts: int, *, has_products: bool = True) -> Any:
    """Every part by itself: (parts, 2, depth)."""
    depth = a.shape[-1]
    sums, lines = np.full(parts * 2 * depth, 77.0), np.full(2 * line_of(depth), np.nan)
    for part in range(parts):
        sum_channels(
            a.reshape(-1), b.reshape(-1), sums, a.size, depth, line_of(depth), parts, int(has_products), lines,
            part, part + 1,
        )  # fmt: skip
    return sums.reshape(parts, 2, depth)


def test_by_hand(engine: str) -> None:
    """Three places of two channels; less than a line, so that the last part has all of them."""
    a, b = np.array([[1, 2], [3, 4], [5, 6]], np.float32), np.array([[1, 1], [0, 2], [10, 0]], np.float32)
    sums = summed(a, b, 2)
    assert sums[0].tolist() == [[0, 0], [0, 0]]
    assert sums[1].tolist() == [[1 + 3 + 5, 2 + 4 + 6], [1 + 50, 2 + 8]]
    out, line = np.full(6, 77, np.float32), 2
    factors = np.array([2, 3, 10, 20, 0.5, 0.25], np.float32)
    blend_channels(a.reshape(-1), b.reshape(-1), factors, out, 6, line, 0, 2)
    assert out.tolist() == [2 + 10 + 0.5, 6 + 20 + 0.25, 6 + 0.5, 12 + 40 + 0.25, 77, 77]


@pytest.mark.parametrize("depth", [1, 3, LINE - 1, LINE, LINE + 1, 2 * LINE + 5])
def test_depths(depth: int, engine: str) -> None:
    a, b = drawn(0, 7, 3, depth), drawn(1, 7, 3, depth)
    wide = a.astype(float), b.astype(float)
    expected = np.stack([wide[0].sum(axis=(0, 1)), (wide[0] * wide[1]).sum(axis=(0, 1))])
    np.testing.assert_allclose(summed(a, b, 3).sum(axis=0), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(summed(a, b, 3, has_products=False).sum(axis=0)[0], expected[0], atol=1e-12)


@settings(max_examples=25)
@given(st.integers(1, 90), st.integers(1, 400), st.integers(1, 9))
def test_random_settings(depth: int, places: int, parts: int) -> None:
    a, b = drawn(depth, places, depth), drawn(places, places, depth)
    sums = summed(a, b, parts).sum(axis=0)
    np.testing.assert_allclose(sums[0], a.sum(axis=0, dtype=float), atol=1e-10)
    np.testing.assert_allclose(sums[1], (a.astype(float) * b).sum(axis=0), atol=1e-10)
    line = line_of(depth)
    factors = drawn(7, 3, depth)
    out = np.full(a.size, np.nan, np.float32)
    lines = -(-a.size // line)
    for first in range(0, lines, parts):
        blend_channels(
            a.reshape(-1), b.reshape(-1), np.tile(factors, line // depth).reshape(-1), out, a.size, line,
            first, min(first + parts, lines),
        )  # fmt: skip
    expected = a * factors[0] + b * factors[1] + factors[2]
    np.testing.assert_allclose(out.reshape(a.shape), expected, rtol=1e-5, atol=1e-5)


def test_a_nan_reaches_its_channel_alone(engine: str) -> None:
    a, b = drawn(0, 50, 3), drawn(1, 50, 3)
    a[4, 1] = np.nan
    assert np.isnan(summed(a, b, 2).sum(axis=0)).tolist() == [[False, True, False]] * 2
