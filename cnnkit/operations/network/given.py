"""Parameters that the caller gives to layers: presets and kernels by name, arrays, or all arrays of a layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.text import kernel
from cnnkit.data.network.graph import Learned, Parameters, parameter_shapes
from cnnkit.errors import ArgumentError, quoted
from cnnkit.geometry.pair import pair_text
from cnnkit.network.layer_number import layer_number, marked
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Volume, Waveform
from cnnkit.operations.network.initial import preset_parameters

PLUS = re.compile(r"(?<!\d[eE])\+")
"""Between kernels; not that of 1e+3."""

NEUTRAL = {"deviation": 1.0, "bias": 0.0, "shift": 0.0, "mean": 0.0, "scale": 1.0, "variance": 1.0}
"""What parameters are that are not given beside the others of their layer."""


def given_parameters(stack: StackShape, weights: Mapping[Any, Any]) -> Learned:
    """The parameters of the layers that `weights` names, by their numbers.

    >>> from cnnkit.network.shape import shape
    >>> stack = shape("5x5x1 conv3-2 relu")
    >>> given_parameters(stack, {"conv3-2": "sobel-x+sobel-y"})[1]["weights"][1, :, 0].tolist()
    [[-2.0, 0.0], [0.0, 0.0], [2.0, 0.0]]
    """
    learned: Learned = {}
    for name, value in weights.items():
        number = layer_number(stack, name)
        if name in marked(stack):
            number = carrier(stack, number)
        shapes = parameter_shapes(stack, number) if number else _of_input(stack)
        if not shapes or (number == 0 and not isinstance(value, Mapping)):
            word = stack.layers[number - 1].word if number else "the input"
            raise ArgumentError(f"{word} has no weights to be given", hint="give them to a conv, fc, bn or the like")
        if number in learned:
            raise ArgumentError(f"weights are given twice for layer {number}", hint="leave one of them out")
        learned[number] = _parameters(stack, number, shapes, value)
    return learned


def _of_input(stack: StackShape) -> dict[str, tuple[int, ...]]:
    """The mean and the deviation by which inputs are standardised, and their shapes."""
    shape = stack.layers[0].output if isinstance(stack.input, Waveform) and stack.layers else stack.input
    depth = shape.depth if isinstance(shape, Volume) else 1
    return {"mean": (depth,), "deviation": (depth,)}


def carrier(stack: StackShape, number: int) -> int:
    """The layer with weights whose values come through to where a mark stands, if there is one; else that layer."""
    place = number
    while place and "weights" not in parameter_shapes(stack, place):
        step = stack.layers[place - 1]
        if len(step.wire.sources) > 1:
            return number
        place = step.wire.sources[0]
    return place or number


def _parameters(stack: StackShape, number: int, shapes: dict[str, tuple[int, ...]], value: Any) -> Parameters:
    if isinstance(value, Mapping):
        return _complete(stack.layers[number - 1].word if number else "the input", shapes, value)
    if isinstance(value, str):
        return preset_parameters(stack, number, [kernel(text.strip()) for text in PLUS.split(value)])
    if isinstance(value, Kernel):
        return preset_parameters(stack, number, [value])
    if isinstance(value, list | tuple) and value and all(isinstance(one, str | Kernel) for one in value):
        return preset_parameters(stack, number, [one if isinstance(one, Kernel) else kernel(one) for one in value])
    array = arrays.real(value, "weights")
    if array.shape == shapes.get("weights") or "weights" not in shapes:
        return _complete(stack.layers[number - 1].word, shapes, {next(iter(shapes)): array})
    if array.ndim in (2, 3) and len(shapes["weights"]) == 4:
        return preset_parameters(stack, number, [kernel(array)])
    raise _wrong_shape(stack.layers[number - 1].word, "weights", array.shape, shapes["weights"])


def _complete(word: str, shapes: dict[str, tuple[int, ...]], values: Mapping[str, Any]) -> Parameters:
    """All parameters of a layer, of their shapes; those that are not given are neutral."""
    made: Parameters = {}
    for name, value in values.items():
        array = arrays.real(value, name).astype(np.float32)
        if name == "epsilon" and array.size == 1 and "variance" in shapes:
            made[name] = array.reshape(())
            continue
        if name not in shapes:
            raise ArgumentError(f"{word} has no {quoted(name)}", hint=f"it has {', '.join(shapes)}")
        if array.shape != shapes[name]:
            raise _wrong_shape(word, name, array.shape, shapes[name])
        made[name] = np.ascontiguousarray(array)
    for name, shape in shapes.items():
        if name not in made:
            if name not in NEUTRAL:
                raise ArgumentError(f"{word} is given without its {name}", hint=f"give {name}, {pair_text(shape)}")
            made[name] = np.full(shape, NEUTRAL[name], np.float32)
    return made


def _wrong_shape(word: str, name: str, given: tuple[int, ...], wanted: tuple[int, ...]) -> ArgumentError:
    axes = {4: "rows x columns x depth / groups x kernels", 2: "values x units"}.get(len(wanted), "")
    return ArgumentError(
        f"the {name} of {word} {'are' if name == 'weights' else 'is'} {pair_text(wanted)}, and {pair_text(given)} "
        f"{'are' if name == 'weights' else 'is'} given",
        hint=f"give {pair_text(wanted)}" + (f": {axes}" if axes else ""),
    )
