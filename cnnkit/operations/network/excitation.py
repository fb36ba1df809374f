"""Where an image excites a feature map most, and what of the image is seen there.

Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", arXiv:1311.2901, who show what a map
answers to by the patches of images that excite it most.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.geometry.pair import Pair
from cnnkit.network.receptive_field import Axis, Field

MOST_PLACES = 3
"""Of one image, so that the strongest of many images are not all from one."""


class Window(NamedTuple):
    """A place of a map, its value, and the part of the input that it sees."""

    row: int
    column: int
    value: float
    box: tuple[int, int, int, int]  # first row and column, rows and columns, clipped to the input

    @property
    def facts(self) -> dict[str, Any]:
        """What ``--json`` says of it."""
        return {"row": self.row, "column": self.column, "value": self.value, "box": [*self.box]}


def strongest_windows(values: Array, field: Field, size: Pair, most: int = MOST_PLACES) -> list[Window]:
    """The largest values of a map (rows, columns), no two of which see more than half the same; NaN is never one.

    Values that are not above 0 excite nothing: one stands for all where there are no others. Of a map with values that
    see the input alone only these count: at the rim the zeros of the padding would make edges of their own.

    `field` is what a value sees of an input of this `size`; None for all of it.
    """
    left = np.where(np.isnan(values), -np.inf, values).astype(np.float64)
    axes = field or (None, None)
    rows, columns = (_inside(*one) for one in zip(axes, left.shape, size, strict=True))
    if rows.any() and columns.any():
        left[~np.logical_and.outer(rows, columns)] = -np.inf
    apart = [_positions_apart(axis, length) for axis, length in zip(axes, left.shape, strict=True)]
    found: list[Window] = []
    while len(found) < most:
        row, column = divmod(int(left.argmax()), left.shape[1])
        if left[row, column] == -np.inf or (found and left[row, column] <= 0):
            break
        (top, bottom), (first, last) = (
            _seen(axis, position, length) for axis, position, length in zip(axes, (row, column), size, strict=True)
        )
        found.append(Window(row, column, float(values[row, column]), (top, first, bottom - top, last - first)))
        down, across = (slice(max(at - n, 0), at + n + 1) for at, n in zip((row, column), apart, strict=True))
        left[down, across] = -np.inf
    return found


def _inside(axis: Axis | None, positions: int, length: int) -> Array:
    """Whether each value sees nothing beyond the input along an axis."""
    if axis is None or not axis.is_followed:
        return np.zeros(positions, bool)
    bounds = (axis.bounds_at(position) for position in range(positions))
    return np.array([low is not None and low >= 0 and high is not None and high < length for low, high in bounds])


def _positions_apart(axis: Axis | None, length: int) -> int:
    """Positions within which two values see more than half the same along an axis."""
    if axis is None or not axis.is_followed or not axis.size:
        return length
    numerator, denominator = axis.jump
    return max(axis.size * denominator // (2 * numerator), 0) if numerator else length


def _seen(axis: Axis | None, position: int, length: int) -> Pair:
    """The samples of the input from the first to before the last that a value sees along an axis."""
    low, high = axis.bounds_at(position) if axis is not None and axis.is_followed else (0, length - 1)
    if low is None or high is None:
        return 0, length
    first = min(max(low, 0), length - 1)
    return first, max(min(high + 1, length), first + 1)
