"""Triangular mel bands over a power spectrum, and the cosine transform of their logarithms.

Both are sums in one fixed order for every frame: a matrix product would be as short, but its order of summation,
and so the last bits of a frame, would depend on how many frames are computed at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bands:
    """Mel bands without their zeros, one band after another.

    Attributes
    ----------
    bins : ndarray of int, (weights,)
        The FFT bin that each weight belongs to.
    weights : ndarray, (weights,)
    starts : ndarray of int, (bands,)
        Where each band begins in the two above.
    """

    bins: npt.NDArray[np.intp]
    weights: Floats
    starts: npt.NDArray[np.intp]

    def sums(self, power: Floats) -> Floats:
        """The power in every band: (frames, bins) in, (frames, bands) out."""
        weighted = np.take(power, self.bins, axis=1)
        weighted *= self.weights
        return np.add.reduceat(weighted, self.starts, axis=1)


def bin_bands(edges: Sequence[int]) -> Bands:
    """The bands of python_speech_features: straight lines between edges that are whole FFT bins.

    Parameters
    ----------
    edges : sequence of int
        As `cnnkit.geometry.mel.bin_edges` gives them; no band is empty. No edges give no bands.

    Examples
    --------
    >>> bands = bin_bands((0, 2, 4, 7))
    >>> bands.bins.tolist(), bands.starts.tolist()
    ([1, 2, 3, 3, 4, 5, 6], [0, 3])
    >>> bands.weights.round(2).tolist()
    [0.5, 1.0, 0.5, 0.5, 1.0, 0.67, 0.33]
    """
    bins, weights = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
    for low, peak, high in zip(edges, edges[1:], edges[2:], strict=False):
        rising, falling = np.arange(low + 1, peak), np.arange(peak, high)
        bins.append(np.concatenate([rising, falling]))
        weights.append(np.concatenate([(rising - low) / max(peak - low, 1), (high - falling) / max(high - peak, 1)]))
    starts = np.cumsum([len(band) for band in bins])[:-1]
    return Bands(np.concatenate(bins), np.concatenate(weights), starts)


def cosine_transform(n_mels: int, n_mfcc: int) -> Floats:
    """The first `n_mfcc` rows of the orthonormal DCT-II of `n_mels` numbers, as (n_mels, n_mfcc).

    >>> cosine_transform(2, 2).round(4).tolist()
    [[0.7071, 0.7071], [0.7071, -0.7071]]
    """
    place = np.arange(n_mels)[:, None] + 0.5
    matrix = np.cos(np.pi * np.arange(n_mfcc) * place / n_mels) * np.sqrt(2 / n_mels)
    matrix[:, 0] = np.sqrt(1 / n_mels)
    return np.asarray(matrix)


def lifter(n_mfcc: int, strength: float) -> Floats:
    """1 + Q / 2 sin(pi n / Q) for coefficient n: raises the high coefficients, which are small; ones for Q = 0.

    >>> lifter(3, 22).round(4).tolist()
    [1.0, 2.5655, 4.0991]
    """
    if strength == 0:
        return np.ones(n_mfcc)
    return np.asarray(1 + strength / 2 * np.sin(np.pi * np.arange(n_mfcc) / strength))


def transform(logarithms: Floats, matrix: Floats) -> Floats:
    """Multiply (frames, bands) by (bands, coefficients), adding band after band.

    >>> transform(np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])).tolist()
    [[3.0, 2.0]]
    """
    out = np.zeros((len(logarithms), matrix.shape[1]))
    for band, row in enumerate(matrix):
        out += logarithms[:, band, None] * row
    return out
