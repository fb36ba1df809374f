"""Orders of axes and of values, against the frameworks' definitions written out, and ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from cnnkit.data.network.graph import Learned
from cnnkit.data.network.weights import Weights, tensor
from cnnkit.network.shape import Stack, shape
from cnnkit.operations.network.layouts import Layout, Orders, needs
from cnnkit.operations.network.matching import match
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network

Array = npt.NDArray[Any]
RNG = np.random.default_rng(7)


def drawn(*sides: int) -> Array:
    return RNG.normal(size=sides).astype(np.float32)


def ran(stack: Stack, learned: Learned, image: Array) -> Array:
    graph = network(stack, learned).graph
    return np.asarray(Program(graph).run(image[None].astype(np.float32))[graph.output][0])


def read(stack: Stack, **tensors: Array) -> Learned:
    return match(
        stack, Weights({name.replace("__", "/").replace("_0_", "."): tensor(v) for name, v in tensors.items()})
    )


def test_keras_s_depthwise_kernels_stand_channel_by_channel() -> None:
    kernel, image = drawn(2, 3, 4, 2), drawn(5, 6, 4)
    stack = shape("5x6x4 dwconv2x3:m2:valid:nobias")
    found = ran(stack, read(stack, d__depthwise_kernel=kernel), image)
    wanted = np.zeros((4, 4, 8))
    for y, x, c, m in np.ndindex(4, 4, 4, 2):
        wanted[y, x, 2 * c + m] = (image[y : y + 2, x : x + 3, c] * kernel[:, :, c, m]).sum()
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_keras_s_transposed_kernels_are_output_by_input() -> None:
    kernel, image = drawn(3, 2, 5, 4), drawn(3, 4, 4)
    stack = shape("3x4x4 tconv3x2-5:s2:valid:nobias")
    found = ran(stack, read(stack, t__kernel=kernel), image)
    wanted = np.zeros(found.shape)
    for y, x, a, b in np.ndindex(3, 4, 3, 2):
        wanted[2 * y + a, 2 * x + b] += kernel[a, b] @ image[y, x]
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_pytorch_s_transposed_kernels_are_input_by_output_of_a_group(groups: int) -> None:
    kernel, image = drawn(4, 6 // 2 if groups == 2 else 4 // groups, 3, 2), drawn(3, 4, 4)
    units = kernel.shape[1] * groups
    stack = shape(f"3x4x4 tconv3x2-{units}:s2:valid:nobias:g{groups}")
    found = ran(stack, read(stack, t_0_weight=kernel), image)
    wanted = np.zeros(found.shape)
    for y, x, a, b, i, o in np.ndindex(3, 4, 3, 2, *kernel.shape[:2]):
        group = i // (4 // groups)
        wanted[2 * y + a, 2 * x + b, group * kernel.shape[1] + o] += image[y, x, i] * kernel[i, o, a, b]
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_whole_network_gives_what_onnx_runtime_gives() -> None:
    tensors = {
        "c1.weight": drawn(6, 3, 3, 3), "c1.bias": drawn(6), "bn1.weight": drawn(6), "bn1.bias": drawn(6),
        "bn1.running_mean": drawn(6), "bn1.running_var": np.abs(drawn(6)) + 1, "c2.weight": drawn(8, 3, 3, 3),
        "d.weight": drawn(16, 1, 3, 3), "d.bias": drawn(16), "t.weight": drawn(16, 2, 2, 2), "t.bias": drawn(4),
        "f1.weight": drawn(10, 4 * 12 * 10), "f1.bias": drawn(10), "f2.weight": drawn(10, 10), "f2.bias": drawn(10),
    }  # fmt: skip
    pads = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    norm = ("bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var")
    nodes = [
        helper.make_node("Conv", ["x", "c1.weight", "c1.bias"], ["1"], **pads),
        helper.make_node("BatchNormalization", ["1", *norm], ["2"]),
        helper.make_node("Conv", ["2", "c2.weight"], ["3"], group=2, **pads),
        helper.make_node("Conv", ["3", "d.weight", "d.bias"], ["4"], group=8, **pads),
        helper.make_node("ConvTranspose", ["4", "t.weight", "t.bias"], ["5"], group=2, strides=[2, 2]),
        helper.make_node("Flatten", ["5"], ["6"]),
        helper.make_node("Gemm", ["6", "f1.weight", "f1.bias"], ["7"], transB=1),
        helper.make_node("Gemm", ["7", "f2.weight", "f2.bias"], ["y"], transB=1),
    ]  # fmt: skip
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, sides)
        for name, sides in (("x", [1, 3, 6, 5]), ("y", [1, 10]))
    ]
    weights = [numpy_helper.from_array(values, name) for name, values in tensors.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "net", ends[:1], ends[1:], weights),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    image = drawn(6, 5, 3)
    (wanted,) = session.run(None, {"x": image.transpose(2, 0, 1)[None]})
    stack = shape("6x5x3 conv3-6 bn conv3-8:g2:nobias dwconv3:m2 tconv2-4:s2:g2:valid flatten fc10 fc10")
    learned = match(stack, Weights({name: tensor(values) for name, values in tensors.items()}))
    np.testing.assert_allclose(ran(stack, learned, image), wanted[0], rtol=1e-4, atol=1e-3)


def test_values_before_a_reshape_stand_depth_first() -> None:
    weights, bias = drawn(12, 5), drawn(12)
    stack = shape("5 fc12 relu reshape2x3x2")
    values = drawn(5)
    found = ran(stack, read(stack, f_0_weight=weights, f_0_bias=bias), values)
    wanted = np.maximum(weights @ values + bias, 0).reshape(2, 2, 3).transpose(1, 2, 0)  # depth, rows, columns
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_joined_values_and_norms_stand_depth_first_too() -> None:
    stack = shape("2x2x3 mark:a conv1-3 flatten mark:b from:a flatten cat:b bn fc2")
    orders = Orders.of(stack, Layout("oihw", "oihw"))
    one = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]  # of row 0, column 0 the three channels: 0, 4 and 8
    for number in (5, 6):
        np.testing.assert_array_equal(orders.taken[number], one + [12 + place for place in one])
    assert Orders.of(stack, Layout("hwio", "hwio")) == ({}, {})


def test_one_row_or_channel_has_no_other_order() -> None:
    for words in ("4x5x1 flatten fc3", "1x1x7 flatten fc3"):
        assert Orders.of(shape(words), Layout("oihw", "oihw")).taken == {}


def test_kernels_along_one_axis_may_lack_the_other() -> None:
    kernel = drawn(4, 1, 7)
    stack = shape("1x20x1 conv1x7-4:nobias")
    np.testing.assert_array_equal(
        read(stack, c_0_weight=kernel)[1]["weights"], kernel[:, :, None].transpose(2, 3, 1, 0)
    )
    np.testing.assert_array_equal(read(stack, c__kernel=kernel.transpose(2, 1, 0))[1]["weights"][0], kernel.T)


def test_needs_are_the_layers_that_learn() -> None:
    found = needs(shape("8x8x3 conv3-4 relu bn flatten fc2"))
    assert [(need.number, need.shape_in(Layout("oihw", "oihw"))) for need in found] == [
        (1, (4, 3, 3, 3)), (3, (4,)), (5, (2, 256)),
    ]  # fmt: skip
    assert found[0].text == "layer 1, conv3-4,"
