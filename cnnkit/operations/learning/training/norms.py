"""Normalisations that are trained.

Sources: Ioffe and Szegedy, "Batch Normalization", arXiv:1502.03167; Ba, Kiros and Hinton, "Layer Normalization",
arXiv:1607.06450; Wu and He, "Group Normalization", arXiv:1803.08494. Constants are PyTorch's.
"""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array, Floats
from cnnkit.operations.learning.training.channels import Blend, with_sums
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.network import functions
from cnnkit.operations.network.functions import EPSILON
from cnnkit.operations.network.work import WorkList

MOMENTUM = 0.1
"""The share of a batch in the mean and the variance that evaluation takes."""


class BatchNorm(Layer):
    """bn: in training each channel is normalised over the batch; evaluation takes means of many batches."""

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        depth = self.made.shape[-1]
        self.count = self.made.size // depth
        self.ahead, self.fixed, self.back = Blend(depth), Blend(depth), Blend(depth)
        self.mean, self.spread = np.zeros(depth), np.ones(depth)

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        if is_training:
            with_sums(work, self.given, self.given, self._normalise)
            self.ahead.work(work, self.given, self.given, self.made)
            return
        work.then(self._fix)
        self.fixed.work(work, self.given, self.given, self.made)

    def backward(self, work: WorkList) -> None:
        with_sums(work, self.slope, self.given, self._turn)
        if self.wanted is not None:
            self.back.work(work, self.slope, self.given, self.wanted)

    def _normalise(self, sums: Floats) -> None:
        """Set the factors by the sums of values and of squares, and move the statistics a step."""
        parameters, statistics = self.link.parameters, self.link.statistics
        self.mean = sums[0] / self.count
        variance = np.maximum(sums[1] / self.count - self.mean**2, 0)
        self.spread = np.sqrt(variance + EPSILON)
        factors = parameters["scale"].weights / self.spread
        nothing = np.zeros_like(factors)
        self.ahead.set(factors, nothing, parameters["shift"].weights - self.mean * factors)
        unbiased = variance * (self.count / max(self.count - 1, 1))
        for name, value in (("mean", self.mean), ("variance", unbiased)):
            statistics[name] *= 1 - MOMENTUM
            statistics[name] += (MOMENTUM * value).astype(np.float32)

    def _fix(self) -> None:
        parameters, statistics = self.link.parameters, self.link.statistics
        factors = parameters["scale"].weights / np.sqrt(statistics["variance"].astype(np.float64) + EPSILON)
        self.fixed.set(factors, np.zeros_like(factors), parameters["shift"].weights - statistics["mean"] * factors)

    def _turn(self, sums: Floats) -> None:
        """Set the slopes of scale and shift, and the factors of those of the input."""
        parameters = self.link.parameters
        scaled = (sums[1] - self.mean * sums[0]) / self.spread
        parameters["shift"].slopes[:] = sums[0]
        parameters["scale"].slopes[:] = scaled
        factors = parameters["scale"].weights / self.spread
        across = -factors * scaled / (self.count * self.spread)
        self.back.set(factors, across, -factors * sums[0] / self.count - across * self.mean)


class Normalising(Layer):
    """layernorm, groupnorm and instancenorm: each example is normalised by itself."""

    @property
    def _groups(self) -> int:
        depth: int = self.made.shape[-1]
        return self.step.layer.count if self.step.layer.name == "groupnorm" else depth

    def _split(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """Values with what is normalised together along some axes."""
        if self.step.layer.name == "layernorm":
            return x, (x.ndim - 1,)
        return x.reshape(len(x), -1, self._groups, x.shape[-1] // self._groups), (1, 3)

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        parameters = self.link.parameters

        def normalise() -> None:
            split, axes = self._split(self.given)
            self.made[...] = functions.normalised(split, axes).reshape(self.made.shape)
            if parameters:
                self.made[...] = self.made * parameters["scale"].weights + parameters["shift"].weights

        work.then(normalise)

    def backward(self, work: WorkList) -> None:
        work.then(self._turn)

    def _turn(self) -> None:
        parameters = self.link.parameters
        split, axes = self._split(self.given)
        wide = split.astype(np.float64)
        mean = wide.mean(axis=axes, keepdims=True)
        spread = np.sqrt(np.square(wide - mean).mean(axis=axes, keepdims=True) + EPSILON)
        normal = (wide - mean) / spread
        slope = self.slope.astype(np.float64)
        if parameters:
            over = tuple(range(slope.ndim - 1))
            parameters["shift"].slopes[:] = slope.sum(axis=over)
            parameters["scale"].slopes[:] = (slope * normal.reshape(slope.shape)).sum(axis=over)
            slope = slope * parameters["scale"].weights
        if self.wanted is not None:
            slope = slope.reshape(split.shape)
            along = (slope * normal).mean(axis=axes, keepdims=True)
            found = (slope - slope.mean(axis=axes, keepdims=True) - normal * along) / spread
            self.wanted[...] = found.reshape(self.wanted.shape)


class LocalResponse(Layer):
    """lrn."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        work.then(lambda: np.copyto(self.made, functions.local_response(self.given)))

    def backward(self, work: WorkList) -> None:
        work.then(self._turn)

    def _turn(self) -> None:
        if self.wanted is None:
            return
        size, alpha, beta, k = functions.LRN_SIZE, functions.LRN_ALPHA, functions.LRN_BETA, functions.LRN_K
        x, slope = self.given.astype(np.float64), self.slope.astype(np.float64)
        root = k + alpha / size * _neighbours(x * x, (size - 1) // 2, size)
        across = _neighbours(slope * x * root ** (-beta - 1), size - 1 - (size - 1) // 2, size)
        self.wanted[...] = slope * root**-beta - 2 * alpha * beta / size * x * across


def _neighbours(x: Floats, before: int, size: int) -> Floats:
    """The sums of `size` neighbouring channels, from `before` of them on."""
    depth = x.shape[-1]
    wide = np.zeros((*x.shape[:-1], depth + size - 1))
    wide[..., before : before + depth] = x
    found: Floats = np.sum([wide[..., n : n + depth] for n in range(size)], axis=0)
    return found
