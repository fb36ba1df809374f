"""The public door of training: what it takes, what it gives, and that `run` computes what was learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cnnkit
from cnnkit.data.dataset import read_split
from cnnkit.data.learning.epochs import Epoch
from cnnkit.data.learning.examples import VALIDATION, dealt
from cnnkit.errors import ArgumentError, InputError, SizeError
from cnnkit.operations.learning.training.train import train

LABELS = np.arange(60) % 3


def images(*size: int, seed: int = 0) -> Any:
    """Noise; each class has a brighter column."""
    found = np.random.default_rng(seed).normal(size=(60, *size))
    for image, label in zip(found, LABELS, strict=True):
        image[:, label] += 4
    return found


WORDS = "conv3-6 bn relu mark:a dwconv3 add:a relu maxpool2 dropout flatten fc3"


@pytest.mark.parametrize("as_is", [False, True])
@pytest.mark.parametrize(("size", "words"), [((6, 5), WORDS), ((6, 5, 2), WORDS), ((8, 4, 1), f"{WORDS} softmax")])
def test_run_computes_what_was_learned(size: Any, words: str, as_is: bool) -> None:
    """The scores of what was held back are those by which its answers were counted."""
    inputs = 30 * images(*size) + 100
    found = train(inputs, LABELS, words, epochs=12, as_is=as_is, dropout=0.2, rate=0.02)
    assert (0 in found.weights) == (not as_is)
    batch = inputs.reshape(60, *size[:2], -1)
    scores = cnnkit.run(batch, *words.split(), weights=found.weights)
    one_by_one = [cnnkit.run(one, words, weights=found.weights) for one in batch[:5]]
    np.testing.assert_allclose(scores[:5], one_by_one, rtol=1e-4, atol=1e-4)
    assert found.confusion is not None
    assert found.confusion.sum() == 12
    assert found.confusion.sum(axis=1).tolist() == [4, 4, 4]
    best = found.epochs[found.best - 1]
    assert np.trace(found.confusion) / 12 == pytest.approx(best.validation_accuracy)
    assert (scores.argmax(axis=1) == LABELS).mean() > 0.8


def test_the_loss_of_an_epoch_is_that_of_the_scores_of_run() -> None:
    """All examples held back but some: their cross-entropy by `run` is the validation loss of the best epoch."""
    inputs = images(5, 4).astype(np.float32)
    found = train(inputs, LABELS, "conv3-4 bn relu flatten fc3", epochs=3, split="50:50", rate=0.01)
    scores = cnnkit.run(inputs[..., None], "conv3-4 bn relu flatten fc3", weights=found.weights).astype(float)
    losses = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(60), LABELS]
    held = dealt([f"{n:09}" for n in range(60)], LABELS, read_split("50:50"), 0) == VALIDATION
    assert found.epochs[found.best - 1].validation_loss == pytest.approx(losses[held].mean(), rel=1e-4)


def test_values_in_a_row_and_names_of_classes() -> None:
    draw = np.random.default_rng(0)
    inputs = draw.normal(size=(60, 7)) + 2 * LABELS[:, None]
    seen: list[Epoch] = []
    found = train(
        inputs.tolist(), LABELS.tolist(), "fc8 relu", "fc3", classes=["low", "mid", "high"], epochs=15, rate=0.02,
        watch=seen.append,
    )  # fmt: skip
    assert tuple(seen) == found.epochs
    assert [epoch.number for epoch in seen] == [*range(1, 16)]
    assert found.classes == ("low", "mid", "high")
    assert found.weights[0]["mean"].shape == (1,)
    assert found.stack.batch == 1
    scores = np.stack([cnnkit.run(one, "fc8 relu fc3", weights=found.weights) for one in inputs])
    assert (scores.argmax(axis=1) == LABELS).mean() > 0.8


def test_numbers_are_names_where_none_are_given() -> None:
    assert train(images(4, 4), LABELS, "flatten fc3", epochs=1).classes == ("0", "1", "2")
    assert train(images(4, 4) > 0, LABELS > 0, "flatten fc2", epochs=1).classes == ("0", "1")


def test_the_same_seed_and_another() -> None:
    def end(seed: int, threads: int) -> list[bytes]:
        found = train(images(5, 4), LABELS, "conv3-4 relu dropout flatten fc3", epochs=2, seed=seed, threads=threads)
        return [array.tobytes() for parts in found.weights.values() for array in parts.values()]

    assert end(3, 1) == end(3, 2) != end(4, 1)


def test_without_validation() -> None:
    found = train(images(4, 4), LABELS, "flatten fc3", split="999:1", epochs=2)
    assert found.confusion is None
    assert found.best == 2


@pytest.mark.parametrize(
    ("change", "kind", "problem"),
    [
        ({"inputs": np.zeros((60,))}, SizeError, "inputs have the shape"),
        ({"inputs": np.zeros((60, 0))}, SizeError, "inputs have the shape"),
        ({"inputs": np.full((60, 4, 4), np.nan)}, ArgumentError, "some inputs are no numbers"),
        ({"labels": LABELS[:5]}, SizeError, "for 60 inputs"),
        ({"labels": LABELS / 2}, SizeError, "labels are float64"),
        ({"labels": LABELS - 1}, ArgumentError, "label -1 is below 0"),
        ({"labels": LABELS * 0}, SizeError, "labels go up to 0"),
        ({"labels": LABELS * 2}, InputError, "2 of 5 classes have no example"),
        ({"classes": ["a", "b"]}, SizeError, "labels go up to 2, and there are 2 names"),
        ({"words": "flatten fc4"}, SizeError, "there are 3 classes"),
        ({"words": "conv3-3"}, ArgumentError, "not in a value for each class"),
        ({"words": "conv3-3 gap reshape1x1x3"}, ArgumentError, "not in a value for each class"),
        ({"words": "conv9-3:valid gap"}, ArgumentError, ""),
        ({"optimiser": "adamw"}, ArgumentError, "did you mean adam"),
        ({"rate": 0}, ArgumentError, "rate 0 is no number above 0"),
        ({"rate": np.nan}, ArgumentError, "rate nan"),
        ({"weight_decay": -1}, ArgumentError, "weight_decay -1"),
        ({"momentum": 1}, ArgumentError, "momentum 1 is not from 0 to below 1"),
        ({"dropout": 1.0}, ArgumentError, "dropout 1 is not from 0 to below 1"),
        ({"dropout": np.nan}, ArgumentError, "dropout nan"),
        ({"batch": 0}, ArgumentError, "batch"),
        ({"epochs": 0}, ArgumentError, "epochs"),
        ({"epochs": 1.5}, ArgumentError, "epochs"),
        ({"patience": 0}, ArgumentError, "patience"),
        ({"seed": -1}, ArgumentError, "seed"),
        ({"threads": 0}, ArgumentError, "threads"),
        ({"split": "nothing"}, ArgumentError, "split"),
        ({"rate": 1e30}, ArgumentError, "no number"),
    ],
)
def test_what_is_refused(change: dict[str, Any], kind: type[Exception], problem: str) -> None:
    given: dict[str, Any] = {"inputs": images(4, 4), "labels": LABELS, "words": "conv3-3 relu flatten fc3", **change}
    inputs, labels, words = (given.pop(name) for name in ("inputs", "labels", "words"))
    with pytest.raises(kind) as caught:
        train(inputs, labels, words, **given)
    assert problem in str(caught.value)
    assert caught.value.hint  # type: ignore[attr-defined]
