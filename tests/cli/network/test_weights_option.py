"""The words of ``--weights``: files, layers by number, word and mark, and weights at random for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnkit
from cnnkit.cli.network.weights_option import layer_number, learned
from cnnkit.errors import ArgumentError, CnnkitError, InputError
from cnnkit.files.network.weights import save_weights
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.names import named
from tests.cases.trained import trained_network, written

STACK = shape("28x28x2 conv3-2 relu conv3-3:nobias flatten fc4")
SOBEL = cnnkit.kernel("sobel-x").weights


def test_kernels_lie_on_every_channel_and_the_rest_is_random() -> None:
    found, notes = learned(["1=sobel-x+gaussian:sigma=1,size=3"], STACK, seed=4)
    for channel in (0, 1):
        np.testing.assert_array_equal(found[1]["weights"][:, :, channel, 0], SOBEL.astype(np.float32))
    assert found[1]["weights"][:, :, 0, 1].sum() == pytest.approx(1)
    np.testing.assert_array_equal(found[1]["bias"], [0, 0])
    wanted = random_parameters(STACK, 4)
    np.testing.assert_array_equal(found[3]["weights"], wanted[3]["weights"])
    assert notes == ["2 of 3 layers have weights at random (He, seed 4): 3 conv3-3:nobias, 5 fc4"]


def test_nothing_given_is_all_random() -> None:
    found, notes = learned([], STACK)
    assert list(found) == [1, 3, 5]
    assert notes == ["3 of 3 layers have weights at random (He, seed 0): 1 conv3-2, 3 conv3-3:nobias, 5 fc4"]
    many = learned([], shape("32x32 conv3-2 x9"))[1]
    assert many == [
        "9 of 9 layers have weights at random (He, seed 0): 1 conv3-2, 2 conv3-2, 3 conv3-2, 4 conv3-2, 5 conv3-2, "
        "6 conv3-2 and 3 more"
    ]


@pytest.mark.parametrize(
    "words", ["@k.json+@k.txt", "1 0 -1; 2 0 -2; 1 0 -1+sobel-x", "1e+0 0 -1; 2 0 -2; 1 0 -1+sobel-x"]
)
def test_kernels_are_files_literals_and_presets(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k.json").write_text("[[1, 0, -1], [2, 0, -2], [1, 0, -1]]")
    (tmp_path / "k.txt").write_text("-1 0 1; -2 0 2; -1 0 1")
    found, _ = learned([f"conv3-2={words}"], STACK)
    np.testing.assert_array_equal(found[1]["weights"][:, :, 1], np.stack([-SOBEL, SOBEL], axis=2))


def test_layers_by_their_numbers_words_and_marks() -> None:
    stack = shape("28x28 conv3-2 bn relu mark:edges conv3-2 add:edges conv1-3 conv1-3")
    assert layer_number(stack, "4") == 4
    assert layer_number(stack, "edges") == 1  # the convolution whose values the mark names
    assert layer_number(stack, "bn") == 2
    for name, problem, hint in (
        ("conv1-3", "2 layers are conv1-3", "name one by its number: 6, 7"),
        ("9", "there is no layer 9", "use one of 1 (conv3-2), 4 (conv3-2), 6 (conv1-3), 7 (conv1-3)"),
        ("0", "there is no layer 0", "use one of 1"),
        ("edge", "no layer has this word or mark", "did you mean edges?"),
        ("zebra", "no layer has this word or mark", "use one of 1 (conv3-2)"),
    ):
        with pytest.raises(ArgumentError) as error:
            layer_number(stack, name)
        assert error.value.problem == f"--weights {name}=: {problem}"
        assert error.value.hint.startswith(hint)


def test_a_mark_behind_a_join_is_the_join_s() -> None:
    stack = shape("28x28 mark:a conv3-1 add:a relu mark:b conv3-1 add:b")
    assert layer_number(stack, "b") == 3
    with pytest.raises(ArgumentError, match="relu has no kernels to be given"):
        learned(["b=sobel-x"], stack)


def test_files_fill_what_kernels_do_not(tmp_path: Path) -> None:
    wanted = random_parameters(STACK, 9)
    tensors = named(STACK, wanted)
    np.savez(tmp_path / "all.npz", **tensors)
    found, notes = learned([str(tmp_path / "all.npz")], STACK)
    assert notes == []
    np.testing.assert_array_equal(found[5]["weights"], wanted[5]["weights"])
    rest = {name: values for name, values in tensors.items() if not name.startswith("1.")}
    np.savez(tmp_path / "rest.npz", **rest)
    found, notes = learned(["1=sobel-x+sobel-y", str(tmp_path / "rest.npz")], STACK)
    assert notes == []
    np.testing.assert_array_equal(found[1]["weights"][:, :, 0, 0], SOBEL)
    np.testing.assert_array_equal(found[3]["weights"], wanted[3]["weights"])
    first, *others = rest.items()
    np.savez(tmp_path / "a.npz", **dict([first]))
    np.savez(tmp_path / "b=.npz", **dict(others))  # a file all the same
    found, _ = learned(["1=sobel-x+sobel-y", str(tmp_path / "a.npz"), str(tmp_path / "b=.npz")], STACK)
    np.testing.assert_array_equal(found[5]["weights"], wanted[5]["weights"])
    with pytest.raises(InputError, match=r"is in .*a.npz too"):
        learned(["1=sobel-x+sobel-y", str(tmp_path / "a.npz"), str(tmp_path / "a.npz")], STACK)


@pytest.mark.parametrize(
    ("texts", "kind", "problem", "hint"),
    [
        (["1=nonsense"], ArgumentError, "unknown kernel 'nonsense'", "cnnkit kernels lists all"),
        (["1="], ArgumentError, "--weights 1= names no kernels", "write --weights 1=sobel-x"),
        (
            ["1=sobel-x+sobel-y", "conv3-2=edge+edge"],
            ArgumentError,
            "--weights gives layer 1, conv3-2, kernels twice",
            "join",
        ),
        (["sobel-x"], ArgumentError, "--weights sobel-x names no layer", "write --weights 1=sobel-x"),
        (["5=sobel-x"], ArgumentError, "fc4 has no kernels to be given", "give kernels to a conv"),
        (["1=sobel-x"], ArgumentError, "conv3-2 has 2 kernels", "give 2, joined by +"),
        (["none.npz"], InputError, "none.npz: there is no such file", "check the name"),
    ],
)
def test_errors_say_what_there_is(texts: list[str], kind: type[CnnkitError], problem: str, hint: str) -> None:
    with pytest.raises(kind) as error:
        learned(texts, STACK)
    assert error.value.problem.startswith(problem)
    assert hint in error.value.hint


def test_a_file_that_does_not_fit_is_named(tmp_path: Path) -> None:
    other: Any = shape("28x28x2 conv3-7")
    np.savez(tmp_path / "w.npz", **named(other, random_parameters(other)))
    with pytest.raises(InputError) as error:
        learned([str(tmp_path / "w.npz")], STACK)
    assert error.value.problem.startswith(f"{tmp_path / 'w.npz'}: layer 1, conv3-2, finds no tensors")


def test_the_file_of_a_trained_network_gives_all_its_weights(tmp_path: Path) -> None:
    network = trained_network()
    path = written(tmp_path / "net.safetensors", network)
    found, notes = learned([str(path)], shape(network.input, *network.layers))
    assert notes == []
    for number, parts in network.learned.items():
        for name, array in parts.items():
            np.testing.assert_array_equal(found[number][name], array)
    with pytest.raises(CnnkitError, match=r"fc3"):
        learned([str(path)], shape("6x5x3", "conv3-2", "relu", "flatten", "fc3"))


def test_the_state_of_a_training_gives_no_weights(tmp_path: Path) -> None:
    save_weights(tmp_path / "c.safetensors", {"now.1.bias": np.zeros(2, np.float32)}, {"checkpoint": "{}"})
    with pytest.raises(InputError, match="this is the state of a training"):
        learned([str(tmp_path / "c.safetensors")], STACK)
