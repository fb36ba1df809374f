"""Few products in a sum, row by row: against the slow twin, and every bit that of the register tiles."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.loops.convolution.direct import RESULTS, SUMS
from cnnkit.loops.convolution.few import products
from cnnkit.loops.convolution.totals import WIDE_BYTES
from cnnkit.loops.machine.compile import compiled
from cnnkit.operations.convolution import direct as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees, assert_units_are_apart, units_apart


@compiled("S[1], i8[1], S[1], S[1], O[1], i8, i8, i8", S=SUMS, O=RESULTS)
def products_of(
    numbers: Any, places: Any, bias: Any, weights: Any, out: Any, begin: int, out_at: int, blocks: int
) -> None:  # fmt: skip
    """Some sums of products."""
    products(numbers, begin, places, places.shape[0], bias, weights, out, out_at, blocks)


@pytest.mark.parametrize("dtype", SUMS)
@pytest.mark.parametrize("result", ["u1", "f4"])
def test_sums_of_products(dtype: str, result: str, engine: str) -> None:
    width = WIDE_BYTES // np.dtype(dtype).itemsize
    numbers = np.random.default_rng(0).integers(-9, 10, 4 * width).astype(dtype)
    weights, bias = np.array([3, -2, 1], dtype), np.array([5], dtype)
    places = np.array([0, 7, width + 1])
    out = np.full(3 * width, 7, result)
    products_of(numbers, places, bias, weights, out, 2, 1, 2)
    total: Any = 5 + sum(w * numbers[2 + p :][: 2 * width] for w, p in zip(weights, places, strict=True))
    expected = np.full(3 * width, 7, result)
    expected[1 : 1 + 2 * width] = total.clip(0, 255) if result == "u1" else total
    np.testing.assert_array_equal(out, expected)


def both(monkeypatch: pytest.MonkeyPatch, images: Any, weights: Any, **settings: Any) -> tuple[Any, Any]:
    """The results by few products and by tiles."""
    found = []
    for most in (1000, 0):
        monkeypatch.setattr(room, "MAX_FEW_PRODUCTS", most)
        found.append(convolve(images, Kernel(weights), algorithm="direct", **settings))
    return found[0], found[1]


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (3, 2)])
def test_every_bit_is_that_of_the_tiles(dtype: str, stride: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for grid, dilation, depth in product(((1, 1), (3, 3), (2, 5)), ((1, 1), (2, 3)), (1, 3)):
        images = samples(0, (2, 11, 90, depth), dtype)
        settings: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": "full", "bias": 2}
        for weights in (samples(1, grid, "f8"), samples(2, (*grid, depth), "f8"), np.sign(samples(1, grid, "f8"))):
            few, tiles = both(monkeypatch, images, weights, **settings)
            np.testing.assert_array_equal(few, tiles)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_settings(dtype: str, engine: str) -> None:
    for grid, stride, mode in (((3, 3), (1, 1), "reflect"), ((2, 4), (2, 1), "zero"), ((1, 5), (1, 2), "wrap")):
        for weights in (samples(1, grid, "f8"), samples(2, (*grid, 2), "f8")):
            assert_agrees(samples(0, (2, 5, 7, 2), dtype), weights, "direct", stride=stride, pad_mode=mode)


def test_every_number_of_columns() -> None:
    for columns in (*range(1, 70), 127, 128, 129):
        assert_agrees(samples(columns, (1, 3, columns, 1), "f4"), samples(1, (3, 3), "f8"), "direct")
        assert_agrees(samples(columns, (1, 3, columns, 1), "u1"), np.array([[1, -2, 1]]), "direct")


def test_weights_of_zero_are_left_out_where_no_nan_can_be() -> None:
    image = np.array([[1, np.nan, 2, 3, 4]], np.float32)
    assert np.isnan(convolve(image, [[0, 0, 1]], algorithm="direct")[0]).tolist() == [True, True, True, False, False]
    assert convolve(np.array([[1, 2, 3]], np.uint8), [[0, 0, 0]], algorithm="direct").tolist() == [[0, 0, 0]]


def test_a_unit_writes_its_own_strips_alone(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(0, (3, 9, 8, 2), "f4")
    whole, alone = units_apart(
        monkeypatch, room, lambda: convolve(images, samples(1, (3, 3), "f8"), algorithm="direct")
    )
    assert_units_are_apart(whole, alone)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        "for width in (*range(1, 70), 300):",
        "    convolve(samples(5, width, 3), np.full((3, 3), 0.1) + np.eye(3), algorithm='direct')",
        "    convolve(samples(5, width), np.arange(10.0).reshape(2, 5), algorithm='direct', stride=2)",
        "    convolve(samples(5, width, 2), np.arange(8.0).reshape(2, 2, 2), algorithm='direct')",
    )


@pytest.mark.parametrize(
    ("grid", "depth", "expected"), [((5, 5), 1, 1), ((5, 5), 2, 0), ((2, 13), 1, 0), ((1, 1), 1, 1)]
)
def test_few_are_25(grid: tuple[int, int], depth: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    run = room.run_few
    monkeypatch.setattr(room, "run_few", lambda *given: (ran.append(1), run(*given)))
    weights = np.arange(1.0, 1 + grid[0] * grid[1] * depth).reshape(*grid, depth)
    convolve(np.ones((30, 40, depth), np.float32), weights if depth > 1 else weights[..., 0], algorithm="direct")
    assert len(ran) == expected
