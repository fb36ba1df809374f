"""Gradient descent on mini-batches of windows: plain, with momentum, and Adam.

The rate falls to 0 in a straight line, so that the noise of batches and of rounded results is averaged out. It begins
at 1 over the largest curvature, and momentum is what Polyak found best for the largest and the smallest.
Sources: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964, for momentum; Kingma and Ba,
"Adam: A Method for Stochastic Optimization", arXiv:1412.6980.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Floats, Integers
from cnnkit.errors import unknown_word
from cnnkit.loops.learning.gradient import squared_errors
from cnnkit.operations.learning.exact import Normal
from cnnkit.operations.learning.windows import Windows

OPTIMISERS = ("momentum", "sgd", "adam")
ADAM_RATE = 0.02
SMALLEST_CHANGE = 1e-14
BETAS, TINY = (0.9, 0.999), 1e-8


class Descent(NamedTuple):
    """How to descend."""

    optimiser: str = "momentum"
    steps: int = 6000
    batch: int = 1024
    rate: float | None = None  # of the first step; None for one that fits the images
    seed: int = 0

    def check(self) -> None:
        """Raise an ArgumentError for an unknown optimiser."""
        if self.optimiser not in OPTIMISERS:
            others = {"gd": "sgd", "plain": "sgd", "gradient-descent": "sgd", "adamw": "adam"}
            raise unknown_word("optimiser", self.optimiser, OPTIMISERS, synonyms=others)


class Point(NamedTuple):
    """Where descent is: after how many steps, with which weights (taps, kernels), how wrong on the last batch."""

    step: int
    weights: Floats
    loss: float  # the root of the mean squared error


def gradient(windows: Windows, normal: Normal, weights: Floats, chosen: Integers) -> tuple[float, Floats]:
    """Half the mean squared error of the chosen windows, and its gradient with respect to the weights."""
    found, errors = np.zeros(weights.size), np.zeros(1)
    squared_errors(
        windows.samples,
        windows.places[chosen],
        windows.taps,
        normal.means,
        (windows.targets[chosen] - normal.mean_results).reshape(-1),
        np.ascontiguousarray(weights).reshape(-1),
        found,
        errors,
        windows.kernels,
        0,
        len(chosen),
    )
    return float(errors[0]) / len(chosen), found.reshape(weights.shape) / len(chosen)


def error(windows: Windows, normal: Normal, weights: Floats) -> float:
    """The root of the mean squared error of all results."""
    half, _ = gradient(windows, normal, weights, np.arange(len(windows.places)))
    return float((2 * half / windows.kernels) ** 0.5)


def descend(windows: Windows, normal: Normal, how: Descent) -> Iterator[Point]:
    """The way down from small random weights, step by step; the first point is where it begins.

    It ends before all steps are taken where they have become too small to change anything.
    """
    rng = np.random.default_rng(how.seed)
    weights: Floats = rng.normal(0, 0.1, (len(windows.taps), windows.kernels))
    every = np.arange(len(windows.places))
    yield Point(0, weights, (2 * gradient(windows, normal, weights, every[: how.batch])[0] / windows.kernels) ** 0.5)
    rate = how.rate or (ADAM_RATE if how.optimiser == "adam" else 1 / normal.curvature)
    momentum = normal.momentum if how.optimiser == "momentum" else 0.0
    speed, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, how.steps + 1):
        chosen = every if how.batch >= len(every) else rng.integers(0, len(every), how.batch)
        loss, slope = gradient(windows, normal, weights, chosen)
        left = rate * (1 - (step - 1) / how.steps)
        if how.optimiser == "adam":
            speed = BETAS[0] * speed + (1 - BETAS[0]) * slope
            square = BETAS[1] * square + (1 - BETAS[1]) * slope**2
            size = np.sqrt(square / (1 - BETAS[1] ** step)) + TINY
            change = left * speed / (1 - BETAS[0] ** step) / size
        else:
            speed = momentum * speed + slope
            change = left * speed
        weights = weights - change
        yield Point(step, weights, (2 * loss / windows.kernels) ** 0.5)
        if np.abs(change).max() < SMALLEST_CHANGE:
            return
