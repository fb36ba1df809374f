"""The graph of a stack of layers: each layer as one operation, or a few."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import (
    Activate,
    Add,
    Compute,
    Concatenate,
    Convolve,
    ConvolveTransposed,
    Dense,
    Graph,
    Learned,
    Network,
    Node,
    Operation,
    Parameters,
    Pool,
    Reshape,
    Scale,
)
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.network.layer import LayerShape
from cnnkit.network.rearrangement import border
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Vector, Volume, Waveform
from cnnkit.operations.network import functions

LEAKY_SLOPE = 0.01
NUMBERS: dict[str, tuple[float, ...]] = {"leakyrelu": (LEAKY_SLOPE,), "elu": (1.0,)}


def network(stack: StackShape, learned: Learned) -> Network:
    """The network of a stack whose layers have these parameters, for ``stack.batch`` inputs at once.

    `learned` has an entry for each layer that has parameters, of the shapes that `parameter_shapes` says.
    """
    nodes: list[Node] = []
    values = [0]
    hears = isinstance(stack.input, Waveform)
    if 0 in learned and not hears:
        nodes.append(Node(standardising(learned[0]), (0,), _shape(stack.input, stack.batch), "input"))
        values = [1]
    for number, step in enumerate(stack.layers, start=1):
        sources = tuple(values[source] for source in step.wire.sources)
        operation = _operation(step, learned.get(number, {}))
        if operation is None:
            values.append(sources[0])
            continue
        nodes.append(Node(operation, sources, _shape(step.output, stack.batch), step.word))
        if number == 1 and 0 in learned and hears:
            nodes.append(Node(standardising(learned[0]), (len(nodes),), _shape(step.output, stack.batch), "input"))
        values.append(len(nodes))
    return Network(stack, Graph(_shape(stack.input, stack.batch), tuple(nodes), values[-1]), tuple(values))


def _shape(shape: Volume | Vector | Waveform, batch: int) -> tuple[int, ...]:
    return (batch, shape.samples) if isinstance(shape, Waveform) else (batch, *shape)


def folded(parameters: Parameters) -> Scale:
    """Batch normalisation with the statistics of training as a factor and an offset for each channel."""
    wide = {name: np.asarray(value, np.float64) for name, value in parameters.items()}
    epsilon = wide.get("epsilon", functions.EPSILON)
    factors = wide["scale"] / np.sqrt(wide["variance"] + epsilon)
    offsets = wide["shift"] - wide["mean"] * factors
    return Scale(factors.astype(np.float32), offsets.astype(np.float32))


def standardising(measured: Parameters) -> Scale:
    """Each channel less its mean, divided by its deviation."""
    mean, deviation = (np.asarray(measured[name], np.float64) for name in ("mean", "deviation"))
    return Scale((1 / deviation).astype(np.float32), (-mean / deviation).astype(np.float32))


def _operation(step: LayerShape, learned: Parameters) -> Operation | None:
    """What a layer does; None for one that changes nothing."""
    layer, name = step.layer, step.layer.name
    if name == "dropout" or (name == "flatten" and isinstance(step.input, Vector)):
        return None
    if name in functions.ACTIVATIONS:
        return Activate(name, NUMBERS.get(name, ()))
    if name == "add" and len(step.joined) > 2:
        return Compute(name, _sum, is_by_image=True)
    if name in _FIRST_CLASS:
        return _FIRST_CLASS[name](step, learned)
    return Compute(layer.name, _COMPUTED[name](step, learned), is_by_image=True)


def _convolution(step: LayerShape, learned: Parameters) -> Operation:
    layer, placement = step.layer, step.placement
    assert placement is not None
    groups = step.input[-1] if layer.name == "dwconv" else layer.groups
    how = learned["weights"], learned.get("bias"), placement.window, placement.padding
    if isinstance(placement, TransposedPlacement):
        return ConvolveTransposed(*how, placement.output_padding, groups)
    return Convolve(*how, groups)


def pool(step: LayerShape, _: Parameters | None = None) -> Pool:
    """The pooling of a layer."""
    layer = step.layer
    kind = "average" if layer.name.startswith("avgpool") else "max"
    if layer.name.endswith("-to"):
        return Pool((("kind", kind), ("adaptive", layer.size)))
    padding = step.placement.padding if step.placement is not None else Padding(0, 0, 0, 0)
    settings = {"kind": kind, "size": layer.size, "stride": layer.stride, "dilation": layer.dilation}
    return Pool((*settings.items(), ("padding", padding), ("ceil", layer.ceil)))


_FIRST_CLASS: dict[str, Callable[[LayerShape, Parameters], Operation]] = {
    **dict.fromkeys(("conv", "dwconv", "tconv"), _convolution),
    "fc": lambda step, learned: Dense(learned["weights"], learned.get("bias")),
    "bn": lambda step, learned: folded(learned),
    **dict.fromkeys(("maxpool", "avgpool", "maxpool-to", "avgpool-to"), pool),
    "gap": lambda step, _: Pool((("kind", "average"), ("adaptive", (1, 1)))),
    "gmp": lambda step, _: Pool((("kind", "max"), ("adaptive", (1, 1)))),
    "flatten": lambda step, _: Reshape(),
    "reshape": lambda step, _: Reshape(),
    "cat": lambda step, _: Concatenate(),
    "add": lambda step, _: Add(),
}
"""The operation of each layer that the steps of a program know; learned parameters are by their names."""


def _sum(*arrays: Array) -> Array:
    total = arrays[0] + arrays[1]
    for array in arrays[2:]:
        total += array
    return total


def _scaled(x: Array, normalise: Callable[[Array], Array], learned: Parameters) -> Array:
    return normalise(x) * learned["scale"] + learned["shift"]


def _heard(step: LayerShape, _: Parameters) -> Callable[..., Array]:
    """Features of a sound by the layer's own recipe."""
    from cnnkit.operations.features.features import features

    layer, rate = step.layer, step.input.rate  # type: ignore[union-attr]
    settings: dict[str, Any] = {}
    if layer.name != "waveform":
        settings = {
            "framing": layer.framing,
            "hop_length": layer.hop_length,
            "frame_length": layer.frame_length,
            "n_fft": step.layer.n_fft,
        }
        if layer.count:
            settings["n_mfcc" if layer.name == "mfcc" else "n_mels"] = layer.count
    return lambda x: np.stack([features(sound, rate, layer.name, **settings) for sound in x])


_COMPUTED: dict[str, Callable[[LayerShape, Parameters], Callable[..., Array]]] = {
    "softmax": lambda step, _: functions.softmax,
    "prelu": lambda step, learned: partial(functions.prelu, slope=learned["slope"]),
    "layernorm": lambda step, learned: partial(
        _scaled, normalise=partial(functions.normalised, axes=(-1,)), learned=learned
    ),
    "groupnorm": lambda step, learned: partial(
        _scaled, normalise=partial(functions.normalised_groups, groups=step.layer.count), learned=learned
    ),
    "instancenorm": lambda step, _: partial(functions.normalised, axes=(1, 2)),
    "lrn": lambda step, _: functions.local_response,
    "pad": lambda step, _: partial(functions.padded, **border(step.layer)._asdict()),
    "crop": lambda step, _: partial(functions.padded, **border(step.layer)._asdict()),
    "upsample": lambda step, _: partial(
        functions.enlarged, factors=step.layer.size, is_bilinear=step.layer.mode == "bilinear"
    ),
    "shuffle": lambda step, _: partial(functions.shuffled, factor=step.layer.count),
    **dict.fromkeys(("waveform", "spectrogram", "mel", "logmel", "mfcc"), _heard),
}
"""For each other layer, the function that it is."""
