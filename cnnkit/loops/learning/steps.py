"""Steps of descent: weights changed by their slopes, with momentum or as Adam does. All arrays are flat.

`numbers` are the rate, the decay and what the method needs more; `decayed` is 1 for what decays, and 0 for the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops.machine.compile import compiled


@compiled("f4[1], f4[1], f4[1], f4[1], f4[1], i8, i8")
def step_momentum(weights: Any, slopes: Any, speed: Any, decayed: Any, numbers: Any, first: int, last: int) -> None:
    """Weights `first` to `last`; the third number is the momentum."""
    rate = numbers[0]
    decay = numbers[1]
    momentum = numbers[2]
    for k in range(first, last):
        slope = slopes[k] + decay * decayed[k] * weights[k]
        speed[k] = momentum * speed[k] + slope
        weights[k] -= rate * speed[k]


@compiled("f4[1], f4[1], f4[1], f4[1], f4[1], f4[1], i8, i8")
def step_adam(
    weights: Any, slopes: Any, speed: Any, squares: Any, decayed: Any, numbers: Any, first: int, last: int
) -> None:
    """Weights `first` to `last`: two betas follow, 1 less each, the corrections of both means, and a tiny number."""
    rate = numbers[0]
    decay = numbers[1]
    beta = numbers[2]
    beta_square = numbers[3]
    rest = numbers[4]
    rest_square = numbers[5]
    correction = numbers[6]
    correction_square = numbers[7]
    tiny = numbers[8]
    for k in range(first, last):
        slope = slopes[k]
        speed[k] = beta * speed[k] + rest * slope
        squares[k] = beta_square * squares[k] + rest_square * slope * slope
        weights[k] -= rate * decay * decayed[k] * weights[k]
        weights[k] -= rate * (speed[k] * correction) / (np.sqrt(squares[k] * correction_square) + tiny)
