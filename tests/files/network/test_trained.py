"""Files of networks that were trained: what they say comes back, and what strangers put into them is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.data.network.weights import Tensor, Weights
from cnnkit.errors import InputError
from cnnkit.files.network.trained import CURE, ENTRY, STATE, first_kernels, read_trained, trained_of
from cnnkit.files.network.weights import read_weights, save_weights
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.names import named
from tests.cases.trained import trained_network, written


def test_a_network_comes_back_as_it_was_written(tmp_path: Path) -> None:
    network = trained_network(
        classes=("a\nb", "dög"), preparation={"resize": [6, 5]}, sound={"features": "mfcc"}, training={"seed": 3}
    )
    found = read_trained(written(tmp_path / "net.safetensors", network))
    assert found._replace(learned={}) == network._replace(learned={})
    assert found.learned.keys() == network.learned.keys() == {0, 1, 4}
    for number, parts in network.learned.items():
        for name, array in parts.items():
            np.testing.assert_array_equal(found.learned[number][name], array)


def test_weights_alone_are_no_network(tmp_path: Path) -> None:
    stack = shape("6x5x3 conv3-2 relu flatten fc2")
    save_weights(tmp_path / "w.safetensors", named(stack, random_parameters(stack)))
    with pytest.raises(InputError, match="this file has weights, and no layers") as error:
        read_trained(tmp_path / "w.safetensors")
    assert error.value.hint == "give one of cnnkit train, or an .onnx; weights without layers are given by --weights"
    assert trained_of(read_weights(tmp_path / "w.safetensors")) is None


def test_the_state_of_a_training_is_no_network() -> None:
    state = Weights({"now.1.bias": Tensor("float32", np.zeros(2, np.float32))}, "c", {STATE: "{}"})
    with pytest.raises(InputError, match="this is the state of a training, and no network") as error:
        trained_of(state)
    assert "-o net.safetensors" in error.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": 3}, {"layers": [1, 2]}, {"layers": None}, {"layers": {"a": 1}["a"]}, {"classes": [None]},
        {"classes": 7}, {"input": [28, 28]}, {"preparation": [1]}, {"sound": "mfcc"}, {"training": 5},
    ],
)  # fmt: skip
def test_facts_of_other_types_are_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    path = written(tmp_path / "net.safetensors", trained_network(), **changes)
    with pytest.raises(InputError, match="what the file says of its network cannot be read") as error:
        read_trained(path)
    assert error.value.hint == CURE


@pytest.mark.parametrize("text", ["", "null", "[]", "3", '"x"', "{}", '{"layers": ["relu"', "[" * 9000])
def test_metadata_that_is_no_object_is_refused(text: str, tmp_path: Path) -> None:
    path = written(tmp_path / "net.safetensors", trained_network(), {ENTRY: text})
    with pytest.raises(InputError, match="what the file says of its network cannot be read"):
        read_trained(path)


def test_a_network_from_a_stranger_reads_no_other_file(tmp_path: Path) -> None:
    path = written(tmp_path / "net.safetensors", trained_network(), layers=["conv3-2", "@/etc/passwd"])
    with pytest.raises(InputError, match="its layers name a file, '@/etc/passwd'"):
        read_trained(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value: float, tmp_path: Path) -> None:
    network = trained_network()
    network.learned[1]["weights"][0, 0, 0, 0] = value
    with pytest.raises(InputError, match=r"1\.conv3-2\.weights holds values that are no numbers"):
        read_trained(written(tmp_path / "net.safetensors", network))


@pytest.mark.parametrize("name", ["x.weights", "", "²"])
def test_tensors_without_the_number_of_a_layer_are_refused(name: str, tmp_path: Path) -> None:
    metadata = trained_network().metadata
    save_weights(tmp_path / "net.safetensors", {name: np.zeros(3, np.float32)}, metadata)
    with pytest.raises(InputError, match="cannot be read"):
        read_trained(tmp_path / "net.safetensors")


def test_the_first_kernels_are_those_of_the_first_convolution(tmp_path: Path) -> None:
    network = trained_network("12x12x3", ("maxpool2", "conv3-4", "conv1-2", "flatten", "fc2"))
    found = first_kernels(written(tmp_path / "net.safetensors", network))
    np.testing.assert_array_equal(found.weights, network.learned[2]["weights"])
    assert found.bias == tuple(network.learned[2]["bias"])
    assert "net.safetensors" in found.detects
    dense = written(tmp_path / "dense.safetensors", trained_network("4x4x1", ("flatten", "fc2")))
    with pytest.raises(InputError, match="this network has no convolution"):
        first_kernels(dense)


@pytest.mark.parametrize(
    ("layers", "groups", "shape"),
    [
        (("conv3-4", "flatten", "fc2"), 1, (3, 3, 3, 4)),
        (("conv3-6:g3", "gap", "fc2"), 3, (3, 3, 1, 6)),
        (("maxpool2", "dwconv3:m2", "gap", "fc2"), 3, (3, 3, 1, 6)),
        (("block", "maxpool2", "end", "x2", "dwconv3", "gap", "fc2"), 3, (3, 3, 1, 3)),
    ],
)
def test_the_first_kernels_know_their_groups(
    tmp_path: Path, layers: tuple[str, ...], groups: int, shape: tuple[int, ...]
) -> None:
    found = first_kernels(written(tmp_path / "net.safetensors", trained_network("12x12x3", layers)))
    assert (found.groups, found.weights.shape) == (groups, shape)


@pytest.mark.parametrize("layers", [["nonsense"], ["maxpool99"], []])
def test_layers_that_are_none_have_no_groups(tmp_path: Path, layers: list[str]) -> None:
    path = written(tmp_path / "net.safetensors", trained_network(), layers=layers)
    with pytest.raises(InputError, match="what the file says of its layers cannot be read") as error:
        first_kernels(path)
    assert error.value.hint == CURE
