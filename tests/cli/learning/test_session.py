"""One training of the command line, in this process: what its files hold, and what happens in which order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.cli.app import run as door
from cnnkit.cli.learning import session
from cnnkit.files.network.trained import read_trained
from cnnkit.files.network.weights import read_weights
from cnnkit.operations.learning.training.training import Training
from tests.cases.trained import pets, tones

LAYERS = ("conv3-2", "relu", "flatten", "fc2", "--epochs", "2", "--batch", "4")
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_is_compiled: None) -> Path:
    pets(tmp_path / "pets", 5)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_holds_all_that_there_is_to_know(place: Path, capsys: Capture) -> None:
    options = ("--resize", "4x6", "--rgb", "--rate", "0.01", "--seed", "5", "--split", "60:40", "--dropout", "0.25")
    assert door(["train", "pets", *LAYERS, *options, "-o", "net.safetensors"]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "wrote net.safetensors  network"
    found = read_trained(place / "net.safetensors")
    assert found.preparation == {"rgb": True, "resize": [4, 6], "fit": "stretch"}
    assert (found.input, found.layers, found.sound) == ("4x6x3", LAYERS[:4], {})
    best = dict(found.training)
    assert best.pop("best")["number"] in (1, 2)
    assert best == {
        "optimiser": "adam", "rate": 0.01, "momentum": 0.9, "weight_decay": 0.0, "dropout": 0.25, "batch": 4,
        "epochs": 2, "patience": None, "split": "60:40", "seed": 5, "as_is": False, "examples": 6, "held_back": 4,
        "epochs_done": 2,
    }  # fmt: skip
    assert found.learned[0]["mean"].shape == (3,)
    assert door(["train", "pets", *LAYERS, "--as-is", "-o", "raw.safetensors"]) == 0
    assert 0 not in read_trained(place / "raw.safetensors").learned


def test_the_same_command_gives_the_same_bytes(place: Path) -> None:
    words = ["train", "pets", *LAYERS, "-o", "net.safetensors"]
    assert door(words) == 0
    first = read_weights(place / "net.safetensors")
    tensors = {name: np.array(array) for name, array in first.items()}
    assert door([*words, "--force"]) == 0
    second = read_weights(place / "net.safetensors")
    assert first.metadata["cnnkit"] == second.metadata["cnnkit"]
    for name, array in second.items():
        np.testing.assert_array_equal(array, tensors[name])
    assert door([*words, "--threads", "2", "-f"]) == 0
    for name, array in read_weights(place / "net.safetensors").items():
        np.testing.assert_array_equal(array, tensors[name])


def test_a_layer_that_hears_has_number_1_in_the_file(place: Path) -> None:
    tones(place / "sounds", 3)
    words = ["mfcc13", "mark:a", "conv3-1", "add:a", "gap", "fc2", "--epochs", "1"]
    assert door(["train", "sounds", *words, "--channel", "left", "-o", "net.safetensors"]) == 0
    found = read_trained(place / "net.safetensors")
    assert (found.input, found.sound) == ("4000@8000", {"channel": "left"})
    assert sorted(found.learned) == [0, 2, 5]
    assert {name.partition(".")[0] for name in read_weights(place / "net.safetensors")} == {"0", "2", "5"}


def test_checks_come_before_examples_are_read(monkeypatch: pytest.MonkeyPatch, capsys: Capture, place: Path) -> None:
    def read(*_: Any, **__: Any) -> None:
        raise AssertionError("examples were read")

    monkeypatch.setattr(session, "read_examples", read)
    (place / "net.safetensors").write_text("mine")
    (place / "c.safetensors").write_text("mine")
    for words in (
        ["-o", "net.safetensors"], ["--checkpoint", "c.safetensors"], ["--figure", "a.xyz"], ["--rate", "0"],
        ["--split", "1"], ["--optimiser", "x"], ["--figure", "a.png", "--kernels", "a.png"],
    ):  # fmt: skip
        assert door(["train", "pets", *LAYERS[:4], *words]) in (1, 2)
        assert "hint: " in capsys.readouterr().err
    assert door(["train", "pets", "6x5x3", "conv3-2", "relu"]) == 2
    assert "error: the network ends in 6x5x2" in capsys.readouterr().err


def test_units_are_counted_when_the_first_example_is_read(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    read: list[str] = []
    monkeypatch.setattr(
        session, "read_examples", lambda *args, check, **_: (check((6, 5, 3), 7), read.append("went on"))
    )
    assert door(["train", "pets", *LAYERS]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: the network ends in 2, and there are 7 classes", "hint: end it in fc7",
    ]  # fmt: skip
    assert read == []


def test_json_says_why_nothing_came_of_it(capsys: Capture) -> None:
    assert door(["train", "pets", "gap", "fc3", "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["results"] == []
    assert facts["errors"][0]["hint"] == "end it in fc2"


def test_an_interrupt_between_epochs_keeps_the_state_and_writes_no_network(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    ordinary: Callable[..., Any] = Training._epoch

    def epoch(self: Training, watch: Any) -> Any:
        if len(self.epochs) == 1:
            raise KeyboardInterrupt
        return ordinary(self, watch)

    monkeypatch.setattr(Training, "_epoch", epoch)
    assert door(["train", "pets", *LAYERS, "--checkpoint", "c.safetensors", "-o", "net.safetensors"]) == 130
    assert sorted(path.name for path in place.iterdir()) == ["c.safetensors", "pets"]


def test_examples_that_cannot_be_read_are_left_out_and_told(place: Path, capsys: Capture) -> None:
    (place / "pets/cat/0.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert door(["train", "pets", *LAYERS, "-o", "net.safetensors"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "7 examples of 6x5x3 to train on, 2 to validate on"
    assert "error: pets/cat/0.png: " in err
    assert err.splitlines()[-1] == "1 of 10 inputs failed"
    assert (place / "net.safetensors").exists()


def test_a_picture_among_the_examples_is_refused_as_a_result(place: Path, capsys: Capture) -> None:
    for name in ("pets/f.png", "./pets/../pets/cat/f.gif"):
        option = "--animate" if name.endswith("gif") else "--figure"
        assert door(["train", "pets", *LAYERS, option, name]) == 2
        assert "lies in pets, whose pictures are examples" in capsys.readouterr().err
    assert door(["train", "pets", *LAYERS, "--figure", "pets/f.svg"]) == 0
