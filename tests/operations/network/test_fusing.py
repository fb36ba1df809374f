"""What is joined into one step, and what is not."""

from typing import Any

import numpy as np

from cnnkit.data.network.graph import Activate, Add, Compute, Convolve, Dense, Graph, Node, Reshape, Scale
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window
from cnnkit.operations.network.fusing import Step, fused

SHAPE = (1, 4, 4, 2)
INF = np.inf


def convolution(seed: int = 0) -> Convolve:
    weights = np.random.default_rng(seed).normal(size=(3, 3, 2, 2)).astype(np.float32)
    return Convolve(weights, None, Window((3, 3)), Padding(1, 1, 1, 1))


def graph(*nodes: tuple[Any, tuple[int, ...]], output: int = 0) -> Graph:
    return Graph(SHAPE, tuple(Node(operation, inputs, SHAPE) for operation, inputs in nodes), output or len(nodes))


SCALE = Scale(np.array([2, 3], np.float32), np.array([10, 20], np.float32))
RELU = Activate("relu")


def brief(steps: list[Step]) -> list[tuple[str, tuple[int, ...], int, int, float, float]]:
    return [(type(s.operation).__name__, s.inputs, s.output, s.addend, s.low, s.high) for s in steps]


def test_batch_normalisation_becomes_weights_and_bias() -> None:
    before = convolution()
    (step,) = fused(graph((before, (0,)), (SCALE, (1,))), ())
    assert isinstance(step.operation, Convolve)
    np.testing.assert_allclose(step.operation.weights, before.weights * [2, 3], rtol=1e-6)
    np.testing.assert_array_equal(step.operation.bias, [10, 20])
    with_bias = before._replace(bias=np.array([1, 2], np.float32))
    (step,) = fused(graph((with_bias, (0,)), (SCALE, (1,))), ())
    np.testing.assert_array_equal(step.operation.bias, [12, 26])  # type: ignore[union-attr]


def test_limits_and_joins_are_in_the_step_of_a_convolution() -> None:
    steps = fused(graph((convolution(), (0,)), (convolution(1), (1,)), (Add(), (2, 1)), (RELU, (3,))), ())
    assert brief(steps) == [("Convolve", (0,), 1, 0, -INF, INF), ("Convolve", (1,), 4, 1, 0, INF)]
    (step,) = fused(graph((convolution(), (0,)), (Activate("clip", (0.0, 6.0)), (1,))), ())
    assert (step.low, step.high) == (0, 6)


def test_a_join_takes_the_later_of_two_convolutions() -> None:
    steps = fused(graph((convolution(), (0,)), (convolution(1), (0,)), (Add(), (1, 2))), ())
    assert brief(steps) == [("Convolve", (0,), 1, 0, -INF, INF), ("Convolve", (0,), 3, 1, -INF, INF)]


def test_what_is_needed_elsewhere_stays() -> None:
    nodes = ((convolution(), (0,)), (RELU, (1,)), (Add(), (1, 2)))
    assert [type(step.operation) for step in fused(graph(*nodes), ())] == [Convolve, Activate, Add]
    chain = graph((convolution(), (0,)), (SCALE, (1,)), (RELU, (2,)))
    assert [step.output for step in fused(chain, ())] == [3]
    assert [step.output for step in fused(chain, (2,))] == [2, 3]
    assert [step.output for step in fused(chain, (1, 2, 3))] == [1, 2, 3]


def test_nothing_is_joined_after_limits() -> None:
    steps = fused(graph((convolution(), (0,)), (RELU, (1,)), (SCALE, (2,)), (RELU, (3,)), (RELU, (4,))), ())
    assert [type(step.operation) for step in steps] == [Convolve, Scale, Activate]
    assert [(step.low, step.high) for step in steps[:2]] == [(0, INF)] * 2
    steps = fused(graph((convolution(), (0,)), (RELU, (1,)), (convolution(1), (2,)), (Add(), (1 + 1, 3))), ())
    assert brief(steps)[-1] == ("Convolve", (2,), 4, 2, -INF, INF)


def test_the_input_is_no_addend_and_a_value_twice_no_join() -> None:
    assert [type(s.operation) for s in fused(graph((convolution(), (0,)), (Add(), (0, 1))), ())] == [Convolve, Add]
    assert [type(s.operation) for s in fused(graph((convolution(), (0,)), (Add(), (1, 1))), ())] == [Convolve, Add]


def test_other_functions_are_steps_of_their_own() -> None:
    steps = fused(graph((convolution(), (0,)), (Activate("tanh"), (1,)), (SCALE, (2,))), ())
    assert [type(step.operation) for step in steps] == [Convolve, Activate, Scale]


def test_dense_layers_are_scaled_too_and_what_nobody_needs_is_left_out() -> None:
    dense = Dense(np.eye(2, dtype=np.float32), np.ones(2, np.float32))
    (step,) = fused(graph((dense, (0,)), (SCALE, (1,))), ())
    assert step.operation.weights.tolist() == [[2, 0], [0, 3]]  # type: ignore[union-attr]
    assert step.operation.bias.tolist() == [12, 23]  # type: ignore[union-attr]
    left = graph((convolution(), (0,)), (Compute("x", np.negative), (0,)), (Reshape(), (1,)), output=1)
    assert [step.output for step in fused(left, ())] == [1]
