"""Values that are needed at the same time never share memory; others do."""

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


def places(buffers: Buffers, count: int) -> list[int]:
    """The first value at the place of each."""
    return [next(one for one in range(count) if buffers.place[one] == buffers.place[n]) for n in range(count)]


def test_a_chain_needs_two_places_beside_its_input() -> None:
    graph = Graph((1, 9), tuple(Node(NEGATE, (n,), (1, 9)) for n in range(6)), 6)
    buffers = Buffers(graph, steps_of(graph), ())
    assert places(buffers, 7) == [0, 1, 2, 1, 2, 1, 2]


def test_functions_write_where_they_read_and_shapes_are_views() -> None:
    shapes = ((1, 2, 3, 4), (1, 2, 3, 4), (1, 24))
    nodes = (Node(NEGATE, (0,), shapes[0]), Node(RELU, (1,), shapes[1]), Node(Reshape(), (2,), shapes[2]))
    buffers = Buffers(graph := Graph(shapes[0], nodes, 3), steps_of(graph), ())
    assert places(buffers, 4) == [0, 1, 1, 1]
    assert np.shares_memory(buffers[2], buffers[3])
    kept = Buffers(graph, steps_of(graph), (1,))
    assert kept.place[2] != kept.place[1]


def test_the_input_is_never_overwritten() -> None:
    graph = Graph((1, 4), (Node(RELU, (0,), (1, 4)), Node(RELU, (1,), (1, 4))), 2)
    assert places(Buffers(graph, steps_of(graph), ()), 3) == [0, 1, 1]


def test_small_values_share_the_place_of_a_large_one() -> None:
    shapes = [(1, 800), (1, 16), (1, 400), (1, 400)]
    graph = Graph((1, 4), tuple(Node(NEGATE, (n,), shape) for n, shape in enumerate(shapes)), 4)
    buffers = Buffers(graph, steps_of(graph), ())
    assert [buffers[n].shape for n in range(5)] == [(1, 4), *shapes]
    assert np.shares_memory(buffers.flat(3), buffers.flat(1))
    assert buffers.nbytes < 4 * 950


def test_there_is_room_behind_each_for_a_vector() -> None:
    graph = Graph((1, 3, 3, 7), (Node(NEGATE, (0,), (1, 3, 3, 7)),), 1)
    flat = Buffers(graph, steps_of(graph), ()).flat(1)
    assert flat.size >= 63 + VECTOR_BYTES // 4


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
    held = np.full(buffers.nbytes // 4, -1)  # the value that each number is of, views as what they are of
    owner = {0: 0}

    def is_whole(value: int) -> bool:
        return bool((held[buffers.place[value] :][: max(buffers[value].size, 1)] == owner[value]).all())

    def hold(value: int) -> None:
        held[buffers.place[value] :][: buffers.flat(value).size] = owner[value]

    hold(0)
    for step in steps:
        for value in step.inputs:
            assert is_whole(value), f"value {value} was overwritten before {step.output}"
        is_view = isinstance(step.operation, Reshape) and buffers.place[step.output] == buffers.place[step.inputs[0]]
        owner[step.output] = owner[step.inputs[0]] if is_view else step.output
        hold(step.output)
    for value in {*keep, graph.output, 0}:
        assert is_whole(value), f"value {value} is lost"


@pytest.mark.parametrize("count", [3, 10])
def test_bytes(count: int) -> None:
    graph = Graph((1, 1000), tuple(Node(NEGATE, (n,), (1, 1000)) for n in range(count)), count)
    assert 3 * 4000 <= Buffers(graph, steps_of(graph), ()).nbytes < 3 * 4200
