"""Which examples a network learns from: parts that are known, parts that are dealt, and classes that have none."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.dataset import read_split, split
from cnnkit.data.learning.examples import (
    TEST,
    TRAIN,
    VALIDATION,
    dealt,
    examples_of,
    part_of,
    validated,
)
from cnnkit.errors import InputError

FILES = [f"{name}/{number}.png" for name in ("cat", "dog") for number in range(10)]
LABELS = np.repeat([0, 1], 10)


def test_known_parts_become_indices_and_a_test_is_in_none() -> None:
    inputs = np.arange(20).reshape(10, 2)
    parts = [TRAIN, VALIDATION, TEST, TRAIN, TRAIN] * 2
    found = examples_of(inputs, np.arange(10) % 2, ["a", "b"], parts)
    assert found.inputs is inputs
    assert found.training.tolist() == [0, 3, 4, 5, 8, 9]
    assert found.validation.tolist() == [1, 6]
    assert found.labels.dtype == np.int64
    assert found.classes == ("a", "b")


def test_a_class_needs_an_example_to_train_on() -> None:
    with pytest.raises(InputError, match="1 of 3 classes has no example to train on: c"):
        examples_of(np.zeros((3, 1)), np.array([0, 1, 2]), "abc", [TRAIN, TRAIN, VALIDATION])
    with pytest.raises(InputError, match=r"9 of 10 classes have no .*: b, c, d, e, f, \.\.\."):
        examples_of(np.zeros((1, 1)), np.array([0]), "abcdefghij", [TRAIN])


def test_four_of_five_are_for_training_unless_shares_are_given() -> None:
    parts = dealt(FILES, LABELS, None)
    assert np.bincount(parts[:10]).tolist() == np.bincount(parts[10:]).tolist() == [8, 2]
    shares = read_split("60:20:20")
    np.testing.assert_array_equal(dealt(FILES, LABELS, shares, 3), split(FILES, LABELS, shares, 3))


def test_what_is_not_dealt_is_for_a_test() -> None:
    among = np.arange(20) % 10 < 5
    parts = dealt(FILES, LABELS, None, among=among)
    assert (parts[~among] == TEST).all()
    assert np.bincount(parts[among]).tolist() == [8, 2]
    assert dealt(FILES, LABELS, None, among=np.zeros(20, bool)).tolist() == [TEST] * 20


def test_words_of_parts() -> None:
    assert [part_of(word) for word in ("train", "TRAINING", "Val", "valid", "validation", "testing", "cats")] == [
        TRAIN,
        TRAIN,
        VALIDATION,
        VALIDATION,
        VALIDATION,
        TEST,
        None,
    ]


def test_a_test_without_a_validation_becomes_one() -> None:
    assert validated(np.array([TRAIN, TEST])).tolist() == [TRAIN, VALIDATION]
    assert validated(np.array([TRAIN, VALIDATION, TEST])).tolist() == [TRAIN, VALIDATION, TEST]
