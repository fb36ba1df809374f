"""Presets that smooth: their weights sum to 1, so a flat region keeps its value."""

from __future__ import annotations

import math

import numpy as np

from cnnkit.data.kernels.preset import Preset, RealPair, Weights, WholePair
from cnnkit.data.kernels.presets.gaussian_grid import bell, offsets, squared_radius
from cnnkit.data.kernels.presets.settings import MAX_SIDE, MAX_SIGMA, both, number, odd, size_for, whole
from cnnkit.data.kernels.presets.turning import direction


def identity() -> Weights:
    """A single 1 in the centre of 3x3."""
    weights = np.zeros((3, 3))
    weights[1, 1] = 1.0
    return weights


def box(size: WholePair = 3) -> Weights:
    """The same weight everywhere; size, or rows x columns, from 1 to 1001, odd or even.

    >>> box(2)
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    rows, columns = both(size, whole, "size")
    return np.full((rows, columns), 1.0 / (rows * columns))


def gaussian(sigma: RealPair = 1.0, size: WholePair = 0) -> Weights:
    """exp(-(x^2 + y^2) / (2 sigma^2)), scaled to sum to 1.

    sigma in samples, from 0.01 to 10000; size 0 takes 2 ceil(3 sigma) + 1, which covers 3 sigma on either side. Both
    may be rows x columns.
    """
    widths = both(sigma, number, "sigma", least=0.01, most=MAX_SIGMA)
    sides = both(size, lambda side, name: side, "size")
    down, across = (bell(width, size_for(3 * width, side)) for width, side in zip(widths, sides, strict=True))
    return np.outer(down, across)


def binomial(size: int = 5) -> Weights:
    """Row size - 1 of Pascal's triangle over 2^(size - 1), down and across.

    >>> binomial(3) * 16
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    steps = whole(size, "size") - 1
    line = np.array([math.comb(steps, place) / 2**steps for place in range(steps + 1)])
    return np.outer(line, line)


def burt_adelson(centre: float = 0.4) -> Weights:
    """The 5x5 generating kernel: 1/4 - a/2, 1/4, a, 1/4, 1/4 - a/2 down and across, for the centre a from 0 to 1.

    a = 0.4 resembles a Gaussian most; a = 0.375 is binomial:5, a = 0.5 the triangle.
    """
    middle = number(centre, "centre", least=0.0, most=1.0)
    line = np.array([0.25 - middle / 2, 0.25, middle, 0.25, 0.25 - middle / 2])
    return np.outer(line, line)


def disk(radius: float = 2.0) -> Weights:
    """Equal weights where x^2 + y^2 <= radius^2, else 0; radius in samples, from 0 to 500.

    >>> disk(1) * 5
    array([[0., 1., 0.],
           [1., 1., 1.],
           [0., 1., 0.]])
    """
    reach = number(radius, "radius", least=0.0, most=MAX_SIDE // 2)
    weights = (squared_radius(2 * math.floor(reach) + 1) <= reach * reach).astype(np.float64)
    weights /= weights.sum()
    return weights


def cross(size: int = 3) -> Weights:
    """Equal weights on the middle row and the middle column, else 0; size odd."""
    side = odd(size, "size")
    weights = np.zeros((side, side))
    weights[side // 2, :] = weights[:, side // 2] = 1.0 / (2 * side - 1)
    return weights


def motion(length: int = 9, angle: float = 0.0) -> Weights:
    """The path of a point that moves `length` samples in the direction `angle` while the shutter is open.

    A weight falls from 1 on the line segment to 0 at one sample from it; then all are scaled to sum to 1. length from
    1 to 1001; the angle is counter-clockwise in degrees, 0 along the row.

    >>> motion(3, 90)
    array([[0.33333333],
           [0.33333333],
           [0.33333333]])
    """
    half = (whole(length, "length") - 1) / 2
    cosine, sine = direction(angle)
    across = offsets(2 * math.ceil(half) + 1)
    x, y = across, -across[:, np.newaxis]
    along = np.clip(x * cosine + y * sine, -half, half)
    weights: Weights = np.maximum(1.0 - np.hypot(x - along * cosine, y - along * sine), 0.0)
    weights[weights < 1e-12] = 0.0  # what rounding left
    rows, columns = weights.any(axis=1), weights.any(axis=0)
    weights = weights[np.ix_(rows, columns)]
    weights /= weights.sum()
    return weights


SMOOTHING = (
    Preset("identity", identity, "nothing: every sample keeps its value", "the unit impulse; common practice"),
    Preset(
        "box",
        box,
        "blurs, smooths, denoises: the mean of a rectangle",
        "common practice; e.g. Gonzalez and Woods, Digital Image Processing, smoothing by averaging",
    ),
    Preset("mean", box, "blurs, smooths: the same as box, the average", "another name of box"),
    Preset(
        "gaussian",
        gaussian,
        "blurs, smooths, denoises: near neighbours count most",
        "A. P. Witkin, Scale-space filtering, 1983",
    ),
    Preset(
        "binomial",
        binomial,
        "blurs, smooths, denoises: a Gaussian in whole numbers",
        "M. Aubury and W. Luk, Binomial filters, 1996",
    ),
    Preset(
        "burt-adelson",
        burt_adelson,
        "blurs before every second sample is dropped (pyramid)",
        "P. J. Burt and E. H. Adelson, The Laplacian pyramid as a compact image code, 1983",
    ),
    Preset(
        "disk",
        disk,
        "blurs as a lens out of focus does: the mean of a disk",
        "common practice (the circle of confusion); the grid of scikit-image's morphology.disk",
    ),
    Preset(
        "cross",
        cross,
        "blurs: the mean of the centre's row and column",
        "common practice; the grid of OpenCV's MORPH_CROSS",
    ),
    Preset(
        "motion",
        motion,
        "blurs along a line, as a moving camera does",
        "after the algorithm described for MATLAB's fspecial, type 'motion' (distance from a line segment)",
    ),
)
