"""Steps of descent by hand and against their definitions in float64, as machine code and plain Python."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.learning.steps import step_adam, step_momentum

BETAS = np.array([0.9, 0.999])


def f4(*values: float) -> Any:
    return np.array(values, np.float32)


def adam_numbers(rate: float, decay: float, step: int) -> Any:
    return np.array([rate, decay, *BETAS, *1 - BETAS, *1 / (1 - BETAS**step), 1e-8], np.float32)


def test_momentum_by_hand(engine: str) -> None:
    """Rate 0.5, decay 0.25, momentum 0.5: the first weight decays, the second does not."""
    weights, slopes, speed, decayed = f4(4, 4), f4(1, 1), f4(2, 2), f4(1, 0)
    step_momentum(weights, slopes, speed, decayed, f4(0.5, 0.25, 0.5), 0, 2)
    assert speed.tolist() == [0.5 * 2 + 1 + 0.25 * 4, 0.5 * 2 + 1]
    assert weights.tolist() == [4 - 0.5 * 3, 4 - 0.5 * 2]
    assert slopes.tolist() == [1, 1]


def test_the_first_step_of_adam_is_as_long_as_the_rate(engine: str) -> None:
    """Whatever the slope; the decay is apart from it: 0.125 times 0.5 of the weight."""
    weights, slopes = f4(4, 4, 4, 0), f4(1e-3, -50, 2, 0)
    speed, squares, decayed = np.zeros(4, np.float32), np.zeros(4, np.float32), f4(0, 0, 1, 1)
    step_adam(weights, slopes, speed, squares, decayed, adam_numbers(0.125, 0.5, 1), 0, 4)
    np.testing.assert_allclose(weights, [4 - 0.125, 4 + 0.125, 4 - 0.125 * 0.5 * 4 - 0.125, 0], rtol=1e-5)
    np.testing.assert_allclose(speed, 0.1 * slopes, rtol=1e-6)
    np.testing.assert_allclose(squares, 0.001 * slopes**2, rtol=1e-4)


@pytest.mark.parametrize("size", [1, 3, 37])
def test_steps_that_follow_each_other(size: int, engine: str) -> None:
    draw = np.random.default_rng(size)
    start, decayed = draw.normal(size=size).astype(np.float32), draw.integers(0, 2, size).astype(np.float32)
    found, other = start.copy(), start.copy()
    speeds, squares, speed = (np.zeros(size, np.float32) for _ in range(3))
    w, v, s = start.astype(float), np.zeros(size), np.zeros(size)
    x, u = start.astype(float), np.zeros(size)
    for step in range(1, 6):
        slopes = draw.normal(size=size).astype(np.float32)
        step_adam(found, slopes, speeds, squares, decayed, adam_numbers(0.01, 0.1, step), 0, size)
        v, s = 0.9 * v + 0.1 * slopes, 0.999 * s + 0.001 * slopes.astype(float) ** 2
        w = w - 0.01 * 0.1 * decayed * w
        w = w - 0.01 * (v / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
        step_momentum(other, slopes, speed, decayed, f4(0.01, 0.1, 0.9), 0, size)
        u = 0.9 * u + slopes + 0.1 * decayed * x
        x = x - 0.01 * u
    np.testing.assert_allclose(found, w, atol=5e-6)
    np.testing.assert_allclose(other, x, atol=5e-6)


def test_bands_change_their_own_weights_to_the_same_bits() -> None:
    draw = np.random.default_rng(0)
    arrays = [draw.random(83).astype(np.float32) for _ in range(5)]
    for loop, numbers, count in ((step_adam, adam_numbers(0.01, 0.1, 2), 5), (step_momentum, f4(0.01, 0.1, 0.9), 4)):
        once, twice = ([one.copy() for one in arrays[:count]] for _ in range(2))
        loop(*once, numbers, 0, 83)
        loop(*twice, numbers, 0, 29)
        np.testing.assert_array_equal(twice[0][29:], arrays[0][29:])
        loop(*twice, numbers, 29, 83)
        for one, other in zip(once, twice, strict=True):
            np.testing.assert_array_equal(one, other)
