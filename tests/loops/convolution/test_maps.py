"""A few kernels along the columns, against the slow twin, as machine code and as plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.maps import interleave
from cnnkit.operations.convolution import direct as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees, assert_units_are_apart, units_apart


@pytest.mark.parametrize("maps", [2, 3, 4])
def test_rows_side_by_side(maps: int) -> None:
    rows, out = np.arange(5 * 9), np.full(7 * maps + 2, -1)
    interleave(rows, 9, maps, 7, out)
    assert out.tolist() == [9 * m + x for x in range(7) for m in range(maps)] + [-1, -1]


@pytest.mark.parametrize("maps", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_settings(maps: int, dtype: str, engine: str) -> None:
    images, weights = samples(0, (2, 6, 9, 3), dtype), samples(1, (3, 2, 3, maps), "i2") / (1 if dtype == "u1" else 8)
    weights[1, 1, 1] = 0
    for given in ({}, {"stride": (2, 1), "padding": "full"}, {"stride": (1, 3), "dilation": (2, 1), "padding": "same"}):
        settings: dict[str, Any] = {"bias": np.arange(maps), "pad_mode": "reflect"} | given
        assert_agrees(images, weights, "direct", **settings)


@pytest.mark.parametrize("columns", [1, 31, 32, 33, 64, 65, 200])
def test_columns(columns: int) -> None:
    assert_agrees(samples(0, (1, 5, columns, 2), "f4"), samples(1, (3, 3, 2, 3), "f4"), "direct")


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f8"])
def test_result_types(dtype: str, engine: str) -> None:
    image, weights = samples(0, (5, 9, 3), "u1"), samples(1, (2, 2, 3, 3), "i2").astype(float)
    found = convolve(image, weights, algorithm="direct", dtype=dtype)
    limits = np.iinfo(dtype) if dtype != "f8" else None
    sums = convolve(image, weights, algorithm="layer")
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, sums if limits is None else sums.clip(limits.min, limits.max))


def test_a_nan_touches_the_windows_that_cover_it_and_no_other() -> None:
    image = np.zeros((8, 70, 3), np.float32)
    image[3, 9, 1] = np.nan
    found = np.argwhere(np.isnan(convolve(image, np.zeros((3, 3, 3, 2)), algorithm="direct")))
    assert found.tolist() == [[i, j, m] for i in (2, 3, 4) for j in (8, 9, 10) for m in (0, 1)]


@pytest.mark.parametrize("rows", range(1, 6))
def test_strips_are_apart(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(0, (3, rows, 9, 2), "f4")
    whole, alone = units_apart(
        monkeypatch, room, lambda: convolve(images, np.full((3, 3, 2, 3), 0.1), algorithm="direct")
    )
    assert_units_are_apart(whole, alone)


@linux_only
def test_scratch_arrays_are_large_enough() -> None:
    run_guarded(
        "for maps in (2, 3, 4):",
        "  for columns in (1, 31, 33, 70):",
        "    convolve(samples(5, columns, 3), samples(3, 3, 3, maps), algorithm='direct')",
        "    convolve(samples(5, columns, 2), samples(2, 5, 2, maps), algorithm='direct', stride=2, padding='full')",
    )
