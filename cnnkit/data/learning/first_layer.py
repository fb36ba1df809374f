"""The kernels of a network's first layer while it learns: those that changed most, and what is drawn of one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array, Floats

COLOURS = 3
"""Channels that are drawn as red, green and blue."""

LARGEST = 1e100
"""Of weights; the squares of all those of a layer have a sum."""


class Kernels(NamedTuple):
    """A first layer after some of the epochs.

    Attributes
    ----------
    epoch : int
        How many epochs were done; 0 at the start.
    weights : ndarray
        (rows, columns, depth, kernels).
    loss, accuracy : float
        Of the epoch, the accuracy from 0 to 1; NaN where they are not known, as at the start.
    """

    epoch: int
    weights: Array
    loss: float
    accuracy: float


def finite(weights: Array) -> Floats:
    """Weights as numbers that can be squared and summed: 0 where there is none.

    >>> finite(np.array([1, np.nan, np.inf])).tolist()
    [1.0, 0.0, 1e+100]
    """
    numbers: Floats = np.nan_to_num(weights.astype(np.float64)).clip(-LARGEST, LARGEST)
    return numbers


def changed_most(start: Array, end: Array, most: int) -> list[int]:
    """The numbers of at most so many kernels, ascending: those that differ most from what they were.

    >>> changed_most(np.zeros((1, 1, 1, 3)), np.array([[[[1, -3, 2]]]]), 2)
    [1, 2]
    """
    changes = ((finite(end) - finite(start)) ** 2).sum(axis=(0, 1, 2))
    return sorted(np.argsort(-changes, kind="stable")[:most].tolist())


def patterns(weights: Array) -> Floats:
    """What is drawn of kernels: 1 channel or 3 as they are, of others the sum, which is what a grey image meets.

    >>> patterns(np.ones((5, 5, 3, 8))).shape, patterns(np.ones((5, 5, 4, 8))).shape
    ((5, 5, 3, 8), (5, 5, 1, 8))
    """
    numbers = finite(weights)
    if numbers.shape[2] in (1, COLOURS):
        return numbers
    summed: Floats = numbers.sum(axis=2, keepdims=True)
    return summed
