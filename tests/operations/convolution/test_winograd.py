"""Winograd's convolution as an operation: whole tiles, transformed kernels, and what falls back to direct sums."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution.layer import WIDE_BYTES
from cnnkit.loops.convolution.winograd import PLACES, STEP, TILE, WEIGHTS
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.convolution import layer as layers
from cnnkit.operations.convolution import problem
from cnnkit.operations.convolution import winograd as room
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.convolution.winograd import cut_tiles, transformed, whole_tiles
from tests.cases.layouts import samples


@pytest.mark.parametrize("padding", ["same", "same-lower", "valid", "full", (3, 0, 1, 5)])
def test_whole_tiles_cover_every_result(padding: Any) -> None:
    for rows in range(3, 12):
        placement = place((rows, 13 - rows + 3), Window((3, 3)), padding)
        found = whole_tiles(placement)
        assert (found.input, found.output, found.window) == (placement.input, placement.output, placement.window)
        assert (found.padding.top, found.padding.left) == (placement.padding.top, placement.padding.left)
        for axis, length in enumerate(found.padded):
            assert (length - (TILE - STEP)) % STEP == 0
            assert placement.output[axis] <= length - 2 < placement.output[axis] + STEP


@pytest.mark.parametrize("size", [(1, 1), (14, 14), (56, 57), (224, 224), (3000, 20)])
@pytest.mark.parametrize(("depth", "kernels"), [(1, 32), (64, 64), (512, 512)])
def test_blocks_are_whole_tiles(size: Any, depth: int, kernels: int) -> None:
    placement = whole_tiles(place(size, Window((3, 3)), "same"))
    blocks = cut_tiles(placement, depth, kernels, 4)
    assert blocks.strip % STEP == 0
    assert blocks.width % STEP == 0
    tiles = (blocks.strip // STEP) * (blocks.width // STEP)
    most = max(room.CACHE_BYTES, PLACES * 4 * (depth + kernels) * -(-size[1] // STEP))
    assert tiles * PLACES * 4 * (depth + kernels) <= 2 * most


def test_only_strips_with_large_samples_are_summed_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    run = layers.run

    def spy(problem: Any, strips: Any, blocks: Any) -> None:
        calls.append((strips, blocks.strips))
        run(problem, strips, blocks)

    monkeypatch.setattr(layers, "run", spy)
    images, weights = samples(0, (2, 80, 200, 32), "f4"), samples(1, (3, 3, 32, 32), "f8")
    convolve(images, weights, algorithm="winograd")
    assert calls == []
    images[1, 0, 0, 0] = np.nan
    convolve(images, weights, algorithm="winograd")
    ((strips, count),) = calls
    assert count > 1
    assert strips == [count]


@pytest.mark.parametrize("kernels", [8, 40, 200])
def test_parts_of_the_kernels_are_shared_where_strips_are_few(kernels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def spy(loop: Any, rows: int, *given: Any, **settings: Any) -> None:
        if loop.name == "convolve_winograd":
            seen.append((rows, next(one for one in given if type(one).__name__ == "Layer")))
        run_bands(loop, rows, *given, **settings)

    monkeypatch.setattr(problem, "run_bands", spy)
    monkeypatch.setattr(import_module(convolve.__module__), "has_machine_code", lambda: False)
    image, weights = samples(0, (7, 7, 33), "f4"), samples(1, (3, 3, 33, kernels), "f8")
    found = convolve(image, weights, algorithm="winograd", bias=np.arange(kernels))
    expected = convolve(image, weights, algorithm="layer", bias=np.arange(kernels))
    ((rows, layer),) = seen
    assert rows % layer.parts == 0
    assert (layer.parts > 1) is (kernels > WIDE_BYTES // 4)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5 * np.abs(weights).sum(axis=(0, 1, 2)).max() * 9)
    image[3, 3, 3] = np.inf
    found = convolve(image, weights, algorithm="winograd")
    np.testing.assert_array_equal(found, convolve(image, weights, algorithm="layer"))


@pytest.mark.parametrize("threads", [2, 3, None])
@pytest.mark.parametrize("shape", [(1, 7, 6, 40), (3, 41, 33, 40)])
def test_threads_never_change_a_bit(threads: Any, shape: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.layers, "PRODUCTS_WORTH_A_THREAD", 100)
    images, weights = samples(0, shape, "f4"), samples(1, (3, 3, 40, 100), "f8")
    images[0, 2, 2, 2] = np.nan
    one = convolve(images, weights, algorithm="winograd", threads=1)
    np.testing.assert_array_equal(convolve(images, weights, algorithm="winograd", threads=threads), one)


def test_transformed_kernels() -> None:
    weights = samples(1, (3, 3, 2, 5), "f8")
    found = transformed(weights, 4, 1)
    np.testing.assert_array_equal(found, transformed(weights, 4, 2))
    assert found.dtype == np.float32
    assert found.shape == (PLACES, 2, 2, 4)
    matrix = np.array(WEIGHTS)
    for c in range(2):
        for k in range(5):
            expected = matrix @ weights[:, :, c, k] @ matrix.T
            np.testing.assert_allclose(found[:, k // 4, c, k % 4], expected.ravel(), rtol=1e-7, atol=1e-7)
    np.testing.assert_array_equal(found[:, 1, :, 1:], np.zeros((PLACES, 2, 3)))
