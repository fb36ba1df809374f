"""Boxes against the slow twin, as machine code and as plain Python."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.box import add_on, add_up
from cnnkit.loops.convolution.separable import LINE_BYTES
from cnnkit.operations.convolution import box as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees, assert_units_are_apart, units_apart


def test_rows_of_sums() -> None:
    row, sums = np.array([1.0, 2, 3]), np.zeros(2)
    add_up(np.array([10.0, 20, 30]), row, 2.0, sums)
    assert sums.tolist() == [12, 24]
    above = np.array([5.0, 6, 7])
    add_on(above, row, 2.0, np.array([100.0, 200, 300]), sums)
    assert above.tolist() == [7, 10, 7]
    assert sums.tolist() == [107, 210]


@pytest.mark.parametrize("grid", [(1, 31), (31, 1), (7, 9), (13, 40), (40, 13)])
@pytest.mark.parametrize("rows", [1, 12, 13, 14, 26, 27, 90])
def test_groups_of_rows_and_their_ends(grid: tuple[int, int], rows: int) -> None:
    images = samples(rows, (1, rows, 45, 1), "u1").astype("f4")
    found = convolve(images, np.ones(grid), algorithm="box", padding="full", dtype="f8")
    np.testing.assert_array_equal(
        found, convolve(images, np.ones(grid), algorithm="direct", padding="full", dtype="f8")
    )


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4", "f8"])
@pytest.mark.parametrize("weight", [1, -3, 1 / 7])
def test_sizes(dtype: str, weight: float, engine: str) -> None:
    for grid in ((1, 1), (1, 2), (2, 1), (3, 3), (2, 5), (5, 4), (1, 7), (6, 3)):
        for depth in (1, 3):
            images = samples(0, (2, 5, 7, depth), dtype)
            assert_agrees(images, np.full(grid, float(weight)), "box", padding="full", bias=2)


@pytest.mark.parametrize("mode", ["constant=-2", "replicate", "reflect", "symmetric", "wrap"])
def test_padding_of_every_kind(mode: str, engine: str) -> None:
    for padding in ("same-lower", "full", (3, 0, 1, 5)):
        assert_agrees(samples(0, (1, 4, 5, 2), "f4"), np.full((3, 4), 0.3), "box", padding=padding, pad_mode=mode)


@pytest.mark.parametrize("width", [1, 2, 15, 16, 17, 40, 127, 128, 129, 300])
def test_widths(width: int) -> None:
    assert_agrees(samples(0, (1, 5, width, 1), "u1"), np.ones((3, 5)), "box")
    assert_agrees(samples(0, (1, 5, width, 3), "f4"), np.full((3, 5), 0.2), "box")


@pytest.mark.parametrize("rows", range(1, 6))
def test_strips_are_apart(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(0, (3, rows, 9, 2), "f4")
    whole, alone = units_apart(monkeypatch, room, lambda: convolve(images, np.full((5, 5), 0.1), algorithm="box"))
    assert_units_are_apart(whole, alone)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64"])
def test_result_types(dtype: str, engine: str) -> None:
    images = samples(0, (1, 3, 9, 1), "i2")
    found = convolve(images, np.full((1, 3), 0.5), algorithm="box", dtype=dtype, padding="valid")
    sums: Any = 0.5 * (images[:, :, :-2].astype(float) + images[:, :, 1:-1] + images[:, :, 2:])
    if dtype[0] in "ui":
        limits = np.iinfo(dtype)
        sums = np.copysign(np.floor(np.abs(sums) + 0.5), sums).clip(limits.min, limits.max)
    np.testing.assert_array_equal(found, sums.astype(dtype))


def test_nothing_gathers_along_a_long_row() -> None:
    image = np.full((1, 5000), 0.1, dtype=np.float32)
    image[0, 10] = 1e7
    found = convolve(image, np.full((1, 9), 1.0), algorithm="box", padding="valid")[0]
    np.testing.assert_allclose(found[11:], np.full(4992 - 11, 9 * np.float64(np.float32(0.1))), rtol=2e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_stays_where_its_windows_are(bad: float, engine: str) -> None:
    image = np.zeros((1, 7, 40, 1), dtype=np.float32)
    image[0, 3, 21] = bad
    found = convolve(image, np.full((3, 5), 1 / 15), algorithm="box")[0, :, :, 0]
    expected = np.zeros((7, 40), dtype=bool)
    expected[2:5, 19:24] = True
    np.testing.assert_array_equal(~np.isfinite(found), expected)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        f"for width in (*range(1, 40), 300, {LINE_BYTES}):",
        "    convolve(samples(5, width, 3), np.full((9, 5), 0.1), algorithm='box')",
        "    convolve(samples(5, width), np.full((2, 8), 0.1), algorithm='box')",
    )
