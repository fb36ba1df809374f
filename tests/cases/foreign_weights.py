"""A stack's parameters as PyTorch and Keras would save them: names, orders of axes and of values after flatten.

Written from the frameworks' documents, value by value where that is clearer, and without the code that reads them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.network.graph import Learned
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Volume

Tensors = dict[str, npt.NDArray[Any]]
TORCH_PARTS = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}
KERAS_PARTS = {"scale": "gamma", "shift": "beta", "mean": "moving_mean", "variance": "moving_variance"}


def as_torch(stack: StackShape, learned: Learned) -> Tensors:
    """A state dict of an nn.Sequential with these layers."""
    made: Tensors = {}
    for number, parts in learned.items():
        step = stack.layers[number - 1]
        name = step.layer.name
        for part, values in parts.items():
            word = TORCH_PARTS.get(part, "weight" if part in ("weights", "slope") else "bias")
            saved = values
            if part == "weights":
                is_kernel = values.ndim == 4
                saved = np.einsum("abck->kcab", values) if is_kernel else _depth_first(stack, number, values).T
            made[f"{number - 1}.{word}"] = np.ascontiguousarray(saved)
        if name == "bn":
            made[f"{number - 1}.num_batches_tracked"] = np.array(3, np.int64)
    return made


def _depth_first(stack: StackShape, number: int, weights: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The rows of a fully connected layer in the order of a volume's values as PyTorch flattens it."""
    before = stack.layers[number - 2] if number > 1 else None
    if before is None or before.layer.name != "flatten" or not isinstance(before.input, Volume):
        return weights
    rows, columns, depth = before.input
    order = [(y * columns + x) * depth + c for c in range(depth) for y in range(rows) for x in range(columns)]
    return weights[order]


def as_keras(stack: StackShape, learned: Learned) -> Tensors:
    """The variables of a Sequential model with these layers, by their paths."""
    made: Tensors = {}
    for number, parts in learned.items():
        step = stack.layers[number - 1]
        title = f"{step.layer.name}_{number}"
        for part, values in parts.items():
            word = KERAS_PARTS.get(part, {"weights": "kernel", "slope": "alpha"}.get(part, part))
            if step.layer.name == "dwconv" and part == "weights":
                made[f"{title}/depthwise_kernel"] = values.reshape(*step.layer.size, step.input[-1], -1)
            else:
                made[f"{title}/{word}"] = values
    return made
