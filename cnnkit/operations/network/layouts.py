"""How the tensors of a file become the parameters of a layer: the order of their axes, and of values after flatten.

OIHW (PyTorch, ONNX) is kernels x depth / groups x rows x columns, HWIO (Keras, `cnnkit`) rows x columns x depth /
groups x kernels. In a transposed convolution the depth of its result stands where that of the input stands in a
convolution, so that the same exchange of axes does for it: of PyTorch's input x output / groups x rows x columns, and
Keras's rows x columns x output x input. PyTorch's fully connected layers are units x values, Keras's values x units.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Parameters, parameter_shapes
from cnnkit.network.layer import LayerShape
from cnnkit.network.notation.spec import KEEPING
from cnnkit.network.stack import VIEWS, StackShape
from cnnkit.network.volume import Vector, Volume
from cnnkit.operations.network.groups import Group

ORDERS = ("oihw", "hwio")
KINDS = {"conv": "conv", "dwconv": "conv", "tconv": "conv", "fc": "fc", "bn": "bn", "prelu": "prelu"}
KINDS |= {"layernorm": "norm", "groupnorm": "norm"}
KERAS_EPSILON = 1e-3


class Layout(NamedTuple):
    """The orders of a file: of convolutions, which values after flatten share, and of fully connected layers."""

    convolutions: str
    dense: str


class Need(NamedTuple):
    """A layer that has parameters: its number, counted from 1, and their shapes."""

    number: int
    step: LayerShape
    shapes: dict[str, tuple[int, ...]]

    @property
    def text(self) -> str:
        """The row of the table, and its layer."""
        return f"layer {self.number}, {self.step.word},"

    def shape_in(self, layout: Layout) -> tuple[int, ...]:
        """The shape of its weights, or of its scale, in a file of this layout."""
        shape = self.shapes.get("weights") or next(iter(self.shapes.values()))
        if len(shape) == 4 and layout.convolutions == "oihw":
            return (shape[3], shape[2], shape[0], shape[1])
        return shape[::-1] if layout.dense == "oihw" and len(shape) == 2 else shape


def needs(stack: StackShape) -> list[Need]:
    """The layers of a stack that have parameters."""
    found = [Need(n, step, parameter_shapes(stack, n)) for n, step in enumerate(stack.layers, start=1)]
    return [need for need in found if need.shapes]


def fits(group: Group, need: Need, layout: Layout) -> bool:
    """Whether tensors can be the parameters of a layer, as far as shapes say."""
    kind = KINDS[need.step.layer.name]
    if kind != group.kind:
        return False
    if kind in ("conv", "fc"):
        has_bias = "bias" in group.tensors
        if has_bias != ("bias" in need.shapes) or (has_bias and group.tensors["bias"].shape != need.shapes["bias"]):
            return False
        return group.tensors["weights"].shape in _shapes(need, layout)
    if kind == "prelu":
        return any(prod(tensor.shape) == prod(need.shapes["slope"]) for tensor in group.tensors.values())
    length = next(iter(need.shapes.values()))
    wanted = {"mean", "variance"} if kind == "bn" else {"scale", "bias"}
    return wanted <= group.tensors.keys() and all(
        tensor.shape == length for part, tensor in group.tensors.items() if part != "epsilon"
    )


def _shapes(need: Need, layout: Layout) -> list[tuple[int, ...]]:
    """The shapes that the weights of a layer have in files of a layout; along one axis also without the other."""
    shape = need.shapes["weights"]
    if len(shape) == 2:
        return [need.shape_in(layout)]
    rows, columns, depth, kernels = shape
    axes = {(rows, columns)} | ({(columns,)} if rows == 1 else set()) | ({(rows,)} if columns == 1 else set())
    if layout.convolutions == "oihw":
        return [(kernels, depth, *sides) for sides in axes]
    found = [(*sides, depth, kernels) for sides in axes]
    if need.step.layer.name == "dwconv":  # of Keras: kernels of one channel stand beside each other
        channels = need.step.input[-1]
        found += [(*sides, channels, kernels // channels) for sides in axes]
    return found


def parameters(group: Group, need: Need, layout: Layout, order: Orders) -> Parameters:
    """The parameters of a layer out of tensors that fit it; views of what the file holds, where that can be."""
    kind, tensors = KINDS[need.step.layer.name], group.tensors
    made: Parameters = {}
    if kind in ("conv", "fc"):
        made["weights"] = _weights(tensors["weights"].values, need, layout, order)
        if "bias" in tensors:
            made["bias"] = _taken(tensors["bias"].values, order.made.get(need.number))
        return made
    places = order.taken.get(need.number)
    if kind == "prelu":
        slope = next(iter(tensors.values())).values.reshape(need.shapes["slope"])
        return {"slope": _taken(slope, places) if len(slope) > 1 else slope}
    length = next(iter(need.shapes.values()))
    for part, name, usual in (
        ("scale", "scale", 1),
        ("shift", "bias", 0),
        ("mean", "mean", 0),
        ("variance", "variance", 1),
    ):
        if part in need.shapes:
            there = tensors[name].values if name in tensors else np.full(length, usual, np.float32)
            made[part] = _taken(there, places)
    if "epsilon" in tensors:
        made["epsilon"] = tensors["epsilon"].values.reshape(())
    return made


def _weights(values: Array, need: Need, layout: Layout, order: Orders) -> Array:
    shape = need.shapes["weights"]
    if len(shape) == 2:
        rows = values if layout.dense == "oihw" else values.T  # units x values
        rows = _taken(rows, order.made.get(need.number))
        places = order.taken.get(need.number)
        made: Array = (rows if places is None else np.take(rows, places, axis=1)).T
    elif layout.convolutions == "oihw":
        made = values.reshape(shape[3], shape[2], *shape[:2]).transpose(2, 3, 1, 0)
    else:
        made = values.reshape(shape)
    return made


def _taken(values: Array, places: Array | None) -> Array:
    return values if places is None else values[places]


class Orders(NamedTuple):
    """Where values after flatten, or before reshape, stand in a file of OIHW, for layers whose order is another.

    Both are by the numbers of layers: of what a layer takes, and of what a fully connected one makes.
    """

    taken: dict[int, Array]
    made: dict[int, Array]

    @classmethod
    def of(cls, stack: StackShape, layout: Layout) -> Orders:
        """The orders of a stack; there are none in a file of HWIO, whose values stand as here."""
        if layout.convolutions == "hwio":
            return cls({}, {})
        found: dict[int, Array] = {}  # the order of a layer's output
        taken: dict[int, Array] = {}
        made: dict[int, Array] = {}
        for number, step in enumerate(stack.layers, start=1):
            sources, name = step.wire.sources, step.layer.name
            source = found.get(sources[0])
            if source is not None:
                taken[number] = source
            if name in VIEWS and isinstance(step.input, Volume) and isinstance(step.output, Vector):
                if (places := _places(step.input)) is not None:
                    found[number] = places
            elif name in (*KEEPING, "flatten", "add") and source is not None:
                found[number] = source
            elif name == "cat" and isinstance(step.output, Vector) and any(one in found for one in sources):
                found[number] = _joined(stack, sources, found)
            elif name == "reshape" and isinstance(step.output, Volume) and isinstance(step.input, Vector):
                _trace(stack, number, _places(step.output), taken, made)
        return cls(taken, made)


def _places(volume: Volume) -> Array | None:
    """Where each value in the order of rows, columns, depth stands in that of depth, rows, columns, if elsewhere."""
    if volume.depth == 1 or volume.rows * volume.columns == 1:
        return None
    places = np.arange(volume.values).reshape(volume.depth, volume.rows, volume.columns)
    there: Array = places.transpose(1, 2, 0).reshape(-1)
    return there


def _joined(stack: StackShape, sources: tuple[int, ...], found: dict[int, Array]) -> Array:
    pieces, start = [], 0
    for source in sources:
        count = (stack.layers[source - 1].output if source else stack.input).values
        pieces.append(start + found.get(source, np.arange(count)))
        start += count
    return np.concatenate(pieces)


def _trace(
    stack: StackShape, number: int, places: Array | None, taken: dict[int, Array], made: dict[int, Array]
) -> None:
    """Hand the order of a volume back to the fully connected layer whose values it is made of."""
    source = stack.layers[number - 1].wire.sources[0]
    while source and places is not None:
        step = stack.layers[source - 1]
        if step.layer.name == "fc":
            made[source] = places
        if step.layer.name not in KEEPING:
            return
        taken[source] = places
        source = step.wire.sources[0]
