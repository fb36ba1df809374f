"""Normalisations in training: slopes against the twin, statistics of batches, and those that evaluation takes."""

from typing import Any

import numpy as np
import pytest

from cnnkit.network.shape import shape
from cnnkit.operations.learning.training.trainer import Trainer
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network
from tests.reference.networks import assert_close
from tests.reference.slopes import STILL, check_slopes, drawn, trained


@pytest.mark.parametrize("word", ["bn", "layernorm", "groupnorm2", "groupnorm4", "groupnorm1", "instancenorm", "lrn"])
def test_slopes(word: str, engine: str) -> None:
    check_slopes(f"4x3x2 conv1-4 {word} flatten fc3", tolerance=2e-4)


@pytest.mark.parametrize("words", ["bn relu fc4", "layernorm fc4", "groupnorm2 fc4", "groupnorm3 tanh fc4"])
def test_slopes_of_values_in_a_row(words: str) -> None:
    check_slopes(f"5 fc6 {words} fc3", batch=6, tolerance=2e-4)


@pytest.mark.parametrize("word", ["bn", "layernorm", "instancenorm", "groupnorm2", "lrn"])
def test_a_normalisation_of_the_input_itself(word: str) -> None:
    check_slopes(f"3x4x8 {word} conv1-3 gap fc2", tolerance=2e-4)


@pytest.mark.parametrize("depth", [1, 2, 3, 7, 9])
def test_lrn_of_every_depth(depth: int) -> None:
    """Channels far apart, so that the neighbours weigh in."""
    stack, learned, x, labels = drawn(f"3x3x2 conv1-{depth} lrn flatten fc3")
    trainer = trained(stack, learned, 40 * x, labels)
    given, slope, found = trainer._values[1].array, trainer._slopes[2], trainer._slopes[1]
    assert slope is not None
    assert found is not None
    wide, expected = given.astype(float), np.zeros(given.shape)
    for c in range(depth):
        for other in range(max(c - 2, 0), min(c + 3, depth)):
            root = 1 + 1e-4 / 5 * (wide[..., max(other - 2, 0) : other + 3] ** 2).sum(axis=-1)
            across = -0.75 * root**-1.75 * 2e-4 / 5 * wide[..., c] * wide[..., other]
            expected[..., c] += slope.array[..., other] * (across + (root**-0.75 if c == other else 0))
    np.testing.assert_allclose(found.array, expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())


def normalised(x: Any, scale: Any, shift: Any, mean: Any, variance: Any) -> Any:
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


def bn(words: str = "3x4x3 bn gap fc2", batch: int = 4) -> Any:
    stack, learned, x, labels = drawn(words, batch=batch)
    trainer = Trainer(stack, learned, STILL)
    trainer.input[...] = 5 * x + 100
    return trainer, learned[1], trainer.input.astype(float), labels


def test_statistics_of_the_batch_are_those_of_training() -> None:
    trainer, parts, x, labels = bn()
    trainer.step(labels)
    expected = normalised(x, parts["scale"], parts["shift"], x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2)))
    np.testing.assert_allclose(trainer._values[1].array, expected, atol=3e-5)


def test_fixed_statistics_move_a_tenth_at_each_step() -> None:
    """The mean, and the variance with one value less in its divisor."""
    trainer, parts, x, labels = bn()
    mean, variance = parts["mean"].astype(float), parts["variance"].astype(float)
    for _ in range(3):
        trainer.step(labels)
        mean = 0.9 * mean + 0.1 * x.mean(axis=(0, 1, 2))
        variance = 0.9 * variance + 0.1 * x.var(axis=(0, 1, 2), ddof=1)
        np.testing.assert_allclose(trainer.statistics[1, "mean"], mean, rtol=1e-6)
        np.testing.assert_allclose(trainer.statistics[1, "variance"], variance, rtol=1e-5)
    learned = trainer.learned()[1]
    np.testing.assert_array_equal(learned["mean"], trainer.statistics[1, "mean"])


def test_evaluation_takes_the_fixed_ones_and_leaves_them() -> None:
    trainer, parts, x, labels = bn()
    trainer.step(labels)
    mean, variance = (trainer.statistics[1, name].copy() for name in ("mean", "variance"))
    trainer.evaluate()
    expected = normalised(x, parts["scale"], parts["shift"], mean, variance)
    np.testing.assert_allclose(trainer._values[1].array, expected, rtol=2e-6, atol=1e-4)
    np.testing.assert_array_equal(trainer.statistics[1, "mean"], mean)
    net = network(trainer.stack, trainer.learned())
    assert_close(trainer.scores, Program(net.graph, net.values).run(x.astype(np.float32))[net.values[-1]])


def test_one_value_has_no_variance() -> None:
    """A batch of one with one place: what comes out is the shift, and no slope goes back."""
    stack, learned, x, labels = drawn("5 fc4 bn fc2", batch=1)
    trainer = trained(stack, learned, x, labels)
    np.testing.assert_allclose(trainer._values[2].array[0], learned[2]["shift"], rtol=1e-5)
    np.testing.assert_allclose(trainer.statistics[2, "variance"], 0.9 * learned[2]["variance"], rtol=1e-6)
    assert np.isfinite(trainer.parameters.slopes).all()
    np.testing.assert_allclose(trainer.parameters[1, "weights"].slopes, 0, atol=1e-3)


def test_far_from_0_the_variance_is_what_it_is() -> None:
    """Values of 1000 and some thousandths, whose squares differ in the seventh digit."""
    stack = shape("64x64x1 bn gap fc2", batch=2)
    _, learned, _, labels = drawn("64x64x1 bn gap fc2", batch=2)
    x = (1000 + 0.05 * np.random.default_rng(0).normal(size=(2, 64, 64, 1))).astype(np.float32)
    learned[1]["variance"][:] = 0
    trainer = trained(stack, learned, x, labels)
    np.testing.assert_allclose(trainer.statistics[1, "variance"], 0.1 * x.astype(float).var(ddof=1), rtol=1e-4)


def test_a_channel_that_does_not_vary() -> None:
    stack, learned, x, labels = drawn("4x4x2 bn gap fc2")
    x[..., 1] = 3
    trainer = trained(stack, learned, x, labels)
    np.testing.assert_allclose(trainer._values[1].array[..., 1], learned[1]["shift"][1], atol=1e-3)
    assert np.isfinite(trainer.parameters.slopes).all()


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(threads: int) -> None:
    words = "30x30x3 conv1-24 bn relu groupnorm3 layernorm instancenorm lrn gap fc4"
    stack, learned, x, labels = drawn(words, batch=4)
    found, expected = (trained(stack, learned, x, labels, threads=count) for count in (threads, 1))
    np.testing.assert_array_equal(found.parameters.slopes, expected.parameters.slopes)
    for name in ("mean", "variance"):
        np.testing.assert_array_equal(found.statistics[2, name], expected.statistics[2, name])
