"""Whole networks: slopes and steps that torch gave, evaluation as `run` has it, and what cannot be trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.network.shape import shape
from cnnkit.operations.learning.training.optimisers import Descent
from cnnkit.operations.learning.training.trainer import LAYERS, Trainer, check_layers
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network
from tests.reference.networks import assert_close
from tests.reference.slopes import STILL, check_slopes, drawn, trained

TORCH = np.load(Path(__file__).with_name("slopes.npz"))
"""Of torch 2.13, in float64: for each network its words, parameters, inputs x and labels y, the loss, the slopes, what
bn has after a step, and of one network the parameters after three steps of SGD and of AdamW."""

NETWORKS = sorted({key.partition("|")[0] for key in TORCH.files})


def stored(name: str) -> tuple[Any, Any, Any, Any]:
    """A network of torch's: its stack, its parameters, inputs and labels."""
    x = TORCH[f"{name}|x"]
    stack = shape(str(TORCH[f"{name}|words"]), batch=len(x))
    learned = random_parameters(stack)
    for number, parts in learned.items():
        for part in parts:
            if f"{name}|{number}.{part}" in TORCH:
                parts[part] = TORCH[f"{name}|{number}.{part}"]
    return stack, learned, x, TORCH[f"{name}|y"]


@pytest.mark.parametrize("name", NETWORKS)
def test_losses_and_slopes_of_torch(name: str) -> None:
    trainer = trained(*stored(name))
    assert trainer.loss.count.mean_loss == pytest.approx(float(TORCH[f"{name}|loss"]), rel=1e-5)
    largest = max(np.abs(TORCH[key]).max() for key in TORCH.files if key.startswith(f"{name}|") and "|slope" in key)
    room = largest * (5e-5 if name == "norms" else 1e-5)
    for number, part in trainer.parameters.shapes:
        slopes = trainer.parameters[number, part].slopes
        np.testing.assert_allclose(slopes, TORCH[f"{name}|{number}.{part}|slope"], rtol=0, atol=room)


def test_statistics_of_torch() -> None:
    trainer = trained(*stored("norms"))
    for part in ("mean", "variance"):
        np.testing.assert_allclose(trainer.statistics[2, part], TORCH[f"norms|2.{part}|after"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("how", "name"),
    [(Descent("sgd", 0.05, 0.9, 0.02), "sgd"), (Descent("adam", 0.01, decay=0.3), "adam")],
    ids=["sgd", "adamw"],
)
def test_three_steps_of_torch(how: Descent, name: str) -> None:
    stack, learned, x, labels = stored("plain")
    trainer = Trainer(stack, learned, how)
    trainer.input[...] = x
    for _ in range(3):
        trainer.step(labels)
    for number, part in trainer.parameters.shapes:
        weights, expected = trainer.parameters[number, part].weights, TORCH[f"plain|{number}.{part}|{name}"]
        np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
        assert np.abs(weights - learned[number][part]).max() > 1e-3


NUMBERED = {
    **{"conv": "conv3-4", "dwconv": "dwconv3", "tconv": "tconv2-4:s2", "fc": "flatten fc4", "shuffle": "shuffle2"},
    **{name: f"{name}2" for name in ("maxpool", "avgpool", "maxpool-to", "avgpool-to", "groupnorm", "upsample")},
    **{"reshape": "reshape2x3x8", "pad": "pad1", "crop": "crop1", "dropout": "dropout dropout"},
    **{"add": "mark:a relu add:a", "cat": "mark:a relu cat:a"},
}
"""Words of the layers whose names alone are none."""


@pytest.mark.parametrize("name", LAYERS)
def test_every_kind_of_layer(name: str) -> None:
    """Also of those that will be added; dropout keeps all here, as the twin has none."""
    word = NUMBERED.get(name, name)
    end = "" if name in ("fc", "flatten", "gap", "gmp") else "flatten "
    check_slopes(f"4x3x2 conv1-4 {word} {end}fc3", tolerance=2e-4, dropout=0.0)


WORDS = "8x7x3 conv3-6 bn relu mark:a dwconv3 bn add:a relu maxpool2 dropout flatten fc9 relu dropout fc4 softmax"


def test_evaluation_is_what_run_computes(engine: str) -> None:
    stack, learned, x, labels = drawn(WORDS)
    trainer = trained(stack, learned, x, labels, Descent("sgd", 0.01))
    scores = trainer.evaluate().copy()
    net = network(stack, trainer.learned())
    found = Program(net.graph, net.values).run(x)
    assert_close(scores, found[net.values[len(stack.layers) - 1]])


def test_evaluation_changes_nothing() -> None:
    ends = []
    for is_evaluated in (False, True):
        stack, learned, x, labels = drawn(WORDS)
        trainer = trained(stack, learned, x, labels, Descent("sgd", 0.01))
        if is_evaluated:
            trainer.evaluate()
            trainer.evaluate()
        trainer.step(labels)
        ends.append(trainer.parameters.values.tobytes())
    assert ends[0] == ends[1]


def test_what_was_learned_is_a_copy_that_can_be_loaded() -> None:
    stack, learned, x, labels = drawn(WORDS)
    trainer = trained(stack, learned, x, labels, Descent("sgd", 0.01))
    found, scores = trainer.learned(), trainer.evaluate().copy()
    assert {n: [*parts] for n, parts in found.items()} == {n: [*parts] for n, parts in learned.items()}
    trainer.step(labels)
    assert (trainer.evaluate() != scores).any()
    trainer.load(found)
    np.testing.assert_array_equal(trainer.evaluate(), scores)


def test_steps_lead_down() -> None:
    stack, learned, x, labels = drawn("6x6x2 conv3-8 bn relu gap fc3", batch=6)
    for how in (Descent("sgd", 0.1), Descent("adam", 0.01)):
        trainer = Trainer(stack, learned, how)
        trainer.input[...] = x
        losses = [trainer.step(labels).mean_loss for _ in range(60)]
        assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_threads_change_no_bit(optimiser: str) -> None:
    """A network large enough that each of its layers is shared among threads."""
    words = (
        "24x24x3 conv3-32 bn relu dwconv3 relu maxpool2 conv1-48 mark:a conv3-48 add:a relu dropout flatten fc70 fc4"
    )
    stack, learned, x, labels = drawn(words, batch=6)
    ends = []
    for threads in (1, 2, 3):
        trainer = Trainer(stack, learned, Descent(optimiser, 0.01, decay=0.01), threads=threads)
        trainer.input[...] = x
        for _ in range(3):
            trainer.step(labels)
        ends.append([trainer.parameters.values.tobytes(), trainer.evaluate().tobytes()])
    assert ends[0] == ends[1] == ends[2]


def test_a_softmax_at_the_end_belongs_to_the_loss() -> None:
    found = [check_slopes(f"4x4x2 conv3-4 relu gap fc3{end}") for end in ("", " softmax")]
    np.testing.assert_array_equal(found[0].parameters.slopes, found[1].parameters.slopes)
    np.testing.assert_array_equal(found[0].scores, found[1].scores)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("8000@8000 logmel20 gap fc2", "takes images or values"),
        ("4x4x2 conv3-4", "ends in 4x4x4"),
        ("4x4x2 gap softmax", "nothing can be learned"),
        ("4x4x2", "ends in 4x4x2"),
    ],
)
def test_what_cannot_be_trained(words: str, problem: str) -> None:
    stack = shape(words)
    with pytest.raises(ArgumentError, match=problem) as caught:
        Trainer(stack, random_parameters(stack), STILL)
    assert caught.value.hint
    if "nothing" not in problem:
        with pytest.raises(ArgumentError):
            check_layers(stack)
