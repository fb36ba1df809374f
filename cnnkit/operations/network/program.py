"""A graph as steps that are run one after the other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import (
    Activate,
    Add,
    Compute,
    Convolve,
    ConvolveTransposed,
    Dense,
    Graph,
    Operation,
    Pool,
    Scale,
)
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.convolution.transposed import convolve_transposed
from cnnkit.operations.network import functions
from cnnkit.operations.pooling.pool import pool


class Program:
    """A graph, ready to be run; `keep` are the values beside the output that a run gives."""

    def __init__(
        self, graph: Graph, keep: Collection[int] = (), *, algorithm: str = "auto", threads: int | None = None
    ) -> None:
        self.graph, self.keep, self.threads = graph, {*keep, graph.output}, threads

    def run(self, values: Array) -> dict[int, Array]:
        """Run the graph on an input of its shape; the output and the values to be kept, by their numbers."""
        found = {0: np.asarray(values, np.float32)}
        for number, node in enumerate(self.graph.nodes, start=1):
            found[number] = _computed(node.operation, [found[value] for value in node.inputs], self.threads)
        return {value: found[value] for value in self.keep}


def _computed(operation: Operation, given: list[Array], threads: int | None) -> Array:
    x = given[0]
    match operation:
        case Convolve(weights, bias, window, padding, groups):
            settings: dict[str, Any] = {"stride": window.stride, "dilation": window.dilation, "padding": padding}
            return convolve(x, weights, bias=bias, groups=groups, threads=threads, **settings)
        case ConvolveTransposed(weights, bias, window, padding, output_padding, groups):
            settings = {"stride": window.stride, "dilation": window.dilation, "padding": padding}
            settings |= {"output_padding": output_padding, "groups": groups, "bias": bias}
            return convolve_transposed(x, weights, threads=threads, **settings)
        case Dense(weights, bias):
            return x @ weights + (0 if bias is None else bias)
        case Pool(settings):
            return np.asarray(pool(x, threads=threads, **dict(settings)))
        case Scale(factors, offsets):
            return x * factors + offsets
        case Activate(kind, numbers):
            out = np.empty_like(x)
            functions.ACTIVATIONS[kind](x, out, *numbers)
            return out
        case Add():
            return given[0] + given[1]
        case Compute(_, function):
            return function(*given)
