"""Presets that take a second derivative: 0 on flat regions and on even slopes, strong where brightness bends.

The Laplacians have a negative centre, as in SciPy and OpenCV; edge, dog and mexican-hat have a positive one.
"""

from __future__ import annotations

import numpy as np

from cnnkit.data.kernels.preset import Preset, Weights
from cnnkit.data.kernels.presets.gaussian_grid import balanced, bell, squared_radius
from cnnkit.data.kernels.presets.settings import MAX_SIGMA, MIN_DERIVATIVE_SIGMA, number, size_for


def edge() -> Weights:
    """-1 on the 8 neighbours, 8 in the centre."""
    return -laplacian8()


def laplacian(alpha: float = 0.0) -> Weights:
    """1 on the 4 nearest neighbours, -4 in the centre: the second differences across and down, added.

    alpha, from 0 to 1, has the diagonals take part: corners alpha / (1 + alpha), sides (1 - alpha) / (1 + alpha).

    >>> laplacian(1) * 2
    array([[ 1.,  0.,  1.],
           [ 0., -4.,  0.],
           [ 1.,  0.,  1.]])
    """
    share = number(alpha, "alpha", least=0.0, most=1.0)
    corner, side = share / (1 + share), (1 - share) / (1 + share)
    return np.array([[corner, side, corner], [side, -4 * (corner + side), side], [corner, side, corner]])


def laplacian8() -> Weights:
    """1 on the 8 neighbours, -8 in the centre: the diagonals are counted too."""
    return np.array([[1.0, 1.0, 1.0], [1.0, -8.0, 1.0], [1.0, 1.0, 1.0]])


def laplacian5x5() -> Weights:
    """1 2 1 around -16: the Laplacian of a Gaussian in whole numbers."""
    half = [[0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 2.0, 1.0, 0.0]]
    return np.array([*half, [1.0, 2.0, -16.0, 2.0, 1.0], *half[::-1]])


def log(sigma: float = 1.0, size: int = 0) -> Weights:
    """The Laplacian of a Gaussian: (r^2 - m) / sigma^4 times the Gaussian that sums to 1.

    m is 2 sigma^2 on paper; here it is the mean of r^2 on this grid, which makes the weights sum to 0. sigma in
    samples, from 0.3 to 10000; size 0 takes 2 ceil(4 sigma) + 1.
    """
    width = number(sigma, "sigma", least=MIN_DERIVATIVE_SIGMA, most=MAX_SIGMA)
    side = size_for(4 * width, size, least=3)
    heights = np.outer(bell(width, side), bell(width, side))
    squares = squared_radius(side)
    return balanced((squares - (squares * heights).sum()) / width**4 * heights)


def mexican_hat(sigma: float = 1.0, size: int = 0) -> Weights:
    """(1 - r^2 / m) exp(-r^2 / (2 sigma^2)): log turned over, with a height of 1; m, sigma and size as for log."""
    hat = -log(sigma, size)
    hat /= hat.max()
    return hat


def dog(sigma: float = 1.0, ratio: float = 1.6, size: int = 0) -> Weights:
    """The Gaussian of sigma minus the one of ratio * sigma, both of sum 1.

    sigma in samples, from 0.3 to 10000, ratio from 1.01 to 100; size 0 takes 2 ceil(3 ratio sigma) + 1.
    """
    narrow = number(sigma, "sigma", least=MIN_DERIVATIVE_SIGMA, most=MAX_SIGMA)
    wide = narrow * number(ratio, "ratio", least=1.01, most=100.0)
    side = size_for(3 * wide, size, least=3)
    return balanced(np.outer(bell(narrow, side), bell(narrow, side)) - np.outer(bell(wide, side), bell(wide, side)))


def corner() -> Weights:
    """The mixed second difference: -1 0 1 across times -1 0 1 down."""
    return np.array([[1.0, 0.0, -1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]])


def noise() -> Weights:
    """1 -2 1 across times 1 -2 1 down: the difference of two Laplacians, blind to edges and to lines along an axis."""
    return np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])


_TEXTBOOK = "R. C. Gonzalez and R. E. Woods, Digital Image Processing"
_THEORY = "D. Marr and E. Hildreth, Theory of edge detection, 1980"

CURVATURE = (
    Preset(
        "edge", edge, "edges and lines of every direction, and single points", "common practice; Pillow, FIND_EDGES"
    ),
    Preset(
        "outline",
        edge,
        "outlines of every direction: the same as edge",
        "V. Powell, Image Kernels explained visually, setosa.io",
    ),
    Preset("point", edge, "single samples unlike the rest, dots: the same as edge", f"{_TEXTBOOK}, point detection"),
    Preset(
        "laplacian",
        laplacian,
        "edges and lines: brightness that bends, 4 neighbours",
        f"{_TEXTBOOK}, the Laplacian; alpha as in MATLAB's fspecial",
    ),
    Preset(
        "laplacian8", laplacian8, "edges and lines: brightness that bends, 8 neighbours", f"{_TEXTBOOK}, the Laplacian"
    ),
    Preset(
        "laplacian5x5",
        laplacian5x5,
        "edges and lines: brightness that bends over 5 samples",
        f"{_TEXTBOOK}, 5x5 mask for the Laplacian of a Gaussian",
    ),
    Preset("log", log, "edges at the scale sigma, where the sign changes", _THEORY),
    Preset("dog", dog, "bright blobs as wide as sigma: two Gaussians compared", _THEORY),
    Preset(
        "mexican-hat",
        mexican_hat,
        "bright blobs as wide as sigma on darker ground",
        f"{_THEORY}; N. Ricker, The form and laws of propagation of seismic wavelets, 1953",
    ),
    Preset(
        "corner",
        corner,
        "corners and saddles: brightness that bends both ways",
        "the mixed second difference; common practice, e.g. OpenCV's Sobel with dx = dy = 1",
    ),
    Preset(
        "noise",
        noise,
        "fine noise, blind to slopes and to straight edges",
        "J. Immerkaer, Fast noise variance estimation, 1996",
    ),
)
