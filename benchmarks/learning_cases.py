"""What the benchmark of learning measures: a step of training, forward, backward and Adam, and the true slopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from harness import BEST, Difference
from images import Array

import cnnkit
from cnnkit.data.network.graph import Learned
from cnnkit.network.stack import StackShape
from cnnkit.operations.network.initial import random_parameters

DIGITS = "28x28x1 conv3-8 relu maxpool2 conv3-16 relu maxpool2 flatten fc10"
NETWORKS = {
    "digits, 8 and 16 kernels": DIGITS,
    "digits, 32 and 64 kernels": "28x28x1 conv3-32 relu maxpool2 conv3-64 relu maxpool2 flatten fc128 relu fc10",
    "photos with batch norm": "32x32x3 conv3-32 bn relu conv3-32 bn relu maxpool2 conv3-64 bn relu maxpool2 gap fc10",
    "MFCCs": "100x13x1 conv3-16 relu maxpool2 conv3-32 relu maxpool2 flatten fc10",
    "a depthwise network": "32x32x3 conv3-32:s2:p1 relu dwconv3 relu conv1-64 relu dwconv3:s2 relu gap fc10",
}
BATCHES = (32, 128)
BAR = 1.0
RATE = 1e-9
"""Of a step: weights stay as they are, so that every call does the same work."""

TOLERANCE = 1e-3  # of the largest slope


@dataclass(frozen=True, eq=False)
class Case:
    """A network, and a batch of examples at random."""

    word: str
    batch: int

    @property
    def name(self) -> str:
        return f"{self.word}, batch {self.batch}"

    @property
    def bars(self) -> dict[str, float | None]:
        return {BEST: BAR}

    @cached_property
    def stack(self) -> StackShape:
        """Its layers."""
        return cnnkit.shape(NETWORKS[self.word], batch=self.batch)

    @cached_property
    def learned(self) -> Learned:
        """The weights it begins with."""
        return random_parameters(self.stack)

    @cached_property
    def inputs(self) -> Array:
        """(n, rows, columns, depth)."""
        drawn: Array = np.random.default_rng(0).standard_normal((self.batch, *self.stack.input), np.float32)
        return drawn

    @cached_property
    def labels(self) -> Array:
        """(n,)."""
        return np.random.default_rng(1).integers(0, 10, self.batch)

    def check(self) -> Callable[[str, Array], Difference]:
        """Compare slopes of the first layer's weights with those in float64."""
        from learning_rivals import Network

        network = Network(self, wide=True)
        expected = network()

        def compare(name: str, found: Array) -> Difference:
            return Difference(float(np.abs(found - expected).max()), TOLERANCE * float(np.abs(expected).max()))

        return compare


def sections() -> dict[str, list[Case]]:
    """The rows, under their headings."""
    return {f"batch {batch}": [Case(word, batch) for word in NETWORKS] for batch in BATCHES}
