"""Layers against ONNX Runtime's Conv: every attribute, over the widths and sizes networks have."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from cnnkit import convolve
from tests.reference.tolerance import allowed, assert_within

Array = npt.NDArray[Any]
Attributes = tuple[tuple[str, Any], ...]

RULES = {"same": "SAME_UPPER", "same-lower": "SAME_LOWER", "valid": "VALID"}
NO_MODEL_NEEDS_MORE = 13
"""Version of ONNX's operators: Conv has not changed since 11."""


@cache
def session(attributes: Attributes) -> onnxruntime.InferenceSession:
    """A network of one Conv, whose image, weights and bias are inputs of any size."""
    shapes = {"image": 4, "weights": 4, "bias": 1}
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name, rank in shapes.items()]
    output = helper.make_tensor_value_info("maps", TensorProto.FLOAT, [None] * 4)
    graph = helper.make_graph(
        [helper.make_node("Conv", list(shapes), ["maps"], **dict(attributes))], "conv", inputs, [output]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", NO_MODEL_NEEDS_MORE)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def onnx_conv(images: Array, weights: Array, bias: Array, padding: Any, **pairs: Any) -> Array:
    """ONNX Runtime's answer, from and to our order of axes: NHWC and HWIO."""
    attributes = {"strides": pairs["stride"], "dilations": pairs["dilation"], "group": pairs["groups"]}
    if isinstance(padding, str):
        attributes["auto_pad"] = RULES[padding]
    else:
        top, bottom, left, right = padding
        attributes |= {"auto_pad": "NOTSET", "pads": (top, left, bottom, right)}
    feed = {"image": images.transpose(0, 3, 1, 2), "weights": weights.transpose(3, 2, 0, 1), "bias": bias}
    feed = {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in feed.items()}
    (maps,) = session(tuple(attributes.items())).run(None, feed)
    return np.asarray(maps.transpose(0, 2, 3, 1))


def assert_agrees(images: Array, weights: Array, bias: Array, **layer: Any) -> None:
    """Whole numbers to the bit, floats within what float32 leaves open."""
    found = convolve(images, weights, bias=bias, **layer)
    expected = onnx_conv(images, weights, bias, **layer)
    assert found.dtype == np.float32
    if images.dtype == np.uint8:
        np.testing.assert_array_equal(found, expected)
        return
    magnitude = onnx_conv(np.abs(images), np.abs(weights), np.abs(bias), **layer)
    assert_within(found, expected.astype(np.float64), allowed(images, weights, magnitude))


def draw_layer(seed: int, image: tuple[int, ...], weights: tuple[int, ...], dtype: str) -> tuple[Array, Array, Array]:
    """Samples, weights and biases; whole and small enough for float32 to be exact when the image is of 8 bits."""
    rng = np.random.default_rng(seed)
    if dtype == "f4":
        samples = rng.normal(0, 2, image).astype(np.float32)
        return samples, rng.normal(0, 1, weights).astype(np.float32), rng.normal(0, 1, weights[3]).astype(np.float32)
    grids = rng.integers(-8, 9, weights)  # 255 * 8 * 3 * 3 * 512 and 255 * 8 * 7 * 7 * 40 stay below 2**24
    return rng.integers(0, 256, image, dtype=np.uint8), grids, rng.integers(-999, 1000, weights[3])


@st.composite
def layers(draw: st.DrawFn) -> tuple[Array, Array, Array, dict[str, Any]]:
    """A batch, weights and bias that fit each other, with settings ONNX defines."""
    whole = st.integers
    width = st.one_of(whole(1, 40), st.sampled_from((8, 16, 24, 32, 40)))
    kind = draw(st.sampled_from(("one group", "groups", "depthwise")))
    if kind == "depthwise":
        groups, group_depth, each = draw(width), 1, draw(st.sampled_from((1, 1, 2)))
    else:
        groups = 1 if kind == "one group" else draw(whole(2, 4))
        group_depth, each = (max(draw(width) // groups, 1) for _ in range(2))
    grid = draw(st.one_of(st.sampled_from(((1, 1), (3, 3), (3, 3), (5, 5))), st.tuples(whole(1, 7), whole(1, 7))))
    stride = draw(st.one_of(st.sampled_from(((1, 1), (2, 2))), st.tuples(whole(1, 4), whole(1, 4))))
    dilation = draw(st.one_of(st.just((1, 1)), st.tuples(whole(1, 3), whole(1, 3))))
    padding = draw(st.one_of(st.sampled_from(tuple(RULES)), st.tuples(*[whole(0, 6)] * 4)))
    if padding in ("same", "same-lower"):
        # ONNX Runtime refuses these two rules with a dilation, and crops the image where windows lie further apart than
        # they are long, instead of adding nothing as TensorFlow does.
        dilation, stride = (1, 1), (min(stride[0], grid[0]), min(stride[1], grid[1]))
    size = []
    for axis in (0, 1):
        given_around = 0 if isinstance(padding, str) else sum(padding[2 * axis : 2 * axis + 2])
        needed = 1 if padding in ("same", "same-lower") else dilation[axis] * (grid[axis] - 1) + 1 - given_around
        size.append(max(draw(whole(1, 40)), needed))
    image = draw(whole(1, 2)), *size, groups * group_depth
    weights = *grid, group_depth, groups * each
    drawn = draw_layer(draw(whole(0, 999)), image, weights, draw(st.sampled_from(("f4", "f4", "u1"))))
    return *drawn, {"padding": padding, "stride": stride, "dilation": dilation, "groups": groups}


@settings(max_examples=400)
@given(layers())
def test_any_layer(question: tuple[Array, Array, Array, dict[str, Any]]) -> None:
    images, weights, bias, layer = question
    assert_agrees(images, weights, bias, **layer)


@settings(max_examples=100)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 7), st.integers(1, 7), st.sampled_from(tuple(RULES)))
@example(1, 1, 7, 5, "same")  # nearly everything is padding
@example(5, 5, 4, 4, "same-lower")
@example(4, 3, 1, 4, "same")  # one window on four samples
def test_the_sides_of_same(size: int, other: int, grid: int, stride: int, padding: str) -> None:
    size = max(size, grid) if padding == "valid" else size
    images, weights, bias = draw_layer(size, (1, size, other, 2), (grid, 1, 2, 3), "u1")
    layer: dict[str, Any] = {"padding": padding, "stride": (stride, 1), "dilation": (1, 1), "groups": 1}
    if (size - 1) // stride * stride + grid <= size:  # the last window ends in the image: nothing is added
        found = convolve(images, weights, bias=bias, **layer)
        np.testing.assert_array_equal(found, onnx_conv(images, weights, bias, **{**layer, "padding": "valid"}))
    else:
        assert_agrees(images, weights, bias, **layer)


NETWORKS: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "3x3, 32 to 32": ((14, 14, 32), (3, 3, 32, 32), {}),
    "3x3, 64 to 48": ((17, 23, 64), (3, 3, 64, 48), {}),
    "3x3, 33 to 31, nothing divides": ((15, 13, 33), (3, 3, 33, 31), {}),
    "3x3, 128 to 128 on few pixels": ((7, 7, 128), (3, 3, 128, 128), {}),
    "3x3, 512 to 16 on one pixel": ((1, 1, 512), (3, 3, 512, 16), {}),
    "3x3, 40 to 40 on a row": ((1, 40, 40), (3, 3, 40, 40), {}),
    "3x3, 32 to 32 without padding": ((14, 15, 32), (3, 3, 32, 32), {"padding": "valid"}),
    "3x3, 32 to 32 in a wide frame": ((9, 10, 32), (3, 3, 32, 32), {"padding": (4, 0, 1, 6)}),
    "3x3, 32 to 64 at stride 2": ((17, 23, 32), (3, 3, 32, 64), {"stride": (2, 2)}),
    "3x3, 32 to 32, two samples apart": ((17, 23, 32), (3, 3, 32, 32), {"dilation": (2, 2), "padding": (2, 2, 2, 2)}),
    "3x3, 64 to 64 in two groups": ((14, 14, 64), (3, 3, 32, 64), {"groups": 2}),
    "3x3, the first of VGG": ((64, 65, 3), (3, 3, 3, 64), {}),
    "7x7 at stride 2, the first of ResNet": ((65, 64, 3), (7, 7, 3, 64), {"stride": (2, 2), "padding": (3, 3, 3, 3)}),
    "11x11 at stride 4, the first of AlexNet": ((67, 67, 3), (11, 11, 3, 32), {"stride": (4, 4), "padding": "valid"}),
    "16x16 at stride 16, the first of ViT": ((64, 48, 3), (16, 16, 3, 96), {"stride": (16, 16), "padding": "valid"}),
    "5x5 at stride 2": ((31, 30, 16), (5, 5, 16, 24), {"stride": (2, 2)}),
    "5x5, the lecture's": ((28, 28, 6), (5, 5, 6, 16), {"padding": "valid"}),
    "1x1, 64 to 256": ((14, 14, 64), (1, 1, 64, 256), {}),
    "1x1, 256 to 64 at stride 2": ((14, 15, 256), (1, 1, 256, 64), {"stride": (2, 2), "padding": "valid"}),
    "1x1 beyond the image": ((5, 6, 32), (1, 1, 32, 32), {"padding": (1, 0, 2, 3)}),
    "1x7 of Inception": ((17, 17, 64), (1, 7, 64, 32), {}),
    "7x1 of Inception": ((17, 17, 64), (7, 1, 64, 32), {}),
    "2x2, even": ((12, 13, 32), (2, 2, 32, 32), {"padding": "same-lower"}),
    "17x17, many taps": ((24, 25, 4), (17, 17, 4, 6), {}),
    "depthwise 3x3": ((28, 29, 96), (3, 3, 1, 96), {"groups": 96}),
    "depthwise 3x3 at stride 2": ((29, 28, 96), (3, 3, 1, 96), {"groups": 96, "stride": (2, 2)}),
    "depthwise 5x5, dilated": ((20, 19, 40), (5, 5, 1, 40), {"groups": 40, "dilation": (2, 2), "padding": "valid"}),
    "depthwise 7x7 of ConvNeXt": ((14, 14, 96), (7, 7, 1, 96), {"groups": 96}),
    "depthwise 31x31": ((33, 34, 8), (31, 31, 1, 8), {"groups": 8}),
    "depthwise, two kernels a channel": ((10, 11, 33), (3, 3, 1, 66), {"groups": 33}),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["f4", "u1"])
@pytest.mark.parametrize("name", NETWORKS)
def test_layers_of_networks(name: str, dtype: str) -> None:
    image, weights, given_settings = NETWORKS[name]
    layer: dict[str, Any] = {"padding": "same", "stride": (1, 1), "dilation": (1, 1), "groups": 1, **given_settings}
    assert_agrees(*draw_layer(3, (2, *image), weights, dtype), **layer)
