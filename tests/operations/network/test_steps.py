"""Steps by themselves: which loop computes what, and where results are written."""

from typing import Any

import pytest

from cnnkit.data.network.graph import (
    Activate,
    Compute,
    Convolve,
    ConvolveTransposed,
    Dense,
    Graph,
    Node,
    Pool,
    Reshape,
    Scale,
)
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window
from cnnkit.loops.machine.bands import Bands
from cnnkit.operations.network.buffers import Buffers
from cnnkit.operations.network.fusing import fused
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.steps import Workshop
from tests.reference.in_place import drawn
from tests.reference.networks import assert_close, evaluate

NONE = Padding(0, 0, 0, 0)


def loops(graph: Graph, algorithm: str = "auto") -> list[str]:
    """The loops that compute a graph; functions of Python by their own name."""
    steps = fused(graph, ())
    shop = Workshop(Buffers(graph, steps, ()), algorithm=algorithm, threads=1, images=1, prepared={})
    for step in steps:
        shop.add(step)
    return [
        work._bound[0]._arguments and type(work).__name__ if isinstance(work, Bands) else "python" for work in shop.work
    ]


def one(operation: Any, shape: Any, output: Any) -> Graph:
    return Graph(shape, (Node(operation, (0,), output),), 1)


@pytest.mark.parametrize(
    ("operation", "shape", "output"),
    [
        (Convolve(drawn(0, 1, 1, 4, 6), drawn(1, 6), Window((1, 1)), NONE), (2, 5, 7, 4), (2, 5, 7, 6)),
        (Convolve(drawn(0, 1, 1, 4, 6), None, Window((1, 1), (2, 2)), NONE), (2, 5, 7, 4), (2, 3, 4, 6)),
        (Convolve(drawn(0, 3, 3, 2, 6), None, Window((3, 3)), Padding(1, 1, 1, 1), 2), (1, 5, 7, 4), (1, 5, 7, 6)),
        (Convolve(drawn(0, 3, 3, 4, 1), None, Window((3, 3)), Padding(1, 1, 1, 1)), (1, 40, 40, 4), (1, 40, 40, 1)),
        (Convolve(drawn(0, 3, 3, 1, 8), None, Window((3, 3)), NONE, 4), (1, 5, 7, 4), (1, 3, 5, 8)),
        (
            ConvolveTransposed(drawn(0, 2, 2, 3, 4), drawn(1, 3), Window((2, 2), (2, 2)), NONE),
            (2, 3, 4, 4),
            (2, 6, 8, 3),
        ),
        (Dense(drawn(0, 5, 3), None), (4, 5), (4, 3)),
        (Dense(drawn(0, 3, 5).T, drawn(1, 3)), (4, 5), (4, 3)),
        (Pool((("size", (2, 2)), ("kind", "max"))), (2, 6, 6, 3), (2, 3, 3, 3)),
        (Pool((("size", (2, 2)), ("kind", "average"))), (2, 6, 6, 3), (2, 3, 3, 3)),
        (Pool((("adaptive", (3, 2)), ("kind", "average"))), (2, 7, 7, 3), (2, 3, 2, 3)),
        (Pool((("adaptive", (1, 1)), ("kind", "max"))), (1, 90, 9, 3), (1, 1, 1, 3)),
        (Pool((("size", (2, 3)), ("kind", "lp"))), (1, 6, 6, 3), (1, 3, 2, 3)),
        (Scale(drawn(0, 3), drawn(1, 3)), (2, 4, 4, 3), (2, 4, 4, 3)),
        (Activate("tanh"), (1, 200, 200, 3), (1, 200, 200, 3)),
        (Reshape(), (2, 4, 4, 3), (2, 48)),
        (Compute("twice", lambda x: 2 * x), (2, 4), (2, 4)),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_operations(operation: Any, shape: Any, output: Any, threads: int) -> None:
    graph, x = one(operation, shape, output), drawn(9, *shape)
    assert_close(Program(graph, threads=threads).run(x)[1], evaluate(graph, x)[1])


def test_weights_too_small_for_float32_count_as_zeros() -> None:
    weights = drawn(0, 3, 3, 2, 4)
    weights[0, 0] = 1e-38
    graph, x = one(Convolve(weights, None, Window((3, 3)), NONE), (1, 6, 6, 2), (1, 4, 4, 4)), drawn(1, 1, 6, 6, 2)
    assert loops(graph) == ["Bands"]
    assert_close(Program(graph).run(x)[1], evaluate(graph, x)[1])


def test_what_is_computed_in_python_is_the_rest() -> None:
    assert loops(one(Compute("twice", lambda x: 2 * x), (2, 4), (2, 4))) == ["python"]
    assert loops(one(Pool((("size", (2, 2)), ("kind", "max"))), (1, 4, 4, 1), (1, 2, 2, 1))) == ["Bands"]
    assert loops(one(Pool((("size", (3, 3)), ("kind", "median"))), (1, 6, 6, 1), (1, 2, 2, 1))) == ["python"]
