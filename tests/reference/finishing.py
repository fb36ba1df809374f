"""The slow twin of what makes a sound ready for a network: each number by itself, each sum as its definition writes it.

Rows are frames. `sliding` asks for each frame's window anew, as Kaldi's SlidingWindowCmn does in its first frame;
`finished` takes all steps in their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Rows = Sequence[Sequence[float]]


class TooShortError(Exception):
    """There is not enough of a sound to trim, or to compute a delta from."""


class Settings(NamedTuple):
    """Numbers in samples of the sound, or in frames."""

    duration: int | None = None
    segment: int | None = None
    overlap: int = 0
    is_segment_in_frames: bool = False
    cmvn: str | None = None
    deltas: str | None = None
    delta_kind: str = "htk"
    delta_width: int = 5
    length: int | None = None
    fit: str = "pad"
    pad_value: float | str = 0.0
    layout: str = "tfc"


def deltas(rows: Rows, reach: int = 2) -> list[list[float]]:
    """HTK Book, equation 5.16, over `reach` frames on either side."""
    last = len(rows) - 1

    def at(t: int, c: int) -> float:
        return rows[min(max(t, 0), last)][c]

    steps = range(1, reach + 1)
    return [
        [
            sum(k * (at(t + k, c) - at(t - k, c)) for k in steps) / (2 * sum(k * k for k in steps))
            for c in range(len(rows[0]))
        ]
        for t in range(len(rows))
    ]


def fitted_deltas(rows: Rows, width: int, order: int) -> list[list[float]]:
    """The derivative of the polynomial of that order that NumPy fits to the frames around each, or nearest to them."""
    values, found = np.asarray(rows, float), []
    for t in range(len(rows)):
        first = min(max(t - width // 2, 0), len(rows) - width)
        place = np.arange(first, first + width) - t
        factors = np.polynomial.polynomial.polyfit(place, values[first : first + width], order)
        found.append((math.factorial(order) * factors[order]).tolist())
    return found


def utterance(rows: Rows, *, mean_only: bool = False) -> list[list[float]]:
    """Every column over all rows."""
    return [
        [scaled(value, [other[c] for other in rows], mean_only=mean_only) for c, value in enumerate(row)]
        for row in rows
    ]


def sliding(rows: Rows, window: int, *, mean_only: bool = False) -> list[list[float]]:
    """Every column over the rows of the frame's own window."""
    found = []
    for t, row in enumerate(rows):
        start = t - window // 2
        stop = start + window
        if start < 0:
            start, stop = 0, stop - start
        if stop > len(rows):
            start, stop = max(start - (stop - len(rows)), 0), len(rows)
        near = rows[start:stop]
        found.append([scaled(value, [other[c] for other in near], mean_only=mean_only) for c, value in enumerate(row)])
    return found


def scaled(value: float, values: Sequence[float], *, mean_only: bool = False) -> float:
    """A value by the mean and the deviation of values."""
    mean = math.fsum(values) / len(values)
    variance = 1.0 if mean_only else math.fsum((other - mean) ** 2 for other in values) / len(values)
    return (value - mean) / math.sqrt(max(variance, 1e-10))


def fitted(rows: Sequence[Any], length: int, fit: str, missing: Any) -> list[Any]:
    """So many rows or samples, of which the missing ones are another or the first ones again."""
    if fit == "trim" and len(rows) < length:
        raise TooShortError
    return [rows[t % len(rows)] if fit == "loop" or t < len(rows) else missing for t in range(length)]


def pieces(rows: Sequence[Any], size: int, overlap: int, fit: str, missing: Any) -> list[list[Any]]:
    """Whole pieces alone to trim; else as many as have a row that no piece before had, and one at least."""
    found, start, seen = [], 0, 0
    while seen < len(rows) and not (fit == "trim" and start + size > len(rows)):
        found.append(fitted(rows[start : start + size], size, fit, missing))
        start, seen = start + size - overlap, start + size
    if not found:
        raise TooShortError
    return found


def of_one(rows: Rows, settings: Settings) -> list[list[list[float]]]:
    """The values of a channel, their deltas and the deltas of those, each (frames, columns)."""
    mean_only = str(settings.cmvn).endswith("-mean")
    if settings.cmvn is not None:
        is_sliding = settings.cmvn.startswith("sliding")
        rows = sliding(rows, 600, mean_only=mean_only) if is_sliding else utterance(rows, mean_only=mean_only)
    values = [list(row) for row in rows]
    if settings.deltas is None:
        return [values]
    if settings.delta_kind == "htk":
        once = deltas(values, settings.delta_width // 2)
        return [values, once, deltas(once, settings.delta_width // 2)]
    if len(values) < settings.delta_width:
        raise TooShortError
    return [values, *(fitted_deltas(values, settings.delta_width, order) for order in (1, 2))]


def finished(
    channels: Sequence[Sequence[float]],
    settings: Settings,
    compute: Callable[[Sequence[list[float]]], Sequence[Rows]],
    silence: Callable[[Sequence[list[float]]], Sequence[float]],
) -> npt.NDArray[np.float64]:
    """A sound ready for a network; `compute` makes features of its channels, `silence` of a frame of zeros in it."""
    s, sounds = settings, [list(channel) for channel in channels]
    if s.duration is not None:
        sounds = [fitted(sound, s.duration, s.fit, 0) for sound in sounds]
    cut = [[sound] for sound in sounds]
    if s.segment is not None and not s.is_segment_in_frames:
        cut = [pieces(sound, s.segment, s.overlap, s.fit, 0) for sound in sounds]
    results = []
    for parts in zip(*cut, strict=True):  # of each channel
        orders = np.array([of_one(rows, s) for rows in compute(parts)]).transpose(2, 1, 0, 3)
        # (frames, orders, channels, columns), and a frame that is missing
        missing = np.zeros(orders.shape[1:])
        if s.pad_value != "silence":
            missing[:] = s.pad_value
        elif s.cmvn is None:
            missing[0] = silence(parts)
        frames = list(orders)
        if s.segment is not None and s.is_segment_in_frames:
            made = pieces(frames, s.segment, s.overlap, s.fit, missing)
        else:
            made = [frames if s.length is None else fitted(frames, s.length, s.fit, missing)]
        for one in np.array(made):
            by_order = [one[:, order].transpose(0, 2, 1) for order in range(one.shape[1])]
            results.append(np.concatenate(by_order, axis=1 if s.deltas == "columns" else 2))
    return arranged(np.array(results), s)


def arranged(results: npt.NDArray[np.float64], settings: Settings) -> npt.NDArray[np.float64]:
    """(segments, frames, columns, depth) in the order of the layout."""
    layout = settings.layout if settings.segment is None or "n" in settings.layout else f"n{settings.layout}"
    for axis in (3, 2, 1, 0):
        if "ntfc"[axis] not in layout:
            if results.shape[axis] > 1:
                raise TooShortError
            results = results.squeeze(axis)
    held = [letter for letter in "ntfc" if letter in layout]
    return results.transpose([held.index(letter) for letter in layout])
