"""Descent: each optimiser by hand, its end, and that it ends."""

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.geometry.window import Window
from cnnkit.operations.learning import descent as room
from cnnkit.operations.learning.descent import OPTIMISERS, Descent, descend, error, gradient
from cnnkit.operations.learning.exact import Normal
from cnnkit.operations.learning.windows import Windows, gather

KERNEL = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0.0]])


@pytest.fixture
def windows() -> Windows:
    import cnnkit

    image = np.random.default_rng(0).random((40, 40))
    return gather([(image, cnnkit.convolve(image, KERNEL))], Window((3, 3)))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_all_find_the_kernel(windows: Windows, optimiser: str) -> None:
    points = [*descend(windows, Normal(windows), Descent(optimiser, 4000, 256))]
    np.testing.assert_allclose(points[-1].weights.reshape(3, 3), KERNEL, atol=1e-3)
    assert points[0].step == 0
    assert points[-1].loss < 1e-3 < points[0].loss


def test_steps_by_hand(windows: Windows) -> None:
    """All windows in each batch, so that nothing is drawn: the first two steps of each."""
    normal, every = Normal(windows), np.arange(len(windows.places))
    for optimiser in OPTIMISERS:
        start, first, second = [*descend(windows, normal, Descent(optimiser, 2, 10**6, 0.25))]
        slope, later = (gradient(windows, normal, point.weights, every)[1] for point in (start, first))
        if optimiser == "adam":
            np.testing.assert_allclose(start.weights - first.weights, 0.25 * np.sign(slope), rtol=1e-6)
            speed, square = 0.1 * (0.9 * slope + later), 0.001 * (0.999 * slope**2 + later**2)
            change = speed / (1 - 0.9**2) / (np.sqrt(square / (1 - 0.999**2)) + 1e-8)
        else:
            np.testing.assert_allclose(start.weights - first.weights, 0.25 * slope, rtol=1e-9)
            change = later + (normal.momentum if optimiser == "momentum" else 0) * slope
        np.testing.assert_allclose(first.weights - second.weights, 0.125 * change, rtol=1e-6)


def test_the_same_seed_is_the_same_way(windows: Windows) -> None:
    normal = Normal(windows)
    ends = [[*descend(windows, normal, Descent("adam", 30, 50, seed=seed))][-1].weights.tolist() for seed in (1, 1, 2)]
    assert ends[0] == ends[1] != ends[2]


def test_it_ends_where_nothing_changes(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SMALLEST_CHANGE", 1e-3)
    points = [*descend(windows, Normal(windows), Descent("momentum", 5000, 256))]
    assert len(points) < 1000


def test_errors(windows: Windows) -> None:
    normal = Normal(windows)
    assert error(windows, normal, KERNEL.reshape(9, 1)) == pytest.approx(0, abs=1e-12)
    centred = windows.targets - windows.targets.mean()
    assert error(windows, normal, np.zeros((9, 1))) == pytest.approx(float(np.sqrt(np.mean(centred**2))))
    with pytest.raises(ArgumentError, match="unknown optimiser 'rmsprop'"):
        Descent("rmsprop").check()
