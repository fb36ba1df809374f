"""Steps of descent on all parameters of a network: SGD with momentum, and Adam.

Weights decay, biases and the like do not; with sgd the decay is a part of the slope, with adam it is apart from it.
Sources: Polyak, 1964; Kingma and Ba, "Adam", arXiv:1412.6980; Loshchilov and Hutter, "Decoupled Weight Decay
Regularization", arXiv:1711.05101.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.errors import unknown_word
from cnnkit.loops.learning.steps import step_adam, step_momentum
from cnnkit.operations.learning.training.rooms import Parameters
from cnnkit.operations.network.work import WorkList

OPTIMISERS = ("adam", "sgd")
RATES = {"adam": 0.002, "sgd": 0.05}
"""Of a step, where none is given."""

BETAS, TINY = (0.9, 0.999), 1e-8
MOMENTUM = 0.9


class Descent(NamedTuple):
    """How to descend."""

    optimiser: str = "adam"
    rate: float | None = None
    momentum: float = MOMENTUM  # of sgd
    decay: float = 0.0

    def check(self) -> None:
        """Raise an ArgumentError for an unknown optimiser."""
        if self.optimiser not in OPTIMISERS:
            others = {"momentum": "sgd", "gd": "sgd", "adamw": "adam"}
            raise unknown_word("optimiser", self.optimiser, OPTIMISERS, synonyms=others)

    @property
    def first_rate(self) -> float:
        """The rate that is given, or the usual one."""
        return RATES[self.optimiser] if self.rate is None else self.rate


class Optimiser:
    """Changes parameters by their slopes, a step at a time."""

    def __init__(self, parameters: Parameters, how: Descent) -> None:
        self.parameters, self.how = parameters, how
        self.steps = 0
        kept = 2 if how.optimiser == "adam" else 1
        self.state: list[Array] = [arrays.aligned(parameters.values.size, np.float32) for _ in range(kept)]
        for array in self.state:
            array[:] = 0
        self._numbers = np.zeros(9, np.float32)

    def work(self, work: WorkList) -> None:
        """Add a step."""
        work.then(self._count)
        parameters, size = self.parameters, self.parameters.values.size
        loop = step_adam if self.how.optimiser == "adam" else step_momentum
        arrays_of = parameters.values, parameters.slopes, *self.state, parameters.decayed
        work(loop, size, 2 * size, work.threads, *arrays_of, self._numbers)

    def _count(self) -> None:
        self.steps += 1
        how, betas = self.how, np.array(BETAS)
        self._numbers[:2] = how.first_rate, how.decay
        if how.optimiser == "adam":
            self._numbers[2:4], self._numbers[4:6] = betas, 1 - betas
            self._numbers[6:8] = 1 / (1 - betas**self.steps)
            self._numbers[8] = TINY
        else:
            self._numbers[2] = how.momentum
