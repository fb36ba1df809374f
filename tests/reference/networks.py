"""The slow twin of networks: a graph computed node by node in float64, by definitions written out with NumPy.

Nothing here is shared with the package but the records that say what is to be computed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from cnnkit.data.network.graph import (
    Activate,
    Add,
    Compute,
    Concatenate,
    Convolve,
    ConvolveTransposed,
    Dense,
    Graph,
    Pool,
    Reshape,
    Scale,
)
from tests.reference import pooling

FUNCTIONS: dict[str, Any] = {
    "relu": lambda x: np.where(x < 0, 0, x),
    "clip": lambda x, low, high: np.where(x < low, low, np.where(x > high, high, x)),
    "leakyrelu": lambda x, slope: np.where(x < 0, slope * x, x),
    "elu": lambda x, alpha: np.where(x < 0, alpha * (np.exp(np.minimum(x, 0)) - 1), x),
    "gelu": lambda x: x * special.ndtr(x),
    "silu": lambda x: x * special.expit(x),
    "hardsigmoid": lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1),
    "hardswish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "sigmoid": special.expit,
    "tanh": np.tanh,
}


def evaluate(graph: Graph, image: Any) -> dict[int, Any]:
    """Every value of a graph."""
    values = {0: np.asarray(image, np.float64)}
    for number, node in enumerate(graph.nodes, start=1):
        values[number] = computed(node.operation, [values[value] for value in node.inputs], node.shape)
        assert values[number].shape == node.shape, (node, values[number].shape)
    return values


def computed(operation: Any, given: list[Any], shape: Any) -> Any:  # noqa: PLR0911
    """What an operation makes of its inputs."""
    x = given[0]
    match operation:
        case Convolve(weights, bias, window, padding, groups):
            return convolve(x, weights, bias, window, padding, groups)
        case ConvolveTransposed():
            return transposed(x, operation, shape)
        case Dense(weights, bias):
            return np.einsum("nv,vu->nu", x, weights.astype(np.float64)) + (0 if bias is None else bias)
        case Pool(settings):
            return np.stack([pool(image, dict(settings)) for image in x]).reshape(shape)
        case Scale(factors, offsets):
            return x * factors.astype(np.float64) + offsets
        case Activate(kind, numbers):
            return FUNCTIONS[kind](x, *numbers)
        case Add():
            return given[0] + given[1]
        case Reshape():
            return x.reshape(shape)
        case Concatenate(axis):
            return np.concatenate(given, axis)
        case Compute(_, function):
            return np.asarray(function(*given), np.float64)
    raise NotImplementedError(operation)


def convolve(x: Any, weights: Any, bias: Any, window: Any, padding: Any, groups: int) -> Any:
    """A convolution: for each tap and group, a product of the samples under it and its weights."""
    (down, across), (tall, wide) = window.stride, window.dilation
    top, bottom, left, right = padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    kernel_rows, kernel_columns, depth, kernels = weights.shape
    rows = (padded.shape[1] - tall * (kernel_rows - 1) - 1) // down + 1
    columns = (padded.shape[2] - wide * (kernel_columns - 1) - 1) // across + 1
    total = np.zeros((len(x), rows, columns, kernels))
    for g in range(groups):
        mine = slice(g * kernels // groups, (g + 1) * kernels // groups)
        for a in range(kernel_rows):
            for b in range(kernel_columns):
                seen = padded[:, a * tall :: down, b * wide :: across, g * depth : (g + 1) * depth]
                seen = seen[:, :rows, :columns]
                total[..., mine] += seen @ weights[a, b, :, mine].astype(np.float64)
    return total if bias is None else total + bias


def transposed(x: Any, operation: ConvolveTransposed, shape: Any) -> Any:
    """A transposed convolution: every sample spread over its window, what the padding cuts off left out."""
    weights, window, padding, groups = operation.weights, operation.window, operation.padding, operation.groups
    (down, across), (tall, wide) = window.stride, window.dilation
    kernel_rows, kernel_columns, made, depth = weights.shape
    n, rows, columns, _ = x.shape
    room = np.zeros((n, shape[1] + 2 * 99, shape[2] + 2 * 99, shape[3]))
    top, left = 99 - padding.top, 99 - padding.left
    for g in range(groups):
        taken, given = slice(g * depth // groups, (g + 1) * depth // groups), slice(g * made, (g + 1) * made)
        for a in range(kernel_rows):
            for b in range(kernel_columns):
                spread = x[..., taken] @ weights[a, b, :, taken].T.astype(np.float64)
                y, z = top + a * tall, left + b * wide
                room[:, y : y + down * rows : down, z : z + across * columns : across, given] += spread
    total = room[:, 99 : 99 + shape[1], 99 : 99 + shape[2]]
    return total if operation.bias is None else total + operation.bias


def pool(image: Any, settings: dict[str, Any]) -> Any:
    """A pooling by the slow twin."""
    return pooling.pool(image, **settings)


def assert_close(found: Any, expected: Any, share: float = 2e-5) -> None:
    """Hold a result against the twin's, by a share of the largest."""
    assert found.shape == expected.shape
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    largest = np.nanmax(np.abs(expected), initial=0.0)
    if math.isfinite(largest):
        assert np.nanmax(np.abs(found - expected), initial=0.0) <= share * max(largest, 1e-30)
