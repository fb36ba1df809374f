"""Operations that are computed in one: weights take in what only scales, sums what is added to them and limits them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Activate, Add, Convolve, ConvolveTransposed, Dense, Graph, Operation, Scale
from cnnkit.operations.convolution.problem import Finish

LIMITS = {"relu": (0.0, np.inf)}


class Step(NamedTuple):
    """One operation as it is computed: a node, with what followed it alone."""

    operation: Operation
    inputs: tuple[int, ...]
    output: int
    addend: int = 0  # the value that is added to a convolution; 0, the input of the graph, stands for none
    low: float = -np.inf
    high: float = np.inf

    @property
    def takes(self) -> tuple[int, ...]:
        """All values that it reads."""
        return (*self.inputs, self.addend) if self.addend else self.inputs

    @property
    def is_limited(self) -> bool:
        """Whether its results are limited."""
        return (self.low, self.high) != (-np.inf, np.inf)

    def finish(self, addend: Array | None) -> Finish:
        """What is done to each result."""
        return Finish(addend, self.low, self.high)


def fused(graph: Graph, keep: Collection[int]) -> list[Step]:
    """The steps that compute the output and the values to be kept, in order; nodes that nobody needs are left out."""
    used = Counter(value for node in graph.nodes for value in node.inputs)
    used.update({*keep, graph.output})
    steps: dict[int, Step] = {}

    for value, node in enumerate(graph.nodes, start=1):
        step = Step(node.operation, node.inputs, value)
        for source in sorted({*node.inputs}, reverse=True):
            before = steps.get(source)
            if before and used[source] == 1 and source not in keep and (joined := _joined(before, step)):
                del steps[source]
                step = joined
                break
        steps[value] = step
    return _needed(list(steps.values()), {*keep, graph.output})


def _joined(before: Step, step: Step) -> Step | None:
    """Both steps as one, where the second only scales, adds to or limits what the first alone makes for it."""
    operation, is_convolution = before.operation, isinstance(before.operation, Convolve)
    if before.is_limited:
        return None
    if isinstance(step.operation, Scale):
        if before.addend or not isinstance(operation, Convolve | ConvolveTransposed | Dense):
            return None
        return before._replace(operation=_scaled(operation, step.operation), output=step.output)
    is_limitable = is_convolution or isinstance(operation, Scale)
    if isinstance(step.operation, Activate) and is_limitable and (limits := _limits(step.operation)):
        return before._replace(low=limits[0], high=limits[1], output=step.output)
    if isinstance(step.operation, Add) and is_convolution and not before.addend:
        other = sum(step.inputs) - before.output
        return before._replace(addend=other, output=step.output) if other else None
    return None


def _needed(steps: list[Step], wanted: set[int]) -> list[Step]:
    found: list[Step] = []
    for step in reversed(steps):
        if step.output in wanted:
            found.append(step)
            wanted |= {*step.takes}
    return found[::-1]


def _limits(operation: Activate) -> tuple[float, float] | None:
    if operation.kind == "clip":
        low, high = operation.numbers
        return low, high
    return LIMITS.get(operation.kind)


def _scaled(operation: Convolve | ConvolveTransposed | Dense, scale: Scale) -> Operation:
    """The operation with its results scaled and shifted."""
    factors = np.asarray(scale.factors, np.float32)
    weights = operation.weights
    if isinstance(operation, ConvolveTransposed):
        rows, columns, depth, kernels = weights.shape
        groups = operation.groups
        by_group = factors.reshape(groups, 1, depth)
        parts = weights.reshape(rows, columns, depth, groups, kernels // groups)
        weights = (parts * by_group.transpose(2, 0, 1)).reshape(weights.shape)
    else:
        weights = weights * factors
    bias = np.zeros(len(factors), np.float32) if operation.bias is None else operation.bias
    return operation._replace(weights=weights, bias=bias * factors + scale.offsets)
