"""How fast features change from frame to frame: deltas, by a straight line through five frames.

Source: HTK Book 3.4, equation 5.16 with DELTAWINDOW = 2; python_speech_features 0.6 has the same as ``delta``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

REACH = 2
"""Frames on either side that a delta depends on."""


def deltas(features: Floats) -> Floats:
    """The slope of every column at every frame: sum of k (c[t + k] - c[t - k]) over 2 sum of k^2, for k = 1, 2.

    Parameters
    ----------
    features : ndarray, (frames, columns)
        Beyond its ends, the first and the last frame are repeated.

    Returns
    -------
    ndarray, (frames, columns)
        Per frame. Deltas of deltas, the accelerations, are deltas of this.

    Examples
    --------
    >>> line = np.arange(6.0)[:, np.newaxis]
    >>> deltas(line)[:, 0].tolist()
    [0.5, 0.8, 1.0, 1.0, 0.8, 0.5]
    """
    frames = len(features)
    around = np.pad(features, ((REACH, REACH), (0, 0)), mode="edge")
    slopes = np.zeros_like(features)
    for k in range(1, REACH + 1):
        after, before = around[REACH + k :][:frames], around[REACH - k :][:frames]
        slopes += k * (after - before)
    slopes /= 2 * sum(k * k for k in range(1, REACH + 1))
    return slopes
