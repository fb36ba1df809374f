"""Parameters of a network that has learned nothing: weights at random, as He and others draw them, or presets.

Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", arXiv:1502.01852: a normal distribution with a standard
deviation of the root of 2 over the values that a sum takes in. Scales are 1, shifts and biases 0.
"""

from __future__ import annotations

import math

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.network.graph import Learned, Parameters, parameter_shapes
from cnnkit.errors import ArgumentError
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.network.stack import StackShape

PRELU_SLOPE = 0.25
_CONSTANTS = {"scale": 1.0, "variance": 1.0, "slope": PRELU_SLOPE}


def random_parameters(stack: StackShape, seed: int = 0, given: Learned | None = None) -> Learned:
    """Parameters for each layer that has some and none `given`; those of a layer depend on the seed and its number."""
    learned: Learned = dict(given or {})
    for number in range(1, len(stack.layers) + 1):
        if number not in learned and (shapes := parameter_shapes(stack, number)):
            learned[number] = _random(
                shapes, seed, number, is_transposed=stack.layers[number - 1].layer.name == "tconv"
            )
    return learned


def _random(shapes: dict[str, tuple[int, ...]], seed: int, number: int, *, is_transposed: bool) -> Parameters:
    made: Parameters = {}
    for name, shape in shapes.items():
        if name != "weights":
            made[name] = np.full(shape, _CONSTANTS.get(name, 0.0), np.float32)
            continue
        fan_in = math.prod(shape[:-1]) if not is_transposed else math.prod(shape[:2]) * shape[3]
        drawn = np.random.default_rng((seed, number)).standard_normal(shape, dtype=np.float32)
        drawn *= np.float32(math.sqrt(2 / fan_in))
        made[name] = drawn
    return made


def preset_parameters(stack: StackShape, number: int, kernels: list[Kernel]) -> Parameters:
    """The parameters of convolution `number` with these kernels and no bias; flat ones lie on every channel.

    An ArgumentError if the layer has no kernels, or as many or such a size as these are not.
    """
    step = stack.layers[number - 1]
    shapes = parameter_shapes(stack, number)
    word = step.word
    if step.layer.name not in ("conv", "dwconv"):
        raise ArgumentError(f"{word} has no kernels to be given", "give kernels to a conv or a dwconv")
    rows, columns, depth, wanted = shapes["weights"]
    grids = [grid for kernel in kernels for grid in _grids(kernel, depth, word)]
    if step.layer.name == "dwconv" and len(grids) == step.layer.multiplier:
        grids *= step.input[-1]
    wrong = next((grid for grid in grids if grid.shape != (rows, columns, depth)), None)
    if wrong is not None:
        given = pair_text(wrong.shape[:2])
        raise ArgumentError(
            f"a kernel of {pair_text(wrong.shape)} does not fit {word}, whose kernels are {rows}x{columns}x{depth}",
            hint=f"write the layer as conv{given}-{wanted}, or give it kernels of {rows}x{columns}",
        )
    if len(grids) != wanted:
        other = f"conv{pair_text((rows, columns))}-{len(grids)}"
        raise ArgumentError(
            f"{word} has {counted(wanted, 'kernel')}, and {len(grids)} are given",
            hint=f"give {wanted}, joined by +, or write the layer as {other}",
        )
    made: Parameters = {"weights": np.stack(grids, axis=3).astype(np.float32)}
    if "bias" in shapes:
        made["bias"] = np.zeros(shapes["bias"], np.float32)
    return made


def _grids(kernel: Kernel, depth: int, word: str) -> list[Array]:
    """The grids of a kernel, each rows x columns x depth."""
    weights = kernel.weights
    if weights.ndim == 2:
        return [np.repeat(weights[:, :, None], depth, axis=2)]
    if weights.ndim == 3:
        return [weights]
    return [weights[..., k] for k in range(weights.shape[3])]
