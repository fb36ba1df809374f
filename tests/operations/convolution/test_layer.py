"""Layers as an operation: how kernels are packed, and how the work is shared."""

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.convolution import layer as room
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.convolution.layer import is_depthwise, pack
from tests.cases.layouts import samples


@pytest.mark.parametrize("tile", [1, 2, 8, 32])
@pytest.mark.parametrize(("kernels", "groups"), [(1, 1), (7, 1), (8, 1), (9, 1), (32, 1), (33, 1), (12, 3), (10, 2)])
def test_packed_weights_come_in_the_order_they_are_needed_in(kernels: int, groups: int, tile: int) -> None:
    weights = np.arange(1.0, 1 + 2 * 3 * 2 * kernels).reshape(2, 3, 2, kernels)
    group_kernels = kernels // groups
    tiles = -(-group_kernels // tile)
    found = pack(weights, group_kernels, tile)
    assert found.shape == (groups * tiles, 12, tile)
    assert found.flags.c_contiguous
    for number, one in enumerate(found):
        group, k = number // tiles, number % tiles * tile
        for lane in range(tile):
            is_there = k + lane < group_kernels
            expected = weights[..., group * group_kernels + k + lane].ravel() if is_there else np.zeros(12)
            np.testing.assert_array_equal(one[:, lane], expected)


@pytest.mark.parametrize(
    ("depth", "kernels", "groups", "expected"),
    [(4, 4, 4, True), (2, 2, 2, True), (4, 8, 4, False), (4, 4, 2, False), (4, 4, 1, False), (1, 1, 1, False)],
)
def test_depthwise_layers(depth: int, kernels: int, groups: int, expected: bool) -> None:
    assert is_depthwise(depth, kernels, groups) is expected


def test_one_bias_is_for_all_kernels() -> None:
    image, weights = samples(0, (5, 6, 2), "f4"), samples(1, (3, 3, 2, 37), "f8")
    one = convolve(image, weights, bias=2.5, algorithm="layer")
    np.testing.assert_array_equal(one, convolve(image, weights, bias=[2.5] * 37, algorithm="layer"))


@pytest.mark.parametrize("threads", [2, 3, None])
@pytest.mark.parametrize("shape", [(1, 5, 6, 4), (3, 40, 33, 4)])
def test_threads_never_change_a_bit(threads: Any, shape: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PRODUCTS_WORTH_A_THREAD", 100)
    images = samples(0, shape, "f4")
    for weights, groups in ((samples(1, (3, 3, 4, 130), "f8"), 1), (samples(1, (3, 3, 1, 4), "f8"), 4)):
        one = convolve(images, weights, groups=groups, algorithm="layer", threads=1)
        found = convolve(images, weights, groups=groups, algorithm="layer", threads=threads)
        np.testing.assert_array_equal(found, one)
