"""What layers without weights do to arrays: activations, normalisations, and moving values about.

Images are (n, rows, columns, depth), values (n, values). Nothing is changed in place but an `out` that is given.
Sources: PyTorch's modules of these names, whose constants they take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from cnnkit.arrays import Array

EPSILON = 1e-5
"""Added to variances."""

ERF_SERIES = (0, 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
LRN_SIZE, LRN_ALPHA, LRN_BETA, LRN_K = 5, 1e-4, 0.75, 1.0


def _leaky(x: Array, out: Array, slope: float) -> None:
    low = np.minimum(x, 0)
    low *= x.dtype.type(slope)
    np.maximum(x, 0, out=out)
    out += low


def _elu(x: Array, out: Array, alpha: float) -> None:
    low = np.expm1(np.minimum(x, 0))
    low *= x.dtype.type(alpha)
    np.maximum(x, 0, out=out)
    out += low


def erf(x: Array) -> Array:
    """The error function to 1.5e-7. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26."""
    size = np.abs(x, dtype=np.float64)
    t = 1 / (1 + 0.3275911 * size)
    series = np.polynomial.polynomial.polyval(t, ERF_SERIES)
    found: Array = np.copysign(1 - series * np.exp(-size * size), x).astype(x.dtype)
    return found


def _gelu(x: Array, out: Array) -> None:
    np.multiply(x, 0.5 * (1 + erf(x * x.dtype.type(math.sqrt(0.5)))), out=out)


def _sigmoid(x: Array, out: Array) -> None:
    # Of a tanh, which never overflows.
    np.tanh(x * x.dtype.type(0.5), out=out)
    out *= x.dtype.type(0.5)
    out += x.dtype.type(0.5)


def _silu(x: Array, out: Array) -> None:
    gate = np.empty_like(x)
    _sigmoid(x, gate)
    np.multiply(x, gate, out=out)


def _hard_sigmoid(x: Array, out: Array, alpha: float, beta: float) -> None:
    np.multiply(x, x.dtype.type(alpha), out=out)
    out += x.dtype.type(beta)
    np.clip(out, 0, 1, out=out)


def _hard_swish(x: Array, out: Array) -> None:
    gate = np.empty_like(x)
    _hard_sigmoid(x, gate, 1 / 6, 0.5)
    np.multiply(x, gate, out=out)


ACTIVATIONS: dict[str, Callable[..., object]] = {
    "clip": lambda x, out, low, high: np.clip(x, x.dtype.type(low), x.dtype.type(high), out=out),
    "relu": lambda x, out: np.maximum(x, x.dtype.type(0), out=out),
    "leakyrelu": _leaky,
    "elu": _elu,
    "gelu": _gelu,
    "silu": _silu,
    "hardswish": _hard_swish,
    "hardsigmoid": _hard_sigmoid,
    "sigmoid": _sigmoid,
    "tanh": lambda x, out: np.tanh(x, out=out),
}
"""Functions of each value by itself: (x, out, *numbers); `out` may be x."""


def softmax(x: Array, axis: int = -1) -> Array:
    """Exponentials along an axis, divided by their sum."""
    grown = np.exp(x - x.max(axis=axis, keepdims=True))
    shares: Array = grown / grown.sum(axis=axis, keepdims=True)
    return shares


def prelu(x: Array, slope: Array) -> Array:
    """Values below 0 times the slope of their channel."""
    bent: Array = np.maximum(x, 0) + slope * np.minimum(x, 0)
    return bent


def normalised(x: Array, axes: Sequence[int], epsilon: float = EPSILON) -> Array:
    """Minus the mean, divided by the standard deviation along these axes; summed in float64."""
    wide = x.astype(np.float64)
    mean = wide.mean(axis=tuple(axes), keepdims=True)
    variance = np.square(wide - mean).mean(axis=tuple(axes), keepdims=True)
    scaled: Array = (wide - mean) / np.sqrt(variance + epsilon)
    return scaled.astype(x.dtype)


def normalised_groups(x: Array, groups: int, epsilon: float = EPSILON) -> Array:
    """Normalised over rows, columns and the channels of each group."""
    n, depth = len(x), x.shape[-1]
    split = x.reshape(n, -1, groups, depth // groups)
    return normalised(split, (1, 3), epsilon).reshape(x.shape)


def local_response(
    x: Array, size: int = LRN_SIZE, alpha: float = LRN_ALPHA, beta: float = LRN_BETA, k: float = LRN_K
) -> Array:
    """Divided by a power of the mean square of neighbouring channels, zeros beyond the first and the last.

    Source: Krizhevsky, Sutskever and Hinton, 2012; the mean as in PyTorch and ONNX.
    """
    depth, before = x.shape[-1], (size - 1) // 2
    squares = np.zeros((*x.shape[:-1], depth + size - 1), np.float32)
    squares[..., before : before + depth] = np.square(x)
    total = sum(squares[..., n : n + depth] for n in range(size))
    scaled: Array = x / (k + alpha / size * total) ** beta
    return scaled.astype(x.dtype, copy=False)


def mean_of_maps(x: Array) -> Array:
    """The mean over rows and columns: columns of few samples are summed as they are, then in float64."""
    columns = np.add.reduce(x, axis=1)
    sums: Array = np.add.reduce(columns, axis=1, dtype=np.float64)
    means: Array = (sums / (x.shape[1] * x.shape[2])).astype(x.dtype)
    return means


def padded(x: Array, top: int, bottom: int, left: int, right: int) -> Array:
    """Rows and columns of zeros around an image; below 0 they are cut off."""
    kept: Array = x[:, max(-top, 0) : x.shape[1] - max(-bottom, 0), max(-left, 0) : x.shape[2] - max(-right, 0)]
    widths = ((0, 0), (max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0)), (0, 0))
    return np.pad(kept, widths) if any(map(any, widths)) else kept


def shuffled(x: Array, factor: int) -> Array:
    """Channels moved into rows and columns: channel c f f + i f + j becomes channel c at row i, column j (PyTorch)."""
    n, rows, columns, depth = x.shape
    split = x.reshape(n, rows, columns, depth // factor**2, factor, factor)
    moved: Array = split.transpose(0, 1, 4, 2, 5, 3)
    return moved.reshape(n, rows * factor, columns * factor, depth // factor**2)


def enlarged(x: Array, factors: tuple[int, int], *, is_bilinear: bool = False) -> Array:
    """Each sample repeated, or lines drawn between their centres, by whole factors."""
    for axis, factor in enumerate(factors, start=1):
        if not is_bilinear:
            x = np.repeat(x, factor, axis=axis)
            continue
        places = (np.arange(x.shape[axis] * factor) + 0.5) / factor - 0.5
        x = between(x, axis, places)
    return x


def between(x: Array, axis: int, places: Array) -> Array:
    """The values at `places` along an axis, on lines between samples; beyond the ends, those of the ends."""
    places = np.clip(places, 0, x.shape[axis] - 1)
    first = np.minimum(places.astype(np.int64), max(x.shape[axis] - 2, 0))
    after = np.minimum(first + 1, x.shape[axis] - 1)
    share = (places - first).astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
    low, high = x.take(first, axis=axis), x.take(after, axis=axis)
    drawn: Array = low + (high - low) * share
    return drawn
