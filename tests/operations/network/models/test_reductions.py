"""Sums, means and extremes along axes, against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import helper

from cnnkit.data.network.graph import Pool
from tests.cases.models import single, values, written
from tests.reference.models import agree

SHAPE = [2, 3, 4, 5]
X = values(*SHAPE)


@pytest.mark.parametrize("axes", [None, [1], [2, 3], [-1], [0, 2], [1, 2, 3], [0, 1, 2, 3]], ids=str)
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("op", ["ReduceMean", "ReduceSum", "ReduceMax"])
def test_along_any_axes(op: str, keepdims: int, axes: list[int] | None) -> None:
    settings: dict[str, Any] = {} if axes is None else {"axes": axes}
    agree(single(op, SHAPE, opset=11, keepdims=keepdims, **settings), X)
    given = [] if axes is None else [np.array(axes)]
    agree(single(op, SHAPE, *given, opset=18, keepdims=keepdims), X)


@pytest.mark.parametrize(
    "op", ["ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"]
)
def test_others(op: str) -> None:
    agree(single(op, SHAPE, np.array([1, 3]), opset=18, keepdims=0), np.abs(X))


def test_nothing_is_reduced_where_no_axis_is_named_and_that_is_asked() -> None:
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["s"], noop_with_empty_axes=1),
        helper.make_node("Relu", ["s"], ["y"]),
    ]
    agree(written(nodes, SHAPE, opset=18), X)


@pytest.mark.parametrize(("op", "word"), [("ReduceMean", "gap"), ("ReduceMax", "gmp")])
def test_a_mean_of_whole_maps_is_a_pool(op: str, word: str) -> None:
    network = agree(single(op, SHAPE, opset=11, axes=[2, 3], keepdims=0), X)
    assert isinstance(network.graph.nodes[0].operation, Pool)
    assert [step.word for step in network.stack.layers] == [word]


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("op", ["ArgMax", "ArgMin"])
def test_places(op: str, axis: int, keepdims: int) -> None:
    for last in (0, 1):
        node = helper.make_node(op, ["x"], ["p"], axis=axis, keepdims=keepdims, select_last_index=last)
        nodes = [node, helper.make_node("Cast", ["p"], ["y"], to=1)]
        agree(written(nodes, SHAPE, opset=13), np.round(X))
