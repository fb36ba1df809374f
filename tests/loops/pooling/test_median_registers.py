"""Middles found in registers against their plain Python, for every type, and NaN wherever it stands."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.pooling.median_registers import Selection, middle_of_3x3, middle_of_5x5
from cnnkit.loops.pooling.windows import TYPES
from tests.cases.layouts import samples

middle_of_2x3 = Selection(2, 3)


@compiled("T[1], T[1], i8, i8, i8, i8", T=TYPES)
def find_in_3x3(image: Any, out: Any, at: int, spacing: int, step: int, out_at: int) -> None:
    """One vector of middles of 3x3."""
    middle_of_3x3(image, at, spacing, step, out, out_at)


@compiled("T[1], T[1], i8, i8, i8, i8", T=("u1", "i2", "f4"))
def find_in_5x5(image: Any, out: Any, at: int, spacing: int, step: int, out_at: int) -> None:
    """One vector of middles of 5x5."""
    middle_of_5x5(image, at, spacing, step, out, out_at)


@compiled("f4[1], f4[1], i8, i8, i8, i8")
def find_in_2x3(image: Any, out: Any, at: int, spacing: int, step: int, out_at: int) -> None:
    """One vector of lower middles of 2x3."""
    middle_of_2x3(image, at, spacing, step, out, out_at)


LOOPS: dict[tuple[int, int], Any] = {(3, 3): find_in_3x3, (5, 5): find_in_5x5, (2, 3): find_in_2x3}


def check(image: Any, size: tuple[int, int], *, at: int = 3, spacing: int = 150, step: int = 1) -> None:
    """Hold one vector of middles against sorted lists, and the places around it against what stood there."""
    lanes = VECTOR_BYTES // image.itemsize
    out = np.full(lanes + 20, 77, image.dtype)
    LOOPS[size](image, out, at, spacing, step, 9)
    expected = out.copy()
    expected[:9], expected[9 + lanes :] = 77, 77
    for lane in range(lanes):
        places = [at + lane + a * spacing + b * step for a, b in product(range(size[0]), range(size[1]))]
        held = image[places]
        middle = np.sort(held)[(len(held) - 1) // 2]
        expected[9 + lane] = np.nan if np.isnan(held).any() else middle
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("dtype", TYPES)
def test_every_type(dtype: str, engine: str) -> None:
    image = samples(1, (700,), dtype)
    for spacing, step in ((150, 1), (150, 3), (131, 2), (2, 5), (0, 0)):
        check(image, (3, 3), spacing=spacing, step=step)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
def test_windows_of_5x5(dtype: str, engine: str) -> None:
    image = samples(2, (900,), dtype)
    for at, step in ((0, 1), (5, 3)):
        check(image, (5, 5), at=at, step=step)


def test_the_lower_of_two_in_an_even_window(engine: str) -> None:
    check(samples(3, (700,), "f4"), (2, 3))
    check(np.arange(700.0).astype("f4"), (2, 3))


@pytest.mark.parametrize("size", [(3, 3), (5, 5)])
def test_many_equals(size: tuple[int, int], engine: str) -> None:
    for seed in range(20):
        check(np.random.default_rng(seed).integers(0, 2 + seed % 3, 900).astype("u1"), size)


@pytest.mark.parametrize("size", LOOPS)
def test_nan_in_each_position_reaches_the_windows_that_hold_it(size: tuple[int, int], engine: str) -> None:
    image = samples(4, (900,), "f4")
    lanes = VECTOR_BYTES // 4
    for a, b, lane in product(range(size[0]), range(size[1]), (0, 1, lanes - 1)):
        spoilt = image.copy()
        spoilt[3 + lane + a * 150 + b] = np.nan
        check(spoilt, size)
    check(np.full(900, np.nan, "f4"), size)


def test_nan_in_double_precision_and_infinities(engine: str) -> None:
    image = samples(5, (700,), "f8")
    image[::5], image[1::5] = np.inf, -np.inf
    check(image, (3, 3))
    image[::11] = np.nan
    check(image, (3, 3))


def test_the_ends_of_a_type(engine: str) -> None:
    for dtype in ("i8", "u8", "i1", "u1"):
        limits = np.iinfo(dtype)
        values = [limits.min, limits.max, limits.min + 1, limits.max - 1, limits.max // 2, limits.max // 2 + 1]
        check(np.random.default_rng(6).choice(np.array(values, dtype), 700), (3, 3))
