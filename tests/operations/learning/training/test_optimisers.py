"""Steps on all parameters of a network against their definitions, and what is refused."""

from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.operations.learning.training.optimisers import OPTIMISERS, RATES, Descent, Optimiser
from cnnkit.operations.learning.training.rooms import Parameters
from cnnkit.operations.network.work import WorkList

SHAPES = {(1, "weights"): (1, 1, 3, 5), (1, "bias"): (5,), (2, "scale"): (5,), (3, "weights"): (300, 70)}


def stepped(how: Descent, threads: int = 1, steps: int = 4) -> tuple[Parameters, Optimiser, Any]:
    """Parameters after some steps, and the slopes of each."""
    parameters, draw = Parameters(SHAPES), np.random.default_rng(0)
    parameters.values[1:] = draw.normal(size=len(parameters.values) - 1)
    optimiser, work = Optimiser(parameters, how), WorkList(threads)
    optimiser.work(work)
    slopes = [parameters.values.copy()]
    for _ in range(steps):
        parameters.slopes[1:] = draw.normal(size=len(parameters.slopes) - 1)
        slopes.append(parameters.slopes.copy())
        for one in work.work:
            one()
    assert optimiser.steps == steps
    return parameters, optimiser, slopes


def test_sgd() -> None:
    parameters, optimiser, (start, *slopes) = stepped(Descent("sgd", 0.1, 0.8, 0.03))
    weights, speed = start.astype(float), np.zeros(len(start))
    for slope in slopes:
        speed = 0.8 * speed + slope + 0.03 * parameters.decayed * weights
        weights = weights - 0.1 * speed
    np.testing.assert_allclose(parameters.values, weights, atol=2e-6)
    np.testing.assert_allclose(optimiser.state[0], speed, atol=2e-6)


def test_adam() -> None:
    parameters, optimiser, (start, *slopes) = stepped(Descent("adam", 0.01, decay=0.2))
    weights, mean, square = start.astype(float), np.zeros(len(start)), np.zeros(len(start))
    for n, slope in enumerate(slopes, start=1):
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope.astype(float) ** 2
        weights = weights - 0.01 * 0.2 * parameters.decayed * weights
        weights -= 0.01 * mean / (1 - 0.9**n) / (np.sqrt(square / (1 - 0.999**n)) + 1e-8)
    np.testing.assert_allclose(parameters.values, weights, atol=2e-6)
    np.testing.assert_allclose(optimiser.state[0], mean, atol=1e-6)
    np.testing.assert_allclose(optimiser.state[1], square, atol=1e-6)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_threads_change_no_bit_and_the_zero_stays(optimiser: str) -> None:
    ends = [stepped(Descent(optimiser, decay=0.1), threads)[0].values for threads in (1, 2, 3)]
    np.testing.assert_array_equal(ends[0], ends[1])
    np.testing.assert_array_equal(ends[0], ends[2])
    assert ends[0][0] == 0


def test_usual_rates() -> None:
    assert Descent().optimiser == "adam"
    for name, rate in RATES.items():
        assert Descent(name).first_rate == rate
        assert Descent(name, 7).first_rate == 7


@pytest.mark.parametrize(("name", "meant"), [("adamw", "adam"), ("momentum", "sgd"), ("gd", "sgd"), ("Adam", "adam")])
def test_other_names_are_understood(name: str, meant: str) -> None:
    with pytest.raises(ArgumentError, match=f"did you mean {meant}"):
        Descent(name).check()
