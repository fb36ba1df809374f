"""Kernels as small heat maps with their weights in the cells: 0 is white, blue is below it and red above."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.trace import MOST_MAPS, Numbers
from cnnkit.views.figures.maps import GAP, SIGNED, Cells, Frame, Map, Size, fitted, number_texts

STRIP: Size = (1.0, 0.35)

LONGEST_DECIMAL = 4
"""Characters; longer numbers are written as fractions if they are some."""


def kernel_maps(weights: Floats, names: Sequence[str], about: Sequence[str], most: Size) -> list[Map]:
    """A map of at most a size for each grid of (rows, columns, channels); the first is below `about`."""
    rows, columns, depth = weights.shape
    end = float(np.abs(weights).max()) or 1.0
    factor, texts = weight_texts(weights)
    head = [*about, factor, f"{MOST_MAPS} of {depth} channels" * (depth > MOST_MAPS)]
    return [
        Map(
            tuple(line for line in (*(() if number else head), name) if line),
            fitted((rows, columns), most),
            Cells(weights[..., number], (rows, columns), -end, end, SIGNED),
            texts[..., number],
        )
        for number, name in enumerate(names[:MOST_MAPS])
    ]


def kernel_strip(weights: Floats) -> Map:
    """The first grids of (rows, columns, channels) side by side, without numbers."""
    apart = np.pad(weights[..., :MOST_MAPS], ((0, 0), (0, 1), (0, 0)))
    strip = np.concatenate([*np.moveaxis(apart, 2, 0)], axis=1)[:, :-1]
    (rows, columns, _), across = weights.shape, strip.shape[1]
    end = float(np.abs(weights).max()) or 1.0
    frames: list[Frame] = [(0, left, rows, columns, "black") for left in range(0, across, columns + 1)]
    cells = Cells(strip, (rows, across), -end, end, SIGNED)
    return Map((), fitted(cells.size, STRIP), cells, frames=frames, below=0.1 - GAP)


def weight_texts(weights: Floats) -> tuple[str, Numbers]:
    """Weights as they stand in cells, and the fraction that they are multiples of.

    >>> weight_texts(np.array([[1 / 16, 1 / 8]]))
    ('numbers / 16', array([['1', '2']], dtype='<U1'))
    """
    below = Kernel(weights).denominator
    texts = number_texts(weights)
    is_short = (texts.astype(np.float64) == weights).all() and max(map(len, texts.flat)) <= LONGEST_DECIMAL
    return ("", texts) if is_short or below == 1 else (f"numbers / {below}", number_texts(np.rint(weights * below)))
