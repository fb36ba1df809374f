"""What is written for other tools' words: each cure is of this command, is said for every name, and runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import soundfile
import typer
from PIL import Image

from cnnkit.cli.app import COMMANDS as MODULES
from cnnkit.cli.app import application
from cnnkit.cli.app import run as door
from cnnkit.cli.usage.words import COMMANDS, OPTIONS

LINES = {
    "convolve": ["photo.png", "--kernel", "edge"],
    "pool": ["photo.png"],
    "mfcc": ["song.wav"],
    "shape": ["28x28", "conv3-8"],
    "run": ["photo.png", "conv3-1", "gap"],
    "learn": ["a.png", "b.png"],
    "train": ["pets", "conv1-1", "gap", "fc2"],
    "kernels": ["edge"],
    "weights": ["net.npz"],
    "compile": ["pool"],
}
VALUES = {
    **{"--output": "out.npy", "--out-dir": "made", "--format": "npy", "--threads": "2", "--sample-rate": "16000"},
    **{"--stride": "(2, 2)", "--padding": "1", "--dilation": "2,2", "--kernel": "edge", "--bias": "3", "--size": "2,3"},
    **{"--pad-mode": "BORDER_REFLECT_101", "--type": "Average", "--adaptive": "7 x 7", "--p": "3", "--n-mfcc": "12"},
    **{"--frame-length": "0.025", "--hop-length": "10", "--features": "logmel", "--batch": "4", "--code": "torch"},
    **{"--want": "14", "--expect": "28x28x8", "--mel-norm": "slaney", "--layout": "channels_first"},
    **{"--figure": "sheet.png", "--resize": "(16, 12)", "--crop": "8", "--files-from": "list.txt", "--jobs": "2"},
    **{"--weights": "1=sobel-x", "--seed": "3", "--activations": "acts.npz"},
    **{"--weights-order": "HWIO", "--rate": "0.1", "--steps": "10", "--optimiser": "adam", "--method": "exact"},
    **{"--epochs": "2", "--patience": "2", "--weight-decay": "0.001", "--dropout": "0.2", "--split": "60:40"},
    **{"--checkpoint": "c.safetensors", "--kernels": "k.png"},
}
"""What another tool's user would write for each option."""

OWN_VALUES = {("learn", "--output"): "k.json", ("learn", "--stride"): "(1, 1)", ("train", "--output"): "n.safetensors"}
SAMPLES = {r"[\d.]+s?": "0.025", r".*\d.*|VALUE": "2", r".*\d.*": "1./255", r".+/.+|imagenet": "0.5/0.25"}


class Row(NamedTuple):
    """A line of the table, for one command."""

    command: str
    names: str
    values: str
    cure: str

    @property
    def target(self) -> str:
        return self.cure.split()[0] if self.cure.startswith("--") else ""

    @property
    def before(self) -> list[str]:
        """The rest of the command line: what the cure sets is not set already."""
        line = LINES[self.command]
        if self.target in ("--sample-rate", "--channel"):
            return ["sounds" if self.command == "train" else "song.wav", *line[1:]]
        if self.command == "convolve" and self.target == "--kernel":
            return line[:1]
        if self.target == "--count-padding":
            return [*line, "--type", "average"]
        brief = {"learn": "--steps", "train": "--epochs"}.get(self.command, self.target)
        if brief != self.target:
            return [*line, brief, "1"]
        return [*line, "--size", "2"] if (self.command, self.names, self.target) == ("pool", "s", "--stride") else line

    def typed(self, name: str) -> list[str]:
        """The option and its value as another tool has them."""
        value = SAMPLES.get(self.values, self.values.split("|")[0])
        if not value and "{" in self.cure.replace("{name}", "").replace("{typed}", ""):
            is_number = re.search(r"--p |\{side|=\{value", self.cure)
            value = "3" if is_number else OWN_VALUES.get((self.command, self.target)) or VALUES.get(self.target)
            value = value or self.before[0]
        return [f"{'-' if len(name) == 1 else '--'}{name}", *([value] if value else [])]


def rows() -> Iterator[Row]:
    for command in MODULES:
        for line in f"{OPTIONS['']}{OPTIONS[command]}".splitlines():
            if not line:
                continue
            names, _, cure = line.partition(": ")
            names, _, values = names.partition("=")
            row = Row(command, names, values, cure)
            if line in OPTIONS[command].splitlines() or row.target in options(command):
                yield row


@cache
def options(command: str) -> set[str]:
    group: Any = typer.main.get_command(application([command]))
    return {name for one in group.commands[command].params for name in one.opts}


ROWS = list(rows())
RUNNING: set[tuple[str, ...]] = set()
"""Lines that were run: many names have one cure."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small photo.png and song.wav, where loops run as plain Python: none has to be compiled."""
    Image.fromarray(np.arange(12 * 18 * 3, dtype=np.uint8).reshape(12, 18, 3)).save(tmp_path / "photo.png")
    for name in ("a.png", "b.png"):
        Image.fromarray(np.random.default_rng(0).integers(1, 255, (9, 9), np.uint8)).save(tmp_path / name)
    (tmp_path / "list.txt").write_text("song.wav\n")
    np.savez(tmp_path / "net.npz", **{"conv1.weight": np.ones((8, 1, 3, 3), np.float32)})
    samples = np.random.default_rng(0).integers(-9000, 9000, 3000).astype(np.int16)
    soundfile.write(tmp_path / "song.wav", samples, 16000)
    for name, number in product(("one", "two"), range(2)):
        for folder in ("pets", "sounds"):
            (tmp_path / folder / name).mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(1, 255, (4, 4, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
        soundfile.write(tmp_path / "sounds" / name / f"{number}.wav", samples[:600], 16000)
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_DATA_HOME"):  # where completion is installed
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    return tmp_path


def hint_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert door(words) == 2, words
    problem, hint = capsys.readouterr().err.splitlines()
    assert problem.startswith(("error: no such ", "error: there is no file ")), problem
    assert hint.startswith("hint: "), hint
    return hint.removeprefix("hint: ")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.command} {row.names[:20]} {row.values[:9]}")
@pytest.mark.usefixtures("place", "nothing_is_compiled")
def test_a_cure_of_every_name_runs(row: Row, capsys: pytest.CaptureFixture[str]) -> None:
    assert row.target in {"", *options(row.command)}
    hints = set()
    for name in re.sub(r"\\d.*", "2", row.names).split("|"):
        typed = row.typed(name)
        line = row.before[1:] if "{typed}" in row.cure else row.before
        hint = hint_of([row.command, *line, *typed], capsys)
        hints.add(hint.removesuffix(typed[0]))
    assert len(hints) == 1 or "{name}" in row.cure
    cure: list[str] = []
    if row.target:
        assert hint.startswith(f"write {row.target}"), hint
        cure = shlex.split(hint.removeprefix("write ").partition(" for ")[0])
    elif "{typed}" in row.cure:
        assert hint == f"write {row.before[0]} without {typed[0]}"
    else:
        assert hint == row.cure
    if (line := (row.command, *row.before, *cure)) not in RUNNING:
        assert door(line) == 0, (cure, capsys.readouterr().err)
        RUNNING.add(line)


@pytest.mark.parametrize("meant", COMMANDS)
@pytest.mark.usefixtures("place", "nothing_is_compiled")
def test_a_command_of_another_name_is_written_out(meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = meant.split(maxsplit=1)[0]
    ends = {"--help": ["pool"], "--install-completion": ["bash"]}
    rest = ends[command] if command in ends else LINES[command]
    for word in COMMANDS[meant].split():
        hint = hint_of([word, *rest], capsys)
    cnnkit, *words = shlex.split(hint.removeprefix("write "))
    assert cnnkit == "cnnkit"
    assert door(words) == 0, capsys.readouterr().err


def test_names_of_other_tools_are_no_names_of_this_one() -> None:
    for row in ROWS:
        own = {option.lstrip("-") for option in options(row.command)}
        assert own.isdisjoint(row.names.split("|")), row
