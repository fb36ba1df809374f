"""Errors and gradients of windows by hand, against the definition, and by finite differences."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.learning.gradient import squared_errors


def compute(
    image: Any, places: Any, taps: Any, means: Any, targets: Any, weights: Any, *ends: int
) -> tuple[float, Any]:
    gradient, errors = np.zeros(weights.size), np.zeros(1)
    kernels = weights.shape[1]
    squared_errors(
        image, places, taps, means, targets.reshape(-1), weights.reshape(-1), gradient, errors, kernels,
        *(ends or (0, len(places))),
    )  # fmt: skip
    return float(errors[0]), gradient.reshape(weights.shape)


def drawn(kernels: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(kernels)
    image, weights = rng.normal(size=60), rng.normal(size=(5, kernels))
    places, taps = rng.integers(0, 40, 30), np.array([0, 1, 2, 7, 9])
    return image, places, taps, rng.normal(size=5), rng.normal(size=(30, kernels)), weights


def test_by_hand(engine: str) -> None:
    """Two windows of two samples, [1, 2] and [2, 4], less the means [1, 1]; weights [3, 5] and a target of 1 each."""
    image, taps, means = np.array([1.0, 2, 4]), np.array([0, 1]), np.ones(2)
    loss, gradient = compute(image, np.array([0, 1]), taps, means, np.ones((2, 1)), np.array([[3.0], [5.0]]))
    # Sums: 0 * 3 + 1 * 5 = 5 and 1 * 3 + 3 * 5 = 18; errors 4 and 17.
    assert loss == (16 + 289) / 2
    assert gradient[:, 0].tolist() == [4 * 0 + 17 * 1, 4 * 1 + 17 * 3]


@pytest.mark.parametrize("kernels", [1, 3])
def test_the_definition(kernels: int, engine: str) -> None:
    image, places, taps, means, targets, weights = drawn(kernels)
    rows = image[places[:, None] + taps] - means
    errors = rows @ weights - targets
    loss, gradient = compute(image, places, taps, means, targets, weights)
    assert loss == pytest.approx(0.5 * (errors**2).sum())
    np.testing.assert_allclose(gradient, rows.T @ errors, rtol=1e-12)
    half, part = compute(image, places, taps, means, targets, weights, 10, 20)
    assert half == pytest.approx(0.5 * (errors[10:20] ** 2).sum())
    np.testing.assert_allclose(part, rows[10:20].T @ errors[10:20], rtol=1e-12)


@pytest.mark.parametrize("kernels", [1, 2])
def test_finite_differences(kernels: int) -> None:
    image, places, taps, means, targets, weights = drawn(kernels)
    _, gradient = compute(image, places, taps, means, targets, weights)
    for tap in range(5):
        for k in range(kernels):
            losses = []
            for sign in (1, -1):
                moved = weights.copy()
                moved[tap, k] += sign * 1e-5
                losses.append(compute(image, places, taps, means, targets, moved)[0])
            assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(gradient[tap, k], rel=1e-6)
