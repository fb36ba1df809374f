"""Values that are written where they are joined, and those that must not be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cnnkit
from cnnkit.data.network.graph import Activate, Add, Concatenate, Convolve, Graph, Node, Operation, Pool, Scale
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window
from cnnkit.operations.network.buffers import Buffers
from cnnkit.operations.network.fusing import Step, fused
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.joining import Part, parts
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network

SIZE = (1, 8, 9)


def conv(depth: int, kernels: int, *, groups: int = 1) -> Convolve:
    weights = np.random.default_rng(depth).normal(size=(3, 3, depth // groups, kernels)).astype(np.float32)
    return Convolve(weights, None, Window((3, 3)), Padding(1, 1, 1, 1), groups)


JOIN = Concatenate(3)


def graph_of(*nodes: tuple[Operation, tuple[int, ...], int], depth: int = 4) -> Graph:
    return Graph((*SIZE, depth), tuple(Node(o, given, (*SIZE, channels)) for o, given, channels in nodes), len(nodes))


def parts_of(graph: Graph, *keep: int) -> dict[int, Part]:
    kept = {*keep, graph.output}
    return parts(graph, fused(graph, kept), kept)


def check(graph: Graph, expected: dict[int, Part], *keep: int) -> None:
    assert parts_of(graph, *keep) == expected
    values = np.random.default_rng(1).normal(size=graph.input).astype(np.float32)
    for threads in (1, 2):
        found = Program(graph, keep, threads=threads).run(values)
        known = {0: values}
        for value, node in enumerate(graph.nodes, start=1):
            known[value] = one_by_one(node, [known[source] for source in node.inputs])
        for value, array in found.items():
            np.testing.assert_allclose(array, known[value], rtol=1e-4, atol=1e-4)


def one_by_one(node: Node, given: list[Any]) -> Any:
    alone = Graph(given[0].shape, (Node(node.operation, (0,) * len(given), node.shape),), 1)
    if isinstance(node.operation, Concatenate):
        return np.concatenate(given, axis=3)
    if isinstance(node.operation, Add):
        return given[0] + given[1]
    return Program(alone, threads=1).run(given[0])[1]


def test_sums_are_made_side_by_side() -> None:
    graph = graph_of((conv(4, 5), (0,), 5), (conv(4, 17), (0,), 17), (JOIN, (1, 2), 22), (conv(22, 3), (3,), 3))
    check(graph, {1: Part(3, 0), 2: Part(3, 5)})
    buffers = Buffers(graph, fused(graph, {4}), ())
    assert np.shares_memory(buffers[1], buffers[3])
    assert buffers[2].strides == buffers[3].strides
    assert buffers.place[1] == buffers.place[2] == buffers.place[3]


def test_a_join_within_a_join() -> None:
    """As in DenseNet: each layer sees all that was made before."""
    scale = Scale(np.full(4, 2, np.float32), np.ones(4, np.float32))
    wide = Scale(np.full(9, 0.5, np.float32), np.ones(9, np.float32))
    graph = graph_of(
        (conv(4, 4), (0,), 4), (scale, (1,), 4), (conv(4, 5), (2,), 5), (JOIN, (1, 3), 9),
        (wide, (4,), 9), (conv(9, 6), (5,), 6), (JOIN, (4, 6), 15), (conv(15, 2), (7,), 2),
    )  # fmt: skip
    check(graph, {1: Part(7, 0), 3: Part(7, 4), 4: Part(7, 0), 6: Part(7, 9)})


def test_what_others_read_as_it_is_is_copied() -> None:
    pool = Pool((("size", (3, 3)), ("stride", (1, 1)), ("padding", "same")))
    graph = graph_of((conv(4, 5), (0,), 5), (pool, (1,), 5), (conv(4, 3), (0,), 3), (JOIN, (1, 2, 3), 13))
    check(graph, {3: Part(4, 10)})


def test_what_is_kept_joined_twice_or_added_to_is_a_value_of_its_own() -> None:
    check(graph_of((conv(4, 5), (0,), 5), (conv(4, 5), (0,), 5), (JOIN, (1, 2), 10)), {2: Part(3, 5)}, 1)
    check(graph_of((conv(4, 5), (0,), 5), (JOIN, (1, 1), 10)), {})
    added = graph_of((conv(4, 4), (0,), 4), (conv(4, 4), (0,), 4), (Add(), (1, 2), 4), (JOIN, (3, 0), 8))
    check(added, {})
    check(graph_of((conv(4, 4, groups=4), (0,), 4), (JOIN, (1, 0), 8)), {})


def test_a_value_in_a_join_and_in_the_join_of_that() -> None:
    first = (conv(4, 5), (0,), 5), (conv(4, 3), (0,), 3)
    check(graph_of(*first, (JOIN, (1, 2), 8), (JOIN, (3, 1), 13), (conv(13, 2), (4,), 2)), {
        1: Part(4, 0), 2: Part(4, 5), 3: Part(4, 0),
    })  # fmt: skip
    check(graph_of(*first, (JOIN, (2, 1), 8), (JOIN, (1, 3), 13), (conv(13, 2), (4,), 2)), {
        1: Part(4, 8), 2: Part(4, 5), 3: Part(4, 5),
    })  # fmt: skip


def test_other_axes_are_copied() -> None:
    nodes = (Node(conv(4, 5), (0,), (*SIZE, 5)), Node(Concatenate(1), (1, 1), (1, 16, 9, 5)))
    assert parts_of(Graph((*SIZE, 4), nodes, 2)) == {}


def test_a_scale_does_not_write_into_a_join() -> None:
    scale = Scale(np.full(5, 2, np.float32), np.ones(5, np.float32))
    relu = Activate("relu")
    graph = graph_of(
        (conv(4, 5), (0,), 5), (conv(4, 5), (0,), 5), (JOIN, (1, 2), 10), (relu, (3,), 10), (scale, (1,), 5),
        (conv(5, 2), (5,), 2), (conv(10, 2), (4,), 2), (Add(), (6, 7), 2),
    )  # fmt: skip
    check(graph, {1: Part(3, 0), 2: Part(3, 5)})


@pytest.mark.parametrize("word", ["squeezenet1.1", "densenet121", "googlenet"])
def test_networks_are_those_whose_joins_copy(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = cnnkit.shape(word)
    graph = network(stack, random_parameters(stack)).graph
    values = np.random.default_rng(0).random(graph.input, np.float32)
    found = Program(graph).run(values)[graph.output]
    step: list[Step] = fused(graph, {graph.output})
    assert len(parts(graph, step, {graph.output})) > 10
    monkeypatch.setattr("cnnkit.operations.network.buffers.parts", lambda *given: {})
    np.testing.assert_array_equal(found, Program(graph).run(values)[graph.output])


def test_what_winograd_leaves_lands_beside_the_others_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = ((1, 24, 24, 32), (1, 24, 24, 40), (1, 24, 24, 72))
    nodes = (Node(conv(32, 32), (0,), shapes[0]), Node(conv(32, 40), (0,), shapes[1]), Node(JOIN, (1, 2), shapes[2]))
    graph = Graph(shapes[0], nodes, 3)
    values = np.random.default_rng(0).random(graph.input, np.float32)
    values[0, 7, 5, 3] = 3e38
    with np.errstate(over="ignore"):
        found = Program(graph).run(values)[3]
        monkeypatch.setattr("cnnkit.operations.network.buffers.parts", lambda *given: {})
        np.testing.assert_array_equal(found, Program(graph).run(values)[3])
    assert np.isfinite(found[0, 10:]).all()
