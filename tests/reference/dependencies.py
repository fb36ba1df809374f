"""What depends on what in a stack: change samples of the input and see, with the real loops, which outputs move."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import cnnkit
from cnnkit.errors import CnnkitError
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.network.layer import LayerShape
from cnnkit.network.shape import Stack, shape

DEPTHS = (1, 2, 4)

Samples = npt.NDArray[Any]


def computed(step: LayerShape, images: Samples, weights: Samples | None = None) -> Samples:
    """One layer of weights above 0, no biases, with the real loops; no output can then hide what it sees."""
    layer, placement = step.layer, step.placement
    assert placement is not None
    setting: dict[str, Any] = {"stride": layer.stride, "dilation": layer.dilation, "padding": placement.padding}
    depth = step.input[-1]
    if layer.name in ("conv", "dwconv", "tconv"):
        groups = depth if layer.name == "dwconv" else layer.groups
        shown, kernels = depth // groups, step.output[-1]
        if isinstance(placement, TransposedPlacement):  # its kernel is that of the convolution turned round
            shown, kernels = kernels // groups, depth
            setting["output_padding"] = placement.output_padding
        if weights is None:
            weights = np.random.default_rng(1).uniform(0.5, 1, (*layer.size, shown, kernels)).astype(np.float32)
        convolve: Any = cnnkit.convolve_transposed if layer.name == "tconv" else cnnkit.convolve
        return convolve(images, weights, groups=groups, **setting)
    kind: Any = "max" if layer.name == "maxpool" else "average"
    return np.nan_to_num(cnnkit.pool(images, layer.size, kind=kind, ceil=layer.ceil, **setting), neginf=0)


def forward(images: Samples, steps: tuple[LayerShape, ...]) -> Samples:
    """All layers, of which only whether values move is kept."""
    outputs = [images]
    for step in steps:
        inputs = [outputs[number] for number in step.wire.sources]
        if step.layer.name == "add":
            result = np.sum(inputs, axis=0)
        elif step.layer.name == "cat":
            result = np.concatenate(inputs, axis=-1)
        elif step.placement is None:  # relu and its like keep what moves
            (result,) = inputs
        else:
            result = computed(step, *inputs)
        outputs.append((result > 0.01).astype(np.float32))  # of interest is whether it moves, not how far
    return outputs[-1]


def dependencies(stack: Stack) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which rows of the output move with which rows of the input, and the same of columns: output x input."""
    rows, columns, depth = stack.input
    images = np.zeros((rows + columns, rows, columns, depth), np.float32)
    images[range(rows), range(rows)] = 1
    images[range(rows, rows + columns), :, range(columns)] = 1
    moved = forward(images, stack.layers).max(axis=-1) > 0
    assert moved.shape[1:] == stack.output[:2]
    return moved[:rows].any(axis=2).T, moved[rows:].any(axis=1).T


def random_stack(seed: int) -> Stack | None:
    """A few layers of every kind with a window, small enough for all their samples to be moved."""
    random = np.random.default_rng(seed)

    def number(least: int, most: int) -> int:
        return int(random.integers(least, most + 1))

    depth = DEPTHS[number(0, 2)]
    words = [f"{number(9, 17)}x{number(9, 17)}x{depth}"]
    for _ in range(number(1, 4)):
        name = ("conv", "tconv", "tconv", "dwconv", "maxpool", "avgpool")[number(0, 5)]
        kernels = DEPTHS[number(0, 2)]
        word = f"{name}{number(1, 4)}x{number(1, 4)}" + (f"-{kernels}" if name in ("conv", "tconv") else "")
        word += f":s{number(1, 3)}x{number(1, 3)}:d{number(1, 3)}x{number(1, 3)}"
        sides = "x".join(str(number(0, 3)) for _ in range(4))
        word += ("", ":same", ":same-lower", ":valid", f":p{sides}")[number(0, 4)]
        if name in ("conv", "tconv") and depth % 2 == kernels % 2 == 0:
            word += ":g2"
        if name == "tconv" and ":p" in word:
            word += f":op{number(0, 1)}x{number(0, 1)}"
        if name == "maxpool" and number(0, 1):
            word += ":ceil"
        words.append(word)
        depth = depth if name.endswith(("pool", "dwconv")) else kernels
    try:
        stack = shape(*words)
    except CnnkitError:
        return None
    sizes = [step.output[0] * step.output[1] for step in stack.layers]
    is_followed = all(axis.is_followed for step in stack.layers for axis in step.field or ())
    return stack if max(sizes) < 6000 and is_followed else None
