"""What is said of a training fits 80 columns, whatever the numbers and names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cnnkit.cli.learning.training_text import EpochTable, begin_text, end_text, loss_text, named
from cnnkit.data.learning.epochs import Epoch
from cnnkit.data.learning.examples import examples_of
from cnnkit.network.shape import shape


def test_lines_stand_below_their_heads() -> None:
    epochs = [Epoch(1, 0.25, 0.9, 0.3, 0.875, 1.25), Epoch(20, 1e23, 0.5, 4e12, 1.0, 3600.0)]
    for has_validation in (True, False):
        table = EpochTable(has_validation=has_validation)
        lines = table.head(epochs)
        assert len(lines) == 3
        assert len({len(line) for line in lines}) == 1
        assert len(lines[0]) <= 80
        assert lines[0].count("accuracy") == 1 + has_validation


def test_a_part_without_examples_has_no_numbers() -> None:
    line = EpochTable(has_validation=True).line(Epoch(1, 0.25, 0.9, float("nan"), float("nan"), 0.1))
    assert line.split() == ["1", "0.2500", "90.0", "%", "nan", "-", "0.1"]
    assert loss_text(99.99) == "99.9900"


def begun(names: list[str], validation: int = 0) -> str:
    labels = np.arange(len(names) * 2) % len(names)
    parts = [0] * (len(labels) - validation) + [1] * validation
    found = examples_of(np.zeros((len(labels), 4, 4, 1), np.uint8), labels, names, parts)
    return begin_text(found, shape("4x4x1", "flatten", f"fc{len(names)}"))


def test_what_is_learned_from_what() -> None:
    assert begun(["cat", "dog"], 1).splitlines() == [
        "3 examples of 4x4x1 to train on, 1 to validate on", "2 classes: cat, dog", "34 parameters in 2 layers",
    ]  # fmt: skip
    assert begun([f"c{number:03}" for number in range(300)]).splitlines()[1] == (
        "300 classes: c000, c001, c002, c003, c004, c005, c006, c007, ..."
    )


@pytest.mark.parametrize(
    "names", [["x" * 300, "y" * 300], ["a name of some length " + "ab"[n % 2] * n for n in range(9)]]
)
def test_long_names_are_cut(names: list[str]) -> None:
    assert max(map(len, begun(names).splitlines())) <= 80
    assert len(named("x" * 300)) == 42


def test_the_end_says_which_classes_are_taken_for_each_other() -> None:
    epochs = [Epoch(1, 1.0, 0.5, 0.9, 0.5, 0.1), Epoch(2, 0.5, 0.8, 0.6, 0.7, 0.1)]
    training: Any = SimpleNamespace(epochs=epochs, best=2, examples=SimpleNamespace(classes=("cat", "7", "dog")))
    confusion = np.array([[8, 2, 0], [0, 10, 0], [5, 0, 1005]])
    assert end_text(training, confusion).splitlines() == [
        "",
        "best epoch 2: 99.3 % right, 1,023 of 1,030 that were held back",
        "     5 of 1,010 dog taken for cat",
        "     2 of 10 cat taken for '7'",
    ]
    assert end_text(training, None) == "\nkept the last epoch, 2: no example was held back to choose by"
    assert end_text(SimpleNamespace(epochs=[]), None) == ""  # type: ignore[arg-type]
