"""How a kernel was learned: its weights and its error after some of the steps, for whoever shows it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Floats, Integers


class Course(NamedTuple):
    """Points on the way from the first weights to the last.

    Attributes
    ----------
    shape : tuple of int
        Of the kernel: (rows, columns), (rows, columns, depth) or (rows, columns, depth, kernels).
    steps : ndarray of int
        How many steps were done, (points,), ascending.
    weights : ndarray
        (points, taps, kernels), or any shape in which the weights of a point are in the order of `shape`.
    losses : ndarray
        The error at each point, (points,).
    channels : tuple of str
        What the channels of the image are called; their numbers are used without it.
    """

    shape: tuple[int, ...]
    steps: Integers
    weights: Floats
    losses: Floats
    channels: tuple[str, ...] = ()

    @property
    def grids(self) -> Floats:
        """The weights as grids, (points, rows, columns, grids): those of a kernel follow each other.

        >>> Course((1, 2, 3, 4), np.arange(2), np.zeros((2, 6, 4)), np.ones(2)).grids.shape
        (2, 1, 2, 12)
        """
        rows, columns, depth, kernels = (*self.shape, 1, 1)[:4]
        cells = self.weights.reshape(len(self.steps), rows, columns, depth, kernels).swapaxes(3, 4)
        grids: Floats = cells.reshape(len(self.steps), rows, columns, depth * kernels)
        return grids

    @property
    def names(self) -> tuple[str, ...]:
        """What each grid is for; nothing where there is one.

        >>> Course((3, 3, 1, 2), np.arange(1), np.zeros((1, 9, 2)), np.ones(1)).names
        ('kernel 0', 'kernel 1')
        """
        depth, kernels = (*self.shape[2:], 1, 1)[:2]
        named = len(self.channels) == depth
        word = "ch." if kernels > 1 else "channel"
        channels = self.channels if named else tuple(f"{word} {channel}" for channel in range(depth))
        of_kernel = [f"kernel {kernel}" for kernel in range(kernels)] if kernels > 1 else [""]
        of_channel = channels if depth > 1 else ("",)
        return tuple(", ".join(filter(None, (one, other))) for one in of_kernel for other in of_channel)

    def at_shares(self, *shares: float) -> list[int]:
        """The first point, those where so much of the way is left for the first time, and the last, none twice.

        What is left is the largest difference of a weight from its last value, as a share of that of the first point.

        >>> Course((1, 1), np.arange(5), np.array([8.0, 6, 4, 1, 0]), np.ones(5)).at_shares(0.5, 0.1)
        [0, 2, 4]
        """
        flat = np.nan_to_num(self.weights.reshape(len(self.steps), -1))
        left = np.abs(flat / 2 - flat[-1] / 2).max(axis=1)  # halves, as differences of the largest numbers overflow
        return sorted({0, len(left) - 1, *(int(np.argmax(left <= share * left[0])) for share in shares)})

    def spread(self, most: int) -> list[int]:
        """At most so many points, the first and the last among them: all of the first ones, and then fewer and fewer.

        >>> Course((1, 1), np.arange(100), np.zeros(100), np.ones(100)).spread(10)
        [0, 1, 2, 4, 7, 12, 21, 35, 59, 99]
        """
        count = len(self.steps)
        if count <= most:
            return list(range(count))
        places, tried = [0, count - 1], 2
        while len(places) <= most:  # many of the first ones are the same
            found, tried = places, tried + 1
            places = sorted({round(float(place)) - 1 for place in np.geomspace(1, count, tried)})
        return found
