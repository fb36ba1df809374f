"""Columns, then rows, against the slow twin that knows neither, as machine code and as plain Python."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.separable import LINE_BYTES
from cnnkit.operations.convolution import separable as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference import convolution as twin
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees, assert_units_are_apart, units_apart


def one(seed: int, grid: tuple[int, int]) -> Any:
    """A column times a row."""
    return np.outer(samples(seed, (grid[0],), "f8"), samples(seed + 1, (grid[1],), "f8"))


def whole(seed: int, grid: tuple[int, int], most: int = 2) -> Any:
    """A column times a row of whole numbers."""
    rng = np.random.default_rng(seed)
    column, row = (rng.integers(-most, most + 1, length) for length in grid)
    column[0], row[-1] = 1, 1
    return np.outer(column, row).astype(float)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4", "f8"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_strides_and_dilations(dtype: str, stride: Any, engine: str) -> None:
    for grid, dilation, depth in product(((3, 3), (2, 5), (4, 1), (1, 3)), ((1, 1), (2, 3)), (1, 3)):
        images, settings = samples(0, (2, 7, 9, depth), dtype), {"stride": stride, "dilation": dilation}
        assert_agrees(images, one(1, grid), "separable", padding="full", **settings)
        assert_agrees(images, whole(2, grid), "separable", bias=5, **settings)


@pytest.mark.parametrize("mode", ["zero", "constant=-2", "replicate", "reflect", "symmetric", "wrap"])
def test_padding_of_every_kind(mode: str, engine: str) -> None:
    for padding in ("same-lower", "full", (3, 0, 1, 5)):
        settings: dict[str, Any] = {"padding": padding, "pad_mode": mode}
        assert_agrees(samples(0, (1, 4, 5, 2), "f4"), one(1, (3, 4)), "separable", **settings)
        assert_agrees(samples(0, (1, 4, 5, 2), "u1"), whole(1, (3, 4)), "separable", stride=(1, 2), **settings)


@pytest.mark.parametrize("rows", range(1, 6))
@pytest.mark.parametrize("n", [1, 3])
def test_every_number_of_rows(rows: int, n: int, engine: str) -> None:
    for kernel_rows in (1, 2, 5):
        assert_agrees(samples(rows, (n, rows, 6, 1), "f4"), one(1, (kernel_rows, 3)), "separable")
        assert_agrees(samples(rows, (n, rows, 6, 1), "u1"), whole(1, (kernel_rows, 3)), "separable", stride=(2, 1))


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_every_number_of_columns(dtype: str, engine: str) -> None:
    lanes = LINE_BYTES // (2 if dtype == "u1" else 4)
    for columns in {*range(1, 41), lanes // 2, lanes - 1, lanes, lanes + 1, lanes + lanes // 2 + 1}:
        assert_agrees(samples(columns, (1, 3, columns, 1), dtype), whole(1, (3, 3)), "separable")


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("columns", [301, 700])
def test_hundreds_of_columns(dtype: str, columns: int) -> None:
    assert_agrees(samples(1, (2, 5, columns, 3), dtype), whole(1, (3, 2)), "separable")


def test_images_wider_than_a_block() -> None:
    image, kernel = samples(1, (1, 9, 30_001, 4), "u1"), whole(1, (9, 9), 1)
    found = convolve(image, kernel, algorithm="separable", padding="valid")
    np.testing.assert_array_equal(found, convolve(image, kernel, algorithm="direct", padding="valid"))


@pytest.mark.parametrize("result", ["uint8", "int16", "uint16", "float32", "float64"])
@pytest.mark.parametrize("factor", [0.25, 1, 300])
def test_results_of_every_type_saturate_and_round_half_away_from_zero(result: str, factor: float, engine: str) -> None:
    weights = np.outer([1, 2, -1], [1, -2, 1.0]) * factor
    image = samples(1, (6, 8, 2), "u1")
    found = convolve(image, weights, algorithm="separable", dtype=result)
    assert found.dtype == result
    sums = twin.convolve(image, weights)
    if found.dtype.kind == "f":
        np.testing.assert_allclose(found, sums, atol=1e-6 * 255 * np.abs(weights).sum())
        return
    rounded = np.sign(sums) * np.floor(np.abs(sums) + 0.5)
    limits = np.iinfo(result)
    expected = np.clip(rounded, limits.min, limits.max)
    np.testing.assert_array_equal(found, expected)


def test_a_nan_touches_only_what_its_window_covers(engine: str) -> None:
    image = np.ones((9, 12), dtype=np.float32)
    image[4, 5] = np.nan
    lost = np.isnan(convolve(image, one(1, (5, 3)), algorithm="separable"))
    assert lost[2:7, 4:7].all()
    assert lost.sum() == 15


def test_a_unit_writes_its_own_strips_alone(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images, kernel = samples(5, (3, 11, 9, 2), "u1"), one(1, (3, 3))
    whole, alone = units_apart(monkeypatch, room, lambda: convolve(images, kernel, algorithm="separable", threads=1))
    assert len(alone) > 3
    assert_units_are_apart(whole, alone)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        "for width in (*range(1, 40), 300):",
        "    convolve(samples(5, width, 3), np.ones((9, 5)), stride=(1, 1 + width % 3), algorithm='separable')",
        "    convolve(samples(5, width, 3), np.ones((2, 5)), algorithm='separable')",
    )
