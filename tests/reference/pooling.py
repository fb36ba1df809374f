"""The slow twin of pooling: for every window, the list of the samples it covers, and what becomes of the list."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.convolution import Pair, ends


def starts(length: int, before: int, after: int, size: int, stride: int, dilation: int, *, ceil: bool) -> list[int]:
    """Where every window begins, counted from the first padded sample.

    There are floor((P - e) / s) + 1, or with `ceil` the next whole number, if that last window, which hangs over the
    end, begins in the image or the padding before it.

    >>> starts(6, 0, 0, 3, 2, 1, ceil=False), starts(6, 0, 0, 3, 2, 1, ceil=True)
    ([0, 2], [0, 2, 4])
    >>> starts(2, 1, 1, 3, 3, 1, ceil=True)
    [0]
    """
    room = before + length + after - (dilation * (size - 1) + 1)
    count = room // stride + 1
    hangs_over = math.ceil(room / stride) + 1 > count
    if ceil and hangs_over and count * stride < before + length:
        count += 1
    return [index * stride for index in range(count)]


def pool(
    image: npt.NDArray[Any],
    size: Pair,
    *,
    stride: Pair | None = None,
    kind: str = "max",
    padding: Any = "valid",
    ceil: bool = False,
    count_padding: bool = False,
    dilation: Pair = (1, 1),
) -> npt.NDArray[np.float64]:
    """Pool an image of (rows, columns, depth): the maximum, or the mean, of what each window covers.

    A window without a single sample has the maximum minus infinity and the mean NaN.
    """
    rows, columns, depth = image.shape
    stride = size if stride is None else stride
    first, spans = [], []
    for axis, length in enumerate((rows, columns)):
        before, after = ends(padding, axis, length, size[axis], stride[axis], dilation[axis])
        at = starts(length, before, after, size[axis], stride[axis], dilation[axis], ceil=ceil)
        first.append([start - before for start in at])
        spans.append(range(-before, length + after))
    samples = image.tolist()
    out = np.empty((len(first[0]), len(first[1]), depth))
    for i, top in enumerate(first[0]):
        ys = [top + a * dilation[0] for a in range(size[0])]
        for j, left in enumerate(first[1]):
            xs = [left + b * dilation[1] for b in range(size[1])]
            real = [(y, x) for y in ys for x in xs if 0 <= y < rows and 0 <= x < columns]
            padded = [(y, x) for y in ys for x in xs if y in spans[0] and x in spans[1]]
            for c in range(depth):
                held = [float(samples[y][x][c]) for y, x in real]
                if kind == "max":
                    out[i, j, c] = math.nan if any(map(math.isnan, held)) else max(held, default=-math.inf)
                else:
                    count = len(padded) if count_padding else len(real)
                    out[i, j, c] = math.fsum(held) / count if count else math.nan
    return out
