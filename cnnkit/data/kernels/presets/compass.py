"""Presets made as a set, eight directions of a compass or a basis of nine: the strongest answer says which it is."""

from __future__ import annotations

import math

import numpy as np

from cnnkit.data.kernels.preset import Preset, Weights
from cnnkit.data.kernels.presets.settings import whole
from cnnkit.data.kernels.presets.turning import along_ring

_ROOT = math.sqrt(2)
_FREI_CHEN: tuple[tuple[float, list[list[float]]], ...] = (
    (2 * _ROOT, [[1, _ROOT, 1], [0, 0, 0], [-1, -_ROOT, -1]]),
    (2 * _ROOT, [[1, 0, -1], [_ROOT, 0, -_ROOT], [1, 0, -1]]),
    (2 * _ROOT, [[0, -1, _ROOT], [1, 0, -1], [-_ROOT, 1, 0]]),
    (2 * _ROOT, [[_ROOT, -1, 0], [-1, 0, 1], [0, 1, -_ROOT]]),
    (2, [[0, 1, 0], [-1, 0, -1], [0, 1, 0]]),
    (2, [[-1, 0, 1], [0, 0, 0], [1, 0, -1]]),
    (6, [[1, -2, 1], [-2, 4, -2], [1, -2, 1]]),
    (6, [[-2, 1, -2], [1, 4, 1], [-2, 1, -2]]),
    (3, [[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
)
"""Divisor and rows of each: 1 to 4 span the edges, 5 to 8 the lines, 9 is the mean. Together they are orthonormal."""


def kirsch(angle: float = 0.0) -> Weights:
    """5 on the three places towards the angle, -3 on the other five of the ring; multiples of 45.

    >>> kirsch(90)
    array([[ 5.,  5.,  5.],
           [-3.,  0., -3.],
           [-3., -3., -3.]])
    """
    return along_ring(np.array([[-3.0, -3.0, 5.0], [-3.0, 0.0, 5.0], [-3.0, -3.0, 5.0]]), angle)


def robinson(angle: float = 0.0) -> Weights:
    """The five-level compass: Sobel's weights moved along the ring; multiples of 45."""
    return along_ring(np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]), angle)


def prewitt_compass(angle: float = 0.0) -> Weights:
    """1 on the five places towards the angle, -1 on the other three, -2 in the centre; multiples of 45."""
    return along_ring(np.array([[-1.0, 1.0, 1.0], [-1.0, -2.0, 1.0], [-1.0, 1.0, 1.0]]), angle)


def frei_chen(index: int = 1) -> Weights:
    """One of nine orthonormal kernels: 1 to 4 answer edges, 5 to 8 lines, 9 the mean (the only one not of sum 0)."""
    divisor, rows = _FREI_CHEN[whole(index, "index", least=1, most=9) - 1]
    return np.array(rows) / divisor


COMPASS = (
    Preset(
        "kirsch",
        kirsch,
        "edges towards one of eight directions, strong contrast",
        "R. A. Kirsch, Computer determination of the constituent structure of biological images, 1971",
    ),
    Preset(
        "robinson",
        robinson,
        "edges towards one of eight directions, sobel's weights",
        "G. S. Robinson, Edge detection by compass gradient masks, 1977",
    ),
    Preset(
        "prewitt-compass",
        prewitt_compass,
        "edges towards one of eight directions, centre -2",
        "W. K. Pratt, Digital Image Processing, the Prewitt compass gradient",
    ),
    Preset(
        "frei-chen",
        frei_chen,
        "by index: edges 1 to 4, lines 5 to 8, the mean 9",
        "W. Frei and C.-C. Chen, Fast boundary detection: a generalization and a new algorithm, 1977",
    ),
)
