"""Presets that take a first derivative: their weights sum to 0, and edges give the strongest answer.

``-x`` answers brightness that rises to the right (angle 0), ``-y`` brightness that rises downward (angle 270), since
rows are counted from the top: the signs of OpenCV, SciPy and scikit-image.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from cnnkit.data.kernels.preset import Preset, Weights
from cnnkit.data.kernels.presets.gaussian_grid import bell, offsets
from cnnkit.data.kernels.presets.settings import MAX_SIGMA, MIN_DERIVATIVE_SIGMA, number, odd, size_for
from cnnkit.data.kernels.presets.turning import steered, turned_derivative

MAX_SOBEL = 31
"""Rows and columns of the largest Sobel kernel, as in OpenCV."""


def gradient_x() -> Weights:
    """The central difference along the row: half of (right - left)."""
    return np.array([[-0.5, 0.0, 0.5]])


def gradient_y() -> Weights:
    """The central difference down the column: half of (below - above)."""
    return gradient_x().reshape(3, 1)


def sobel(angle: float = 0.0, size: int = 3) -> Weights:
    """-1 0 1 across, 1 2 1 down; turned along the ring at multiples of 45, mixed from 0 and 90 elsewhere.

    size is odd, from 3 to 31: of larger ones, both lines are smoothed by the row 1 2 1 for each two samples more, as
    OpenCV does, and every angle is mixed from 0 and 90.

    >>> sobel(45)
    array([[ 0.,  1.,  2.],
           [-1.,  0.,  1.],
           [-2., -1.,  0.]])
    """
    side = odd(size, "size", least=3, most=MAX_SOBEL)
    smooth, steep = ([math.comb(n, place) for place in range(n + 1)] for n in (side - 1, side - 3))
    return turned_derivative(np.outer(smooth, np.convolve(steep, [-1.0, 0.0, 1.0])), angle)


def scharr(angle: float = 0.0) -> Weights:
    """-1 0 1 across, 3 10 3 down; turned along the ring at multiples of 45, mixed from 0 and 90 elsewhere."""
    return turned_derivative(np.array([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]]), angle)


def prewitt(angle: float = 0.0) -> Weights:
    """-1 0 1 across, 1 1 1 down; turned along the ring at multiples of 45, mixed from 0 and 90 elsewhere."""
    return turned_derivative(np.array([[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]), angle)


def roberts(angle: float = 45.0) -> Weights:
    """The diagonal difference on 2x2: 0 1; -1 0 at 45 degrees and 1 0; 0 -1 at 135, mixed from both elsewhere.

    >>> roberts(135)
    array([[ 1.,  0.],
           [ 0., -1.]])
    """
    return steered(np.array([[0.0, 1.0], [-1.0, 0.0]]), number(angle, "angle") - 45.0)


def steerable(angle: float = 0.0, sigma: float = 1.0, size: int = 0) -> Weights:
    """Sum cos a and sin a times the Gaussian's derivatives to the right and upward: exact at every angle.

    A slope of one level per sample answers 1, if sigma is at least about 0.7. sigma in samples, from 0.3 to 10000;
    size 0 takes 2 ceil(4 sigma) + 1: a derivative has longer flanks than its Gaussian.
    """
    width = number(sigma, "sigma", least=MIN_DERIVATIVE_SIGMA, most=MAX_SIGMA)
    side = size_for(4 * width, size, least=3)
    line = bell(width, side)
    return steered(np.outer(line, line * offsets(side) / width**2), angle)


_CENTRAL_SOURCE = "the central difference; common practice, e.g. numpy.gradient"
_SOBEL_SOURCE = "I. Sobel and G. Feldman, talk, 1968; I. Sobel, History and definition of the Sobel operator, 2014"
_SCHARR_SOURCE = "H. Scharr, Optimale Operatoren in der Digitalen Bildverarbeitung, 2000"
_PREWITT_SOURCE = "J. M. S. Prewitt, Object enhancement and extraction, 1970"
_CANNY_SOURCE = "J. Canny, A computational approach to edge detection, 1986"
_RIGHT = "vertical edges: brightness that rises to the right"
_DOWN = "horizontal edges: brightness that rises downward"

GRADIENT = (
    Preset("gradient-x", gradient_x, "vertical edges, as they are: half of (right - left)", _CENTRAL_SOURCE),
    Preset("gradient-y", gradient_y, "horizontal edges, as they are: half of (below - above)", _CENTRAL_SOURCE),
    Preset("sobel", sobel, "edges: brightness that rises towards the angle", _SOBEL_SOURCE),
    Preset("sobel-x", partial(sobel, 0), _RIGHT, _SOBEL_SOURCE),
    Preset("sobel-y", partial(sobel, 270), _DOWN, _SOBEL_SOURCE),
    Preset("scharr", scharr, "edges towards the angle, directions truer than sobel's", _SCHARR_SOURCE),
    Preset("scharr-x", partial(scharr, 0), _RIGHT, _SCHARR_SOURCE),
    Preset("scharr-y", partial(scharr, 270), _DOWN, _SCHARR_SOURCE),
    Preset("prewitt", prewitt, "edges towards the angle, all three rows alike", _PREWITT_SOURCE),
    Preset("prewitt-x", partial(prewitt, 0), _RIGHT, _PREWITT_SOURCE),
    Preset("prewitt-y", partial(prewitt, 270), _DOWN, _PREWITT_SOURCE),
    Preset(
        "roberts",
        roberts,
        "diagonal edges, on the smallest grid",
        "L. G. Roberts, Machine perception of three-dimensional solids, 1963",
    ),
    Preset("gaussian-x", partial(steerable, 0), "vertical edges of a blurred image, at the scale sigma", _CANNY_SOURCE),
    Preset("gaussian-y", partial(steerable, 270), "horizontal edges of a blurred image, at scale sigma", _CANNY_SOURCE),
    Preset(
        "steerable",
        steerable,
        "edges towards any angle, at the scale sigma",
        "W. T. Freeman and E. H. Adelson, The design and use of steerable filters, 1991",
    ),
)
