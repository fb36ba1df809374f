"""How a kernel is turned: angles, compass rings and mixtures.

An angle is counter-clockwise, in degrees. For a derivative it is the direction in which brightness rises: 0 to the
right, 90 upward, 180 to the left, 270 downward. The kernel is applied as written (cross-correlation), so the
positive weights are on the bright side.

Two ways of turning are in use, and both give exactly ``np.rot90`` at quarter turns. Moving the eight outer weights of
a 3x3 kernel along their ring (Robinson 1977) reaches the multiples of 45 and keeps whole numbers whole. Mixing the
kernels of 0 and 90 degrees as cos a and sin a (Freeman and Adelson 1991) reaches every angle.
"""

from __future__ import annotations

import math

import numpy as np

from cnnkit.data.kernels.preset import Weights
from cnnkit.data.kernels.presets.settings import number
from cnnkit.errors import ArgumentError

RING = ((1, 2), (0, 2), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1), (2, 2))
"""Places of the outer weights of a 3x3 kernel, counter-clockwise from the right."""


def direction(angle: float) -> tuple[float, float]:
    """Cos and sin of an angle in degrees, exact at quarter turns.

    A quarter turn more swaps the two and one sign, and changes no digit: turned kernels stay ``np.rot90`` of each
    other.

    >>> direction(270)
    (0.0, -1.0)
    """
    quarters, rest = divmod(number(angle, "angle"), 90.0)
    cosine, sine = math.cos(math.radians(rest)), math.sin(math.radians(rest))
    for _ in range(int(quarters % 4)):
        cosine, sine = -sine, cosine
    return cosine + 0.0, sine + 0.0  # + 0.0 turns -0.0 into 0.0


def steered(weights: Weights, angle: float) -> Weights:
    """Mix a derivative that rises to the right with itself a quarter turn on: the derivative towards `angle`.

    >>> steered(np.array([[-1.0, 1.0], [-1.0, 1.0]]), 90)
    array([[ 1.,  1.],
           [-1., -1.]])
    """
    cosine, sine = direction(angle)
    across, upward = cosine * weights, sine * np.rot90(weights)
    mixture: Weights = across + upward
    mixture[np.abs(mixture) <= 1e-15 * (np.abs(across) + np.abs(upward))] = 0.0  # what rounding left, and -0.0
    return mixture


def along_ring(weights: Weights, angle: float) -> Weights:
    """Move the outer weights of a 3x3 kernel along their ring, one place counter-clockwise per 45 degrees.

    >>> along_ring(np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]), 45)
    array([[ 0,  1,  2],
           [-1,  0,  1],
           [-2, -1,  0]])
    """
    degrees = number(angle, "angle")
    if degrees % 45 != 0:
        raise ArgumentError(
            f"angle {degrees:g} is not a multiple of 45", hint="use 0, 45, 90, 135, 180, 225, 270 or 315"
        )
    places = int(degrees // 45 % 8)
    turned: Weights = weights.copy()
    for here, there in zip(RING, RING[places:] + RING[:places], strict=True):
        turned[there] = weights[here]
    return turned


def turned_derivative(weights: Weights, angle: float) -> Weights:
    """Turn a derivative: one of 3x3 along its ring at multiples of 45, else as the mixture of 0 and 90 degrees.

    At the odd multiples of 45 the two rules differ (Sobel: 8.5 against 8 for a slope of one level per sample), and
    the textbooks' whole-number kernel is taken there.

    >>> turned_derivative(np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]), 30).round(2)
    array([[-0.37,  1.  ,  1.37],
           [-1.73,  0.  ,  1.73],
           [-1.37, -1.  ,  0.37]])
    """
    has_ring = weights.shape == (3, 3) and number(angle, "angle") % 45 == 0
    return along_ring(weights, angle) if has_ring else steered(weights, angle)
