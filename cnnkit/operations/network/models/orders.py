"""In which order the axes of a value stand in memory.

A model's file has (n, depth, rows, columns), and the operations on images want (n, rows, columns, depth). So each value
has a shape in the order of the file, and an order: which of those axes each axis in memory is, -1 for one of length 1
that the file does not have. Transposing a value changes its order and moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnkit.arrays import Array

Order = tuple[int, ...]
Sizes = tuple[int, ...]

IMAGE: Order = (0, 2, 3, 1)
SOUND: Order = (0, -1, 2, 1)
"""Of (n, depth, samples): an image of one row."""


def plain(rank: int) -> Order:
    """The order of the file itself.

    >>> plain(3)
    (0, 1, 2)
    """
    return tuple(range(rank))


def image_order(rank: int) -> Order:
    """The order that operations on images want, of three or four axes."""
    return IMAGE if rank == 4 else SOUND


def in_memory(shape: Sequence[int], order: Order) -> Sizes:
    """The shape in memory of a value of this shape in the file.

    >>> in_memory((1, 3, 8, 9), IMAGE), in_memory((1, 2, 100), SOUND)
    ((1, 8, 9, 3), (1, 1, 100, 2))
    """
    return tuple(1 if axis < 0 else shape[axis] for axis in order)


def laid(values: Array, order: Order) -> Array:
    """Values in the order of the file, as a view in another one."""
    kept = [axis for axis in order if axis >= 0]
    moved: Array = values.transpose(kept).reshape(in_memory(values.shape, order))
    return moved


def reordered(x: Array, before: Order, after: Order) -> Array:
    """Values in one order, in another one; in rows without gaps.

    >>> reordered(np.arange(6).reshape(1, 1, 3, 2), SOUND, (0, 1, 2)).tolist()
    [[[0, 2, 4], [1, 3, 5]]]
    """
    held = [axis for axis in before if axis >= 0]
    lengths = [length for length, axis in zip(x.shape, before, strict=True) if axis >= 0]
    kept = [axis for axis in after if axis >= 0]
    moved = x.reshape(lengths).transpose([held.index(axis) for axis in kept])
    return np.ascontiguousarray(moved).reshape([1 if axis < 0 else moved.shape[kept.index(axis)] for axis in after])


def moves_nothing(shape: Sequence[int], before: Order, after: Order) -> bool:
    """Whether two orders put the values in one sequence, as they differ in axes of length 1 alone."""
    return [axis for axis in before if axis >= 0 and shape[axis] > 1] == [
        axis for axis in after if axis >= 0 and shape[axis] > 1
    ]


def transposed(order: Order, axes: Sequence[int]) -> Order:
    """The order of a value after its axes are exchanged: axis k of the result is axis ``axes[k]``.

    >>> transposed((0, 1, 2, 3), (0, 3, 1, 2)) == IMAGE
    True
    """
    place = {axis: new for new, axis in enumerate(axes)}
    return tuple(-1 if axis < 0 else place[axis] for axis in order)
