"""Features brought to mean 0 and variance 1, column by column: cepstral mean and variance normalisation, CMVN.

Over a whole sound, or over the frames around each. Variances below 1e-10 count as that, so a constant column becomes 0.

Source of the windows and the floor: Kaldi's ``apply-sliding-cmn --center=true --norm-vars=true --cmn-window=600``
(SlidingWindowCmn in feat/feature-functions.cc).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cnnkit.errors import InputError

Floats = npt.NDArray[np.float64]

WINDOW = 600
"""Frames in a sliding window: 6 s at 10 ms from frame to frame. Source: Kaldi."""

LEAST_VARIANCE = 1e-10
"""Smaller variances count as this. Source: Kaldi."""


def normalise(features: Floats) -> Floats:
    """Every column minus its mean, divided by its standard deviation (that of a population).

    Parameters
    ----------
    features : ndarray, (frames, columns)

    Returns
    -------
    ndarray, (frames, columns)

    Raises
    ------
    InputError
        If a value is NaN or infinite, or so large that its square is.

    Examples
    --------
    >>> normalise(np.array([[1.0, 7.0], [3.0, 7.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mean = features[0] + (features - features[0]).mean(axis=0)  # from the first frame: a constant's mean is itself
        centred: Floats = features - mean
        variance = np.square(centred).mean(axis=0)
    centred /= _deviation(variance)
    return centred


def normalise_sliding(features: Floats, window: int = WINDOW) -> Floats:
    """As `normalise`, with mean and standard deviation of the `window` frames around each frame.

    The window of frame t begins at frame t - window // 2, and is moved to lie within the sound; a sound that is no
    longer than the window is normalised as a whole.

    Parameters
    ----------
    features : ndarray, (frames, columns)
    window : int
        Frames in the window, 1 or more.

    Returns
    -------
    ndarray, (frames, columns)

    Raises
    ------
    InputError
        As `normalise`.

    Notes
    -----
    Time does not grow with the window. Sums over it are not carried from frame to frame by adding one and taking one
    away, which leaves the rounding of loud frames behind in quiet ones. Instead the sound is cut every `window` frames;
    then each window is the end of one block and the beginning of the next, both are summed as they grow, and joined.

    Examples
    --------
    >>> steps = np.array([[0.0], [1.0], [3.0], [6.0]])
    >>> normalise_sliding(steps, 2)[:, 0].tolist()
    [-1.0, 1.0, 1.0, 1.0]
    """
    frames = len(features)
    if frames <= window:
        return normalise(features)
    out = np.empty_like(features)
    last = frames - window
    for begin in range(0, last + 1, window):
        count = min(window, last + 1 - begin)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, variance = _of_windows(features[begin : begin + window], features[begin + window :][: count - 1])
        deviation = _deviation(variance)
        # Frames whose window is the first one or the last take it, however far from its middle they are.
        low = 0 if begin == 0 else begin + window // 2
        high = frames if begin + count > last else begin + count + window // 2
        place = np.clip(np.arange(low, high) - window // 2, 0, last) - begin
        out[low:high] = (features[low:high] - mean[place]) / deviation[place]
    return out


def _of_windows(block: Floats, following: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of all windows as long as `block`, which end after 0, 1, ... all of the `following` frames.

    Source of how two are joined: Chan, Golub and LeVeque 1979.
    """
    window, count = len(block), len(following) + 1
    mean, squares = (rows[::-1][:count] for rows in _growing(block[::-1]))
    if count > 1:
        mean_after, squares_after = _growing(following)
        after = np.arange(1.0, count)[:, np.newaxis]
        gap = mean_after - mean[1:]
        squares[1:] += squares_after + gap * gap * (after * (window - after) / window)
        mean[1:] += gap * (after / window)
    return mean, squares / window


def _growing(rows: Floats) -> tuple[Floats, Floats]:
    """Of the first 1, 2, ... all rows: the mean, and the sum of squares around it. Nothing is taken away again.

    Source of the squares: Welford 1962.
    """
    offset = rows - rows[0]  # exact zeros for constants
    mean = np.cumsum(offset, axis=0) / np.arange(1.0, len(rows) + 1)[:, np.newaxis]
    squares = np.zeros_like(rows)
    np.cumsum((offset[1:] - mean[:-1]) * (offset[1:] - mean[1:]), axis=0, out=squares[1:])
    return rows[0] + mean, squares


def _deviation(variance: Floats) -> Floats:
    if not np.isfinite(variance).all():
        column = int((~np.isfinite(variance)).argmax() % variance.shape[-1])
        raise InputError(
            f"column {column} of the features has no variance: a value is NaN, infinite, or too large to be squared",
            hint="normalise the logarithms, as in logmel and mfcc, or make the sound less loud",
        )
    return np.asarray(np.sqrt(np.maximum(variance, LEAST_VARIANCE)))
