"""Direct sums along the columns against the slow twin, as machine code and as plain Python."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.direct import PAIR_BYTES
from cnnkit.operations.convolution import direct as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference import convolution as twin
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees, assert_units_are_apart, units_apart

MODES = ("zero", "constant=-2", "replicate", "reflect", "symmetric", "wrap")


@pytest.fixture(autouse=True)
def _by_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sum few products by tiles too."""
    monkeypatch.setattr(room, "MAX_FEW_PRODUCTS", 0)


def whole(seed: int, shape: tuple[int, ...], most: int) -> Any:
    return np.random.default_rng(seed).integers(-most, most + 1, shape).astype(float)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4", "f8"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (1, 2), (3, 2), (4, 3)])
def test_strides_and_dilations(dtype: str, stride: Any, engine: str) -> None:
    for grid, dilation, depth in product(((1, 1), (3, 3), (2, 5), (4, 1)), ((1, 1), (2, 3)), (1, 3)):
        images = samples(0, (2, 7, 9, depth), dtype)
        assert_agrees(images, samples(1, grid, "f8"), "direct", stride=stride, dilation=dilation, padding="full")
        assert_agrees(images, whole(2, grid, 3), "direct", stride=stride, dilation=dilation, bias=5)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
def test_one_kernel_over_all_channels(dtype: str, stride: Any, engine: str) -> None:
    for grid, dilation, depth in product(((1, 1), (3, 3), (2, 4)), ((1, 1), (3, 2)), (1, 2, 3, 5)):
        images, settings = samples(0, (2, 7, 8, depth), dtype), {"stride": stride, "dilation": dilation}
        assert_agrees(images, samples(1, (*grid, depth), "f8"), "direct", padding="full", **settings)
        assert_agrees(images, whole(2, (*grid, depth, 1), 3), "direct", **settings)


@pytest.mark.parametrize("mode", MODES)
def test_padding_of_every_kind(mode: str, engine: str) -> None:
    for padding in ("same", "same-lower", "full", (3, 0, 1, 5)):
        settings: dict[str, Any] = {"padding": padding, "pad_mode": mode}
        assert_agrees(samples(0, (1, 4, 5, 2), "f4"), samples(1, (3, 4), "f8"), "direct", **settings)
        assert_agrees(samples(0, (1, 4, 5, 2), "u1"), whole(1, (3, 4), 9), "direct", stride=(1, 2), **settings)


@pytest.mark.parametrize("rows", range(1, 6))
@pytest.mark.parametrize("n", [1, 3])
def test_every_number_of_rows(rows: int, n: int, engine: str) -> None:
    for kernel_rows in (1, 2, 3, 5):
        assert_agrees(samples(rows, (n, rows, 6, 1), "f4"), samples(1, (kernel_rows, 3), "f8"), "direct")
        assert_agrees(samples(rows, (n, rows, 6, 1), "u1"), whole(1, (kernel_rows, 3), 9), "direct", stride=(2, 1))


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_every_number_of_columns(dtype: str, engine: str) -> None:
    lanes = PAIR_BYTES // (2 if dtype == "u1" else 4)
    for columns in {*range(1, 41), lanes - 1, lanes, lanes + 1, 2 * lanes, 2 * lanes + 3}:
        assert_agrees(samples(columns, (1, 3, columns, 1), dtype), whole(1, (3, 3), 3), "direct")


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("columns", [301, 512, 700])
def test_hundreds_of_columns(dtype: str, columns: int) -> None:
    assert_agrees(samples(1, (2, 5, columns, 3), dtype), whole(1, (3, 2), 3), "direct")
    assert_agrees(samples(1, (2, 5, columns, 3), dtype), samples(1, (3, 2, 3), "f8"), "direct", stride=(2, 2))


def test_images_wider_than_a_block() -> None:
    """The last block of a row is narrower than the others."""
    image = samples(1, (1, 3, 30_001, 4), "u1")
    kernel = whole(1, (3, 3), 100)
    found = convolve(image, kernel, algorithm="direct", padding="valid")
    windows = np.lib.stride_tricks.sliding_window_view(image[0].astype(np.int64), (3, 3), axis=(0, 1))
    np.testing.assert_array_equal(found[0], np.einsum("ijcab,ab->ijc", windows, kernel.astype(np.int64)))


@pytest.mark.parametrize("result", ["uint8", "int16", "uint16", "float32", "float64"])
@pytest.mark.parametrize(
    ("source", "kernel"),
    [
        ("u1", [[1, -2], [1, 1]]),
        ("u1", [[100, -200], [100, 100]]),
        ("u1", [[0.5, -0.25], [0.25, 0.5]]),
        ("f8", [[30000.5, 70000, -70000]]),
    ],
)
def test_results_of_every_type_saturate_and_round_half_away_from_zero(
    source: str, kernel: Any, result: str, engine: str
) -> None:
    weights = np.array(kernel, dtype=float)
    image = np.round(samples(1, (6, 8, 3), source), 0)
    found = convolve(image, weights, algorithm="direct", dtype=result)
    assert found.dtype == result
    sums = twin.convolve(image, weights)
    if found.dtype.kind == "f":
        np.testing.assert_allclose(found, sums, rtol=1e-6)
        return
    limits = np.iinfo(result)
    rounded = np.sign(sums) * np.floor(np.abs(sums) + 0.5)
    np.testing.assert_array_equal(found, np.clip(rounded, limits.min, limits.max))


def test_neither_nan_nor_infinity_spreads(engine: str) -> None:
    image = np.zeros((7, 12, 1), dtype=np.float32)
    image[3, 3], image[3, 9] = np.nan, np.inf
    found = convolve(image, np.ones((3, 3)), algorithm="direct", padding="valid")[:, :, 0]
    rows = [[0, np.nan, np.nan, np.nan, 0, 0, 0, np.inf, np.inf, np.inf]] * 3
    np.testing.assert_array_equal(found, [[0] * 10, *rows, [0] * 10])
    found = convolve(image[..., 0], [[0, 0, 0], [0, 1, 0], [0, 0, 0]], algorithm="direct")
    assert np.isnan(found).sum() == 17
    assert found[3, 9] == np.inf


@pytest.mark.parametrize("channels", ["each", "sum"])
def test_a_unit_writes_its_own_strips_alone(channels: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(5, (3, 11, 9, 2), "f4")
    kernel = samples(6, (3, 3), "f8")
    whole, alone = units_apart(
        monkeypatch, room, lambda: convolve(images, kernel, depth=channels, algorithm="direct", threads=1)
    )
    assert len(alone) > 3
    assert_units_are_apart(whole, alone)


def test_inputs_are_only_read(engine: str) -> None:
    image = samples(8, (5, 5, 2), "f4")
    before = image.copy()
    image.setflags(write=False)
    convolve(image, samples(9, (3, 3), "f8"), algorithm="direct")
    np.testing.assert_array_equal(image, before)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        "for width in (*range(1, 40), 300):",
        "    convolve(samples(5, width, 3), samples(3, 3), stride=(1, 1 + width % 3), algorithm='direct')",
        "    convolve(samples(5, width, 3), samples(3, 3, 3), stride=(1, 1 + width % 3), algorithm='direct')",
    )
