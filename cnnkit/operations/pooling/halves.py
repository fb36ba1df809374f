"""Which means are those of an image at half its size, and the loop for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.geometry.window import Window
from cnnkit.loops.machine.bound import Bound
from cnnkit.loops.pooling.halves import MAX_DEPTH, MEANS, halve
from cnnkit.operations.pooling.windows import Windows

HALF = Window((2, 2), (2, 2))
BYTE = np.dtype(np.uint8)
LOOPS = {depth: halve.of(means) for depth, means in MEANS.items()}


def is_halved(windows: Windows, depth: int, dtype: np.dtype[Any], result: np.dtype[Any]) -> bool:
    """Whether rounded means are of 2x2 windows of bytes, side by side, none with padding."""
    placement = windows.placement
    return (
        placement is not None
        and placement.window == HALF
        and dtype == result == BYTE
        and depth <= MAX_DEPTH
        and windows.rows.divisors.sum() == 2 * len(windows.rows)
        and placement.padding.widest == 0
        and all(results == length // 2 for results, length in zip(placement.output, placement.input, strict=True))
    )


def bound_halves(shape: tuple[int, int, int]) -> Bound:
    """The loop over rows of results, without image and result."""
    rows, columns, depth = shape
    return LOOPS[depth].bind(rows, columns, depth, MEANS[depth].written, *(np.zeros(1, BYTE) for _ in range(2)))
