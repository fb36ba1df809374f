"""What a layer in training is: work forward, which makes its output, and backward, which makes slopes.

The slope of a value says how the loss changes with it; backward, a layer takes the slopes of its output, and makes
those of its inputs and of its own parameters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.network.layer import LayerShape
from cnnkit.operations.learning.training.rooms import Parameter, Room
from cnnkit.operations.network.work import WorkList


class Link(NamedTuple):
    """Where a layer stands: arrays are (n, rows, columns, depth) or (n, values)."""

    step: LayerShape
    inputs: tuple[Room, ...]
    output: Room
    input_slopes: tuple[Room | None, ...]  # None where nobody asks for them
    slope: Room
    parameters: dict[str, Parameter]
    statistics: dict[str, Array]  # of a bn: mean and variance, which evaluation takes
    rate: float = 0.5  # of values that dropout drops
    random: Callable[[], np.random.Generator] = np.random.default_rng  # one for each step and layer


class Layer(ABC):
    """A layer that is trained. The work is for lists that are gone through again and again."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.step = link.step

    @property
    def given(self) -> Array:
        """The first input."""
        return self.link.inputs[0].array

    @property
    def made(self) -> Array:
        """The output."""
        return self.link.output.array

    @property
    def slope(self) -> Array:
        """The slope of the output."""
        return self.link.slope.array

    @property
    def wanted(self) -> Array | None:
        """The slope of the first input, which is to be filled; None where nobody asks for it."""
        room = self.link.input_slopes[0]
        return None if room is None else room.array

    @abstractmethod
    def forward(self, work: WorkList, *, is_training: bool) -> None:
        """Add what makes the output."""

    @abstractmethod
    def backward(self, work: WorkList) -> None:
        """Add what makes the slopes of the inputs and of the parameters."""
