"""Epochs: the same seed to the same bits, states that go on, the best epoch, patience, and what diverges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.data.learning.examples import Examples
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.network.shape import shape
from cnnkit.operations.learning.training import training as room
from cnnkit.operations.learning.training.loss import Count
from cnnkit.operations.learning.training.optimisers import RATES, Descent
from cnnkit.operations.learning.training.training import Settings, Training

WORDS = "5x4x2 conv3-6 bn relu dropout flatten fc3"


def examples(
    training: int = 30, validation: int = 9, classes: int = 3, seed: int = 0, size: Any = (5, 4, 2)
) -> Examples:
    """Noise with a brighter row for each class."""
    draw, count = np.random.default_rng(seed), training + validation
    labels = np.arange(count) % classes
    inputs = draw.normal(size=(count, *size)).astype(np.float32)
    inputs[np.arange(count), labels] += 1.5
    names = tuple(map(str, range(classes)))
    return Examples(inputs, labels, names, np.arange(training), np.arange(training, count))


def training(given: Examples | None = None, words: str = WORDS, **settings: Any) -> Training:
    chosen = {"batch": 8, "epochs": 3, "descent": Descent("adam", 0.01), **settings}
    return Training(shape(words), given or examples(), Settings(**chosen))


def bits(learned: Any) -> dict[str, bytes]:
    return {f"{n}.{name}": array.tobytes() for n, parts in learned.items() for name, array in parts.items()}


def known(one: Training) -> list[tuple[float, ...]]:
    """Epochs without the time they took; NaN as text, so that it is equal to itself."""
    return [tuple(map(str, epoch[:5])) for epoch in one.epochs]


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_the_same_seed_is_the_same_network_on_any_number_of_threads(optimiser: str) -> None:
    given = examples(training=12, size=(24, 24, 3))
    words = "24x24x3 conv3-32 bn relu dwconv3 maxpool2 conv1-64 relu dropout gap fc3"
    found = []
    for threads in (1, 2, 3):
        one = training(given, words, descent=Descent(optimiser, decay=0.01), threads=threads, batch=6, epochs=2)
        found.append((len([*one.run()]), bits(one.learned), bits(one.latest), known(one)))
    assert found[0] == found[1] == found[2]


def test_another_seed_is_another_network() -> None:
    ends = []
    for seed in (0, 0, 1):
        one = training(seed=seed)
        list(one.run())
        ends.append(bits(one.latest))
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
@pytest.mark.parametrize("stop", [0, 1, 3])
def test_a_state_goes_on_to_the_same_bits(optimiser: str, stop: int) -> None:
    settings: dict[str, Any] = {"descent": Descent(optimiser, 0.02, decay=0.01), "epochs": 5}
    whole, first, second = (training(**settings) for _ in range(3))
    list(whole.run())
    epochs = first.run()
    for _ in range(stop):
        next(epochs)
    arrays, facts = first.state()
    list(epochs)  # which changes nothing in the state
    second.restore(arrays, facts)
    assert len(second.epochs) == stop
    assert len([*second.run()]) == 5 - stop
    for one in (first, second):
        assert known(one) == known(whole)
        assert one.best == whole.best
        assert bits(one.learned) == bits(whole.learned)
        assert bits(one.latest) == bits(whole.latest)
    np.testing.assert_array_equal(second.confusion(), whole.confusion())


def test_a_state_is_float32_and_plain_values() -> None:
    one = training()
    next(one.run())
    arrays, facts = one.state()
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    assert {"now.1.weights", "best.2.variance", "descent.0", "descent.1"} <= arrays.keys()
    assert facts["steps"] == 4
    assert facts["best"] == 1
    assert [row[0] for row in facts["epochs"]] == [1]


def test_a_state_of_something_else_changes_nothing() -> None:
    one, other = training(), training(words="5x4x2 conv3-5 bn relu dropout flatten fc3")
    next(other.run())
    arrays, facts = one.state()
    before = bits(one.latest)
    broken = [
        other.state(),
        (arrays, {}),
        (arrays, {**facts, "epochs": 3}),
        ({**arrays, "descent.1": np.zeros(1, np.float32)}, {**facts, "best": 7}),
        ({name: array for name, array in arrays.items() if name != "descent.1"}, {**facts, "best": 7}),
        ({name: array for name, array in arrays.items() if name != "now.6.bias"}, facts),
    ]
    for state in broken:
        with pytest.raises((KeyError, TypeError, ValueError)):
            one.restore(*state)
        assert (one.best, one.epochs, bits(one.latest)) == (0, [], before)
        assert not one._trainer.optimiser.state[0].any()


@pytest.mark.parametrize(
    ("count", "batch", "sizes"),
    [(30, 8, [8] * 4), (32, 8, [8] * 4), (33, 32, [17] * 2), (5, 32, [5]), (3, 1, [1] * 3), (10, 4, [4] * 3)],
)
def test_batches_are_as_even_as_they_can_be(count: int, batch: int, sizes: list[int]) -> None:
    """As few as there must be, with all examples; the last is filled up with some of the first."""
    one = training(examples(count), batch=batch, epochs=2)
    seen: list[list[Any]] = []
    step = one._trainer.step

    def watched(labels: Any) -> Count:
        seen.append(one._trainer.input.copy().reshape(len(labels), -1).tolist())
        return step(labels)

    one._trainer.step = watched  # type: ignore[method-assign]
    done: list[tuple[int, int, int]] = []
    epochs = [*one.run(lambda batch, of, count: done.append((batch, of, count.examples)))]
    assert [len(inputs) for inputs in seen] == sizes * 2
    for half in (seen[: len(sizes)], seen[len(sizes) :]):
        taken = [tuple(x) for inputs in half for x in inputs]
        assert (len({*taken}), len(taken)) == (count, sum(sizes))
        assert taken[count:] == taken[: sum(sizes) - count]
    assert len(epochs) == 2
    assert done == 2 * [(n, len(sizes), sum(sizes[:n])) for n in range(1, len(sizes) + 1)]
    if count > 5:
        assert seen[0] != seen[len(sizes)]  # another order


def scripted(one: Training, losses: list[float], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, bytes]]:
    """Validation losses that are given; what is returned fills with the weights of each epoch."""
    rest, weights = iter(losses), []

    def evaluate(chosen: Any) -> tuple[Count, Any]:
        weights.append(bits(one.latest))
        return Count(next(rest), 1, 1), np.zeros(1, int)

    monkeypatch.setattr(one, "evaluate", evaluate)
    return weights


def test_the_best_epoch_is_the_first_with_the_smallest_validation_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    one = training(epochs=5, standardise=False)
    weights = scripted(one, [3, 2, 4, 2, 5], monkeypatch)
    assert len([*one.run()]) == 5
    assert one.best == 2
    assert bits(one.learned) == weights[1]
    assert bits(one.latest) == weights[4]


@pytest.mark.parametrize(("patience", "ends"), [(1, 2), (2, 5), (3, 6), (None, 8)])
def test_patience(patience: int | None, ends: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = training(epochs=8, patience=patience)
    scripted(one, [3, 3.5, 2, 2, 2.5, 2.4, 1, 1], monkeypatch)
    assert len([*one.run()]) == ends
    assert one.is_over


def test_without_validation_the_last_epoch_is_the_best_and_patience_has_no_end() -> None:
    one = training(examples(validation=0), patience=1, epochs=3)
    assert len([*one.run()]) == 3
    assert one.best == 3
    assert np.isnan(one.epochs[0].validation_loss)
    assert one.confusion() is None
    assert bits({n: parts for n, parts in one.learned.items() if n}) == bits(one.latest)


def test_confusion_is_of_the_best_epoch_rows_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    one = training(epochs=4, descent=Descent("adam", 0.02))
    list(one.run())
    given = one.examples
    found = one.confusion()
    assert found is not None
    _, answers = one.evaluate(given.validation)  # now with the best parameters
    expected = np.zeros((3, 3), int)
    for truth, answer in zip(given.labels[given.validation], answers, strict=True):
        expected[truth, answer] += 1
    np.testing.assert_array_equal(found, expected)
    right = round(one.epochs[one.best - 1].validation_accuracy * 9)
    assert np.trace(found) == right


def test_evaluation_of_more_and_fewer_examples_than_a_batch() -> None:
    one = training(examples(30, 25))
    every, answers = one.evaluate(one.examples.validation)
    parts = [one.evaluate(one.examples.validation[n : n + 1]) for n in range(25)]
    assert every.loss == pytest.approx(sum(count.loss for count, _ in parts), rel=1e-6)
    assert answers.tolist() == [int(one_answer[0]) for _, one_answer in parts]
    assert every.examples == 25


@pytest.mark.parametrize("words", [WORDS, "5x4x2 conv3-4 gelu layernorm flatten fc3"])
@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_divergence_is_an_error_with_a_smaller_rate(words: str, optimiser: str) -> None:
    one = training(words=words, descent=Descent(optimiser, 1e30))
    with pytest.raises(ArgumentError, match=r"in batch \d of epoch 1 the loss is (nan|inf)") as caught:
        list(one.run())
    assert caught.value.hint == f"take smaller steps: --rate {RATES[optimiser]:g}"
    assert one.epochs == []


@pytest.mark.parametrize("validation", [9, 0])
def test_divergence_in_the_last_step_of_all(validation: int) -> None:
    """No batch sees it, but what is held back does, or the weights are no numbers themselves."""
    how = Descent("sgd", 1e30 if validation else 3e38, decay=9.0)
    one = training(examples(8, validation), "5x4x2 conv3-4 relu flatten fc3", epochs=1, descent=how)
    with pytest.raises(ArgumentError, match="validation loss is nan" if validation else "weights are no numbers"):
        list(one.run())
    assert one.best == 0


def test_inputs_are_standardised_channel_by_channel() -> None:
    given = examples(40, 9)
    given.inputs[..., 0] = 20 * given.inputs[..., 0] + 300
    given.inputs[..., 1] = 0.1  # varies nowhere
    one = training(given)
    wide = given.inputs[given.training].astype(float)
    assert one.measured is not None
    np.testing.assert_allclose(one.measured.mean, wide.mean(axis=(0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(one.measured.deviation, [wide[..., 0].std(), 1], rtol=1e-5)
    one._fill(given.training[:7])
    filled = one._trainer.input[:7]
    np.testing.assert_allclose(filled[..., 0], (wide[:7, ..., 0] - wide[..., 0].mean()) / wide[..., 0].std(), atol=1e-4)
    np.testing.assert_allclose(filled[..., 1], 0, atol=1e-6)
    assert {*one.learned[0]} == {"mean", "deviation"}


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64, np.int64, bool])
def test_inputs_of_any_type(kind: Any) -> None:
    given = examples()
    given = given._replace(inputs=(np.random.default_rng(0).integers(0, 256, given.inputs.shape) % 251).astype(kind))
    for standardise in (True, False):
        one = training(given, standardise=standardise)
        one._fill(given.training[:5])
        wide = given.inputs[:5].astype(float)
        if one.measured is not None:
            wide = (wide - one.measured.mean) / one.measured.deviation
        np.testing.assert_allclose(one._trainer.input[:5], wide, rtol=1e-5, atol=1e-5)
        assert (0 in one.learned) == standardise


def test_vectors_are_standardised_as_a_whole_and_many_by_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MEASURED", 50)
    given = examples(200, 9, size=(6,))
    one, other = (training(given, "6 fc3", seed=seed) for seed in (0, 1))
    assert one.measured is not None
    assert other.measured is not None
    assert one.measured.mean.shape == (1,)
    assert one.measured.mean != other.measured.mean
    assert abs(one.measured.mean[0] - given.inputs.mean()) < 0.2


@pytest.mark.parametrize(
    ("words", "given", "problem", "hint"),
    [
        ("6x4x2 conv3-3 gap", examples(), "the examples are 5x4x2, and the network takes 6x4x2", "write 5x4x2"),
        ("5x4x2 flatten fc4", examples(), "ends in 4", "end it in fc3"),
        (WORDS, examples(0, 9), "no examples are left to train with", "hold fewer back"),
    ],
)
def test_what_does_not_fit(words: str, given: Examples, problem: str, hint: str) -> None:
    with pytest.raises(SizeError) as caught:
        training(given, words)
    assert problem in str(caught.value)
    assert hint in caught.value.hint
