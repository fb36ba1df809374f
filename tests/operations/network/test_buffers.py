"""Values that are needed at the same time never share a buffer; others do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.network.graph import Activate, Add, Compute, Graph, Node, Reshape
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.network.buffers import Buffers
from cnnkit.operations.network.fusing import Step

RELU, NEGATE = Activate("relu"), Compute("negate", np.negative)


def steps_of(graph: Graph) -> list[Step]:
    return [Step(node.operation, node.inputs, number) for number, node in enumerate(graph.nodes, start=1)]


def test_a_chain_needs_two_buffers_beside_its_input() -> None:
    graph = Graph((1, 9), tuple(Node(NEGATE, (n,), (1, 9)) for n in range(6)), 6)
    buffers = Buffers(graph, steps_of(graph), ())
    assert [buffers.place[n] for n in range(7)] == [0, 1, 2, 1, 2, 1, 2]


def test_functions_write_where_they_read_and_shapes_are_views() -> None:
    shapes = ((1, 2, 3, 4), (1, 2, 3, 4), (1, 24))
    nodes = (Node(NEGATE, (0,), shapes[0]), Node(RELU, (1,), shapes[1]), Node(Reshape(), (2,), shapes[2]))
    buffers = Buffers(graph := Graph(shapes[0], nodes, 3), steps_of(graph), ())
    assert [buffers.place[n] for n in range(4)] == [0, 1, 1, 1]
    assert np.shares_memory(buffers[2], buffers[3])
    kept = Buffers(graph, steps_of(graph), (1,))
    assert kept.place[2] != kept.place[1]


def test_the_input_is_never_overwritten() -> None:
    graph = Graph((1, 4), (Node(RELU, (0,), (1, 4)), Node(RELU, (1,), (1, 4))), 2)
    assert Buffers(graph, steps_of(graph), ()).place == {0: 0, 1: 1, 2: 1}


def test_a_buffer_that_is_too_small_grows() -> None:
    shapes = [(1, 4), (1, 2), (1, 8), (1, 16)]
    graph = Graph((1, 4), tuple(Node(NEGATE, (n,), shape) for n, shape in enumerate(shapes)), 4)
    buffers = Buffers(graph, steps_of(graph), ())
    assert [buffers.place[n] for n in range(5)] == [0, 1, 2, 1, 2]
    assert [buffers[n].shape for n in range(5)] == [(1, 4), *shapes]


def test_there_is_room_behind_each_for_a_vector() -> None:
    graph = Graph((1, 3, 3, 7), (Node(NEGATE, (0,), (1, 3, 3, 7)),), 1)
    flat = Buffers(graph, steps_of(graph), ()).flat(1)
    assert flat.size >= 63 + VECTOR_BYTES // 4
    assert (flat[63:] == 0).all()


@given(data=st.data())
def test_random_graphs(data: st.DataObject) -> None:
    nodes: list[Node] = []
    shapes = [(1, 8)]
    for number in range(data.draw(st.integers(1, 12))):
        values = st.integers(0, number)
        operation = data.draw(st.sampled_from([RELU, NEGATE, Add(), Reshape()]))
        first = data.draw(values)
        shape = shapes[first] if operation in (RELU, Reshape()) else (1, data.draw(st.integers(1, 9)))
        inputs = (first, data.draw(values)) if operation == Add() else (first,)
        nodes.append(Node(operation, inputs, shape))
        shapes.append(shape)
    graph = Graph((1, 8), tuple(nodes), len(nodes))
    keep = data.draw(st.sets(st.integers(0, len(nodes))))
    steps = steps_of(graph)
    buffers = Buffers(graph, steps, keep)
    held: dict[int, int] = {0: 0}  # what each buffer holds: the value, views as what they are of
    owner = {0: 0}
    for step in steps:
        for value in step.inputs:
            assert held[buffers.place[value]] == owner[value], f"value {value} was overwritten before {step.output}"
        is_view = isinstance(step.operation, Reshape) and buffers.place[step.output] == buffers.place[step.inputs[0]]
        owner[step.output] = owner[step.inputs[0]] if is_view else step.output
        held[buffers.place[step.output]] = owner[step.output]
    for value in {*keep, graph.output, 0}:
        assert held[buffers.place[value]] == owner[value], f"value {value} is lost"


@pytest.mark.parametrize("count", [3, 10])
def test_bytes(count: int) -> None:
    graph = Graph((1, 1000), tuple(Node(NEGATE, (n,), (1, 1000)) for n in range(count)), count)
    assert 3 * 4000 <= Buffers(graph, steps_of(graph), ()).nbytes < 3 * 4200
