"""Convolutions and pools: cases by hand, then every setting against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnkit.data.network.graph import Convolve, ConvolveTransposed, Pool
from cnnkit.errors import CnnkitError, InputError
from tests.cases.models import single, values
from tests.reference.models import agree, ours

OPSETS = (7, 11, 13, 18, 21)
EXACT = 1e-5


def test_a_convolution_by_hand() -> None:
    image = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
    kernel = np.array([[0, 1], [2, 0]], np.float32).reshape(1, 1, 2, 2)
    network, y = ours(single("Conv", [1, 1, 3, 3], kernel, np.array([10], np.float32)), image)
    np.testing.assert_array_equal(y[0, 0], [[17, 20], [26, 29]])  # 1 + 2 x 3 + 10, ...
    node = network.graph.nodes[0].operation
    assert isinstance(node, Convolve)
    assert node.weights.shape == (2, 2, 1, 1)
    assert node.weights.flags.c_contiguous


def test_a_transposed_convolution_by_hand() -> None:
    image = np.array([[1, 2]], np.float32).reshape(1, 1, 1, 2)
    kernel = np.array([[1, 10, 100]], np.float32).reshape(1, 1, 1, 3)
    network, y = ours(single("ConvTranspose", [1, 1, 1, 2], kernel, strides=[1, 2]), image)
    np.testing.assert_array_equal(y.ravel(), [1, 10, 102, 20, 200])
    assert isinstance(network.graph.nodes[0].operation, ConvolveTransposed)


CONVOLUTIONS: list[dict[str, Any]] = [
    {},
    {"pads": [1, 2, 0, 1]},
    {"strides": [2, 3], "pads": [1, 1, 1, 1]},
    {"dilations": [2, 1], "pads": [2, 0, 2, 0]},
    {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
    {"auto_pad": "SAME_LOWER", "strides": [2, 1]},
    {"auto_pad": "VALID"},
]


@pytest.mark.parametrize("settings", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_convolutions(settings: dict[str, Any], groups: int) -> None:
    x = values(2, 4, 9, 11)
    weights = values(8, 4 // groups, 3, 4)
    agree(single("Conv", [2, 4, 9, 11], weights, values(8), group=groups, **settings), x)


@pytest.mark.parametrize("opset", OPSETS)
def test_sounds_are_images_of_one_row(opset: int) -> None:
    x = values(1, 3, 40)
    settings = {"pads": [2, 1], "strides": [2], "dilations": [2]}
    network = agree(single("Conv", [1, 3, 40], values(6, 3, 5), values(6), opset=opset, **settings), x)
    assert network.graph.input == (1, 1, 40, 3)
    agree(single("ConvTranspose", [1, 3, 40], values(3, 6, 5), values(6), opset=opset, strides=[3]), x)
    agree(single("MaxPool", [1, 3, 40], opset=opset, kernel_shape=[3], strides=[2]), x)
    agree(single("AveragePool", [1, 3, 40], opset=opset, kernel_shape=[4], pads=[1, 2]), x)
    agree(single("GlobalAveragePool", [1, 3, 40], opset=opset), x)


TRANSPOSED: list[dict[str, Any]] = [
    {},
    {"strides": [2, 2]},
    {"strides": [2, 3], "pads": [1, 0, 0, 2]},
    {"strides": [3, 2], "output_padding": [2, 1]},
    {"strides": [2, 2], "output_shape": [10, 14]},
    {"strides": [2, 2], "output_shape": [9, 13]},
    {"strides": [3, 3], "output_shape": [14, 20]},
    {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
    {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
    {"dilations": [2, 2], "strides": [2, 1]},
]


@pytest.mark.parametrize("settings", TRANSPOSED, ids=str)
@pytest.mark.parametrize("groups", [1, 2])
def test_transposed_convolutions(settings: dict[str, Any], groups: int) -> None:
    x = values(1, 4, 5, 7)
    agree(single("ConvTranspose", [1, 4, 5, 7], values(4, 3, 3, 3), values(3 * groups), group=groups, **settings), x)


POOLS: list[dict[str, Any]] = [
    {"kernel_shape": [2, 2], "strides": [2, 2]},
    {"kernel_shape": [3, 2]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_LOWER"},
]


@pytest.mark.parametrize("settings", POOLS, ids=str)
@pytest.mark.parametrize("opset", OPSETS)
def test_pools(settings: dict[str, Any], opset: int) -> None:
    x = values(2, 3, 8, 11)
    network = agree(single("MaxPool", [2, 3, 8, 11], opset=opset, **settings), x)
    assert isinstance(network.graph.nodes[0].operation, Pool)
    for counting in (0, 1):
        agree(single("AveragePool", [2, 3, 8, 11], opset=opset, count_include_pad=counting, **settings), x)
    if "auto_pad" not in settings:
        agree(single("LpPool", [2, 3, 8, 11], opset=opset, p=3, **settings), x)
    if opset >= 11:
        agree(single("MaxPool", [2, 3, 8, 11], opset=opset, ceil_mode=1, **settings), x)
    if opset >= 10 and "auto_pad" not in settings:  # where ONNX Runtime pads for windows that are not spread
        agree(single("MaxPool", [2, 3, 8, 11], opset=opset, dilations=[2, 1], **settings), x)


@pytest.mark.parametrize("opset", [19, 21])
@pytest.mark.parametrize("counting", [0, 1])
@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 2, 0]])
def test_a_window_that_hangs_over_divides_by_what_is_there_or_padded(
    opset: int, counting: int, pads: list[int]
) -> None:
    settings = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": pads, "ceil_mode": 1}
    agree(
        single("AveragePool", [1, 2, 8, 10], opset=opset, count_include_pad=counting, **settings), values(1, 2, 8, 10)
    )


def test_averages_of_spread_windows() -> None:
    settings = {"kernel_shape": [3, 2], "dilations": [2, 3], "pads": [1, 1, 1, 1]}
    agree(single("AveragePool", [1, 2, 8, 10], opset=19, **settings), values(1, 2, 8, 10))


@pytest.mark.parametrize("op", ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
def test_whole_maps(op: str) -> None:
    agree(single(op, [2, 3, 8, 10]), values(2, 3, 8, 10))


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_channels_and_blocks(mode: str) -> None:
    agree(single("DepthToSpace", [1, 8, 3, 5], blocksize=2, mode=mode), values(1, 8, 3, 5))
    agree(single("SpaceToDepth", [1, 2, 4, 6], blocksize=2), values(1, 2, 4, 6))


@given(st.data())
def test_random_convolutions(data: st.DataObject) -> None:
    draw = data.draw
    groups = draw(st.sampled_from([1, 2, 3]))
    depth, kernels = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    rows, columns, down, across = (draw(st.integers(1, high)) for high in (12, 12, 4, 4))
    settings = {
        "strides": draw(st.lists(st.integers(1, 3), min_size=2, max_size=2)),
        "dilations": draw(st.lists(st.integers(1, 2), min_size=2, max_size=2)),
        "pads": draw(st.lists(st.integers(0, 3), min_size=4, max_size=4)),
    }
    room = [
        side + settings["pads"][n] + settings["pads"][n + 2] - settings["dilations"][n] * (size - 1)
        for n, (side, size) in enumerate(((rows, down), (columns, across)))
    ]
    assume(min(room) > 0)
    shape = [1, depth, rows, columns]
    agree(
        single("Conv", shape, values(kernels, depth // groups, down, across), group=groups, **settings), values(*shape)
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (single("Conv", [1, 3, 8, 8], values(4, 2, 3, 3)), "do not fit a depth of 3"),
        (single("Conv", [1, 3, 8, 8], values(4, 3, 9, 9)), "does not fit an input of 8x8"),
        (single("Conv", [1, 3, 8, 8], values(4, 3, 3, 3), values(5)), "5 biases do not fit 4 kernels"),
        (single("Conv", [1, 3, 8, 8], values(4, 3, 3, 3), pads=[-1, 0, 0, 0]), "its pads are"),
        (single("MaxPool", [1, 3, 8, 8], kernel_shape=[0, 2]), "window size 0 is below 1"),
        (single("MaxPool", [1, 3, 8, 8], kernel_shape=[2, 2], strides=[0, 1]), "stride 0"),
        (single("DepthToSpace", [1, 3, 8, 8], blocksize=2), "do not divide a depth of 3"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(content: bytes, words: str) -> None:
    with pytest.raises(CnnkitError, match=words) as raised:
        ours(content, values(1, 3, 8, 8))
    assert "(node 'the-node', 1st of 1)" in raised.value.problem


def test_windows_of_three_dimensions_are_refused() -> None:
    nodes = single("Conv", [1, 3, 8, 8, 8], values(4, 3, 3, 3, 3))
    with pytest.raises(InputError, match="1x3x8x8x8"):
        ours(nodes, values(1, 3, 8, 8, 8))
