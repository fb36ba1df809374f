"""Grey of colours, as one number of a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.errors import SizeError

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey image. Source: ITU-R BT.601, as in Pillow's mode L."""


def grey_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of a grey image from colours of `dtype`."""
    return np.dtype(np.float64 if dtype.itemsize > 2 and dtype != np.float32 else np.float32)


def grey(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The luminance of (..., 3) colours, (..., 1); an image of one channel is grey already.

    >>> grey(np.array([[[255, 0, 0]]], np.uint8)).round(2)
    array([[[76.24]]], dtype=float32)
    """
    depth = samples.shape[-1]
    if depth == 1:
        return samples
    if depth != 3:
        raise SizeError(f"cannot make grey of {depth} channels", hint="use depth sum, or 1 or 3 channels")
    dtype = grey_type(samples.dtype)
    light = arrays.allocate((*samples.shape[:-1], 1), dtype)
    shares = np.array(LUMINANCE, dtype=dtype)
    lines, lights = samples.reshape(-1, *samples.shape[-2:]), light.reshape(-1, samples.shape[-2])
    step = max(arrays.SAMPLES_PER_BLOCK // samples.shape[-2], 1)
    for y in range(0, len(lines), step):  # a whole image in another type would be as large again
        lights[y : y + step] = lines[y : y + step].astype(dtype) @ shares
    return light
