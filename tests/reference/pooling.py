"""The slow twin of pooling: for every window, the list of the samples it covers, and what becomes of the list."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.convolution import Pair, ends

Array = npt.NDArray[Any]
Place = tuple[int, int]

KEEPS_TYPE = ("max", "min", "median")
"""Kinds whose results are samples of the image."""


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


def windows(
    length: int, axis: int, size: Pair, stride: Pair, padding: Any, dilation: Pair, *, ceil: bool
) -> tuple[list[list[int]], range]:
    """What every window covers along one axis, and where the padded axis lies; the image's first sample is 0.

    >>> windows(4, 0, (3, 3), (2, 2), "1", (1, 1), ceil=True)
    ([[-1, 0, 1], [1, 2, 3], [3, 4, 5]], range(-1, 5))
    """
    before, after = ends(padding, axis, length, size[axis], stride[axis], dilation[axis])
    begin = starts(length, before, after, size[axis], stride[axis], dilation[axis], ceil=ceil)
    covered = [[start - before + tap * dilation[axis] for tap in range(size[axis])] for start in begin]
    return covered, range(-before, length + after)


def bins(length: int, count: int) -> list[list[int]]:
    """The samples of `count` bins over `length` samples: floor(i L / O) up to, not including, ceil((i + 1) L / O).

    >>> bins(5, 3), bins(2, 3)
    ([[0, 1], [1, 2, 3], [3, 4]], [[0], [0, 1], [1]])
    """
    edges = [(index * length // count, -(-(index + 1) * length // count)) for index in range(count)]
    return [list(range(first, end)) for first, end in edges]


def total(numbers: list[Any]) -> Any:
    """The sum: exact for whole numbers, rounded once for others; NaN where infinities cancel."""
    if {math.inf, -math.inf} <= set(numbers):
        return math.nan
    return math.fsum(numbers) if any(isinstance(number, float) for number in numbers) else sum(numbers)


def outcome(kind: str, held: list[Any], padded: int, p: float, nan: str) -> Any:
    """What becomes of the real samples of one window, which has `padded` places in the image and its padding.

    >>> [outcome(kind, [3, 1, 4, 1], 6, 2, "propagate") for kind in ("max", "min", "median", "average", "counted")]
    [4, 1, 1, 2.25, 1.5]
    """
    kept = [number for number in held if not math.isnan(number)] if nan == "ignore" else held
    if (held and not kept) or any(map(math.isnan, kept)):
        return math.nan
    if kind == "max":
        return max(kept, default=-math.inf)
    if kind == "min":
        return min(kept, default=math.inf)
    if kind == "median":
        return sorted(kept)[(len(kept) - 1) // 2] if kept else math.nan
    if kind == "lp":
        return total([abs(number) ** p for number in kept]) ** (1 / p)
    count = len(kept) if kind == "average" else padded - (len(held) - len(kept))
    return total(kept) / count if count else math.nan


def where(kind: str, held: list[Any], places: list[Place], nan: str) -> Place:
    """The place of the first NaN, or of the first of the largest (smallest) numbers; (-1, -1) where there is none.

    >>> where("max", [3, 7, 7], [(0, 0), (0, 1), (0, 2)], "propagate")
    (0, 1)
    """
    numbers = [number for number in held if not math.isnan(number)]
    if nan == "propagate" and len(numbers) < len(held):
        return next(place for place, number in zip(places, held, strict=True) if math.isnan(number))
    if not numbers:
        return -1, -1
    best = max(numbers) if kind == "max" else min(numbers)
    return next(place for place, number in zip(places, held, strict=True) if number == best)


def as_sample(value: Any, dtype: np.dtype[Any]) -> Any:
    """A result as a sample of `dtype`: what an integer cannot say is its lowest or highest number, or 0 for NaN."""
    if dtype.kind == "f" or not isinstance(value, float):
        return value
    if math.isnan(value):
        return 0
    if dtype.kind == "b":
        return value > 0
    return np.iinfo(dtype).max if value > 0 else np.iinfo(dtype).min


def pool(
    image: Array,
    size: Any = None,
    *,
    stride: Pair | None = None,
    kind: str = "max",
    padding: Any = "valid",
    ceil: bool = False,
    count_padding: bool = False,
    dilation: Pair = (1, 1),
    adaptive: Pair | None = None,
    p: float = 2,
    nan: str = "propagate",
    indices: Any = False,
) -> Any:
    """Pool an image of (rows, columns, depth), or each of a batch: what `outcome` makes of what each window covers.

    Maxima, minima and medians come in the image's type, other kinds in float64. With `indices` a second array tells
    the place of each: (row, column) for "pairs", ONNX's flat number otherwise; -1 where there is no sample.
    """
    if image.ndim == 4:
        settings = {"stride": stride, "kind": kind, "padding": padding, "ceil": ceil, "count_padding": count_padding}
        settings |= {"dilation": dilation, "adaptive": adaptive, "p": p, "nan": nan, "indices": indices}
        found = [pool(one, size, **settings) for one in image]
        if not indices:
            return np.stack(found)
        if indices != "pairs":
            found = [(values, np.where(at < 0, at, at + n * image[0].size)) for n, (values, at) in enumerate(found)]
        return tuple(np.stack(part) for part in zip(*found, strict=True))
    rows, columns, depth = image.shape
    if adaptive is not None:
        covered = [bins(rows, adaptive[0]), bins(columns, adaptive[1])]
        spans = [range(rows), range(columns)]
    else:
        size = (rows, columns) if size == "global" else size
        along = size, size if stride is None else stride, padding, dilation
        both = [windows(length, axis, *along, ceil=ceil) for axis, length in enumerate((rows, columns))]
        covered, spans = [list(part) for part in zip(*both, strict=True)]
    samples = image.tolist()
    kept_type = image.dtype.newbyteorder("=")
    out = np.empty((len(covered[0]), len(covered[1]), depth), kept_type if kind in KEEPS_TYPE else np.float64)
    pairs = np.empty((*out.shape, 2), np.int64)
    for i, ys in enumerate(covered[0]):
        for j, xs in enumerate(covered[1]):
            real = [(y, x) for y in ys for x in xs if 0 <= y < rows and 0 <= x < columns]
            padded = sum(y in spans[0] and x in spans[1] for y in ys for x in xs)
            for c in range(depth):
                held = [samples[y][x][c] for y, x in real]
                value = outcome("counted" if count_padding else kind, held, padded, p, nan)
                out[i, j, c] = as_sample(value, kept_type) if kind in KEEPS_TYPE else value
                if indices:
                    pairs[i, j, c] = where(kind, held, real, nan)
    if not indices:
        return out
    if indices == "pairs":
        return out, pairs
    y, x = pairs[..., 0], pairs[..., 1]
    return out, np.where(y < 0, -1, np.arange(depth) * rows * columns + y * columns + x)


def unpool(pooled: Array, indices: Array, size: Pair) -> Array:
    """Zeros of `size` (rows, columns), but for every value at its index: of an image or of a batch.

    Values go in reading order, so that of several for one place the last stays.
    """
    batch, places = (pooled, indices) if pooled.ndim == 4 else (pooled[None], indices[None])
    count, _, _, depth = batch.shape
    out = np.zeros((count, *size, depth), pooled.dtype)
    for n, i, j, c in np.ndindex(batch.shape):
        if places.ndim == 5:
            y, x = places[n, i, j, c].tolist()
        else:
            flat = int(places[n, i, j, c]) - (0 if places[n, i, j, c] < 0 else (n * depth + c) * size[0] * size[1])
            y, x = (-1, -1) if flat < 0 else divmod(flat, size[1])
        if y >= 0:
            out[n, y, x, c] = batch[n, i, j, c]
    return out if pooled.ndim == 4 else out[0]
