"""Features brought to mean 0 and variance 1, column by column: cepstral mean and variance normalisation, CMVN.

Over a whole sound, or over the frames around each. Variances below 1e-10 count as that, so a constant column becomes 0.
Of the mean alone, every deviation counts as 1.

Source of the windows and the floor: Kaldi's ``apply-sliding-cmn --center=true --norm-vars=true --cmn-window=600``
(SlidingWindowCmn in feat/feature-functions.cc).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.rows import runs
from cnnkit.errors import InputError

WINDOW_FRAMES = 600
"""Frames in a sliding window: 6 s at 10 ms from frame to frame. Source: Kaldi."""

LEAST_VARIANCE = 1e-10
"""A floor. Source: Kaldi."""


class Moments(NamedTuple):
    """The mean and the standard deviation of every column."""

    mean: Floats  # (columns,)
    deviation: Floats  # (columns,), of a population; never 0

    @classmethod
    def of(cls, blocks: Iterable[npt.NDArray[Any]], *, mean_only: bool = False) -> Moments:
        """The moments of frames that come some at a time; an error if they are not finite.

        Each run of `WINDOW_FRAMES` frames is summed by itself, and the runs are joined one after another.
        Source of how two are joined: Chan, Golub and LeVeque 1979.

        >>> Moments.of([np.array([[1.0], [3.0]]), np.array([[5.0], [7.0]])]).mean.tolist()
        [4.0]
        """
        count = 0
        for run in runs(blocks, WINDOW_FRAMES):
            with np.errstate(over="ignore", invalid="ignore"):
                if not count:  # all are counted from the first frame: a constant's mean is itself
                    first, mean, squares = run[0], np.zeros_like(run[0]), np.zeros_like(run[0])
                offset = run - first
                gap = offset.mean(axis=0) - mean
                squares += np.square(offset - offset.mean(axis=0)).sum(axis=0)
                squares += gap * gap * (count * len(run) / (count + len(run)))
                mean += gap * (len(run) / (count + len(run)))
            count += len(run)
        return cls(first + mean, _deviation(mean if mean_only else squares / count, mean_only=mean_only))


def normalise(features: Floats, *, mean_only: bool = False) -> Floats:
    """Every column of (frames, columns) minus its mean, divided by its standard deviation (that of a population).

    >>> normalise(np.array([[1.0, 7.0], [3.0, 7.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    return np.concatenate(list(normalised([features], Moments.of([features], mean_only=mean_only))))


def normalised(blocks: Iterable[npt.NDArray[Any]], moments: Moments) -> Iterator[Floats]:
    """Every column minus its mean, divided by its standard deviation, both from an earlier pass over the blocks."""
    for run in runs(blocks, WINDOW_FRAMES):
        yield (run - moments.mean) / moments.deviation


def normalised_sliding(
    blocks: Iterable[npt.NDArray[Any]], window: int = WINDOW_FRAMES, *, mean_only: bool = False
) -> Iterator[Floats]:
    """Every column minus the mean, divided by the standard deviation, of the `window` frames around each frame.

    The window of frame t begins at frame t - window // 2, and is moved to lie within the sound; a sound that is no
    longer than the window is normalised as a whole. The frames come some at a time, in the memory of two windows.

    Time does not grow with the window. Sums over it are not carried from frame to frame by adding one and taking one
    away, which leaves the rounding of loud frames behind in quiet ones. Instead the sound is cut every `window` frames;
    then each window is the end of one run and the beginning of the next, both are summed as they grow, and joined.

    >>> steps = np.array([[0.0], [1.0], [3.0], [6.0]])
    >>> np.concatenate(list(normalised_sliding([steps], 2)))[:, 0].tolist()
    [-1.0, 1.0, 1.0, 1.0]
    """
    cut = runs(blocks, window)
    run = next(cut)
    following = next(cut, run[:0])
    if not len(following):
        yield normalise(run, mean_only=mean_only)
        return
    low = 0  # frames whose window is the first one or the last take it, however far from its middle they are
    while len(run) == window:
        with np.errstate(over="ignore", invalid="ignore"):
            mean, variance = _of_windows(run, following[: window - 1])
        deviation = _deviation(mean if mean_only else variance, mean_only=mean_only)
        here = np.concatenate([run, following])
        high = window + window // 2 if len(following) == window else len(here)
        place = np.clip(np.arange(low, high) - window // 2, 0, len(mean) - 1)
        yield (here[low:high] - mean[place]) / deviation[place]
        low = window // 2
        run, following = following, next(cut, run[:0])


def _of_windows(run: Floats, following: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the windows as long as `run` that end after 0, 1, ... all of the `following` frames.

    Source of how two are joined: Chan, Golub and LeVeque 1979.
    """
    window, count = len(run), len(following) + 1
    mean, squares = (rows[::-1][:count] for rows in _growing(run[::-1]))
    if count > 1:
        mean_after, squares_after = _growing(following)
        after = np.arange(1.0, count)[:, np.newaxis]
        gap = mean_after - mean[1:]
        squares[1:] += squares_after + gap * gap * (after * (window - after) / window)
        mean[1:] += gap * (after / window)
    return mean, squares / window


def _growing(rows: Floats) -> tuple[Floats, Floats]:
    """The mean of the first 1, 2, ... all rows, and the sum of squares around it; nothing is subtracted again.

    Source of the squares: Welford 1962.
    """
    offset = rows - rows[0]  # exact zeros for constants
    mean = np.cumsum(offset, axis=0) / np.arange(1.0, len(rows) + 1)[:, np.newaxis]
    squares = np.zeros_like(rows)
    np.cumsum((offset[1:] - mean[:-1]) * (offset[1:] - mean[1:]), axis=0, out=squares[1:])
    return rows[0] + mean, squares


def _deviation(variance: Floats, *, mean_only: bool) -> Floats:
    """Deviations that are never 0; or, of the mean alone, which is then looked at instead of a variance, 1."""
    if not np.isfinite(variance).all():
        column = int((~np.isfinite(variance)).argmax() % variance.shape[-1])
        lacks = (
            "mean: a value is NaN or infinite"
            if mean_only
            else ("variance: a value is NaN, infinite, or too large to be squared")
        )
        raise InputError(
            f"column {column} of the features has no {lacks}",
            hint="normalise the logarithms, as in logmel and mfcc, or make the sound less loud",
        )
    return np.ones_like(variance) if mean_only else np.asarray(np.sqrt(np.maximum(variance, LEAST_VARIANCE)))
