"""Cross-entropy by hand, its slope, and sums over examples."""

import math

import numpy as np
import pytest

from cnnkit.operations.learning.training.loss import Count, Loss, cross_entropy
from cnnkit.operations.learning.training.rooms import Room


def test_by_hand() -> None:
    """Shares 3/4 and 1/4, and 1/2 and 1/2: the second answer is the first of two that are equal."""
    count, shares = cross_entropy(np.array([[math.log(3), 0], [5, 5]]), np.array([0, 1]))
    assert count.loss == pytest.approx(math.log(4 / 3) + math.log(2))
    assert (count.right, count.examples) == (1, 2)
    assert count.mean_loss == count.loss / 2
    assert count.accuracy == 0.5
    np.testing.assert_allclose(shares, [[0.75, 0.25], [0.5, 0.5]])


def test_scores_of_any_size() -> None:
    """Exponentials of these have no numbers; their differences do."""
    count, shares = cross_entropy(np.array([[1e4, 0], [-1e4, 0]], np.float32), np.array([1, 1]))
    assert count.loss == pytest.approx(1e4)
    np.testing.assert_array_equal(shares, [[1, 0], [0, 1]])


def test_the_slope_is_that_of_the_mean() -> None:
    scores, slope = Room.of((3, 4)), Room.of((3, 4))
    draw = np.random.default_rng(0)
    scores.array[...] = draw.normal(size=(3, 4))
    loss = Loss(scores, slope)
    loss.labels[:] = labels = np.array([2, 0, 2])
    loss()
    assert loss.count.examples == 3
    for n, k in np.ndindex(3, 4):
        losses = []
        for sign in (1, -1):
            moved = scores.array.astype(float)
            moved[n, k] += sign * 1e-5
            losses.append(cross_entropy(moved, labels)[0].mean_loss)
        assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(slope.array[n, k], abs=1e-7)
    np.testing.assert_allclose(slope.array.sum(axis=1), 0, atol=1e-7)


def test_sums_over_batches() -> None:
    both = Count(3.0, 2, 4).plus(Count(1.0, 1, 1))
    assert both == (4.0, 3, 5)
    assert (both.mean_loss, both.accuracy) == (0.8, 0.6)
    assert math.isnan(Count().mean_loss)
    assert math.isnan(Count().accuracy)
    assert Count().plus(both) == both


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf])
def test_scores_that_are_no_numbers(score: float) -> None:
    scores = np.array([[score, 0.0]]) if score != -np.inf else np.full((1, 2), score)
    assert math.isnan(cross_entropy(scores, np.array([1]))[0].loss)


def test_a_class_that_is_out_of_the_question() -> None:
    count, shares = cross_entropy(np.array([[-np.inf, 0.0]]), np.array([0]))
    assert count.loss == np.inf
    assert shares.tolist() == [[0, 1]]
