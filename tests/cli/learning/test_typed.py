"""What is typed behind ``cnnkit train``, parted into examples, size and layers."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from cnnkit.cli.learning.typed import Hearing, Task
from cnnkit.errors import ArgumentError, CnnkitError
from cnnkit.network.volume import Volume, Waveform


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pets").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_examples_come_first_then_a_size_then_layers() -> None:
    task = Task.of(["pets", "28x28x1", "conv3-8", "relu", "gap"])
    assert task == Task(("pets",), Volume(28, 28, 1), ("conv3-8", "relu", "gap"), False, "conv3-8 relu gap")
    assert (task.wanted, task.learning) == ((28, 28, 1), task.layers)
    assert Task.of(["pets", "conv3-8"]).wanted is None


def test_a_folder_may_be_called_like_a_size(place: Path) -> None:
    (place / "28x28").mkdir()
    assert Task.of(["28x28", "conv3-8"]).names == ("28x28",)
    assert Task.of(["pets", "28x28", "conv3-8"]).names == ("pets", "28x28")


def test_files_repeats_and_blocks_are_written_out(place: Path) -> None:
    (place / "net.txt").write_text("mark:a conv3-3\nadd:a")
    task = Task.of(["pets", "block conv3-3 relu end", "x2", "@net.txt", "gap"])
    assert task.layers[:4] == ("conv3-3", "relu", "conv3-3", "relu")
    assert not [word for word in task.layers if word[0] == "@" or word in ("block", "end", "x2")]
    assert task.typed == "block conv3-3 relu end x2 @net.txt gap"
    assert task.stack((8, 8, 3)).output == (3,)


@pytest.mark.parametrize("words", [["mfcc13", "conv3-4", "gap"], ["mfcc13 conv3-4", "gap"], ["@net.txt"]])
def test_a_first_layer_that_hears_is_not_trained(words: list[str], place: Path) -> None:
    (place / "net.txt").write_text("mfcc13 conv3-4 gap")
    task = Task.of(["pets", "4000@8000", *words])
    assert (task.hears, task.layers, task.learning) == (True, ("mfcc13", "conv3-4", "gap"), ("conv3-4", "gap"))
    assert task.size == Waveform(4000, 8000)
    assert task.wanted == (8, 13, 1)
    assert task.stack((8, 13, 1)).output == (4,)


def test_what_hears_makes_of_a_sound_what_run_makes_of_it() -> None:
    hearing = pickle.loads(pickle.dumps(Hearing("mfcc13")))
    sound = np.random.default_rng(0).integers(-9000, 9000, (1, 4000)).astype(np.float32)
    found = hearing(Waveform(4000, 8000), sound)
    assert (str(hearing), found.shape, found.dtype) == ("mfcc13", (8, 13, 1), np.float32)


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        (["conv3-8"], "no examples are named", "cnnkit train photos/ conv3-8"),
        (["pets"], "no layers are given", "cnnkit train pets conv3-8 relu maxpool2 flatten fc10"),
        (["pets", "mfcc13"], "mfcc13 learns nothing", "write layers behind it"),
        (["pets", "conv3-8", "rleu"], "unknown layer 'rleu'", "relu"),
        (["pets", "mark:a", "relu"], "mark:a is never used", "add:a"),
    ],
)
def test_what_cannot_be_trained_is_refused(words: list[str], problem: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as error:
        Task.of(words)
    assert hint in error.value.hint


def test_sizes_and_layers_must_go_together() -> None:
    with pytest.raises(CnnkitError, match="8000@8000 is a sound, and conv3-4 takes an image"):
        _ = Task.of(["pets", "8000@8000", "conv3-4"]).wanted
    with pytest.raises(CnnkitError, match="not in a value for each class"):
        Task.of(["pets", "conv3-4"]).stack((8, 8, 1))
