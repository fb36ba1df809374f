"""Features made ready for a network: normalised, with deltas, of a fixed length or cut, with the axes in its order.

Computed in float64 and rounded once, some frames at a time, so that memory need not grow with the sound. They are cut
into runs of one length first, so no bit depends on how they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, cycle
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.recipes.finish import ORDERS, Cut, Finish, SoundPlan
from cnnkit.data.rows import Rows, runs
from cnnkit.operations.features.deltas import with_deltas
from cnnkit.operations.features.normalisation import Moments, normalised, normalised_sliding

RUN_FRAMES = 600

MAX_CACHED_NUMBERS = 2**23
"""Features that are needed again are cached up to 34 MB, an hour or two of MFCCs; more are computed again."""


def finish_rows(finish: Finish, channels: Sequence[Rows], silence: Callable[[], npt.NDArray[Any]]) -> Rows:
    """Normalise the features of each channel, (frames, columns, 1), add deltas, stack them and bring them to a length.

    They are gone through as often as `passes` says, some frames at a time, in the memory of a few blocks; what the
    length leaves out is not even computed. A sound that is repeated to meet it is held in memory. `silence` gives the
    features of a frame of zeros, (columns,), and is called only where they are needed.

    Segments of frames follow one another in the rows: (frames of all, columns, depth). The result has the type of the
    features, or float64 for integers; it is they where nothing is done.

    >>> ramp = np.arange(4.0).reshape(4, 1, 1)
    >>> features = Rows(ramp.shape, ramp.dtype, lambda: [ramp[:3], ramp[3:]])
    >>> rows = finish_rows(Finish(length=5), [features], lambda: np.zeros(1))
    >>> [block[:, 0, 0].tolist() for block in rows.blocks()]
    [[0.0, 1.0, 2.0, 3.0], [0.0]]
    """
    features = channels[0]
    frames, columns = features.shape[:2]
    sides, windows = finish.sides(frames, columns, len(channels)), finish.windows(frames)
    shape = (windows.count * windows.size, *sides[1:])
    if shape == features.shape and windows.count == 1 and finish.cmvn is None:
        return features
    dtype = features.dtype if features.dtype.kind == "f" else np.dtype(np.float64)

    def missing() -> Floats:
        row = np.zeros((1, len(ORDERS) if finish.deltas else 1, len(channels), columns))
        if isinstance(finish.pad_value, float):
            row += finish.pad_value
        elif finish.cmvn is None:
            row[0, 0] = silence()
        return _in_columns_and_depth(finish, row)

    def whole() -> Iterator[Floats]:
        orders = (_orders(finish, channel) for channel in channels)
        return (_in_columns_and_depth(finish, np.stack(parts, axis=2)) for parts in zip(*orders, strict=True))

    def blocks() -> Iterator[npt.NDArray[Any]]:
        for block in _cut(whole(), windows, None if finish.fit == "loop" else missing):
            yield np.ascontiguousarray(block, dtype)

    return Rows(shape, dtype, blocks)


def arrange_axes(plan: SoundPlan, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Put the axes of finished features, (segments, frames, columns, depth), in the order of the layout.

    The result is C-contiguous: the features themselves, or a view of them, where they have that order already.
    """
    left_out = [axis for axis in range(features.ndim) if axis not in plan.axes]  # of 1
    return np.ascontiguousarray(features.transpose(*left_out, *plan.axes).reshape(plan.shape))


def passes(finish: Finish, frames: int, columns: int) -> int:
    """How often `finish_rows` goes through features: twice if their mean is needed and they are too many to cache.

    >>> passes(Finish(cmvn="utterance"), 1000, 13), passes(Finish(cmvn="utterance"), 1000000, 13)
    (1, 2)
    """
    return 2 if _is_utterance(finish) and frames * columns > MAX_CACHED_NUMBERS else 1


def _is_utterance(finish: Finish) -> bool:
    return finish.cmvn is not None and finish.cmvn.startswith("utterance")


def _normalised(finish: Finish, features: Rows) -> Iterator[Floats]:
    def blocks() -> Iterator[npt.NDArray[Any]]:
        return (block.reshape(-1, columns) for block in features.blocks())

    frames, columns = features.shape[:2]
    if finish.cmvn is None:
        return runs(blocks(), RUN_FRAMES)
    mean_only = finish.cmvn.endswith("-mean")
    if not _is_utterance(finish):
        return normalised_sliding(blocks(), mean_only=mean_only)
    if passes(finish, frames, columns) == 1:
        features = features.gathered()
    return normalised(blocks(), Moments.of(blocks(), mean_only=mean_only))


def _orders(finish: Finish, features: Rows) -> Iterator[Floats]:
    """The frames of a channel: (frames, orders, columns)."""
    orders = (run[:, np.newaxis] for run in _normalised(finish, features))
    return orders if finish.deltas is None else with_deltas(orders, finish.delta_kind, finish.width)


def _in_columns_and_depth(finish: Finish, orders: Floats) -> Floats:
    """(frames, orders, channels, columns) as (frames, columns, depth): the values of all channels, then their deltas.

    Deltas as columns follow the columns, those as channels the channels.
    """
    frames, count, channels, columns = orders.shape
    if finish.deltas == "columns":
        return np.reshape(orders.transpose(0, 1, 3, 2), (frames, count * columns, channels))
    return np.reshape(orders.transpose(0, 3, 1, 2), (frames, columns, count * channels))


def _cut(blocks: Iterable[Floats], windows: Cut, missing: Callable[[], Floats] | None) -> Iterator[Floats]:
    """The frames of each window in turn; beyond the last frame, the row `missing`, or the window's own frames again."""
    source = iter(blocks)
    behind: list[Floats] = []  # what the next window begins with
    for number in range(windows.count):
        before, behind, own, done = iter(behind), [], [], 0
        for block in chain(before, source):
            part = block[: windows.size - done]
            yield part
            if missing is None:
                own.append(part)
            if number + 1 < windows.count and done + len(block) > windows.step:
                behind.append(block[max(windows.step - done, 0) :])
            done += len(part)
            if done == windows.size:
                break
        behind += before
        if done < windows.size:
            for block in cycle(own) if missing is None else cycle([np.repeat(missing(), RUN_FRAMES, axis=0)]):
                yield block[: windows.size - done]
                done += len(block)
                if done >= windows.size:
                    break
