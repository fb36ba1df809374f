"""Where layers begin among names of files."""

from __future__ import annotations

import pytest

from cnnkit.network.notation.arguments import begins_layers, split_arguments
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import BRANCHING, FORMS


@pytest.mark.parametrize(
    "word",
    [*(form.example for form in FORMS.values()), *BRANCHING.values(), *NETWORKS, "@net.txt", "conv3-8 relu", "fc10"],
)
def test_each_word_of_the_notation_begins_the_layers_whatever_files_there_are(word: str) -> None:
    assert begins_layers(word, lambda name: True)


@pytest.mark.parametrize("word", ["conv3", "convv3-8", "Conv2d(3,64,3)", "conv3-8:stride2", "max", "resnet-18", "fc"])
def test_a_word_that_is_meant_to_be_a_layer_begins_them_unless_it_is_a_file(word: str) -> None:
    assert begins_layers(word, lambda name: False)
    assert not begins_layers(word, lambda name: True)


@pytest.mark.parametrize(
    "word",
    ["photo.png", "photo", "./relu", "a/relu", r"a\relu", "net.onnx", "1 2; 3 4", "224x224x3", "-", "@", "photos/",
     "*.png", "relu.png", "x.y(1).png", "conv3-8.npy", "digits", ""],
)  # fmt: skip
def test_names_of_inputs_do_not_begin_them(word: str) -> None:
    assert not begins_layers(word, lambda name: False)


def test_inputs_stand_before_the_first_layer() -> None:
    words = ["a.png", "b", "-", "mark:in", "conv3-8", "c.png"]
    assert split_arguments(words, lambda name: False) == (["a.png", "b", "-"], ["mark:in", "conv3-8", "c.png"])
    assert split_arguments(["a.png"], lambda name: False) == (["a.png"], [])
    assert split_arguments([], lambda name: False) == ([], [])
