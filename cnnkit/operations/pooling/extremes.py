"""The largest and the smallest of every window."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.operations.pooling.merge import Windows, in_parts, merge

Array = npt.NDArray[Any]

EXTREMES = ("max", "min")


def run(kind: str, samples: Array, windows: Windows, threads: int | None) -> Array:
    """The largest (``max``) or smallest (``min``) sample of each window, in the type of the samples.

    A window without a sample has what is beyond all: an infinity, or the end of an integer type.
    """
    image = arrays.comparable(samples)
    fill = neutral(kind, image.dtype) if samples.dtype.kind != "b" else int(kind == "min")
    parts = in_parts(windows, image.shape[1:3], len(image))
    for some in parts or (windows,):
        out = arrays.allocate((len(image), *some.output, image.shape[3]), image.dtype)
        merge(kind, image, some, out, threads, fill=fill)
        image = out
    return image.astype(samples.dtype, copy=False)


def neutral(kind: str, dtype: np.dtype[Any]) -> float:
    """What no sample is beyond: it changes no largest, or no smallest.

    >>> neutral("max", np.dtype("f4")), neutral("min", np.dtype("u1"))
    (-inf, 255)
    """
    if dtype.kind == "f":
        return -np.inf if kind == "max" else np.inf
    limits = np.iinfo(dtype)
    return int(limits.min if kind == "max" else limits.max)
