"""Channels scaled, shifted and limited, as machine code and as plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.network.scaling import scale_pixels

NO_LIMITS = (-np.inf, np.inf)


def scaled(image: Any, factors: Any, offsets: Any, limits: Any = NO_LIMITS, *, step: int = 0, band: Any = None) -> Any:
    depth = len(factors)
    step = step or depth
    pixels = (len(image) - depth) // step + 1
    out = np.full(pixels * depth, 77, np.float32)
    numbers = (np.array(one, np.float32) for one in (factors, offsets, limits))
    scale_pixels(image, *numbers, out, depth, step, *(band or (0, pixels)))
    return out


def test_by_hand(engine: str) -> None:
    image = np.array([1, 2, 3, 4], np.float32)
    assert scaled(image, [2, -1], [10, 0]).tolist() == [12, -2, 16, -4]
    assert scaled(image, [2, -1], [10, 0], (0, 13)).tolist() == [12, 0, 13, 0]


@pytest.mark.parametrize("depth", [1, 3, 7, 16, 33])
def test_pixels_among_others(depth: int, engine: str) -> None:
    rng = np.random.default_rng(depth)
    whole = rng.integers(-9, 9, (11, depth + 5)).astype(np.float32)
    factors, offsets = (rng.integers(-3, 4, depth).astype(np.float32) for _ in range(2))
    flat = whole.reshape(-1)[2 : 2 + 10 * (depth + 5) + depth]
    found = scaled(flat, factors, offsets, (0, 6), step=depth + 5)
    expected = np.clip(whole[:, 2 : 2 + depth] * factors + offsets, 0, 6)
    np.testing.assert_array_equal(found.reshape(11, depth), expected)
    part = scaled(flat, factors, offsets, (0, 6), step=depth + 5, band=(3, 7)).reshape(11, depth)
    np.testing.assert_array_equal(part[3:7], expected[3:7])
    assert (part[:3] == 77).all()
    assert (part[7:] == 77).all()


def test_where_the_image_is(engine: str) -> None:
    image = np.arange(40, dtype=np.float32)
    scale_pixels(
        image, *(np.full(4, n, np.float32) for n in (2, 1)), np.array(NO_LIMITS, np.float32), image, 4, 4, 0, 10
    )
    np.testing.assert_array_equal(image, 2 * np.arange(40) + 1)


def test_a_nan_stays_one(engine: str) -> None:
    found = scaled(np.array([np.nan, np.inf, -np.inf, 1], np.float32), [1], [0], (0, 6))
    assert np.isnan(found[0])
    assert found[1:].tolist() == [6, 0, 1]
