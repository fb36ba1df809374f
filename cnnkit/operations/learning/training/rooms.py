"""Where values, slopes and weights of a network in training lie."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array, Integers
from cnnkit.loops.convolution.layer import PIXELS
from cnnkit.loops.machine.processor import VECTOR_BYTES


def beyond(depth: int) -> int:
    """How many values tiles may read beyond the end of an array whose last axis is `depth`."""
    return PIXELS * depth + VECTOR_BYTES


class Room(NamedTuple):
    """An array, and its values in a row with some more behind them, which tiles may overrun."""

    array: Array
    flat: Array

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Room:
        """A new one, all zeros."""
        count = math.prod(shape)
        flat = arrays.aligned(count + beyond(shape[-1]), np.float32)
        flat[:] = 0
        return cls(flat[:count].reshape(shape), flat)

    def shaped(self, shape: tuple[int, ...]) -> Room:
        """The same values in another shape."""
        return Room(self.array.reshape(shape), self.flat)


class Parameter(NamedTuple):
    """Some weights of a layer among all of a network, with their slopes."""

    weights: Array
    slopes: Array
    places: Integers  # of each of the weights in `Parameters.values`


class Parameters:
    """All parameters of a network in a row: 0, which stands for no weight, and then those of one layer after the other.

    Attributes
    ----------
    values, slopes : ndarray of float32
        As many of each.
    decayed : ndarray of float32
        1 for weights, 0 for biases and the like.
    """

    def __init__(self, shapes: dict[tuple[int, str], tuple[int, ...]]) -> None:
        """The shapes are by the number of a layer and the name of a parameter."""
        self.shapes = shapes
        count = 1 + sum(math.prod(shape) for shape in shapes.values())
        rest = beyond(max((shape[-1] for shape in shapes.values()), default=1))
        rooms = [arrays.aligned(count + rest, np.float32) for _ in range(3)]
        for room in rooms:
            room[:] = 0
        self.values, self.slopes, self.decayed = (room[:count] for room in rooms)
        self._parameters: dict[tuple[int, str], Parameter] = {}
        begin = 1
        for key, shape in shapes.items():
            some = slice(begin, begin + math.prod(shape))
            places = np.arange(some.start, some.stop).reshape(shape)
            self._parameters[key] = Parameter(
                self.values[some].reshape(shape), self.slopes[some].reshape(shape), places
            )
            self.decayed[some] = key[1] == "weights"
            begin = some.stop

    def __getitem__(self, key: tuple[int, str]) -> Parameter:
        """A parameter of a layer, by its number and name."""
        return self._parameters[key]

    def of(self, number: int) -> dict[str, Parameter]:
        """The parameters of a layer, by their names."""
        return {name: one for (layer, name), one in self._parameters.items() if layer == number}
