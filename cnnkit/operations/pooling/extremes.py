"""The largest and the smallest sample of every window."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.arrays import Array, comparable
from cnnkit.operations.pooling.merge import merge
from cnnkit.operations.pooling.windows import Windows, in_parts

EXTREMES = ("max", "min")


def extremes(kind: str, samples: Array, windows: Windows, threads: int | None) -> Array:
    """The largest (``max``) or smallest (``min``) sample of each window; `neutral` for a window without any."""
    image = comparable(samples)
    fill = neutral(kind, samples.dtype)
    for some in in_parts(windows, image.shape[1:3], len(image)) or (windows,):
        image = merge(kind, image, some, image.dtype, threads, fill=fill)
    return image.astype(samples.dtype, copy=False)


def neutral(kind: str, dtype: np.dtype[Any]) -> float:
    """The value that changes no maximum, or no minimum: an infinity, or an end of an integer type.

    >>> neutral("max", np.dtype("f4")), neutral("min", np.dtype("u1")), neutral("min", np.dtype(bool))
    (-inf, 255, 1)
    """
    if dtype.kind == "f":
        return -np.inf if kind == "max" else np.inf
    if dtype.kind == "b":
        return int(kind == "min")
    limits = np.iinfo(dtype)
    return int(limits.min if kind == "max" else limits.max)
