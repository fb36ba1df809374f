"""First layers: those kernels that changed most, and what is drawn of a kernel."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.learning.first_layer import LARGEST, changed_most, finite, patterns

RANDOM = np.random.default_rng(1)


def test_those_that_changed_most_stand_in_their_order() -> None:
    start = RANDOM.normal(size=(3, 3, 2, 5))
    end = start + np.array([0.1, -3, 0, 0.2, 2])
    assert changed_most(start, end, 3) == [1, 3, 4]
    assert changed_most(start, end, 9) == [0, 1, 2, 3, 4]
    assert changed_most(start, start, 2) == [0, 1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308])
def test_weights_that_are_no_numbers_can_be_compared(value: float) -> None:
    start, end = np.zeros((2, 2, 1, 2)), np.zeros((2, 2, 1, 2))
    end[..., 1] = value
    assert changed_most(start, end, 1) == ([0] if np.isnan(value) else [1])
    assert np.abs(finite(end)).max() in (0, LARGEST)


@pytest.mark.parametrize(("depth", "shown"), [(1, 1), (2, 1), (3, 3), (4, 1)])
def test_a_pattern_has_one_channel_or_the_colours(depth: int, shown: int) -> None:
    weights = RANDOM.normal(size=(3, 4, depth, 2)).astype(np.float32)
    found = patterns(weights)
    assert found.shape == (3, 4, shown, 2)
    np.testing.assert_allclose(found.sum(axis=2), weights.sum(axis=2), rtol=1e-5)
