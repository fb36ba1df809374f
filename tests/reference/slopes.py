"""The slow twin of training: what a network loses, in float64, and slopes by how that changes with a little more.

Layers are those of `tests.reference.networks`; but in training, bn normalises over the batch. Nothing is dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.network.shape import shape
from cnnkit.operations.learning.training.optimisers import Descent
from cnnkit.operations.learning.training.trainer import Trainer
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.stacks import network
from tests.reference.networks import computed

STILL = Descent("sgd", rate=0.0)
"""Steps that change nothing."""

STEP, TOLERANCE = 1e-6, 3e-5


def loss(stack: Any, learned: Any, x: Any, labels: Any) -> float:
    """The mean cross-entropy of a batch in training."""
    net = network(stack, learned)
    layers = {value: number for number, value in reversed([*enumerate(net.values)])}
    values = {0: np.asarray(x, np.float64)}
    for value, node in enumerate(net.graph.nodes, start=1):
        given, number = [values[one] for one in node.inputs], layers[value]
        if node.name == "bn":
            values[value] = batch_norm(given[0], learned[number])
        elif node.name == "lrn":
            values[value] = local_response(given[0])
        elif not (node.name == "softmax" and value == net.graph.output):
            values[value] = computed(node.operation, given, node.shape)
        else:
            values[value] = given[0]
    scores = values[net.graph.output]
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = grown / grown.sum(axis=1, keepdims=True)
    return -float(np.log(shares[np.arange(len(labels)), labels]).mean())


def batch_norm(x: Any, parameters: Any) -> Any:
    over = tuple(range(x.ndim - 1))
    return (x - x.mean(axis=over)) / np.sqrt(x.var(axis=over) + 1e-5) * parameters["scale"] + parameters["shift"]


def local_response(x: Any) -> Any:
    made = np.zeros_like(x)
    for c in range(x.shape[-1]):
        near = x[..., max(c - 2, 0) : c + 3]
        made[..., c] = x[..., c] / (1 + 1e-4 / 5 * (near**2).sum(axis=-1)) ** 0.75
    return made


def drawn(words: str, batch: int = 3, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """A stack, parameters that are nowhere neutral, inputs and labels."""
    draw = np.random.default_rng(seed)
    stack = shape(words, batch=batch)
    learned = random_parameters(stack, seed)
    for parts in learned.values():
        for name in parts:
            if name != "weights":
                parts[name] = draw.uniform(0.4, 1.3, parts[name].shape).astype(np.float32)
    x = draw.normal(size=(batch, *stack.input)).astype(np.float32)
    return stack, learned, x, draw.integers(0, stack.output[-1], batch)


def trained(stack: Any, learned: Any, x: Any, labels: Any, how: Descent = STILL, **settings: Any) -> Trainer:
    """A trainer after one step."""
    trainer = Trainer(stack, learned, how, **settings)
    trainer.input[...] = x
    trainer.step(labels)
    return trainer


def check_slopes(
    words: str, batch: int = 3, seed: int = 0, threads: int = 1, tolerance: float = TOLERANCE, dropout: float = 0.5
) -> Trainer:
    """Hold the loss and the slopes of every parameter against the twin, in two directions each."""
    stack, learned, x, labels = drawn(words, batch, seed)
    trainer = trained(stack, learned, x, labels, threads=threads, dropout=dropout)
    np.testing.assert_allclose(trainer.loss.count.mean_loss, loss(stack, learned, x, labels), rtol=1e-5)
    wide = {number: {name: one.astype(float) for name, one in parts.items()} for number, parts in learned.items()}
    draw = np.random.default_rng(seed + 1)
    for number, name in trainer.parameters.shapes:
        slopes, start = trainer.parameters[number, name].slopes.astype(float), wide[number][name]
        for _ in range(2):
            direction = draw.normal(size=slopes.shape)
            losses = []
            for sign in (1, -1):
                wide[number][name] = start + sign * STEP * direction
                losses.append(loss(stack, wide, x, labels))
            wide[number][name] = start
            expected, found = (losses[0] - losses[1]) / (2 * STEP), float((slopes * direction).sum())
            room = tolerance * np.sqrt((slopes**2).sum() * direction.size) + 1e-7
            assert abs(expected - found) <= room, (words, number, name, expected, found)
        assert slopes.any(), (words, number, name)
    return trainer
