"""What the benchmark of networks measures: whole networks on one input, their bars, and the true results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from harness import Difference
from images import Array

import cnnkit
from cnnkit.data.network.graph import Graph
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network

PARTS = ("networks",)
DEFAULT_SIZES = ("224",)
VGG_LIKE = " ".join(
    f"{' '.join([f'conv3-{kernels} relu'] * times)} maxpool2"
    for kernels, times in ((32, 2), (64, 2), (128, 2), (256, 2))
)
NETWORKS = {
    "VGG-like chain": f"224x224x3 {VGG_LIKE} gap fc1000",
    "ResNet-18": "resnet18",
    "MobileNet-v2": "mobilenet-v2",
}
BATCHES = (1, 8)
BAR = {"ONNX Runtime": 1.3}
TOLERANCE = 1e-3  # of the largest output


@dataclass(frozen=True, eq=False)
class Case:
    """A network with weights at random, on inputs at random."""

    word: str
    batch: int

    @property
    def name(self) -> str:
        return f"{self.word}, batch {self.batch}"

    @property
    def bars(self) -> dict[str, float | None]:
        return {**BAR}

    @cached_property
    def graph(self) -> Graph:
        """What is computed."""
        stack = cnnkit.shape(NETWORKS[self.word], batch=self.batch)
        return network(stack, random_parameters(stack)).graph

    @cached_property
    def inputs(self) -> Array:
        """(n, rows, columns, depth)."""
        drawn: Array = np.random.default_rng(0).random(self.graph.input, np.float32)
        return drawn

    def check(self) -> Callable[[str, Array], Difference]:
        """Compare with sums made product by product."""
        expected = Program(self.graph, algorithm="direct").run(self.inputs)[self.graph.output]

        def compare(name: str, found: Array) -> Difference:
            return Difference(float(np.abs(found - expected).max()), TOLERANCE * float(np.abs(expected).max()))

        return compare


def sections(parts: Iterable[str], sizes: Iterable[str]) -> dict[str, list[Case]]:
    """The rows, under their headings."""
    return {"networks": [Case(word, batch) for batch in BATCHES for word in NETWORKS]}
