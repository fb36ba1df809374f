"""The slow twin of transposed convolution: every sample is spread over its window, one product at a time.

Nothing here is shared with the package. The full result is laid out with all its edges, and what the padding cuts off
is cut off at the end; ``same`` is told by the convolution that leads back from stride * size results.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference import convolution

Image = npt.NDArray[Any]
Pair = tuple[int, int]


def kept(rule: Any, axis: int, length: int, size: int, stride: int, dilation: int, added: int) -> tuple[int, int]:
    """Where the result begins in all that is spread along one axis, and how long it is.

    >>> kept("valid", 0, 3, 2, 2, 1, 0), kept("same", 0, 3, 3, 1, 1, 0), kept("1x0x0x0", 0, 3, 2, 2, 1, 1)
    ((0, 6), (1, 3), (1, 6))
    """
    if rule in ("same", "same-lower"):
        return convolution.ends(rule, axis, stride * length, size, stride, dilation)[0], stride * length
    before, after = convolution.ends(rule, axis, length, size, stride, dilation)
    last = stride * (length - 1) + dilation * (size - 1)
    return before, last + 1 + added - before - after


def convolve_transposed(
    image: Image,
    weights: Image,
    *,
    stride: Pair = (1, 1),
    padding: Any = "same",
    output_padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
    bias: Any = 0.0,
    flip_kernel: bool = False,
) -> npt.NDArray[np.float64]:
    """Spread an image of (rows, columns, depth).

    Weights of (rows, columns) meet every channel by itself, of (rows, columns, depth) spread one channel over so many,
    and of (rows, columns, depth of the result / groups, depth of the image) spread each channel over those of its
    group. An array of no size where everything is cut off.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if flip_kernel:
        weights = weights[::-1, ::-1]
    if weights.ndim == 2:
        meets = [[(c, weights)] for c in range(image.shape[2])]
        channels = image.shape[2]
    else:
        weights = weights.reshape(*weights.shape[:3], -1)
        inside, kernels = weights.shape[2:]
        meets = [
            [(k // (kernels // groups) * inside + c, weights[:, :, c, k]) for c in range(inside)]
            for k in range(kernels)
        ]
        channels = inside * groups
    (first_row, rows), (first_column, columns) = (
        kept(padding, axis, image.shape[axis], weights.shape[axis], stride[axis], dilation[axis], output_padding[axis])
        for axis in (0, 1)
    )
    if rows < 1 or columns < 1:
        return np.empty((0, 0, channels))
    spread: dict[tuple[int, int, int], float] = {}
    for y, x, k in np.ndindex(*image.shape):
        sample = float(image[y, x, k])
        for channel, grid in meets[k]:
            for (a, b), weight in np.ndenumerate(grid):
                place = y * stride[0] + a * dilation[0], x * stride[1] + b * dilation[1], channel
                spread[place] = spread.get(place, 0.0) + sample * float(weight)
    out = np.zeros((rows, columns, channels))
    for (i, j, channel), total in spread.items():
        if 0 <= i - first_row < rows and 0 <= j - first_column < columns:
            out[i - first_row, j - first_column, channel] = total
    return out + np.asarray(bias, dtype=np.float64)


def magnitude(image: Image, weights: Image, **settings: Any) -> npt.NDArray[np.float64]:
    """The sum of |w| |x| in every result, which the error of a float sum is measured by."""
    settings = {**settings, "bias": np.abs(settings.get("bias", 0.0))}
    return convolve_transposed(np.abs(image.astype(np.float64)), np.abs(weights), **settings)
