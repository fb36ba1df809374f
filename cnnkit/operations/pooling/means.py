"""The mean and the p-norm of every window: sums of its samples, or of their powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.arrays import EXACT_FLOAT32, Array, convert, readable, result_type
from cnnkit.operations.pooling.merge import merge
from cnnkit.operations.pooling.windows import Windows, in_parts

MAX_FLOAT32_SAMPLES = 1024
"""Samples in a window up to which a sum in float32 loses no more than its own rounding."""

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


def means(samples: Array, windows: Windows, threads: int | None, dtype: np.dtype[Any] | None = None) -> Array:
    """The mean of each window, in `dtype` or the samples' precision, integers rounded; NaN for a window without any."""
    result = dtype or result_type(samples.dtype, None)
    image = readable(samples)
    number = sum_type(image.dtype, windows)
    is_rounded = result == image.dtype and result.kind == "u"  # by the loop
    is_small = is_rounded and result.itemsize == 1 and windows.largest <= MAX_FLOAT32_SAMPLES
    if result.kind in "ui" and not is_small:
        number = FLOAT64  # so that a mean just below a half stays there
    written = result if is_rounded else _float_type(result)
    image, windows = _sums_of_parts(image, windows, number, threads)
    kind = "rounded average" if is_rounded else "average"
    return convert(merge(kind, image, windows, written, threads, sum_type=number), result)


def sums(samples: Array, windows: Windows, threads: int | None) -> Array:
    """The sum of each window, in float64; 0 for a window without a sample."""
    image, windows = _sums_of_parts(readable(samples), windows.undivided, FLOAT64, threads)
    return merge("average", image, windows, FLOAT64, threads, sum_type=FLOAT64)


def norms(p: float, samples: Array, windows: Windows, threads: int | None, dtype: np.dtype[Any] | None = None) -> Array:
    """The p-th root of the sum of the p-th powers of the magnitudes in each window."""
    result = dtype or result_type(samples.dtype, None)
    out = merge("lp", readable(samples), windows, _float_type(result), threads, sum_type=FLOAT64, power=p)
    return convert(out, result)


def _float_type(result: np.dtype[Any]) -> np.dtype[Any]:
    """The type that results are computed in before they become `result`."""
    return FLOAT64 if result.kind != "f" or result.itemsize == 8 else FLOAT32


def _sums_of_parts(image: Array, windows: Windows, number: np.dtype[Any], threads: int | None) -> tuple[Array, Windows]:
    """Where windows are few and tall, the sums of their parts, and the windows over these; else what is given."""
    parts = in_parts(windows, image.shape[1:3], len(image))
    if parts is None:
        return image, windows
    part_type = sum_type(image.dtype, parts[0]) if image.dtype.kind in "ui" else number
    written = FLOAT64 if part_type.itemsize == 8 else FLOAT32  # exact, as the sums are
    return merge("average", image, parts[0], written, threads, sum_type=part_type), parts[1]


def sum_type(dtype: np.dtype[Any], windows: Windows) -> np.dtype[Any]:
    """The type a mean is summed in: uint16 or float32 where that is exact, or as exact as the image; else float64."""
    if dtype.kind == "f":
        return FLOAT32 if dtype.itemsize == 4 and windows.largest <= MAX_FLOAT32_SAMPLES else FLOAT64
    limits = np.iinfo(dtype)
    largest_sum = max(-int(limits.min), int(limits.max)) * windows.largest
    if dtype == np.uint8 and largest_sum < 2**16:
        return np.dtype(np.uint16)
    return FLOAT32 if largest_sum < EXACT_FLOAT32 else FLOAT64
