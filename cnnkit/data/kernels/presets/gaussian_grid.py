"""Gaussians sampled on a kernel's grid, which smoothing, sharpening and derivative presets are made from."""

from __future__ import annotations

import numpy as np

from cnnkit.data.kernels.preset import Weights


def offsets(size: int) -> Weights:
    """Distances of `size` samples from their middle, in samples.

    >>> offsets(4)
    array([-1.5, -0.5,  0.5,  1.5])
    """
    return np.arange(size, dtype=np.float64) - (size - 1) / 2


def bell(sigma: float, size: int) -> Weights:
    """exp(-x^2 / (2 sigma^2)) at `size` samples, scaled to sum to 1.

    Both are taken as checked: sigma from 0.01 up, in samples.

    >>> bell(1.0, 3).round(4)
    array([0.2741, 0.4519, 0.2741])
    """
    exponents = -0.5 * (offsets(size) / sigma) ** 2
    heights: Weights = np.exp(exponents - exponents.max())  # less the maximum: a narrow even bell would be 0 / 0
    heights /= heights.sum()
    return heights


def squared_radius(size: int) -> Weights:
    """x^2 + y^2 on a grid of size x size, in samples squared."""
    squares: Weights = offsets(size) ** 2
    return squares[:, np.newaxis] + squares


def balanced(weights: Weights) -> Weights:
    """Take the mean off, so that a flat region gives 0. The second time removes the first one's rounding."""
    once: Weights = weights - weights.mean()
    once -= once.mean()
    return once
