"""Features made ready for a network: normalised, with deltas, of a fixed length, in its layout.

Computed in float64 and rounded once, some columns at a time, so that memory beside the result stays small.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.finish import Finish
from cnnkit.errors import ArgumentError
from cnnkit.operations.deltas import deltas
from cnnkit.operations.normalisation import normalise, normalise_sliding

BLOCK = 64
"""Columns computed at a time: each is by itself."""

CMVN = {"utterance": normalise, "sliding": normalise_sliding}

Floats = npt.NDArray[np.float64]


def finish(asked: Finish, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Normalise features, put deltas to them and bring them to a length, as far as each is asked.

    Parameters
    ----------
    asked : Finish
    features : ndarray, (frames, columns, 1)
        Of one sound, or one piece. It is not changed.

    Returns
    -------
    ndarray, (frames, columns, channels)
        As `Finish.made` promises, of the type of the features, or float64 for integers. The features themselves if
        nothing is to be done.

    Raises
    ------
    ArgumentError
        If the features have another number of axes, or several channels.
    SizeError
        If fit is trim and there are fewer frames than the length.
    InputError
        If a column has no variance that is a number.

    Examples
    --------
    >>> ramp = np.arange(4.0).reshape(4, 1, 1)
    >>> finish(Finish(deltas="columns", length=5), ramp)[:, :, 0].round(2).tolist()
    [[0.0, 0.5, 0.09], [1.0, 0.8, 0.03], [2.0, 0.8, -0.03], [3.0, 0.5, -0.09], [0.0, 0.0, 0.0]]
    """
    if features.ndim != 3 or features.shape[2] != 1 or features.size == 0:
        raise ArgumentError(f"features of shape {features.shape} are not frames x columns x 1", hint="finish one sound")
    frames, columns = features.shape[:2]
    shape = asked.made(frames, columns)
    if shape == features.shape and asked.cmvn is None:
        return features
    out = np.empty(shape, dtype=features.dtype if features.dtype.kind == "f" else np.float64)
    orders = out.transpose(0, 2, 1) if asked.deltas == "channels" else out.reshape(shape[0], -1, columns)
    kept = min(frames, shape[0])
    for first in range(0, columns, BLOCK):
        block = slice(first, first + BLOCK)
        values = _normalised(asked, features[:, block, 0].astype(np.float64))
        for order in range(orders.shape[1]):
            values = deltas(values) if order else values
            orders[:kept, order, block] = values[:kept]
    if kept < shape[0]:
        out[kept:] = out[np.arange(kept, shape[0]) % kept] if asked.fit == "loop" else 0
    return out


def lay(asked: Finish, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Put finished features into the layout that is asked.

    Parameters
    ----------
    asked : Finish
    features : ndarray, (frames, columns, channels) or (pieces, frames, columns, channels)

    Returns
    -------
    ndarray
        As `Finish.shape` promises, C-contiguous: the features themselves, or a view of them, if they lie so already.

    Raises
    ------
    ArgumentError
        If the features have another number of axes, or several pieces though no batch is asked.

    Examples
    --------
    >>> lay(Finish(layout="chw"), np.zeros((100, 13, 3))).shape
    (3, 100, 13)
    >>> lay(Finish(layout="chw", segment="3s"), np.zeros((4, 94, 13, 1))).shape
    (4, 1, 94, 13)
    """
    if features.ndim != 3 and (features.ndim != 4 or not asked.has_batch):
        form = "pieces x frames x columns x channels" if asked.has_batch else "frames x columns x channels"
        raise ArgumentError(f"features of shape {features.shape} are not {form}", hint="use layout nhwc or nchw")
    laid = features[np.newaxis] if asked.has_batch and features.ndim == 3 else features
    return np.ascontiguousarray(np.moveaxis(laid, -1, -3) if asked.is_channels_first else laid)


def _normalised(asked: Finish, values: Floats) -> Floats:
    return values if asked.cmvn is None else CMVN[asked.cmvn](values)
