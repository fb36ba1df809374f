"""Poolings in training: their slopes against the twin, and windows that nothing can be learned from."""

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.network.shape import shape
from cnnkit.operations.learning.training.trainer import Trainer
from cnnkit.operations.network.initial import random_parameters
from tests.reference.slopes import check_slopes, drawn, trained

WORDS = """
    maxpool2 maxpool3:s1:same maxpool2:ceil maxpool2:s1:d2:p1 maxpool2x3:s1x2 maxpool2:p1x0x0x1
    avgpool2 avgpool3:s2:p1 avgpool3:ceil avgpool2:s1:d2:p1 avgpool3x1:s1 avgpool2:s4:p1x1x0x1:ceil
    maxpool-to3 maxpool-to9x4 maxpool-to7x6 avgpool-to3x2 avgpool-to9x4 avgpool-to1
""".split()  # noqa: SIM905


@pytest.mark.parametrize("word", WORDS)
def test_slopes(word: str) -> None:
    check_slopes(f"7x6x3 conv1-4 {word} flatten fc3")


def test_tall_windows_which_are_pooled_in_parts() -> None:
    check_slopes("90x5x1 conv1-2 avgpool80x2:s1 flatten fc2", batch=1)


def test_the_slope_of_a_maximum_is_the_first_of_equal_samples(engine: str) -> None:
    """Scores 7 and -7, of which the second should be larger: all of the slope goes to the first 7."""
    stack = shape("1x4x1 conv1-1:nobias maxpool1x4 flatten fc2:nobias", batch=1)
    learned = {1: {"weights": np.ones((1, 1, 1, 1))}, 4: {"weights": np.array([[1.0, -1.0]])}}
    trainer = trained(stack, learned, np.array([3, 7, 7, 1], np.float32).reshape(1, 1, 4, 1), np.array([1]))
    slope = 2 / (1 + np.exp(-14.0))
    found = trainer._slopes[1]
    assert found is not None
    np.testing.assert_allclose(found.array.ravel(), [0, slope, 0, 0], atol=1e-5)
    assert trainer.parameters[1, "weights"].slopes.item() == pytest.approx(7 * slope, rel=1e-5)


@pytest.mark.parametrize("word", ["avgpool1:p1", "maxpool2:p2x2x2x2", "avgpool2:s2:p0x5x0x1"])
def test_windows_of_padding_alone_are_refused(word: str) -> None:
    stack = shape(f"4x4x1 conv1-2 {word} flatten fc2", batch=2)
    with pytest.raises(ArgumentError, match="windows of padding alone") as caught:
        Trainer(stack, random_parameters(stack))
    assert word in str(caught.value)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_no_bit(threads: int) -> None:
    words = "40x40x3 conv1-16 maxpool3:s2 avgpool3:s2:p1 avgpool-to3 flatten fc4"
    stack, learned, x, labels = drawn(words, batch=4)
    found, expected = (trained(stack, learned, x, labels, threads=count) for count in (threads, 1))
    np.testing.assert_array_equal(found.parameters.slopes, expected.parameters.slopes)
