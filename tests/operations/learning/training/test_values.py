"""Activations, softmax and dropout in training: slopes against the twin, relu written in place, and what is dropped."""

from typing import Any

import numpy as np
import pytest

from cnnkit.operations.learning.training.trainer import Trainer
from cnnkit.operations.learning.training.values import SLOPES
from cnnkit.operations.network.functions import ACTIVATIONS
from cnnkit.operations.network.stacks import NUMBERS
from tests.reference.networks import FUNCTIONS
from tests.reference.slopes import STILL, check_slopes, drawn, trained

WORDS = [*SLOPES, "prelu", "prelu:channels", "softmax"]


@pytest.mark.parametrize("word", WORDS)
def test_slopes(word: str) -> None:
    check_slopes(f"4x3x2 conv1-5 {word} flatten fc3")
    check_slopes(f"7 fc5 {word} fc3")


@pytest.mark.parametrize("word", [*SLOPES])
def test_slopes_of_values_beyond_0_and_at_it(word: str) -> None:
    """Far from 0 each function is as flat or as steep as at its ends, and nothing overflows."""
    x = np.array([-90, -20, -2, -0.5, 0.5, 2, 20, 90], np.float32)
    y, out = np.empty_like(x), np.empty_like(x)
    numbers = NUMBERS.get(word, ())
    ACTIVATIONS[word](x, y, *numbers)
    with np.errstate(over="raise", invalid="raise"):
        SLOPES[word](x, y, np.full_like(x, 3), out, *numbers)
    h, wide = 1e-6, x.astype(float)
    with np.errstate(over="ignore"):
        expected = (FUNCTIONS[word](wide + h, *numbers) - FUNCTIONS[word](wide - h, *numbers)) / (2 * h)
    np.testing.assert_allclose(out, 3 * expected, rtol=1e-4, atol=3e-6)


def test_slopes_at_0_are_those_of_below() -> None:
    x, out = np.zeros(1, np.float32), np.empty(1, np.float32)
    for word, expected in (("relu", 0), ("leakyrelu", 0.01), ("elu", 1)):
        SLOPES[word](x, x, np.ones(1, np.float32), out, *NUMBERS.get(word, ()))
        np.testing.assert_allclose(out, expected)


@pytest.mark.parametrize("word", ["conv3-4", "dwconv3", "tconv2-4", "fc6", "bn", "conv1-4 mark:b conv3-4 add:b"])
def test_relu_writes_where_it_reads_behind_layers_that_need_their_output_no_more(word: str, engine: str) -> None:
    end = "fc3" if word == "fc6" else "flatten fc3"
    given = "5" if word == "fc6" else "4x3x2 conv1-4"
    trainer = check_slopes(f"{given} {word} relu {end}")
    relu = next(n for n, step in enumerate(trainer.stack.layers, start=1) if step.layer.name == "relu")
    slopes = trainer._slopes[relu - 1], trainer._slopes[relu]
    assert slopes[0] is not None
    assert slopes[1] is not None
    assert np.may_share_memory(trainer._values[relu - 1].array, trainer._values[relu].array) == (word != "tconv2-4")
    assert np.may_share_memory(slopes[0].array, slopes[1].array) == (word != "tconv2-4")


@pytest.mark.parametrize(
    "words",
    ["conv3-4 mark:a relu conv1-4 add:a", "conv3-4 gelu relu", "conv3-4 mark:a relu mark:b from:a conv1-4 cat:b"],
)
def test_relu_leaves_what_others_read(words: str) -> None:
    trainer = check_slopes(f"4x3x2 {words} flatten fc3")
    relu = next(n for n, step in enumerate(trainer.stack.layers, start=1) if step.layer.name == "relu")
    assert not np.may_share_memory(trainer._values[relu - 1].array, trainer._values[relu].array)


def test_a_relu_at_the_end_gives_the_scores(engine: str) -> None:
    check_slopes("4x3x2 conv3-4 gap fc3 relu")
    check_slopes("4x3x2 conv3-4 relu gap softmax")


def test_a_nan_goes_through_relu_to_the_loss() -> None:
    stack, learned, x, labels = drawn("4x3x2 conv1-3 relu flatten fc3")
    x[0, 0, 0, 0] = np.nan
    assert np.isnan(trained(stack, learned, x, labels).loss.count.loss)


def dropping(rate: float, seed: int = 0, words: str = "40 dropout fc3") -> Any:
    stack, learned, x, labels = drawn(words, batch=5)
    draw = lambda step, layer: np.random.default_rng((seed, step, layer))  # noqa: E731
    trainer = Trainer(stack, learned, STILL, dropout=rate, random=draw)
    trainer.input[...] = x
    return trainer, x, labels


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9])
def test_what_is_not_dropped_grows(rate: float) -> None:
    trainer, x, labels = dropping(rate)
    trainer.step(labels)
    found = trainer._values[1].array
    is_kept = found != 0
    np.testing.assert_allclose(found[is_kept], (x / (1 - rate))[is_kept], rtol=1e-6)
    assert abs(is_kept.mean() - (1 - rate)) < 0.12
    if not rate:
        np.testing.assert_array_equal(found, x)


def test_evaluation_drops_nothing() -> None:
    trainer, x, labels = dropping(0.5)
    trainer.step(labels)
    trainer.evaluate()
    np.testing.assert_array_equal(trainer._values[1].array, x)


def test_what_is_dropped_follows_from_seed_step_and_layer() -> None:
    words = "6x5x4 dropout conv1-4 dropout flatten fc3"

    def masks(seed: int) -> list[Any]:
        trainer, _, labels = dropping(0.5, seed, words)
        found = []
        for _ in range(2):
            trainer.step(labels)
            found += [(trainer._values[1].array != 0).tobytes(), (trainer._values[3].array != 0).tobytes()]
        return found

    assert masks(0) == masks(0)
    assert len({*masks(0), *masks(1)}) == 8


def test_slopes_of_dropout_are_those_of_what_was_kept() -> None:
    """A product with the factors that were drawn, forward and backward."""
    trainer, _, labels = dropping(0.5, words="8 fc8 dropout tanh fc3")
    trainer.step(labels)
    before, after = trainer._slopes[1], trainer._slopes[2]
    assert before is not None
    assert after is not None
    factors = np.where(trainer._values[2].array != 0, 2, 0)
    np.testing.assert_allclose(before.array, after.array * factors, rtol=1e-6)
