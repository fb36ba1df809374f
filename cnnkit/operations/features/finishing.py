"""Features made ready for a network: normalised, with deltas, of a fixed length, in its layout.

Computed in float64 and rounded once, some frames at a time, so that memory need not grow with the sound. They are cut
into runs of one length first, so no bit depends on how they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.finish import Finish
from cnnkit.data.rows import Rows
from cnnkit.errors import ArgumentError
from cnnkit.operations.features.deltas import with_deltas
from cnnkit.operations.features.normalisation import Moments, normalised, normalised_sliding
from cnnkit.operations.runs import runs

RUN = 600
"""Frames worked on at a time."""

KEPT = 2**23
"""Numbers that are kept until they are needed again, rather than computed again: 34 MB, an hour or two of MFCCs."""

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
    rows = Rows.of(features)
    done = finished(asked, rows)
    return features if done is rows else done.array()


def finished(asked: Finish, features: Rows) -> Rows:
    """The same for features that come some frames at a time, with the memory of a few frames.

    What the length leaves out is not even computed. A sound that is repeated to meet it is kept.

    Parameters
    ----------
    asked : Finish
    features : Rows, (frames, columns, 1)
        Of one sound, or one piece; gone through `passes` times.

    Returns
    -------
    Rows, (frames, columns, channels)
        With the bits of `finish`, however the features are cut. The features themselves if nothing is to be done.

    Raises
    ------
    SizeError
        As `finish`; an InputError is raised by its blocks.

    Examples
    --------
    >>> ramp = np.arange(4.0).reshape(4, 1, 1)
    >>> rows = finished(Finish(length=5), Rows(ramp.shape, ramp.dtype, lambda: [ramp[:3], ramp[3:]]))
    >>> [block[:, 0, 0].tolist() for block in rows.blocks()]
    [[0.0, 1.0, 2.0, 3.0], [0.0]]
    """
    frames, columns = features.shape[:2]
    shape = asked.made(frames, columns)
    if shape == features.shape and asked.cmvn is None:
        return features
    dtype = features.dtype if features.dtype.kind == "f" else np.dtype(np.float64)

    def whole() -> Iterator[npt.NDArray[Any]]:
        orders = (run[:, np.newaxis] for run in _normalised(asked, features))
        for block in orders if asked.deltas is None else with_deltas(with_deltas(orders)):
            behind = block.transpose(0, 2, 1) if asked.deltas == "channels" else block
            yield np.ascontiguousarray(behind, dtype).reshape(-1, *shape[1:])

    def blocks() -> Iterator[npt.NDArray[Any]]:
        return _of_length(whole(), shape[0], is_kept=frames < shape[0] and asked.fit == "loop")

    return Rows(shape, dtype, blocks)


def passes(asked: Finish, frames: int, columns: int) -> int:
    """How often `finished` goes through features: twice if their mean is needed and they are too many to keep.

    >>> passes(Finish(cmvn="utterance"), 1000, 13), passes(Finish(cmvn="utterance"), 1000000, 13)
    (1, 2)
    """
    return 2 if asked.cmvn == "utterance" and frames * columns > KEPT else 1


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


def _normalised(asked: Finish, features: Rows) -> Iterator[Floats]:
    def blocks() -> Iterator[npt.NDArray[Any]]:
        return (block.reshape(-1, columns) for block in features.blocks())

    frames, columns = features.shape[:2]
    if asked.cmvn is None:
        return runs(blocks(), RUN)
    if asked.cmvn == "sliding":
        return normalised_sliding(blocks())
    if passes(asked, frames, columns) == 1:
        features = features.gathered()
    return normalised(blocks(), Moments.of(blocks()))


def _of_length(blocks: Iterable[npt.NDArray[Any]], length: int, *, is_kept: bool) -> Iterator[npt.NDArray[Any]]:
    """So many frames: what follows the last one are those that were kept, again and again, or zeros."""

    def endless() -> Iterator[npt.NDArray[Any]]:
        kept = []
        for block in blocks:
            yield block
            if is_kept:
                kept.append(block)
        yield from cycle(kept or [np.zeros((RUN, *block.shape[1:]), block.dtype)])

    done = 0
    for block in endless():
        part = block[: length - done]
        yield part
        done += len(part)
        if done == length:
            return
