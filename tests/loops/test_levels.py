"""The loops that make levels, against one value at a time."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.levels import INFINITE_BIN, MAGNITUDE_BINS, MAGNITUDE_SHIFT, count_magnitudes, level_samples


def level_of(value: float, black: float, scale: float, white: int, *, is_magnitude: bool) -> tuple[int, bool]:
    """The twin: a level, and whether it was clipped; exact halves are those of float64."""
    if np.isnan(value):
        return 0, False
    x = ((abs(value) if is_magnitude else value) - black) * scale
    if np.isinf(x):
        return (white if x > 0 else 0), True
    rounded = np.sign(x) * np.floor(abs(x)) + np.sign(x) * (abs(x) - np.floor(abs(x)) >= 0.5)
    return int(min(max(rounded, 0), white)), not 0 <= rounded <= white


def run(values: Any, black: float, scale: float, white: int, *, is_magnitude: bool) -> tuple[Any, Any]:
    out = np.full(len(values), 77, np.uint8 if white == 255 else np.uint16)
    account = np.full(4, -9, np.int64)
    bits = values.view(f"i{values.itemsize}")
    is_exact = (black, scale, values.itemsize) == (0, 1, 4)  # as operations/levels.py computes it
    mapping = np.array([black, scale, white, 0.5], np.float32 if is_exact else np.float64)
    level_samples(values, bits, mapping, int(is_magnitude), out, account)
    return out, account


def number(order: int, dtype: Any) -> float:
    integer = np.dtype(f"i{np.dtype(dtype).itemsize}")
    one = np.array([order]).astype(integer)
    return float((one ^ ((one >> (8 * integer.itemsize - 1)) & np.iinfo(integer).max)).view(dtype)[0])


SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 0.5, -0.5, np.nextafter(0.5, 0), 254.5, 255.5, 65534.5, 65535.5, 1e30]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("white", [255, 65535])
def test_any_values(engine: str, dtype: str, white: int) -> None:
    random = np.random.default_rng(5)
    for size, black, scale, is_magnitude in product(
        (1, 7, 70), (0.0, -128.0, 3.25), (1.0, 7.5, 255 / 199), (False, True)
    ):
        halves = random.integers(-2 * white, 4 * white, size) / 2
        choice = random.integers(0, 3, size)
        values = np.choose(choice, [halves, random.normal(0, white, size), random.choice(SPECIAL, size)]).astype(dtype)
        out, account = run(values, black, scale, white, is_magnitude=is_magnitude)
        with np.errstate(all="ignore"):
            expected = [level_of(float(v), black, scale, white, is_magnitude=is_magnitude) for v in values]
        assert out.tolist() == [level for level, _ in expected]
        assert account[2] == sum(clipped for _, clipped in expected)
        assert account[3] == np.isnan(values).sum()
        numbers = values[~np.isnan(values)]
        if numbers.size:
            assert (number(account[0], dtype), number(account[1], dtype)) == (numbers.min(), numbers.max())
        else:
            assert account[0] > account[1]


def test_magnitudes_are_counted_in_the_columns_that_are_wanted(engine: str) -> None:
    values = np.array([[9, 1, -1, 2, 9], [9, -0.0, 1023, np.inf, 9]], np.float32)
    counts = np.zeros(MAGNITUDE_BINS, np.int64)
    count_magnitudes(values.view(np.int32), 1, 4, counts)
    lower = (np.flatnonzero(counts).astype(np.int32) << MAGNITUDE_SHIFT).view(np.float32)
    assert lower.tolist() == [0, 1, 2, 1023, np.inf]
    assert counts[counts > 0].tolist() == [1, 2, 1, 1, 1]
    assert counts[INFINITE_BIN] == 1


def test_whole_numbers_below_1024_have_bins_of_their_own(engine: str) -> None:
    values = np.arange(1024, dtype=np.float32)[None]
    counts = np.zeros(MAGNITUDE_BINS, np.int64)
    count_magnitudes(values.view(np.int32), 0, 1024, counts)
    assert np.count_nonzero(counts) == 1024
