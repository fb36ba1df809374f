"""Fully connected layers against a product in float64, weights in both orders, as machine code and as plain Python."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.network.dense import UNITS, VALUES, sum_columns, sum_rows


def drawn(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_by_hand(engine: str) -> None:
    out = np.zeros(2, np.float32)
    values, weights = np.array([1, 2], np.float32), np.array([3, 4, 5, 6], np.float32)
    sum_rows(values, weights, np.array([10, 20], np.float32), out, 1, 2, 2, 0, 1)
    assert out.tolist() == [10 + 3 + 8, 20 + 5 + 12]
    sum_columns(values, weights, np.array([10, 20], np.float32), out, 1, 2, 2, np.zeros(64, np.float32), 0, 1)
    assert out.tolist() == [10 + 3 + 10, 20 + 4 + 12]


@pytest.mark.parametrize("count", [1, 7, 15, 16, VALUES, 3 * VALUES + 5])
@pytest.mark.parametrize("units", [1, UNITS - 1, UNITS + 3])
def test_sizes(count: int, units: int, engine: str) -> None:
    values, weights, bias = drawn(0, 3, count), drawn(1, count, units), drawn(2, units)
    expected = values.astype(float) @ weights + bias
    blocks = -(-units // UNITS)
    for is_by_unit in (True, False):
        out = np.full(3 * units, np.nan, np.float32)
        table = np.ascontiguousarray(weights.T if is_by_unit else weights).reshape(-1)
        part = np.empty(units + UNITS, np.float32)
        for block in range(blocks):
            rest = (block, block + 1)
            if is_by_unit:
                sum_rows(values.reshape(-1), table, bias, out, 3, count, units, *rest)
            else:
                sum_columns(values.reshape(-1), table, bias, out, 3, count, units, part, *rest)
        np.testing.assert_allclose(out.reshape(3, units), expected, atol=2e-6 * max(count, 10) ** 0.5 * 3)


def test_blocks_write_their_own_units_alone() -> None:
    values, weights, bias = drawn(0, 1, 5), drawn(1, 5, 3 * UNITS), drawn(2, 3 * UNITS)
    for loop, rest in ((sum_rows, ()), (sum_columns, (np.empty(4 * UNITS, np.float32),))):
        out = np.full(3 * UNITS, 77, np.float32)
        loop(values.reshape(-1), weights.reshape(-1), bias, out, 1, 5, 3 * UNITS, *rest, 1, 2)
        assert (out[:UNITS] == 77).all()
        assert (out[2 * UNITS :] == 77).all()
        assert (out[UNITS : 2 * UNITS] != 77).all()


def test_a_nan_is_seen() -> None:
    values = np.array([0, np.nan, 0], np.float32)
    out = np.zeros(2, np.float32)
    sum_rows(values, np.zeros(6, np.float32), np.zeros(2, np.float32), out, 1, 3, 2, 0, 1)
    assert np.isnan(out).all()
