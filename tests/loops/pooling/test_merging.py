"""Each piece of a pooling by itself, in small loops of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.pooling.merging import (
    finish_row,
    itself,
    larger,
    magnitude_power,
    mean,
    merge_into,
    merge_passes,
    merge_rows,
    root,
    rounded_mean,
    smaller,
    take,
    total,
)
from cnnkit.loops.pooling.passes import Pass, merges
from tests.cases.layouts import samples

NUMBERS = ("u1", "i2", "i8", "f4", "f8")


@compiled("T[1], T[1], T[1]", T=NUMBERS)
def merge_each(merge: Any, a: Any, b: Any, out: Any) -> None:
    """Merge pairs."""
    for x in range(out.shape[0]):
        out[x] = merge(a[x], b[x])


@compiled("f8, S[1], T[1], i8, i8", S=("u1", "f4"), T=("u2", "f4", "f8"))
def merge_lines(merge: Any, read: Any, power: float, source: Any, out: Any, spacing: int, count: int) -> None:
    """Merge rows."""
    merge_rows(merge, read, power, source, spacing, count, out)


@compiled("i8[2], f8[1], f8[1], f8[1], i8, i8, i8, i8")
def pass_over(
    merge: Any, passes: Any, source: Any, lines: Any, out: Any, line_length: int, step: int, unit: int, positions: int
) -> None:
    """All passes, the last into `out`."""
    if merge_into(merge, passes, source, lines, line_length, step, unit, positions, out) == 0:
        out[0] = -1


@compiled("i8[2], f8[1], f8[1], i8, i8, i8, i8, i8")
def pass_some(
    merge: Any, passes: Any, source: Any, lines: Any, count: int, line_length: int, step: int, unit: int, positions: int
) -> None:
    """The first `count` passes."""
    merge_passes(merge, passes, count, source, lines, line_length, step, unit, positions)


@compiled("T[1], T[1], i8, i8", T=("u1", "u2", "f4", "f8"))
def take_some(line: Any, out: Any, step: int, unit: int) -> None:
    """Pixels at a distance."""
    take(line, step, unit, out)


@compiled("f8, S[1], D[1], D[1], T[1], i8, i8", S=("u2", "f4", "f8"), D=("f4", "f8"), T=("u1", "f4", "f8"))
def finish_some(
    finish: Any, power: float, line: Any, row_divisor: Any, divisors: Any, out: Any, begin: int, end: int
) -> None:
    """What is made of a row."""
    finish_row(finish, line, row_divisor[0], divisors, begin, end, power, out)


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize(
    ("piece", "expected"),
    [(larger, np.maximum), (smaller, np.minimum), (total, np.add)],
    ids=["larger", "smaller", "total"],
)
def test_two_are_merged(piece: Any, expected: Any, dtype: str, engine: str) -> None:
    a, b = samples(1, (40,), dtype), samples(2, (40,), dtype)
    if piece is total:
        a, b = a // 2, b // 2
    b[:5] = a[:5]
    out = np.zeros(40, dtype)
    merge_each.of(piece)(a, b, out)
    np.testing.assert_array_equal(out, expected(a, b))


@pytest.mark.parametrize("piece", [larger, smaller])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_nan_is_kept_on_either_side(dtype: str, piece: Any, engine: str) -> None:
    a = np.array([np.nan, 1, np.nan, -np.inf, np.nan, np.inf], dtype)
    b = np.array([1, np.nan, np.nan, np.nan, np.inf, -np.inf], dtype)
    out = np.zeros(6, dtype)
    merge_each.of(piece)(a, b, out)
    assert np.isnan(out).tolist() == [True, True, True, True, True, False]
    assert out[5] == (np.inf if piece is larger else -np.inf)


@pytest.mark.parametrize("count", range(1, 12))
def test_rows_are_merged_whatever_their_number(count: int, engine: str) -> None:
    source = samples(count, (12 * 20,), "u1")
    rows = np.stack([source[row * 20 : row * 20 + 7] for row in range(count)])
    out = np.zeros(7, "u2")
    merge_lines.of(total, itself)(1.0, source, out, 20, count)
    np.testing.assert_array_equal(out, rows.sum(axis=0))
    merge_lines.of(larger, itself)(1.0, source, out, 20, count)
    np.testing.assert_array_equal(out, rows.max(axis=0))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_samples_are_converted_before_they_are_read(count: int, engine: str) -> None:
    """The square of 255 has no room in the type of the samples."""
    source, out = np.full(5 * 9, 255, "u1"), np.zeros(9, "f8")
    merge_lines.of(total, magnitude_power)(2.0, source, out, 9, count)
    np.testing.assert_array_equal(out, np.full(9, count * 255.0**2))


@pytest.mark.parametrize("power", [1, 2, 3, 0.5])
def test_powers_of_magnitudes_and_their_roots(power: float, engine: str) -> None:
    source = np.array([-2.0, 0.0, 1.5, -0.25, 3.0], "f4")
    out = np.zeros(5, "f8")
    merge_lines.of(total, magnitude_power)(power, source, out, 5, 1)
    np.testing.assert_allclose(out, np.abs(source.astype(float)) ** power, rtol=1e-14)
    ones = np.ones(5)
    finish_some.of(root)(power, out, ones[:1], ones, out, 0, 5)
    np.testing.assert_allclose(out, np.abs(source), rtol=1e-14)


@pytest.mark.parametrize(("unit", "step"), [(1, 1), (1, 3), (3, 1), (3, 2)])
@pytest.mark.parametrize("piece", [total, larger])
def test_passes_merge_neighbours(piece: Any, unit: int, step: int, engine: str) -> None:
    for size in (1, 2, 3, 4, 5, 7, 9, 14, 31):
        planned = merges(size, is_idempotent=piece is larger)
        table = np.array(planned.passes, np.int64).reshape(-1, len(Pass._fields))
        windows = 13
        positions = windows + (size - 1) * step
        source = samples(size, (positions * unit,), "i2").astype(float)
        spacing = positions * unit + 3
        lines = np.full(spacing * planned.lines, np.nan)
        places = np.arange(windows * unit)[:, None] + np.arange(size) * step * unit
        expected = (np.sum if piece is total else np.max)(source[places], axis=1)
        out = np.zeros(windows * unit)
        pass_over.of(piece)(table, source, lines, out, spacing, step, unit, positions)
        if size == 1:
            assert out[0] == -1
            continue
        np.testing.assert_array_equal(out, expected, err_msg=f"windows of {size}")
        lines[:] = np.nan
        pass_some.of(piece)(table, source, lines, len(table), spacing, step, unit, positions)
        line = lines[(planned.result - 1) * spacing :]
        np.testing.assert_array_equal(line[: len(out)], expected)
        assert np.isnan(lines.reshape(-1, spacing)[:, positions * unit :]).all()


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("unit", [1, 2, 3, 4, 5, 8, 16, 17])
def test_pixels_that_stand_apart_are_taken_and_no_others_written(unit: int, dtype: str, engine: str) -> None:
    for stride in (2, 3, 5):
        for count in (1, 2, 3, 15, 16, 17, 33, 64, 130):
            line = samples(count, (count * stride * unit,), dtype)
            room = np.full(count * unit + 8, 77, dtype)
            take_some(line, room[4:-4], stride * unit, unit)
            pixels = line.reshape(count, stride, unit)[:, 0].ravel()
            np.testing.assert_array_equal(room[4:-4], pixels, err_msg=f"{count} pixels, {stride} apart")
            assert set(room[:4]) | set(room[-4:]) == {77}


def exact_means(sums: Any, divisors: Any) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums.astype("f8") / divisors


@pytest.mark.parametrize("ends", [(0, 0), (0, 60), (20, 40), (60, 60), (1, 59)])
def test_a_mean_is_a_sum_over_the_divisors_of_its_row_and_column(ends: tuple[int, int], engine: str) -> None:
    sums, divisors = samples(1, (60,), "u2"), np.full(60, 7, "f4")
    divisors[: ends[0]] = np.arange(1, ends[0] + 1)
    divisors[ends[1] :] = np.arange(60 - ends[1], 0, -1)
    out = np.zeros(60, "f4")
    finish_some.of(mean)(1.0, sums, np.full(1, 3, "f4"), divisors, out, *ends)
    rounded = exact_means(sums, 3 * divisors.astype("f8")).astype("f4")
    assert (np.abs(out - rounded) <= np.spacing(rounded)).all()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_means_of_what_is_no_number_and_of_nothing(dtype: str, engine: str) -> None:
    sums = np.array([np.nan, np.inf, -np.inf, 0, 6], dtype)
    for begin, end in ((0, 5), (0, 0)):
        out = np.zeros(5, dtype)
        finish_some.of(mean)(1.0, sums, np.full(1, 3, dtype), np.ones(5, dtype), out, begin, end)
        np.testing.assert_array_equal(out, [np.nan, np.inf, -np.inf, 0, 2])
        finish_some.of(mean)(1.0, np.zeros(5, dtype), np.zeros(1, dtype), np.ones(5, dtype), out, begin, end)
        np.testing.assert_array_equal(out, np.full(5, np.nan))


@pytest.mark.parametrize("divisor", [1, 2, 3, 4, 7, 9, 15, 25, 49, 121, 225, 256, 257])
def test_a_rounded_mean_of_every_sum(divisor: int) -> None:
    sums = np.arange(255 * divisor + 1).astype("u2")
    out = np.zeros(len(sums), "u1")
    ones = np.ones(len(sums), "f4")
    expected = (2 * np.arange(len(sums)) + divisor) // (2 * divisor)
    for ends in ((0, len(sums)), (0, 0)):
        finish_some.of(rounded_mean)(1.0, sums, np.full(1, divisor, "f4"), ones, out, *ends)
        np.testing.assert_array_equal(out, expected)


def test_a_rounded_mean_in_plain_python() -> None:
    for merged, divisor in ((7, 2), (5, 4), (6, 4), (1, 3), (2, 3), (765, 3)):
        found = rounded_mean(float(merged), float(divisor), 1 / divisor, 0.25, 1)
        assert int(found) == math.floor(merged / divisor + 0.5)
    assert rounded_mean(0.0, 0.0, math.inf, 0.25, 1) == 0
