"""How fast features change from frame to frame, and how fast that changes: deltas and the deltas of those.

``htk``: the slope of a straight line through the frames around each; beyond the ends, the first and the last frame are
repeated. The second are deltas of the first. ``librosa``: the slope of a line, and twice the square term of a parabola,
through the same frames; at the ends, of the first and the last frames that are enough.

Source: HTK Book 3.4, equation 5.16; python_speech_features 0.6 has the same as ``delta``. ``librosa.feature.delta`` of
0.11, which is a filter of Savitzky and Golay 1964.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np

from cnnkit.arrays import Floats

WIDTH = 5
"""Frames that a delta is computed from: HTK's DELTAWINDOW = 2, on either side."""


def with_deltas(blocks: Iterable[Floats], kind: str = "htk", width: int = WIDTH) -> Iterator[Floats]:
    """Frames of a sound, (frames, 1, columns) some at a time, with deltas and their deltas: (frames, 3, columns).

    >>> line = np.arange(6.0).reshape(6, 1, 1)
    >>> [block[:, 1, 0].tolist() for block in with_deltas([line[:4], line[4:]])]
    [[0.5, 0.8], [1.0, 1.0], [0.8, 0.5]]
    >>> [block[:, 1, 0].tolist() for block in with_deltas([line], "librosa")]
    [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0]]
    """
    reach = width // 2
    slopes, curvatures = partial(_slopes, reach=reach), partial(_curvatures, reach=reach)
    if kind == "librosa":
        return _beside(blocks, reach, lambda around: np.concatenate([slopes(around), curvatures(around)], axis=1))
    once = _beside(_edged(blocks, reach), reach, slopes, is_edged=True)
    return _beside(_edged(once, reach), reach, lambda around: slopes(around[:, -1:]), is_edged=True)


def _beside(
    blocks: Iterable[Floats], reach: int, compute: Callable[[Floats], Floats], *, is_edged: bool = False
) -> Iterator[Floats]:
    """The blocks, with what is computed of the frames around each, and repeated at the ends, unless they are edges."""
    held: Floats | None = None
    missing = 0 if is_edged else reach  # frames at an end that have too few beside them
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        if len(held) > 2 * reach:
            found = compute(held)
            found = np.concatenate([np.repeat(found[:1], missing, axis=0), found])
            yield np.concatenate([held[reach - missing : len(held) - reach], found], axis=1)
            held, missing, last = held[-2 * reach :], 0, found[-1:]
    if held is not None and not is_edged:
        yield np.concatenate([held[-reach:], np.repeat(last, reach, axis=0)], axis=1)


def _edged(blocks: Iterable[Floats], reach: int) -> Iterator[Floats]:
    """The blocks, with the first and the last frame repeated at the ends."""
    last: Floats | None = None
    for block in blocks:
        if last is None:
            yield np.repeat(block[:1], reach, axis=0)
        yield block
        last = block[-1:] if len(block) else last
    if last is not None:
        yield np.repeat(last, reach, axis=0)


def _slopes(around: Floats, reach: int) -> Floats:
    """Of all frames with `reach` frames on either side: sum of k (c[t + k] - c[t - k]) over 2 sum of k^2."""
    slopes = np.zeros((len(around) - 2 * reach, *around.shape[1:]))
    for k in range(1, reach + 1):
        slopes += k * (_shifted(around, reach, k) - _shifted(around, reach, -k))
    slopes /= 2 * sum(k * k for k in range(1, reach + 1))
    return slopes


def _curvatures(around: Floats, reach: int) -> Floats:
    """The second derivative of a parabola of least squares; its weights sum to 0, so that a constant has exactly 0."""
    frames, squares = 2 * reach + 1, 2 * sum(k * k for k in range(1, reach + 1))
    curvatures = np.zeros((len(around) - 2 * reach, *around.shape[1:]))
    for k in range(1, reach + 1):
        both = _shifted(around, reach, k) + _shifted(around, reach, -k) - 2 * _shifted(around, reach, 0)
        curvatures += (frames * k * k - squares) * both
    curvatures *= 2 / (frames * 2 * sum(k**4 for k in range(1, reach + 1)) - squares**2)
    return curvatures


def _shifted(around: Floats, reach: int, k: int) -> Floats:
    return around[reach + k : len(around) - reach + k]
