"""Layers of many kernels against the slow twin, as machine code and as plain Python."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.layer import HALF, PIXELS
from cnnkit.operations.convolution import layer as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees, assert_units_are_apart, units_apart

KERNELS = (1, 2, 15, 16, 17, 31, 32, 33, 64 + 5)
"""Below, at and above one vector, and a tile of two, of the processors there are."""


def whole(seed: int, shape: tuple[int, ...], most: int = 3) -> Any:
    return np.random.default_rng(seed).integers(-most, most + 1, shape).astype(float)


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_every_number_of_kernels(kernels: int, dtype: str, engine: str) -> None:
    images = samples(0, (2, 3, 5, 3), dtype)
    assert_agrees(images, samples(1, (2, 3, 3, kernels), "f8"), "layer", bias=np.arange(kernels) - 2.5)
    assert_agrees(images, whole(2, (3, 2, 3, kernels)), "layer", bias=np.arange(kernels))


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4", "f8"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_strides_and_dilations(dtype: str, stride: Any, engine: str) -> None:
    for grid, dilation, depth in product(((1, 1), (3, 3), (2, 4)), ((1, 1), (2, 3)), (1, 3)):
        images, settings = samples(0, (1, 7, 9, depth), dtype), {"stride": stride, "dilation": dilation}
        assert_agrees(images, whole(1, (*grid, depth, 3)), "layer", padding="full", **settings)
        assert_agrees(images, samples(1, (*grid, depth, 2), "f8"), "layer", **settings)


@pytest.mark.parametrize("mode", ["zero", "constant=-2", "replicate", "reflect", "symmetric", "wrap"])
def test_padding_of_every_kind(mode: str, engine: str) -> None:
    for padding in ("same-lower", "full", (3, 0, 1, 5)):
        settings: dict[str, Any] = {"padding": padding, "pad_mode": mode, "stride": (1, 2)}
        assert_agrees(samples(0, (1, 4, 5, 2), "f4"), samples(1, (3, 4, 2, 5), "f8"), "layer", **settings)


@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize("group_kernels", [1, 2, 5, 17, 33])
@pytest.mark.parametrize("group_depth", [1, 2, 5])
def test_groups(groups: int, group_kernels: int, group_depth: int, engine: str) -> None:
    images = samples(0, (2, 3, 4, groups * group_depth), "u1")
    weights = whole(1, (3, 2, group_depth, groups * group_kernels))
    assert_agrees(images, weights, "layer", groups=groups, bias=np.arange(groups * group_kernels))
    assert_agrees(images, weights, "layer", groups=groups, stride=(2, 1), dilation=(1, 2))


@pytest.mark.parametrize("depth", [2, 3, 15, 16, 17, 32, 33, 69])
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_depthwise(depth: int, dtype: str, engine: str) -> None:
    images, weights = samples(0, (2, 4, 5, depth), dtype), whole(1, (3, 2, 1, depth))
    settings: dict[str, Any] = {"groups": depth, "bias": np.arange(depth)}
    assert_agrees(images, weights, "layer", **settings)
    assert_agrees(images, weights, "layer", stride=(2, 3), dilation=(1, 2), padding="full", **settings)


@pytest.mark.parametrize("rows", range(1, 6))
@pytest.mark.parametrize("n", [1, 3])
def test_every_number_of_rows(rows: int, n: int, engine: str) -> None:
    assert_agrees(samples(rows, (n, rows, 5, 2), "f4"), samples(1, (3, 3, 2, 3), "f8"), "layer")
    assert_agrees(samples(rows, (n, rows, 5, 2), "f4"), samples(1, (1, 2, 1, 2), "f8"), "layer", groups=2)


def test_every_number_of_columns(engine: str) -> None:
    for columns in {*range(1, 41), HALF, HALF + 1, PIXELS, PIXELS + 1, PIXELS + HALF, PIXELS + HALF + 1}:
        for kernels, groups in ((1, 1), (33, 1), (2, 2)):
            images, weights = samples(columns, (1, 2, columns, 2), "u1"), whole(1, (1, 3, 2 // groups, kernels))
            assert_agrees(images, weights, "layer", groups=groups)


@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_tiles_go_on_in_the_next_row(stride: tuple[int, int], engine: str) -> None:
    """A tile holds the last pixels of a row and the first ones of the next, at each place where it can be cut."""
    for columns in range(PIXELS - 1, 2 * PIXELS + 2):
        images = samples(columns, (1, 13, stride[1] * columns, 2), "f4")
        assert_agrees(images, whole(columns, (3, 2, 2, 3)), "layer", stride=stride, bias=[1, 2, 3])
    images = samples(0, (2, 9, PIXELS + 1, 3), "f4")
    assert_agrees(images, samples(1, (3, 3, 3, 21), "f8"), "layer", stride=stride, padding="full")


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_hundreds_of_columns(dtype: str) -> None:
    assert_agrees(samples(1, (2, 3, 300, 2), dtype), whole(1, (3, 3, 2, 18)), "layer")
    assert_agrees(samples(1, (1, 3, 513, 3), dtype), whole(1, (3, 3, 1, 3)), "layer", groups=3, stride=(1, 2))


def test_images_wider_than_a_block() -> None:
    image, weights = samples(1, (2, 20, 3001, 16), "u1"), whole(1, (3, 3, 16, 2))
    found = convolve(image, weights, algorithm="layer")
    for k in range(2):
        np.testing.assert_array_equal(found[..., k : k + 1], convolve(image, weights[..., k], algorithm="direct"))


@pytest.mark.parametrize("depth", [64, 65, 300])
def test_long_sums_are_put_aside(depth: int, engine: str) -> None:
    images = np.abs(samples(0, (1, 2, 3, depth), "f4")) + np.float32(100)
    assert_agrees(images, np.abs(samples(1, (2, 2, depth, 3), "f8")), "layer", bias=[1, 2, 3])


def test_a_nan_touches_only_what_its_window_covers(engine: str) -> None:
    image = np.ones((7, 12, 3), dtype=np.float32)
    image[3, 4, 1] = np.nan
    lost = np.isnan(convolve(image, np.zeros((3, 3, 3, 4)), algorithm="layer"))
    assert lost[2:5, 3:6].all()
    assert lost.sum() == 9 * 4
    lost = np.isnan(convolve(image, np.zeros((3, 3, 1, 3)), groups=3, algorithm="layer"))
    assert lost[2:5, 3:6, 1].all()
    assert lost.sum() == 9


@pytest.mark.parametrize("shape", [(3, 11, 9, 2), (1, 3, 5, 2), (1, 1, 1, 2)])
@pytest.mark.parametrize(("kernels", "groups"), [(3, 1), (69, 1), (2, 2), (70, 2)])
def test_a_unit_writes_its_own_strip_and_kernels_alone(
    shape: Any, kernels: int, groups: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, weights = samples(5, shape, "f4"), samples(6, (3, 3, 2 // groups, kernels), "f8")
    whole, alone = units_apart(
        monkeypatch, room, lambda: convolve(images, weights, groups=groups, algorithm="layer", threads=3)
    )
    assert len(alone) > 1 or kernels <= 3
    assert_units_are_apart(whole, alone)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        "for depth, stride in ((3, 1), (64, 4), (512, 1), (512, 2)):",
        "    for width in (1, 3, 9, 14, 15):",
        "        image = samples(9, width, depth)",
        "        convolve(image, samples(1, 1, depth, 16), stride=stride, algorithm='layer')",
        "        convolve(image, samples(3, 3, depth, 33), stride=stride, algorithm='layer')",
        "        convolve(image, samples(3, 3, 1, depth), groups=depth, stride=stride, algorithm='layer')",
    )
