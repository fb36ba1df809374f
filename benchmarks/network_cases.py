"""What the benchmark of networks measures: whole networks on one input, their bars, and the true results."""

from __future__ import annotations

from collections.abc import Callable
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

VGG_LIKE = " ".join(
    f"{' '.join([f'conv3-{kernels} relu'] * times)} maxpool2"
    for kernels, times in ((32, 2), (64, 2), (128, 2), (256, 2))
)
NETWORKS = {
    "VGG-like chain": f"224x224x3 {VGG_LIKE} gap fc1000",
    "ResNet-18": "resnet18",
    "MobileNet-v2": "mobilenet-v2",
    "SqueezeNet 1.1": "squeezenet1.1",
    "DenseNet-121": "densenet121",
    "GoogLeNet": "googlenet",
}
BATCHES = (1, 8)
BAR, BARRED = 1.0, ("VGG-like chain", "ResNet-18", "MobileNet-v2")
ORT = "ONNX Runtime"
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
        return {ORT: BAR if self.word in BARRED else None}

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


def sections() -> dict[str, list[Case]]:
    """The rows, under their headings."""
    return {f"batch {batch}": [Case(word, batch) for word in NETWORKS] for batch in BATCHES}
