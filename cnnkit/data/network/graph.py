"""What a network computes, as a list of operations on arrays, made from words of the notation or from a model's file.

Images stand as (n, rows, columns, depth) whatever the file had, and values after flatten, gap or fc as (n, values).
Weights are float32, of rows x columns x depth / groups x kernels (HWIO), or values x units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Window
from cnnkit.network.stack import StackShape


class Convolve(NamedTuple):
    """A convolution, zero padding around it."""

    weights: Array
    bias: Array | None
    window: Window
    padding: Padding
    groups: int = 1


class ConvolveTransposed(NamedTuple):
    """A transposed convolution; weights are those of the convolution that is transposed: the depth is the result's."""

    weights: Array
    bias: Array | None
    window: Window
    padding: Padding
    output_padding: Pair = (0, 0)
    groups: int = 1


class Dense(NamedTuple):
    """A fully connected layer, from (n, values) to (n, units)."""

    weights: Array
    bias: Array | None


class Pool(NamedTuple):
    """A pooling with the keywords of `cnnkit.pool`, as pairs."""

    settings: tuple[tuple[str, object], ...]


class Scale(NamedTuple):
    """Each channel times a number of its own, plus another: batch normalisation with fixed statistics."""

    factors: Array
    offsets: Array


class Activate(NamedTuple):
    """A function of each value by itself, by its name, and its numbers."""

    kind: str
    numbers: tuple[float, ...] = ()


class Add(NamedTuple):
    """The sum of two arrays of one shape."""


class Reshape(NamedTuple):
    """The same values in the same order, in the shape of the node's output."""


class Concatenate(NamedTuple):
    """Arrays one behind the other along an axis."""

    axis: int = -1


class Compute(NamedTuple):
    """Anything else: a function of the arrays it takes. It must not change them."""

    name: str
    function: Callable[..., Array]
    is_by_image: bool = False  # whether each image of a batch is computed by itself


Operation = Convolve | ConvolveTransposed | Dense | Pool | Scale | Activate | Add | Reshape | Concatenate | Compute


class Node(NamedTuple):
    """One operation, and where it stands. Values are numbered: 0 is the input, the others are outputs of nodes."""

    operation: Operation
    inputs: tuple[int, ...]
    shape: tuple[int, ...]  # of its output
    name: str = ""
    dtype: str = "float32"


class Graph(NamedTuple):
    """The operations of a network in the order they are computed; value number k is the output of node k - 1."""

    input: tuple[int, ...]  # its shape
    nodes: tuple[Node, ...]
    output: int

    def shape(self, value: int) -> tuple[int, ...]:
        """The shape of a value."""
        return self.nodes[value - 1].shape if value else self.input

    def dtype(self, value: int) -> np.dtype[Any]:
        """The type of a value: float32, but for indices and conditions in some models."""
        return np.dtype(self.nodes[value - 1].dtype if value else np.float32)


class Network(NamedTuple):
    """A network that can be run: its layers as a table has them, and what they compute."""

    stack: StackShape
    graph: Graph
    values: tuple[int, ...]  # of the graph: that of the input, and that of each layer

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each layer, in the order of the table: its number and its word."""
        digits = len(str(len(self.stack.layers)))
        return tuple(f"{number:0{digits}}-{step.word}" for number, step in enumerate(self.stack.layers, start=1))


Parameters = dict[str, Array]
"""What a layer has learned: weights and bias (conv, dwconv, tconv, fc); scale, shift, mean and variance (bn); scale and
shift (layernorm, groupnorm); slope (prelu); epsilon, one number, where it is not the usual 1e-5."""

Learned = dict[int, Parameters]
"""The parameters of a stack's layers, by their numbers, counted from 1.

The number 0 may have the mean and the deviation of each channel of the input, or of the image that its first layer
makes of a sound: inputs are standardised by them."""


def parameter_shapes(stack: StackShape, number: int) -> dict[str, tuple[int, ...]]:
    """The parameters of layer `number`, counted from 1, and their shapes; empty where nothing is learned.

    A fully connected layer that follows flatten takes values in the order of rows, columns and depth.
    """
    step = stack.layers[number - 1]
    layer, depth = step.layer, step.input[-1]
    name = layer.name
    if name in ("conv", "dwconv", "tconv"):
        kernels = step.output[-1]
        groups = depth if name == "dwconv" else layer.groups
        between = (kernels // groups, depth) if name == "tconv" else (depth // groups, kernels)
        shapes: dict[str, tuple[int, ...]] = {"weights": (*layer.size, *between)}
    elif name == "fc":
        shapes, kernels = {"weights": (step.input.values, layer.count)}, layer.count
    elif name in ("bn", "layernorm", "groupnorm"):
        parts: Sequence[str] = ("scale", "shift", "mean", "variance") if name == "bn" else ("scale", "shift")
        return dict.fromkeys(parts, (depth,))
    elif name == "prelu":
        return {"slope": (depth if layer.is_each_channel else 1,)}
    else:
        return {}
    return {**shapes, "bias": (kernels,)} if layer.bias else shapes
