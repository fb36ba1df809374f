"""What is written under cnnkit's names is read back, value for value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from cnnkit.files.network.weights import read_weights, save_weights
from cnnkit.network.shape import shape
from cnnkit.operations.network.given import given_parameters
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.matching import matched
from cnnkit.operations.network.names import named

WORDS = ("9x9x3", "conv3-3 bn relu dwconv3 prelu layernorm tconv2-5:s2 groupnorm5 flatten fc7 fc7 fc7")


def test_names_are_the_row_the_word_and_the_part() -> None:
    stack = shape("28x28 conv3-8:s2 bn relu")
    assert list(named(stack, random_parameters(stack))) == [
        "1.conv3-8:s2.weights", "1.conv3-8:s2.bias", "2.bn.scale", "2.bn.shift", "2.bn.mean", "2.bn.variance",
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["safetensors", "npz", "the package"])
def test_round_trip(way: str, tmp_path: Path) -> None:
    stack = shape(*WORDS)
    learned = random_parameters(stack, 5)
    learned[2]["epsilon"] = np.array(0.25)
    tensors = named(stack, learned)
    path = tmp_path / "w"
    if way == "safetensors":
        save_weights(path, tensors, {"stack": stack.notation})
    elif way == "npz":
        np.savez(tmp_path / "w.npz", **tensors)
        path = tmp_path / "w.npz"
    else:
        safetensors.numpy.save_file(tensors, path)
    found = matched(stack, read_weights(path))
    assert found.notes == []
    assert found.learned.keys() == learned.keys()
    for number, parts in learned.items():
        assert found.learned[number].keys() == parts.keys()
        for part, values in parts.items():
            np.testing.assert_array_equal(found.learned[number][part], values)


@pytest.mark.parametrize("words", ["6x6x2 conv3-4 flatten fc3", "7 fc3", "8000@8000 logmel20 conv3-2"])
def test_the_mean_and_the_deviation_of_the_input_have_number_0_and_can_be_given_back(words: str) -> None:
    stack = shape(words)
    depth = 2 if words.startswith("6x6") else 1
    measured = {"mean": np.arange(depth, dtype=np.float32), "deviation": np.full(depth, 2, np.float32)}
    tensors = named(stack, {**random_parameters(stack), 0: measured})
    assert [*tensors][:2] == ["0.input.mean", "0.input.deviation"]
    found = given_parameters(stack, {0: measured})
    for part, values in measured.items():
        np.testing.assert_array_equal(found[0][part], values)
