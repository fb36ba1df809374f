"""How fast features change from frame to frame: deltas, by a straight line through five frames.

Source: HTK Book 3.4, equation 5.16 with DELTAWINDOW = 2; python_speech_features 0.6 has the same as ``delta``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from cnnkit.arrays import Floats

REACH_FRAMES = 2
"""Frames on either side of a delta."""


def with_deltas(blocks: Iterable[Floats]) -> Iterator[Floats]:
    """Frames of a sound, (frames, orders, columns) some at a time, with the deltas of the last order added.

    A delta is the slope of a column: sum of k (c[t + k] - c[t - k]) over 2 sum of k^2, for k = 1, 2. Beyond the ends,
    the first and the last frame are repeated. Deltas of deltas are the accelerations.

    >>> line = np.arange(6.0).reshape(6, 1, 1)
    >>> [block[:, 1, 0].tolist() for block in with_deltas([line[:4], line[4:]])]
    [[0.5, 0.8], [1.0, 1.0], [0.8, 0.5]]
    """
    held: Floats | None = None
    for block in _edged(blocks):
        held = block if held is None else np.concatenate([held, block])
        if len(held) > 2 * REACH_FRAMES:
            yield np.concatenate([held[REACH_FRAMES:-REACH_FRAMES], _slopes(held[:, -1:])], axis=1)
            held = held[-2 * REACH_FRAMES :]


def _edged(blocks: Iterable[Floats]) -> Iterator[Floats]:
    """The blocks, with the first and the last frame repeated at the ends."""
    last: Floats | None = None
    for block in blocks:
        if last is None:
            yield np.repeat(block[:1], REACH_FRAMES, axis=0)
        yield block
        last = block[-1:] if len(block) else last
    if last is not None:
        yield np.repeat(last, REACH_FRAMES, axis=0)


def _slopes(around: Floats) -> Floats:
    """The slopes of all frames with REACH_FRAMES frames on either side."""
    frames = len(around) - 2 * REACH_FRAMES
    slopes = np.zeros((frames, *around.shape[1:]))
    for k in range(1, REACH_FRAMES + 1):
        after, before = around[REACH_FRAMES + k :][:frames], around[REACH_FRAMES - k :][:frames]
        slopes += k * (after - before)
    slopes /= 2 * sum(k * k for k in range(1, REACH_FRAMES + 1))
    return slopes
