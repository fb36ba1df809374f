"""The slow twin of convolution around holes: every window by itself, in exact fractions.

Of the sum over known samples times all weights over those of known samples, numerator and denominator are convolutions
of the twin in `tests.reference.convolution`, over samples and over a mask that knows its padding.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.convolution import Image, constant_of, ends, extended, starts


def convolve_around(
    image: Image,
    holes: npt.NDArray[np.bool_],
    weights: Image,
    *,
    stride: tuple[int, int] = (1, 1),
    padding: Any = "same",
    pad_mode: str = "zero",
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
    bias: Any = 0,
) -> npt.NDArray[np.float64]:
    """Lay weights over (rows, columns, depth) as the twin of convolution does; NaN where there is no result."""
    weights = np.asarray(weights)
    if weights.ndim == 2:
        depth = image.shape[2]
        weights, groups, bias = np.repeat(weights[:, :, None, None], depth, axis=3), depth, np.broadcast_to(bias, depth)
    if weights.ndim == 3:
        weights = weights[..., None]
    sources, first = [], []
    for axis in (0, 1):
        along = image.shape[axis], weights.shape[axis], stride[axis], dilation[axis]
        before, after = ends(padding, axis, *along)
        sources.append(extended(image.shape[axis], before, after, pad_mode))
        first.append(starts(image.shape[axis], before, after, *along[1:]))
    kernels, offsets = weights.shape[3], np.broadcast_to(bias, (weights.shape[3],))
    out = np.full((len(first[0]), len(first[1]), kernels), np.nan)
    for (i, j, k), _ in np.ndenumerate(out):
        products, left, lost = Fraction(0), Fraction(0), 0
        for (a, b, c), weight in np.ndenumerate(weights[..., k]):
            y = sources[0][first[0][i] + a * dilation[0]]
            x = sources[1][first[1][j] + b * dilation[1]]
            channel = k // (kernels // groups) * weights.shape[2] + c
            if y is None or x is None:
                sample = constant_of(pad_mode)
            elif holes[y, x, channel]:
                lost += 1
                continue
            else:
                sample = image[y, x, channel].item()
            products += Fraction(weight.item()) * Fraction(sample)
            left += Fraction(weight.item())
        each = [Fraction(weight) for weight in weights[..., k].ravel().tolist()]
        whole, least = sum(each), sum(map(abs, each)) / 10**9
        if not lost:
            out[i, j, k] = float(products + Fraction(float(offsets[k])))
        elif abs(left) > least and abs(whole) > least:
            out[i, j, k] = float(products * whole / left + Fraction(float(offsets[k])))
    return out
