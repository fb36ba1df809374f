"""The drawn examples are the same each time, and what their classes say."""

from __future__ import annotations

import numpy as np

from cnnkit.cli.learning.worked import CLASSES, COUNT, example


def test_examples_are_the_same_each_time_and_each_class_has_as_many() -> None:
    (task, one), (_, other) = example(), example()
    np.testing.assert_array_equal(one.inputs, other.inputs)
    assert (one.inputs.shape, one.inputs.dtype) == ((COUNT, 8, 8, 1), np.uint8)
    assert (len(one.training), len(one.validation)) == (480, 120)
    for part in (one.training, one.validation):
        assert len(set(np.bincount(one.labels[part]).tolist())) == 1
    assert task.stack((8, 8, 1)).output == (len(CLASSES),)


def test_classes_are_what_they_are_called() -> None:
    _, found = example()
    bright = found.inputs[..., 0].astype(int)
    rows, columns = bright.mean(axis=2).max(axis=1), bright.mean(axis=1).max(axis=1)
    for place, name in enumerate(CLASSES):
        of_class = found.labels == place
        assert (rows[of_class] > 130).all() == (name in ("cross", "lying"))
        assert (columns[of_class] > 130).all() == (name in ("cross", "standing"))
