"""Fully connected layers in training: few units and many, with weights that are packed, or read as they lie."""

import numpy as np
import pytest

from cnnkit.loops.network.dense import UNITS
from cnnkit.network.shape import shape
from cnnkit.operations.learning.training import dense
from tests.reference.slopes import check_slopes, drawn, trained

SIZES = [1, 2, UNITS - 1, UNITS, UNITS + 1, 2 * UNITS + 3]


@pytest.fixture(params=["packed", "as they lie"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights are packed for a product of matrices, or are too many for that."""
    if request.param != "packed":
        monkeypatch.setattr(dense, "MANY_WEIGHTS", 0)


@pytest.mark.parametrize("units", SIZES)
def test_slopes(units: int, way: None) -> None:
    check_slopes(f"5 fc{units} tanh fc3", batch=4)


@pytest.mark.parametrize("batch", [1, 20])
def test_values_in_batches_without_biases(batch: int, way: None, engine: str) -> None:
    check_slopes("3 fc37:nobias tanh fc2:nobias", batch=batch)


def test_by_hand(way: None, engine: str) -> None:
    """Scores 1 * 2 + 1 and 1 * 2 + 1, so each class has a half: slopes of the scores -1/2 and 1/2."""
    learned = {1: {"weights": np.array([[2.0, 2.0]]), "bias": np.array([1.0, 1.0])}}
    trainer = trained(shape("1 fc2", batch=1), learned, np.array([[1.0]]), np.array([0]))
    assert trainer.loss.count.loss == pytest.approx(np.log(2))
    assert trainer.parameters[1, "weights"].slopes.tolist() == [[-0.5, 0.5]]
    assert trainer.parameters[1, "bias"].slopes.tolist() == [-0.5, 0.5]


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(threads: int, way: None) -> None:
    stack, learned, x, labels = drawn("300 fc600 relu fc300 relu fc5", batch=7)
    found, expected = (trained(stack, learned, x, labels, threads=count) for count in (threads, 1))
    np.testing.assert_array_equal(found.parameters.slopes, expected.parameters.slopes)
