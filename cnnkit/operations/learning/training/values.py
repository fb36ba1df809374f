"""Activations and dropout that are trained through: what is done to each value by itself, and softmax."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cnnkit.arrays import Array
from cnnkit.loops.learning.values import let_through
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.network import functions
from cnnkit.operations.network.stacks import NUMBERS
from cnnkit.operations.network.work import WorkList


def _gelu(x: Array, y: Array, slope: Array, out: Array) -> None:
    density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    np.multiply(slope, 0.5 * (1 + functions.erf(x * x.dtype.type(math.sqrt(0.5)))) + x * density, out=out)


def _silu(x: Array, y: Array, slope: Array, out: Array) -> None:
    gate = np.empty_like(x)
    functions.ACTIVATIONS["sigmoid"](x, gate)
    np.multiply(slope, gate * (1 + x * (1 - gate)), out=out)


def _hard_swish(x: Array, y: Array, slope: Array, out: Array) -> None:
    np.multiply(slope, np.where(np.abs(x) < 3, x / 3 + 0.5, x > 0), out=out)


SLOPES: dict[str, Callable[..., object]] = {
    "relu": lambda x, y, slope, out: np.multiply(slope, x > 0, out=out),
    "leakyrelu": lambda x, y, slope, out, low: np.multiply(slope, np.where(x > 0, 1, x.dtype.type(low)), out=out),
    "elu": lambda x, y, slope, out, alpha: np.multiply(slope, np.where(x > 0, 1, y + x.dtype.type(alpha)), out=out),
    "gelu": _gelu,
    "silu": _silu,
    "hardswish": _hard_swish,
    "tanh": lambda x, y, slope, out: np.multiply(slope, 1 - y * y, out=out),
    "sigmoid": lambda x, y, slope, out: np.multiply(slope, y * (1 - y), out=out),
}
"""Slopes of the input: (input, output, slope of the output, result, *numbers)."""


class Activation(Layer):
    """relu and its kin."""

    def __init__(self, link: Link, *, is_done_before: bool = False) -> None:
        """`is_done_before` if the layer before it writes what this one would make."""
        super().__init__(link)
        self.name = self.step.layer.name
        self.numbers = NUMBERS.get(self.name, ())
        self.is_done_before = is_done_before

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        if self.is_done_before:
            return
        function = functions.ACTIVATIONS[self.name]
        work.in_blocks(lambda x, out: function(x, out, *self.numbers), self.made, self.given)

    def backward(self, work: WorkList) -> None:
        if self.wanted is None:
            return
        if np.may_share_memory(self.wanted, self.slope):
            made, slope = self.made.reshape(-1), self.slope.reshape(-1)
            work(let_through, made.size, made.size // 8, work.threads, made, slope)
            return
        function = SLOPES[self.name]
        work.in_blocks(
            lambda x, y, slope, out: function(x, y, slope, out, *self.numbers),
            self.wanted, self.given, self.made, self.slope,
        )  # fmt: skip


class Bent(Layer):
    """prelu: values below 0 times a slope that is learned."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        bend = self.link.parameters["slope"].weights
        work.then(lambda: np.copyto(self.made, functions.prelu(self.given, bend)))

    def backward(self, work: WorkList) -> None:
        work.then(self._turn)

    def _turn(self) -> None:
        bend = self.link.parameters["slope"]
        below = (self.slope * np.minimum(self.given, 0)).reshape(-1, self.given.shape[-1])
        sums = below.sum(axis=0, dtype=np.float64)
        bend.slopes[:] = sums if bend.weights.size == sums.size else sums.sum()
        if self.wanted is not None:
            np.multiply(self.slope, np.where(self.given > 0, 1, bend.weights), out=self.wanted)


class Softmax(Layer):
    """softmax within a network; at its end, the loss has it."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        work.then(lambda: np.copyto(self.made, functions.softmax(self.given)))

    def backward(self, work: WorkList) -> None:
        work.then(self._turn)

    def _turn(self) -> None:
        if self.wanted is not None:
            along = (self.slope * self.made).sum(axis=-1, keepdims=True)
            np.multiply(self.made, self.slope - along, out=self.wanted)


class Dropout(Layer):
    """dropout: in training some values become 0, and the others larger in proportion."""

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self.factors = np.ones_like(self.made)

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        if not is_training:
            work.then(lambda: np.copyto(self.made, self.given))
            return
        work.then(self._draw)
        work.in_blocks(lambda x, factor, out: np.multiply(x, factor, out=out), self.made, self.given, self.factors)

    def _draw(self) -> None:
        draws = self.link.random().random(self.factors.shape, np.float32)
        rate = self.link.rate
        np.multiply(draws >= rate, np.float32(1 / (1 - rate)), out=self.factors)

    def backward(self, work: WorkList) -> None:
        if self.wanted is not None:
            work.in_blocks(
                lambda slope, factor, out: np.multiply(slope, factor, out=out), self.wanted, self.slope, self.factors
            )
