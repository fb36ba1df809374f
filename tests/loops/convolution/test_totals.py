"""Totals of a few sums against their definition, as machine code and as plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.direct import RESULTS
from cnnkit.loops.convolution.totals import WIDE_BYTES, add_neighbours, narrow, wide, write_row
from cnnkit.loops.machine.compile import compiled
from cnnkit.operations.convolution import box as room

WIDTH = WIDE_BYTES // 2
NO_DIVISION = np.zeros(3, np.int64)


@compiled("S[1], i8[1], N[1], i8[1], O[1], i8, i8, i8", S=("u2", "f4", "f8"), N=("f4", "f8"), O=RESULTS)
def total_of(
    total: Any, sums: Any, places: Any, numbers: Any, division: Any, out: Any, begin: int, out_at: int, blocks: int
) -> None:  # fmt: skip
    """One total."""
    total(sums, begin, places, places.shape[0], numbers, division, out, out_at, blocks)


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize(("total", "dtype"), [(narrow, "u2"), (wide, "u2"), (narrow, "f4"), (narrow, "f8")])
def test_totals(result: str, total: Any, dtype: str, engine: str) -> None:
    sums = np.random.default_rng(0).integers(0, 20000 if total is narrow else 65536, 5 * WIDTH).astype(dtype)
    number = "f8" if dtype == "f8" else "f4"
    width = WIDE_BYTES // sums.itemsize
    for places in ([0], [3, 0, WIDTH + 7], [1] * 3):
        for numbers in ((1 / 700, 0), (-1 / 900, 3.25)):
            out = np.full(4 * WIDTH, 7, result)
            total_of.of(total)(
                sums, np.array(places), np.array(numbers, number), NO_DIVISION, out, 2, 5, 2
            )  # fmt: skip
            summed: Any = sum(sums[2 + place :][: 2 * width].astype(np.int64) for place in places)
            wanted = summed.astype(number) * np.array(numbers[0], number) + np.array(numbers[1], number)
            if result[0] in "ui":
                limits = np.iinfo(result)
                wanted = np.clip(np.copysign(np.floor(np.abs(wanted) + 0.5), wanted), limits.min, limits.max)
            expected = np.full(4 * WIDTH, 7, result)
            expected[5 : 5 + 2 * width] = wanted
            np.testing.assert_allclose(out, expected, rtol=0, atol=1e-5 if result[0] == "f" else 0)


@pytest.mark.parametrize("divisor", [2, 3, 4, 6, 9, 15, 16, 25, 49, 121, 255])
def test_totals_that_are_divided(divisor: int, engine: str) -> None:
    division = room.divided(np.array([1 / divisor, 0], np.float32), 255 * divisor)
    assert division[0] > 0
    sums = np.zeros(-(-(255 * divisor + 1) // WIDTH) * WIDTH, np.uint16)
    sums[: 255 * divisor + 1] = np.arange(255 * divisor + 1)
    out = np.zeros(len(sums), np.uint8)
    total_of.of(narrow)(
        sums, np.zeros(1, np.int64), np.zeros(2, np.float32), division, out, 0, 0, len(sums) // WIDTH
    )  # fmt: skip
    np.testing.assert_array_equal(out, (2 * sums.astype(int) + divisor) // (2 * divisor))


def test_sums_of_neighbours() -> None:
    sums = np.zeros(4, np.uint16)
    add_neighbours(sums, np.arange(7, dtype=np.uint16), 3, 4)
    assert sums.tolist() == [3, 5, 7, 9]


@compiled("f4[1], i8[1], f4[1], i8[1], f4[1], f4[1], i8")
def write(total: Any, sums: Any, places: Any, numbers: Any, division: Any, out: Any, aside: Any, count: int) -> None:
    """One row, the second sum first."""
    write_row(total, sums, 1, places, numbers, division, out, 3, count, aside)


def test_rows_of_every_length(engine: str) -> None:
    width = WIDE_BYTES // 4
    sums = np.arange(5 * width, dtype=np.float32)
    for count in (*range(1, 2 * width + 3), 3 * width):
        out = np.full(4 * width, 7, np.float32)
        numbers, aside = np.array([2, 1], np.float32), np.zeros(width, np.float32)
        write.of(narrow)(sums, np.array([0, 2]), numbers, NO_DIVISION, out, aside, count)
        expected = np.full(4 * width, 7, np.float32)
        expected[3 : 3 + count] = 2 * (sums[1 : 1 + count] + sums[3 : 3 + count]) + 1
        np.testing.assert_array_equal(out, expected)
