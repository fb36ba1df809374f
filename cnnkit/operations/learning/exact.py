"""Least squares: the kernel that is least wrong on all windows, and how far the windows determine one."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.operations.learning.windows import Windows

BLOCK_VALUES = 1 << 20
"""Samples that are laid out at a time."""

SMALLEST_SHARE = 1e-12
"""Of the largest eigenvalue: below it, a direction of the weights changes no result beyond rounding."""

LARGEST_DOUBT = 0.1
"""The standard error of a weight, from rounding to levels, beyond which it counts as not determined."""


class Normal:
    """The normal equations of all windows: sums of products of samples, and of samples and results.

    Both are less their means over all windows, which is the same as learning a bias; without one, nothing is lost but
    what the means alone would tell.
    """

    def __init__(self, windows: Windows) -> None:
        self.count, self.step = len(windows.places), windows.step
        taps = len(windows.taps)
        height = max(BLOCK_VALUES // max(taps, 1), 1)
        blocks = [(begin, min(begin + height, self.count)) for begin in range(0, self.count, height)]
        self.means: Floats = np.zeros(taps)
        for begin, end in blocks:
            self.means += windows.matrix(begin, end).sum(axis=0)
        self.means /= max(self.count, 1)
        self.mean_results: Floats = windows.targets.mean(axis=0) if self.count else np.zeros(windows.kernels)
        self.gram: Floats = np.zeros((taps, taps))
        self.moments: Floats = np.zeros((taps, windows.kernels))
        for begin, end in blocks:
            rows, results = windows.matrix(begin, end) - self.means, windows.targets[begin:end] - self.mean_results
            self.gram += rows.T @ rows
            self.moments += rows.T @ results

    @cached_property
    def spectrum(self) -> tuple[Floats, Floats]:
        """Eigenvalues of the gram matrix, ascending, and their directions."""
        values, directions = np.linalg.eigh(self.gram)
        return values, directions

    @property
    def curvature(self) -> float:
        """The largest curvature of half the mean squared error: a step of more than 2 over it would lead uphill."""
        return float(self.spectrum[0][-1]) / max(self.count, 1)

    @property
    def momentum(self) -> float:
        """Polyak's for descent on these windows: 1 - 2 / sqrt(k) for a largest curvature k times the smallest."""
        values = self.spectrum[0]
        return max(1 - 2 * float(np.sqrt(max(values[0], 0.0) / values[-1])), 0.0)

    @cached_property
    def is_determined(self) -> npt.NDArray[np.bool_]:
        """Whether each direction of the weights is known from the windows, in the order of the spectrum."""
        values = self.spectrum[0]
        noise = self.step**2 / 12  # of a result that was rounded
        known: Any = (values > max(float(values[-1]), 0.0) * SMALLEST_SHARE) & (values * LARGEST_DOUBT**2 > noise)
        return np.asarray(known)

    @property
    def rank(self) -> int:
        """How many of the weights the windows determine."""
        return int(self.is_determined.sum())

    def solve(self) -> Floats:
        """The weights of least squares, (taps, kernels); 0 along directions that are not determined."""
        values, directions = self.spectrum
        scales = np.divide(1.0, values, out=np.zeros_like(values), where=self.is_determined)
        solved: Floats = directions @ (scales[:, None] * (directions.T @ self.moments))
        return solved

    def biases(self, weights: Floats) -> Floats:
        """The biases that make the mean error 0, (kernels,)."""
        found: Floats = self.mean_results - self.means @ weights
        return found
