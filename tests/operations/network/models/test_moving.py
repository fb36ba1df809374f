"""Operators that move values about, against ONNX Runtime; images stay images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from cnnkit.errors import InputError
from tests.cases.models import single, values, written
from tests.reference.models import agree, ours

SHAPE = [1, 6, 5, 4]
X = values(*SHAPE)


def words(content: bytes) -> list[str]:
    return [step.word for step in agree(content, X).stack.layers]


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_joined(axis: int) -> None:
    nodes = [helper.make_node("Abs", ["x"], ["a"]), helper.make_node("Concat", ["a", "x", "c"], ["y"], axis=axis)]
    network = agree(written(nodes, SHAPE, {"c": values(*SHAPE, seed=3)}), X)
    assert "transpose" not in [node.name for node in network.graph.nodes]


def test_a_join_of_channels_is_that_of_the_notation() -> None:
    nodes = [helper.make_node("Abs", ["x"], ["a"]), helper.make_node("Concat", ["x", "a"], ["y"], axis=1)]
    assert words(written(nodes, SHAPE)) == ["Abs", "cat:in:."]


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_split_in_every_version(axis: int) -> None:
    sizes = [SHAPE[axis] - 3, 2, 1]
    node = helper.make_node("Split", ["x"], ["a", "b", "c"], axis=axis, split=sizes)
    join = helper.make_node("Concat", ["c", "a", "b"], ["y"], axis=axis)
    agree(written([node, join], SHAPE, opset=11), X)
    node = helper.make_node("Split", ["x", "sizes"], ["a", "b", "c"], axis=axis)
    agree(written([node, join], SHAPE, {"sizes": np.array(sizes)}, opset=13), X)
    node = helper.make_node("Split", ["x"], ["a", "b", "c"], axis=1, num_outputs=3)
    agree(written([node, helper.make_node("Concat", ["c", "a"], ["y"], axis=1)], SHAPE, opset=18), X)


@pytest.mark.parametrize(
    ("starts", "ends", "axes", "steps"),
    [
        ([1], [5], [1], [1]), ([0, 1], [3, -1], [2, 3], [1, 2]), ([-1], [-(2**40)], [1], [-2]), ([4], [1], [2], [-1]),
        ([-3], [2**40], [-1], [1]), ([0, 0], [1, 4], None, None), ([3], [0], [1], [-1]),
    ],
)  # fmt: skip
def test_slices(starts: list[int], ends: list[int], axes: list[int] | None, steps: list[int] | None) -> None:
    given = [np.array(starts), np.array(ends), *(None if one is None else np.array(one) for one in (axes, steps))]
    while given[-1] is None:
        given.pop()
    agree(single("Slice", SHAPE, *given, opset=13), X)
    if steps is None or set(steps) == {1}:
        settings = {} if axes is None else {"axes": axes}
        agree(single("Slice", SHAPE, opset=9, starts=starts, ends=ends, **settings), X)


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@pytest.mark.parametrize("pads", [[0, 0, 1, 2, 0, 0, 2, 1], [0, 1, 0, 0, 0, 2, 0, 3], [0, 0, -1, 0, 0, 0, 1, -2]])
def test_padding_in_every_version(mode: str, pads: list[int]) -> None:
    settings: dict[str, Any] = {"mode": mode, "pads": pads, **({"value": 0.5} if mode == "constant" else {})}
    if min(pads) >= 0 or mode == "constant":
        agree(single("Pad", SHAPE, opset=10, **settings), X)
        for opset in (11, 13, 18):
            agree(single("Pad", SHAPE, np.array(pads), np.float32(0.5), opset=opset, mode=mode), X)


def test_padding_of_some_axes_and_round_about() -> None:
    given = np.array([1, 2, 2, 1]), np.float32(0), np.array([3, -2])
    agree(single("Pad", SHAPE, *given, opset=18), X)
    agree(single("Pad", SHAPE, *given, opset=19, mode="wrap"), X)


def test_a_border_of_zeros_is_a_word() -> None:
    assert words(single("Pad", SHAPE, np.array([0, 0, 1, 1, 0, 0, 1, 1]))) == ["pad1"]
    assert words(single("Pad", SHAPE, np.array([0, 0, 1, 1, 0, 0, 1, 1]), np.float32(1))) == ["Pad"]


def test_repeated() -> None:
    agree(single("Tile", SHAPE, np.array([1, 2, 1, 3])), X)
    agree(single("Expand", [1, 6, 1, 4], np.array([2, 6, 5, 1])), values(1, 6, 1, 4))


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_taken(axis: int) -> None:
    agree(single("Gather", SHAPE, np.array([2, 0, -1, 2]), axis=axis), X)
    agree(single("Gather", SHAPE, np.array([[2, 0], [1, -1]]), axis=axis), X)
    agree(single("Gather", SHAPE, np.array(1), axis=axis), X)
    agree(single("GatherElements", SHAPE, np.array([[[[1]], [[0]]]]), axis=axis), X)


@given(st.data())
def test_random_cuts_and_joins(data: st.DataObject) -> None:
    nodes, names = [], ["x"]
    for number in range(data.draw(st.integers(1, 4))):
        axis = data.draw(st.sampled_from([1, 2, 3]))
        first, second = data.draw(st.sampled_from(names)), f"v{number}"
        nodes.append(helper.make_node("Slice", [first, "s", "e", f"a{axis}", "t"], [f"{second}b"]))
        nodes.append(helper.make_node("Concat", [first, f"{second}b"], [second], axis=axis))
        names.append(second)
    nodes.append(helper.make_node("Relu", [names[-1]], ["y"]))
    constants = {"s": np.array([-1]), "e": np.array([-(2**31)]), "t": np.array([-1])}
    agree(written(nodes, SHAPE, {**constants, **{f"a{n}": np.array([n]) for n in (1, 2, 3)}}), X)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (single("Concat", SHAPE, values(1, 6, 4, 4), axis=1), "cannot be joined along axis 1"),
        (single("Pad", SHAPE, np.array([0, 0, 9, 9, 0, 0, 9, 9]), mode="reflect"), "9 values cannot be added to 5"),
        (single("Pad", SHAPE, np.array([0, 0, 9])), "3 pads do not fit 4 axes"),
        (single("Gather", SHAPE, np.array([6]), axis=1), "takes place 6 of 6"),
        (single("Gather", SHAPE, np.array([6]), axis=4), "its axis 4 is none of 4"),
        (single("Tile", SHAPE, np.array([1, 2])), "2 repeats do not fit 4 axes"),
        (single("Tile", SHAPE, np.array([1, 2**31, 1, 1])), "its result would be"),
        (single("Expand", SHAPE, np.array([1, 6, 5, 3])), "cannot become"),
        (single("Slice", SHAPE, np.array([0]), np.array([1]), np.array([0]), np.array([0])), "do not go together"),
    ],
)
def test_what_cannot_be(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        ours(content, X)
