"""The table of a model: words, marks and counts."""

from __future__ import annotations

from onnx import helper

from cnnkit.files.network.onnx import read_model
from cnnkit.network.receptive_field import Axis
from cnnkit.network.shape import Stack, shape
from cnnkit.network.volume import Vector, Volume
from cnnkit.operations.network.models.lower import lower, model_stack
from cnnkit.operations.network.models.rows import Row, laid_out
from tests.cases.models import single, small_network, values, written

WORDS = (
    "32x32x3 conv3-8:s2:p1 relu mark:r2 conv3-8:nobias bn add:r2 avgpool-to1 flatten fc10 softmax"  # of small_network
)
node = helper.make_node


def test_the_table_is_that_of_the_words() -> None:
    stack = Stack(*model_stack(read_model(small_network())))
    assert stack.notation == WORDS
    assert str(stack) == str(shape(WORDS))
    assert stack.held == shape(WORDS).held
    assert [step.field for step in stack.layers] == [step.field for step in shape(WORDS).layers]


def test_a_branch_goes_back_to_a_mark() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1]),
        node("Conv", ["x", "v"], ["b"]),
        node("Concat", ["a", "b"], ["c"], axis=1),
        node("MaxPool", ["c"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    content = written(nodes, [1, 3, 8, 8], {"w": values(4, 3, 3, 3), "v": values(2, 3, 1, 1)})
    stack = Stack(*model_stack(read_model(content)))
    words = "8x8x3 mark:in conv3-4:nobias mark:r1 from:in conv1-2:nobias cat:r1:. maxpool2"
    assert stack.notation == words
    assert str(stack) == str(shape(words))


def test_operators_without_a_word_have_a_name_and_a_shape() -> None:
    nodes = [
        node("Exp", ["x"], ["e"]),
        node("Softmax", ["e"], ["s"], axis=3),
        node("Mul", ["s", "e"], ["m"]),
        node("Slice", ["m", "one", "three", "rows"], ["y"]),
    ]
    import numpy as np

    constants = {"one": np.array([1]), "three": np.array([3]), "rows": np.array([2])}
    layers = model_stack(read_model(written(nodes, [1, 3, 8, 8], constants))).layers
    assert [step.word for step in layers] == ["Exp", "Softmax", "Mul:r1", "Slice"]
    assert layers[-1].output == Volume(2, 8, 3)
    assert layers[0].field == (Axis(), Axis())
    assert not any(axis.is_followed for axis in layers[1].field or ())


def test_two_parts_of_a_split_are_two_rows() -> None:
    nodes = [node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2), node("Add", ["a", "b"], ["y"])]
    layers = model_stack(read_model(written(nodes, [1, 4, 8, 8], opset=18))).layers
    assert [(step.wire.text(step.word), step.output.text) for step in layers] == [
        ("Split mark:r1", "8x8x2"), ("from:in Split", "8x8x2"), ("add:r1", "8x8x2"),
    ]  # fmt: skip


def test_the_output_may_stand_before_others() -> None:
    nodes = [node("Relu", ["x"], ["y"]), node("Exp", ["y"], ["z"]), node("Flatten", ["z"], ["f"])]
    network = lower(read_model(written(nodes, [1, 2, 3, 4], outputs=["y", "f"])))
    assert (network.stack.output, network.stack.end, network.graph.output) == (Volume(3, 4, 2), 1, 1)
    assert network.stack.layers[-1].output == Vector(24)


def test_parameters_of_operators_without_a_word() -> None:
    content = single("Mul", [1, 3, 8, 8], values(1, 1, 8, 8))
    assert model_stack(read_model(content)).parameters == 64


def test_rows_by_hand() -> None:
    rows = [Row("A", None, (0,), Vector(3), parameters=5, macs=7), Row("B", None, (0, 1), Vector(2))]
    stack = laid_out(Vector(4), rows, 2)
    assert [step.wire.text(step.word) for step in stack.layers] == ["A", "B:in"]
    assert (stack.parameters, stack.macs, stack.marks, stack.end) == (5, 7, ("mark:in",), 0)
