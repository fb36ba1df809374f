"""Networks that cnnkit trained, as .safetensors: weights by their layers, and all that is needed to use them.

The metadata has one entry more, a text of JSON: the layers in words, the input, the classes, how inputs were prepared,
and how the training went.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.network.graph import Learned
from cnnkit.data.network.weights import Weights
from cnnkit.errors import CnnkitError, InputError, quoted
from cnnkit.files.network.weights import read_weights
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.stack import stack_shape

ENTRY = "cnnkit"
"""The entry of the metadata."""

STATE = "checkpoint"
"""The entry of a file that holds the state of a training, and no network."""

CURE = "train it again, or take its weights alone: --weights FILE"


class Trained(NamedTuple):
    """A trained network as a file holds it."""

    layers: tuple[str, ...]  # words of the notation
    input: str  # as a word: 28x28x1, or 8000@8000 for a sound
    classes: tuple[str, ...]
    learned: Learned  # by the numbers of layers; 0 for the mean and the deviation of inputs
    preparation: Mapping[str, Any]  # keywords of `read_preparation`
    sound: Mapping[str, Any]  # options for sounds: features, dialect, channel, sample_rate
    training: Mapping[str, Any]  # settings, and what came of them

    @property
    def metadata(self) -> dict[str, str]:
        """What the file says beside its tensors."""
        import json  # not at the start: run has no use for it without such a file

        facts = self._asdict()
        del facts["learned"]
        return {ENTRY: json.dumps(facts, allow_nan=False)}


def read_trained(path: Path) -> Trained:
    """Read a network that cnnkit trained; an InputError if the file is none."""
    found = trained_of(read_weights(path))
    if found is None:
        hint = "give one of cnnkit train, or an .onnx; weights without layers are given by --weights"
        raise InputError("this file has weights, and no layers", hint)
    return found


def trained_of(weights: Weights) -> Trained | None:
    """The network of a file of weights; None if the file does not say that it is one."""
    if STATE in weights.metadata:
        hint = "let cnnkit train write the network: the same line with -o net.safetensors"
        raise InputError("this is the state of a training, and no network", hint)
    text = weights.metadata.get(ENTRY)
    if text is None:
        return None
    import json

    try:
        facts = json.loads(text)
        layers, classes = (tuple(map(_text, facts[name])) for name in ("layers", "classes"))
        if foreign := next((word for word in layers if word[:1] == "@"), ""):
            raise InputError(f"its layers name a file, {quoted(foreign)}", CURE)
        maps = [dict(facts[name]) for name in ("preparation", "sound", "training")]
        return Trained(layers, _text(facts["input"]), classes, _learned(weights), *maps)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError("what the file says of its network cannot be read", CURE) from None


def first_kernels(path: Path) -> Kernel:
    """The kernels of the first convolution of a trained network, with their biases and groups.

    Their weights are (rows, columns, depth / groups, kernels); each channel is a group of its own in a dwconv.
    """
    found = read_trained(path)
    for number, parts in sorted(found.learned.items()):
        weights = parts.get("weights")
        if weights is not None and weights.ndim == 4:
            bias = tuple(parts.get("bias", np.zeros(0)).tolist())
            detects = f"what the first convolution of {path.name} learned"
            return Kernel(weights.astype(np.float64), path.stem, detects, "", bias, _groups(found, number))
    raise InputError("this network has no convolution", "give one whose first layer is a conv")


def _groups(found: Trained, number: int) -> int:
    """Into how many groups a convolution, by the number of its layer, divides the channels of its input."""
    layout = "" if "@" in found.input else "hwc"
    try:
        step = stack_shape(read_stack((found.input, *found.layers), input_layout=layout)).layers[number - 1]
    except (CnnkitError, IndexError):
        raise InputError("what the file says of its layers cannot be read", CURE) from None
    return step.input[-1] if step.layer.name == "dwconv" else step.layer.groups


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _learned(weights: Weights) -> Learned:
    """The parameters by the numbers that their names begin with, as `named` writes them."""
    found: Learned = {}
    for name, tensor in weights.items():
        number, _, rest = name.partition(".")
        values: Array = np.ascontiguousarray(tensor, np.float32)
        if not np.isfinite(values).all():
            raise InputError(f"{name} holds values that are no numbers", CURE)
        found.setdefault(int(number), {})[rest.rpartition(".")[2]] = values
    return found
