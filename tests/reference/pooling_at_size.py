"""Pooling of images too large for the slow twin: for every row of results, all of its windows as one NumPy array.

Where windows land is the slow twin's answer; what becomes of their samples is NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.convolution import Pair
from tests.reference.pooling import KEEPS_TYPE, as_sample, windows

Array = npt.NDArray[Any]


def extremes(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """The lowest and the highest number of a type, infinities for floats.

    >>> extremes(np.dtype("u1")), extremes(np.dtype("f4"))
    ((0, 255), (-inf, inf))
    """
    return as_sample(-np.inf, dtype), as_sample(np.inf, dtype)


def outcomes(kind: str, block: Array, is_real: Array, padded: Array, p: float, nan: str) -> Array:
    """What becomes of windows, (windows, samples, depth), of whose samples some are real and `padded` are counted."""
    is_nan = np.isnan(block) & is_real[..., None]
    kept = is_real[..., None] & ~is_nan if nan == "ignore" else is_real[..., None] & np.ones_like(is_nan)
    count = kept.sum(axis=1)
    lowest, highest = extremes(block.dtype)
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "max":
            out = np.where(kept, block, lowest).max(axis=1)
        elif kind == "min":
            out = np.where(kept, block, highest).min(axis=1)
        elif kind == "median":
            ranked = np.sort(np.where(kept, block, highest), axis=1)  # what is left out stands last
            middle = np.maximum(count - 1, 0)[:, None, :] // 2
            nothing = np.array(as_sample(np.nan, block.dtype), block.dtype)
            out = np.where(count > 0, np.take_along_axis(ranked, middle, axis=1)[:, 0], nothing)
        elif kind == "lp":
            out = (np.abs(np.where(kept, block, 0).astype(np.float64)) ** p).sum(axis=1) ** (1 / p)
        else:
            left_out = (is_real[..., None] & ~kept).sum(axis=1)
            divisor = count if kind == "average" else padded[:, None] - left_out
            out = np.where(kept, block, 0).astype(np.float64).sum(axis=1) / divisor
    if block.dtype.kind == "f":
        lost = is_nan.all(axis=1, where=is_real[..., None]) & is_real.any(axis=1)[:, None]
        out = np.where(lost | (is_nan.any(axis=1) & (nan == "propagate")), np.nan, out).astype(out.dtype)
    return out


def first_places(kind: str, block: Array, is_real: Array, nan: str) -> Array:
    """Which sample of each window is the first NaN, or the first of the best; -1 where there is none."""
    is_nan = np.isnan(block) & is_real[..., None]
    kept = is_real[..., None] & ~is_nan
    lowest, highest = extremes(block.dtype)
    if kind == "max":
        best = np.where(kept, block, lowest).max(axis=1, keepdims=True)
    else:
        best = np.where(kept, block, highest).min(axis=1, keepdims=True)
    is_best = kept & (block == best)
    if nan == "propagate":
        is_best = np.where(is_nan.any(axis=1, keepdims=True), is_nan, is_best)
    return np.where(is_best.any(axis=1), is_best.argmax(axis=1), -1)


def pool(
    image: Array,
    size: Pair,
    *,
    stride: Pair | None = None,
    kind: str = "max",
    padding: Any = "valid",
    ceil: bool = False,
    count_padding: bool = False,
    dilation: Pair = (1, 1),
    p: float = 2,
    nan: str = "propagate",
    indices: Any = False,
) -> Any:
    """Pool an image of (rows, columns, depth), or each of a batch, as the slow twin does; `indices` come as pairs."""
    if image.ndim == 4:
        settings = {"stride": stride, "kind": kind, "padding": padding, "ceil": ceil, "count_padding": count_padding}
        settings |= {"dilation": dilation, "p": p, "nan": nan, "indices": indices}
        found = [pool(one, size, **settings) for one in image]
        return tuple(np.stack(part) for part in zip(*found, strict=True)) if indices else np.stack(found)
    along = size, size if stride is None else stride, padding, dilation
    both = [windows(image.shape[axis], axis, *along, ceil=ceil) for axis in (0, 1)]
    ys, xs = (np.array(covered) for covered, _ in both)
    is_y, is_x = ((at >= 0) & (at < length) for at, length in zip((ys, xs), image.shape, strict=False))
    in_y, in_x = ((at >= span.start) & (at < span.stop) for at, (_, span) in zip((ys, xs), both, strict=True))
    depth, count = image.shape[2], len(xs)
    out = np.empty((len(ys), count, depth), image.dtype if kind in KEEPS_TYPE else np.float64)
    pairs = np.empty((len(ys), count, depth, 2), np.int64)
    for i, y in enumerate(ys):
        rows = image[y.clip(0, image.shape[0] - 1)]
        block = rows[:, xs.clip(0, image.shape[1] - 1)].swapaxes(0, 1).reshape(count, -1, depth)
        is_real = (is_y[i][None, :, None] & is_x[:, None, :]).reshape(count, -1)
        padded = in_y[i].sum() * in_x.sum(axis=1)
        out[i] = outcomes("counted" if count_padding else kind, block, is_real, padded, p, nan)
        if indices:
            first = first_places(kind, block, is_real, nan)
            column = np.take_along_axis(xs, first % size[1], axis=1)
            pairs[i] = np.where((first < 0)[..., None], -1, np.stack([y[first // size[1]], column], axis=-1))
    return (out, pairs) if indices else out
