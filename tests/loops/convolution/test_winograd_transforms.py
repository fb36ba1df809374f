"""Transforms against their plain Python, and nothing written beyond rows and length."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.winograd_transforms import FinishedTransform, Transform
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES

MATRIX = ((1, 0, -2), (0.5, 4, 0), (0, 0, 0), (-1, 1, 3))

mix = Transform(MATRIX)


@compiled("S[1], S[1], S[1]" + 8 * ", i8", S=("f4", "f8"))
def mix_rows(
    source: Any, base: Any, target: Any, at: int, spacing: int, base_at: int, target_at: int, target_spacing: int,
    rows: int, length: int, times: int,
) -> None:  # fmt: skip
    """Mix the rows so many times, each time further on by the length."""
    for t in range(times):
        mix(source, at + t * length, spacing, base, base_at,
            target, target_at + t * length, target_spacing, rows, length)  # fmt: skip


def check(dtype: str, rows: int, length: int, times: int = 1) -> None:
    rng = np.random.default_rng(length)
    source = rng.integers(-9, 10, 900).astype(dtype)
    base = rng.integers(-9, 10, 300).astype(dtype)
    target = np.full(1500, 77, dtype=dtype)
    before = source.copy(), base.copy()
    at, spacing, base_at, target_at, target_spacing = 3, 101, 5, 11, 150
    mix_rows(source, base, target, at, spacing, base_at, target_at, target_spacing, rows, length, times)
    expected = np.full(1500, 77, dtype=dtype)
    for r, factors in enumerate(MATRIX[:rows]):
        for t in range(times):
            for x in range(length):
                total = sum(f * float(source[at + k * spacing + t * length + x]) for k, f in enumerate(factors))
                expected[target_at + r * target_spacing + t * length + x] = base[base_at + x] + total
    np.testing.assert_array_equal(target, expected)
    np.testing.assert_array_equal(source, before[0])
    np.testing.assert_array_equal(base, before[1])


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("rows", range(len(MATRIX) + 1))
def test_every_length(dtype: str, rows: int, engine: str) -> None:
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    for length in {0, 1, 2, 3, lanes - 1, lanes, lanes + 1, 2 * lanes, 3 * lanes - 1, 50}:
        check(dtype, rows, length)


def test_more_rows_than_the_matrix_has_are_not_there(engine: str) -> None:
    check("f4", 9, 20)


def test_several_side_by_side(engine: str) -> None:
    check("f4", 4, 13, times=5)


def test_what_is_not_finite_stays_where_it_is(engine: str) -> None:
    source = np.zeros(400, dtype=np.float32)
    source[5], source[107] = np.nan, np.inf
    target = np.zeros(400, dtype=np.float32)
    mix_rows(source, np.zeros(100, np.float32), target, 0, 100, 0, 0, 50, 4, 20, 1)
    assert {int(index) % 50 for index in np.flatnonzero(~np.isfinite(target))} == {5, 7}


mix_finished = FinishedTransform(MATRIX)


@compiled("S[1], S[1], S[1], S[1], S[1], i8, i8, i8", S=("f4",))
def mix_and_finish(
    source: Any, base: Any, target: Any, addend: Any, limits: Any, rows: int, length: int, is_added: int
) -> None:
    """Mix rows, add something to them and limit them."""
    mix_finished(source, 3, 101, base, 5, target, 11, 150, rows, length, addend, is_added, limits)


@pytest.mark.parametrize("is_added", [0, 1])
@pytest.mark.parametrize("length", [1, 15, 16, 40])
def test_finished_transforms(length: int, is_added: int, engine: str) -> None:
    rng = np.random.default_rng(length)
    source, base, addend = (rng.integers(-9, 10, 900).astype(np.float32) for _ in range(3))
    addend *= is_added
    target, limits = np.full(900, 77, np.float32), np.array([-20, 15], np.float32)
    mix_and_finish(source, base, target, addend, limits, 3, length, is_added)
    expected = np.full(900, 77, np.float32)
    for r, factors in enumerate(MATRIX[:3]):
        for x in range(length):
            total = base[5 + x] + sum(f * source[3 + 101 * k + x] for k, f in enumerate(factors))
            place = 11 + 150 * r + x
            expected[place] = min(max(total + is_added * addend[place], -20), 15)
    np.testing.assert_array_equal(target, expected)
