"""Presets that answer one pattern: a line, a stripe of some width and direction, a texture."""

from __future__ import annotations

import math

import numpy as np

from cnnkit.data.kernels.preset import Preset, Weights
from cnnkit.data.kernels.presets.gaussian_grid import balanced, offsets
from cnnkit.data.kernels.presets.settings import MAX_SIGMA, MIN_DERIVATIVE_SIGMA, number, size_for, whole
from cnnkit.data.kernels.presets.turning import along_ring, direction

OCTAVE = math.sqrt(math.log(2) / 2) / math.pi * 3
"""sigma over wavelength, 0.56, at which a Gabor kernel's frequencies span one octave at half height."""

LAWS = ((1, 4, 6, 4, 1), (-1, -2, 0, 2, 1), (-1, 0, 2, 0, -1), (-1, 2, 0, -2, 1), (1, -4, 6, -4, 1))
"""Level, edge, spot, wave and ripple: Laws' five vectors L5, E5, S5, W5 and R5."""


def line(angle: float = 0.0) -> Weights:
    """2 on a line through the centre, -1 beside it. The angle is the line's own: 0 level, 90 upright; multiples of 45.

    >>> line(45)
    array([[-1., -1.,  2.],
           [-1.,  2., -1.],
           [ 2., -1., -1.]])
    """
    return along_ring(np.array([[-1.0, -1.0, -1.0], [2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]]), angle)


def gabor(
    wavelength: float = 4.0,
    angle: float = 0.0,
    sigma: float = 0.0,
    gamma: float = 0.5,
    phase: float = 0.0,
    size: int = 0,
) -> Weights:
    """A Gaussian times (cos(2 pi u / wavelength + phase) - m), with u the distance across the stripes.

    The Gaussian sums to 1, is sigma wide across the stripes and sigma / gamma along them; m makes the weights sum to
    0. wavelength in samples, from 2.5 to 1000; the angle points across the stripes; sigma in samples, 0 takes 0.56
    wavelengths (one octave); gamma from 0.1 to 10; phase in degrees: 0 answers a bright stripe, 180 a dark one, -90
    an edge that rises towards the angle. size 0 covers three sigma, and need not be square.
    """
    length = number(wavelength, "wavelength", least=2.5, most=1000.0)
    cosine, sine = direction(angle)
    across = OCTAVE * length if sigma == 0 else number(sigma, "sigma", least=MIN_DERIVATIVE_SIGMA, most=MAX_SIGMA)
    along = across / number(gamma, "gamma", least=0.1, most=10.0)
    turn = math.radians(number(phase, "phase") % 360.0)
    rows = size_for(3 * max(across * abs(sine), along * abs(cosine)), size, least=3)
    columns = size_for(3 * max(across * abs(cosine), along * abs(sine)), size, least=3)
    x, y = offsets(columns), -offsets(rows)[:, np.newaxis]
    u, v = x * cosine + y * sine, y * cosine - x * sine
    heights = np.exp(-0.5 * ((u / across) ** 2 + (v / along) ** 2))
    heights /= heights.sum()
    wave = np.cos(2 * math.pi / length * u + turn)
    weights = balanced(heights * (wave - (heights * wave).sum()))
    weights[np.abs(weights) < 1e-15 * np.abs(weights).max()] = 0.0  # what rounding left
    return weights


def laws(rows: int = 1, columns: int = 2) -> Weights:
    """One vector down the rows, one across the columns: 1 level, 2 edge, 3 spot, 4 wave, 5 ripple.

    All 25 products sum to 0, but for laws:rows=1,columns=1, which sums to 256.
    """
    down = LAWS[whole(rows, "rows", least=1, most=5) - 1]
    across = LAWS[whole(columns, "columns", least=1, most=5) - 1]
    return np.outer(down, across).astype(np.float64)


PATTERN = (
    Preset(
        "line",
        line,
        "bright lines one sample wide that run along the angle",
        "R. C. Gonzalez and R. E. Woods, Digital Image Processing, line detection",
    ),
    Preset(
        "gabor",
        gabor,
        "stripes of one width and direction, as in the cortex",
        "D. Gabor, Theory of communication, 1946; J. G. Daugman, Uncertainty relation for resolution in space, "
        "spatial frequency, and orientation optimized by two-dimensional visual cortical filters, 1985",
    ),
    Preset(
        "laws",
        laws,
        "texture: levels, edges, spots, waves or ripples",
        "K. I. Laws, Textured image segmentation, 1980",
    ),
)
