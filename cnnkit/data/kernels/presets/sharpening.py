"""Presets that sharpen: what smoothing would take away is added once more.

Their weights sum to 1, so a flat region keeps its value; only those of high-pass sum to 0.
"""

from __future__ import annotations

import numpy as np

from cnnkit.data.kernels.preset import Preset, Weights
from cnnkit.data.kernels.presets.gaussian_grid import balanced
from cnnkit.data.kernels.presets.gradient import sobel
from cnnkit.data.kernels.presets.settings import number, odd
from cnnkit.data.kernels.presets.smoothing import box, gaussian, identity


def sharpen() -> Weights:
    """The identity minus the Laplacian over 4 neighbours."""
    return np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])


def sharpen8() -> Weights:
    """The identity minus the Laplacian over 8 neighbours."""
    return np.array([[-1.0, -1.0, -1.0], [-1.0, 9.0, -1.0], [-1.0, -1.0, -1.0]])


def unsharp(sigma: float = 1.0, amount: float = 1.0, size: int = 0) -> Weights:
    """Weigh identity + amount (identity - gaussian): the image and `amount` times what the Gaussian takes away.

    sigma in samples and size as for gaussian, but odd; amount from 0 to 1000.
    """
    share = number(amount, "amount", least=0.0, most=1000.0)
    weights = -share * gaussian(sigma, size if size == 0 else odd(size, "size"))
    middle = weights.shape[0] // 2
    weights[middle, middle] += 1.0 + share
    return weights


def high_pass(size: int = 3) -> Weights:
    """Take identity - box: what the mean of the neighbourhood leaves over; size odd, from 3 up."""
    side = odd(size, "size", least=3)
    weights = -box(side)
    weights[side // 2, side // 2] += 1.0
    return balanced(weights)


def detail() -> Weights:
    """-1 on the 4 neighbours, 10 in the centre, over 6."""
    return np.array([[0.0, -1.0, 0.0], [-1.0, 10.0, -1.0], [0.0, -1.0, 0.0]]) / 6


def edge_enhance() -> Weights:
    """-1 on the 8 neighbours, 10 in the centre, over 2."""
    return np.array([[-1.0, -1.0, -1.0], [-1.0, 10.0, -1.0], [-1.0, -1.0, -1.0]]) / 2


def emboss(angle: float = 315.0) -> Weights:
    """Add identity and sobel(angle): slopes that rise towards the angle are lit, the others lie in shadow.

    >>> emboss()
    array([[-2., -1.,  0.],
           [-1.,  1.,  1.],
           [ 0.,  1.,  2.]])
    """
    return identity() + sobel(angle)


_TEXTBOOK = "R. C. Gonzalez and R. E. Woods, Digital Image Processing"

SHARPENING = (
    Preset(
        "sharpen",
        sharpen,
        "sharpens: raises contrast against 4 neighbours",
        f"{_TEXTBOOK}, sharpening with the Laplacian",
    ),
    Preset(
        "sharpen8",
        sharpen8,
        "sharpens more: raises contrast against 8 neighbours",
        f"{_TEXTBOOK}, sharpening with the Laplacian",
    ),
    Preset(
        "unsharp",
        unsharp,
        "sharpens: adds back what a Gaussian blur takes away",
        f"common practice, from photography; {_TEXTBOOK}, unsharp masking",
    ),
    Preset(
        "high-pass",
        high_pass,
        "fine detail: what the mean of the neighbours leaves",
        f"common practice; e.g. {_TEXTBOOK}",
    ),
    Preset("detail", detail, "sharpens a little: contrast against 4 neighbours", "Pillow, ImageFilter.DETAIL"),
    Preset(
        "edge-enhance",
        edge_enhance,
        "sharpens strongly: contrast against 8 neighbours",
        "Pillow, ImageFilter.EDGE_ENHANCE",
    ),
    Preset(
        "emboss",
        emboss,
        "relief: slopes that rise towards the angle are lit",
        "common practice; e.g. V. Powell, Image Kernels explained visually, setosa.io",
    ),
)
