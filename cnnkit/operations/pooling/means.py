"""The mean and the p-norm of every window: sums of what it holds, or of its powers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import readable
from cnnkit.operations.pooling.merge import Windows, in_parts, merge

Array = npt.NDArray[Any]

MANY = 1024
"""Samples in a window from which on a sum in float32 loses more than its own rounding."""


def mean(samples: Array, windows: Windows, threads: int | None, kind: np.dtype[Any] | None = None) -> Array:
    """The mean of each window, of `kind`, or in the precision of the samples; NaN for a window without any.

    Whole numbers are rounded half away from zero.
    """
    wanted = kind or arrays.result_type(samples.dtype, None)
    image = readable(samples)
    number = sum_type(image.dtype, windows)
    is_rounded = wanted == image.dtype and wanted.kind == "u"
    if wanted.kind in "ui" and not (is_rounded and wanted.itemsize == 1 and windows.largest <= MANY):
        number = np.dtype(np.float64)  # so that a mean just below a half stays there
    floats = np.dtype(np.float64 if wanted.kind == "f" and wanted.itemsize == 8 else np.float32)
    written = wanted if is_rounded else np.dtype(np.float64) if wanted.kind in "ui" else floats
    image, windows = _first_sums(image, windows, number, threads)
    out = arrays.allocate((len(image), *windows.output, image.shape[3]), written)
    merge("rounded average" if is_rounded else "average", image, windows, out, threads, fill=0, sum_type=number)
    return arrays.convert(out, wanted)


def sums(samples: Array, windows: Windows, threads: int | None) -> Array:
    """The sum of each window, in float64; 0 for a window without a sample."""
    number = np.dtype(np.float64)
    image, rest = _first_sums(readable(samples), windows.undivided, number, threads)
    out = arrays.allocate((len(image), *rest.output, image.shape[3]), number)
    merge("average", image, rest, out, threads, fill=0, sum_type=number)
    return out


def norm(p: float, samples: Array, windows: Windows, threads: int | None, kind: np.dtype[Any] | None = None) -> Array:
    """The p-th root of the sum of the p-th powers of the magnitudes in each window."""
    wanted = kind or arrays.result_type(samples.dtype, None)
    image = readable(samples)
    is_double = wanted.kind != "f" or wanted.itemsize == 8
    out = arrays.allocate(
        (len(image), *windows.output, image.shape[3]), np.dtype(np.float64 if is_double else np.float32)
    )
    merge("lp", image, windows, out, threads, fill=0, sum_type=np.dtype(np.float64), power=p)
    return arrays.convert(out, wanted)


def _first_sums(image: Array, windows: Windows, number: np.dtype[Any], threads: int | None) -> tuple[Array, Windows]:
    """Where windows are few and tall, the sums of their parts, and the windows that are left to be summed."""
    parts = in_parts(windows, image.shape[1:3], len(image))
    if parts is None:
        return image, windows
    part_type = sum_type(image.dtype, parts[0]) if image.dtype.kind in "ui" else number
    written = np.dtype(np.float64 if part_type.itemsize == 8 else np.float32)  # exact, as the sums are
    partial = arrays.allocate((len(image), *parts[0].output, image.shape[3]), written)
    merge("average", image, parts[0], partial, threads, fill=0, sum_type=part_type)
    return partial, parts[1]


def sum_type(kind: np.dtype[Any], windows: Windows) -> np.dtype[Any]:
    """The type a mean is summed in: uint16 or float32 where that is exact, or as exact as the image; else float64."""
    most = windows.largest
    if kind.kind == "f":
        return np.dtype(np.float32 if kind.itemsize == 4 and most <= MANY else np.float64)
    largest = max(abs(int(np.iinfo(kind).min)), int(np.iinfo(kind).max))
    if kind == np.uint8 and largest * most < 2**16:
        return np.dtype(np.uint16)
    is_exact = largest * most < arrays.EXACT_FLOAT32
    return np.dtype(np.float32 if is_exact else np.float64)
