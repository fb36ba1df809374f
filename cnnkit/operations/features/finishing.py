"""Features made ready for a network: normalised, with deltas, of a fixed length, with the axes in its order.

Computed in float64 and rounded once, some frames at a time, so that memory need not grow with the sound. They are cut
into runs of one length first, so no bit depends on how they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.recipes.finish import Finish
from cnnkit.data.rows import Rows, runs
from cnnkit.errors import ArgumentError
from cnnkit.operations.features.deltas import with_deltas
from cnnkit.operations.features.normalisation import Moments, normalised, normalised_sliding

RUN_FRAMES = 600

MAX_CACHED_NUMBERS = 2**23
"""Features that are needed again are cached up to 34 MB, an hour or two of MFCCs; more are computed again."""


def finish_features(finish: Finish, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Normalise features of one sound, (frames, columns, 1), add deltas and bring them to a length.

    They are not changed. The result has their type, or float64 for integers; it is they where nothing is done.

    >>> ramp = np.arange(4.0).reshape(4, 1, 1)
    >>> finish_features(Finish(deltas="columns", length=5), ramp)[:, :, 0].round(2).tolist()
    [[0.0, 0.5, 0.09], [1.0, 0.8, 0.03], [2.0, 0.8, -0.03], [3.0, 0.5, -0.09], [0.0, 0.0, 0.0]]
    """
    if features.ndim != 3 or features.shape[2] != 1 or features.size == 0:
        raise ArgumentError(f"features of shape {features.shape} are not frames x columns x 1", hint="finish one sound")
    rows = Rows.of(features)
    finished = finish_rows(finish, rows)
    return features if finished is rows else finished.array()


def finish_rows(finish: Finish, features: Rows) -> Rows:
    """Normalise features, add deltas and bring them to a length, some frames at a time: the bits of `finish_features`.

    `features` are gone through as often as `passes` says, in the memory of a few blocks.

    What the length leaves out is not even computed. A sound that is repeated to meet it is held in memory.

    >>> ramp = np.arange(4.0).reshape(4, 1, 1)
    >>> rows = finish_rows(Finish(length=5), Rows(ramp.shape, ramp.dtype, lambda: [ramp[:3], ramp[3:]]))
    >>> [block[:, 0, 0].tolist() for block in rows.blocks()]
    [[0.0, 1.0, 2.0, 3.0], [0.0]]
    """
    frames, columns = features.shape[:2]
    shape = finish.segment_shape(frames, columns)
    if shape == features.shape and finish.cmvn is None:
        return features
    dtype = features.dtype if features.dtype.kind == "f" else np.dtype(np.float64)

    def whole() -> Iterator[npt.NDArray[Any]]:
        orders = (run[:, np.newaxis] for run in _normalised(finish, features))
        for block in orders if finish.deltas is None else with_deltas(with_deltas(orders)):
            ordered = block.transpose(0, 2, 1) if finish.deltas == "channels" else block
            yield np.ascontiguousarray(ordered, dtype).reshape(-1, *shape[1:])

    def blocks() -> Iterator[npt.NDArray[Any]]:
        return _of_length(whole(), shape[0], is_repeated=frames < shape[0] and finish.fit == "loop")

    return Rows(shape, dtype, blocks)


def passes(finish: Finish, frames: int, columns: int) -> int:
    """How often `finish_rows` goes through features: twice if their mean is needed and they are too many to cache.

    >>> passes(Finish(cmvn="utterance"), 1000, 13), passes(Finish(cmvn="utterance"), 1000000, 13)
    (1, 2)
    """
    return 2 if finish.cmvn == "utterance" and frames * columns > MAX_CACHED_NUMBERS else 1


def arrange_axes(finish: Finish, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Put the axes of finished features, ([segments,] frames, columns, channels), in the order of the finish's layout.

    The result is C-contiguous: the features themselves, or a view of them, where they have that order already.

    >>> arrange_axes(Finish(layout="chw"), np.zeros((100, 13, 3))).shape
    (3, 100, 13)
    >>> arrange_axes(Finish(layout="chw", segment="3s"), np.zeros((4, 94, 13, 1))).shape
    (4, 1, 94, 13)
    """
    if features.ndim != 3 and (features.ndim != 4 or not finish.has_batch):
        form = "segments x frames x columns x channels" if finish.has_batch else "frames x columns x channels"
        raise ArgumentError(f"features of shape {features.shape} are not {form}", hint="use layout nhwc or nchw")
    batch = features[np.newaxis] if finish.has_batch and features.ndim == 3 else features
    return np.ascontiguousarray(np.moveaxis(batch, -1, -3) if finish.is_channels_first else batch)


def _normalised(finish: Finish, features: Rows) -> Iterator[Floats]:
    def blocks() -> Iterator[npt.NDArray[Any]]:
        return (block.reshape(-1, columns) for block in features.blocks())

    frames, columns = features.shape[:2]
    if finish.cmvn is None:
        return runs(blocks(), RUN_FRAMES)
    if finish.cmvn == "sliding":
        return normalised_sliding(blocks())
    if passes(finish, frames, columns) == 1:
        features = features.gathered()
    return normalised(blocks(), Moments.of(blocks()))


def _of_length(blocks: Iterable[npt.NDArray[Any]], length: int, *, is_repeated: bool) -> Iterator[npt.NDArray[Any]]:
    """The first `length` frames; after the last of `blocks`, the same again and again, or zeros."""

    def endless() -> Iterator[npt.NDArray[Any]]:
        cached = []
        for block in blocks:
            yield block
            if is_repeated:
                cached.append(block)
        yield from cycle(cached or [np.zeros((RUN_FRAMES, *block.shape[1:]), block.dtype)])

    done = 0
    for block in endless():
        part = block[: length - done]
        yield part
        done += len(part)
        if done == length:
            return
