"""Shapes and views, against ONNX Runtime: also those that a model computes from its own shapes."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from cnnkit.errors import InputError
from cnnkit.network.volume import Volume
from tests.cases.models import single, values, written
from tests.reference.models import agree, ours

SHAPE = [2, 3, 4, 5]
X = values(*SHAPE)
node = helper.make_node


@pytest.mark.parametrize("shape", [[2, 60], [0, -1], [0, 0, 20], [-1], [4, 30], [2, 4, 3, 5], [2, 1, 3, 4, 5]])
def test_reshape_keeps_the_order_of_the_file(shape: list[int]) -> None:
    agree(single("Reshape", SHAPE, np.array(shape), opset=13), X)


def test_channels_that_are_shuffled() -> None:
    nodes = [
        node("Reshape", ["x", "split"], ["s"]),
        node("Transpose", ["s"], ["t"], perm=[0, 2, 1, 3, 4]),
        node("Reshape", ["t", "joined"], ["r"]),
        node("Conv", ["r", "w"], ["y"]),
    ]
    constants = {"split": np.array([1, 2, 3, 4, 5]), "joined": np.array([1, 6, 4, 5]), "w": values(4, 6, 3, 3)}
    agree(written(nodes, [1, 6, 4, 5], constants), values(1, 6, 4, 5))


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, 4])
def test_flatten(axis: int) -> None:
    agree(single("Flatten", SHAPE, opset=13, axis=axis), X)


def test_flatten_of_one_sample_a_channel_moves_nothing() -> None:
    network = agree(written([node("GlobalAveragePool", ["x"], ["g"]), node("Flatten", ["g"], ["y"])], SHAPE), X)
    assert [one.name for one in network.graph.nodes] == ["GlobalAveragePool", "Flatten"]
    assert [step.word for step in network.stack.layers] == ["avgpool-to1", "flatten"]


@pytest.mark.parametrize("perm", [[0, 2, 3, 1], [0, 3, 1, 2], [1, 0, 2, 3], [3, 2, 1, 0], None])
def test_a_transposed_value_is_taken_as_it_stands(perm: list[int] | None) -> None:
    settings = {} if perm is None else {"perm": perm}
    agree(written([node("Transpose", ["x"], ["t"], **settings), node("Softmax", ["t"], ["y"], axis=1)], SHAPE), X)


def test_channels_last_in_the_file_cost_nothing() -> None:
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        node("Conv", ["t", "w"], ["c"]),
        node("Transpose", ["c"], ["y"], perm=[0, 2, 3, 1]),
    ]
    content = written(nodes, [1, None, None, 3], {"w": values(4, 3, 3, 3)})
    network, y = ours(content, values(1, 6, 7, 3), Volume(6, 7, 3))
    assert [one.name for one in network.graph.nodes] == ["Conv"]
    assert y.shape == (1, 4, 5, 4)


def test_squeeze_and_unsqueeze_in_every_version() -> None:
    x = values(1, 1, 4, 1)
    for axes in ([0], [1, -1], None):
        settings = {} if axes is None else {"axes": axes}
        agree(single("Squeeze", [1, 1, 4, 1], opset=11, **settings), x)
        agree(single("Squeeze", [1, 1, 4, 1], *([] if axes is None else [np.array(axes)]), opset=13), x)
    agree(single("Unsqueeze", [2, 3], opset=11, axes=[0, 2, 3]), values(2, 3))
    agree(single("Unsqueeze", [2, 3], np.array([-1, 1]), opset=13), values(2, 3))


def test_a_shape_that_the_model_computes() -> None:
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"]),
        node("Unsqueeze", ["n", "axis"], ["u"]),
        node("Constant", [], ["minus"], value=numpy_helper.from_array(np.array([-1]))),
        node("Concat", ["u", "minus"], ["to"], axis=0),
        node("Reshape", ["x", "to"], ["y"]),
    ]
    content = written(nodes, ["n", 3, None, None], {"zero": np.array(0), "axis": np.array([0])})
    network = agree(content, X, Volume(4, 5, 3))
    assert [step.word for step in network.stack.layers] == ["flatten"]


def test_half_of_a_size_that_is_computed() -> None:
    nodes = [
        node("Shape", ["x"], ["s"], start=2),
        node("Cast", ["s"], ["f"], to=TensorProto.FLOAT),
        node("Mul", ["f", "half"], ["h"]),
        node("Floor", ["h"], ["d"]),
        node("Cast", ["d"], ["i"], to=TensorProto.INT64),
        node("Concat", ["first", "i"], ["sizes"], axis=0),
        node("Resize", ["x", "", "", "sizes"], ["y"]),
    ]
    constants = {"half": np.float32(0.5), "first": np.array([2, 3])}
    assert agree(written(nodes, SHAPE, constants), X).stack.output == Volume(2, 2, 3)


def test_constants_made_by_the_model() -> None:
    nodes = [
        node("ConstantOfShape", ["shape"], ["c"], value=numpy_helper.from_array(np.array([0.5], np.float32))),
        node("Range", ["zero", "four", "one"], ["r"]),
        node("Cast", ["r"], ["f"], to=TensorProto.FLOAT),
        node("Reshape", ["f", "column"], ["k"]),
        node("Mul", ["x", "c"], ["m"]),
        node("Add", ["m", "k"], ["y"]),
    ]
    constants = {
        "shape": np.array([3, 1, 1]), "zero": np.array(0), "four": np.array(4), "one": np.array(1),
        "column": np.array([4, 1]),
    }  # fmt: skip
    agree(written(nodes, SHAPE, constants), X)


def test_whole_numbers_come_as_such() -> None:
    nodes = [node("Cast", ["x"], ["f"], to=TensorProto.FLOAT), node("Div", ["f", "c"], ["y"])]
    content = written(nodes, SHAPE, {"c": np.float32(255)}, dtype=TensorProto.UINT8)
    agree(content, np.random.default_rng(0).integers(0, 256, SHAPE, dtype=np.uint8))


def test_what_changes_nothing_has_no_node() -> None:
    nodes = [node("Identity", ["x"], ["i"]), node("Dropout", ["i"], ["d"]), node("Relu", ["d"], ["y"])]
    network = agree(written(nodes, SHAPE), X)
    assert len(network.graph.nodes) == 1
    assert [step.word for step in network.stack.layers] == ["dropout", "relu"]


def test_one_of_many() -> None:
    nodes = [
        node("ArgMax", ["x"], ["a"], axis=1, keepdims=0),
        node("OneHot", ["a", "depth", "values"], ["y"], axis=1),
    ]
    agree(written(nodes, [2, 5], {"depth": np.array(5), "values": np.array([0, 1], np.float32)}), values(2, 5))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (single("Reshape", SHAPE, np.array([7, -1])), "cannot become"),
        (single("Reshape", SHAPE, np.array([-1, -1])), "has sides below 0"),
        (single("Reshape", SHAPE, np.array([0, 0, 0, 0, 0])), "keeps sides"),
        (single("Squeeze", SHAPE, np.array([1])), "cannot be left out"),
        (single("Transpose", SHAPE, perm=[0, 1, 1, 2]), "is no order of 4 axes"),
        (single("Flatten", SHAPE, axis=7), "its axis 7 is none of 4"),
    ],
)
def test_what_cannot_be(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        ours(content, X)


def test_a_size_that_depends_on_the_image_is_refused() -> None:
    nodes = [
        node("ReduceMax", ["x"], ["m"], keepdims=0),
        node("Cast", ["m"], ["n"], to=TensorProto.INT64),
        node("Unsqueeze", ["n", "zero"], ["s"]),
        node("Reshape", ["x", "s"], ["y"]),
    ]
    with pytest.raises(Exception, match="its shape depend on the values of the image"):
        ours(written(nodes, SHAPE, {"zero": np.array([0])}), X)
