"""Sums and products of arrays and constants, against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper

from cnnkit.data.network.graph import Activate, Add, Scale
from cnnkit.errors import InputError
from tests.cases.models import single, values, written
from tests.reference.models import agree, ours

SHAPE = [2, 3, 5, 4]
X = values(*SHAPE)


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div"])
@pytest.mark.parametrize("shape", [(), (1,), (3, 1, 1), (1, 3, 1, 1), (4,), (5, 1), (2, 3, 5, 4), (1, 1, 5, 4)])
def test_a_constant_on_either_side(op: str, shape: tuple[int, ...]) -> None:
    constant = np.asarray(np.abs(values(*shape)) + 0.5, np.float32)
    network = agree(single(op, SHAPE, constant, opset=7), X)
    is_channel = constant.size == 1 or shape in ((3, 1, 1), (1, 3, 1, 1))
    assert isinstance(network.graph.nodes[0].operation, Scale) == is_channel
    node = helper.make_node(op, ["c", "x"], ["y"])
    agree(written([node], SHAPE, {"c": constant}), np.abs(X) + 0.5)


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Pow"])
def test_two_values(op: str) -> None:
    nodes = [helper.make_node("Abs", ["x"], ["a"]), helper.make_node(op, ["x" if op != "Pow" else "a", "a"], ["y"])]
    network = agree(written(nodes, SHAPE), X)
    assert isinstance(network.graph.nodes[-1].operation, Add) == (op in ("Add", "Sum"))


def test_a_sum_of_many_is_a_chain_of_sums() -> None:
    nodes = [helper.make_node("Abs", ["x"], ["a"]), helper.make_node("Exp", ["x"], ["b"])]
    nodes.append(helper.make_node("Sum", ["x", "a", "b"], ["y"]))
    network = agree(written(nodes, SHAPE), X)
    assert [type(node.operation) for node in network.graph.nodes[-2:]] == [Add, Add]
    assert [step.word for step in network.stack.layers] == ["Abs", "Exp", "add:in:r1"]


def test_values_of_fewer_axes_are_joined_at_the_end() -> None:
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[0, 1], keepdims=0),
        helper.make_node("Mul", ["x", "m"], ["y"]),
    ]
    agree(written(nodes, SHAPE, opset=13), X)


def test_weights_of_channels_that_are_computed() -> None:
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["g"]),
        helper.make_node("Sigmoid", ["g"], ["s"]),
        helper.make_node("Mul", ["x", "s"], ["y"]),
    ]
    agree(written(nodes, SHAPE), X)


@pytest.mark.parametrize("order", [["x", "s"], ["s", "x"]])
def test_x_times_its_sigmoid_is_silu(order: list[str]) -> None:
    nodes = [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("Mul", order, ["y"])]
    network = agree(written(nodes, SHAPE), X)
    assert [node.operation for node in network.graph.nodes] == [Activate("silu")]
    assert [step.word for step in network.stack.layers] == ["silu"]
    nodes = [helper.make_node("HardSigmoid", ["x"], ["s"], alpha=1 / 6), helper.make_node("Mul", order, ["y"])]
    assert agree(written(nodes, SHAPE), X).graph.nodes[0].operation == Activate("hardswish")


def test_a_sigmoid_that_is_used_twice_stays_one() -> None:
    nodes = [
        helper.make_node("Sigmoid", ["x"], ["s"]),
        helper.make_node("Mul", ["x", "s"], ["m"]),
        helper.make_node("Add", ["m", "s"], ["y"]),
    ]
    assert len(agree(written(nodes, SHAPE), X).graph.nodes) == 3


def test_comparisons_choose() -> None:
    nodes = [
        helper.make_node("Greater", ["x", "c"], ["g"]),
        helper.make_node("Not", ["g"], ["n"]),
        helper.make_node("Where", ["n", "c", "x"], ["y"]),
    ]
    agree(written(nodes, SHAPE, {"c": np.float32(0.25)}), X)


@pytest.mark.parametrize("op", ["Equal", "Less", "GreaterOrEqual", "LessOrEqual"])
def test_comparisons(op: str) -> None:
    nodes = [helper.make_node(op, ["x", "c"], ["g"]), helper.make_node("Cast", ["g"], ["y"], to=1)]
    agree(written(nodes, SHAPE, {"c": X[:1, :1]}, opset=19), X)


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(InputError, match=r"\(2, 3, 5, 4\) and \(7,\) do not fit each other"):
        ours(single("Add", SHAPE, values(7)), X)
