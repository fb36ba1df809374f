"""States of trainings: written whole, gone on from to the same bits after any end, and none of others is taken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.cli.learning.checkpoint import ENTRY, Checkpoint
from cnnkit.cli.learning.worked import example
from cnnkit.cli.report import Report
from cnnkit.data.learning.examples import Examples
from cnnkit.errors import CnnkitError, InputError
from cnnkit.files.network.weights import read_weights, save_weights
from cnnkit.operations.learning.training.training import Settings, Training
from tests.cases.trained import pets
from tests.conftest import Ran

Run = Callable[..., Ran]
LAYERS = ("conv3-4", "bn", "relu", "dropout", "flatten", "fc3")


def examples() -> Examples:
    found = example()[1]
    return found._replace(training=found.training[:60], validation=found.validation[:20])


def training(**settings: Any) -> Training:
    stack = example()[0]._replace(layers=LAYERS).stack((8, 8, 1))
    return Training(stack, examples(), Settings(**{"epochs": 4, "batch": 20, "threads": 1} | settings))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state_after(epochs: int, **settings: Any) -> Training:
    """Train some epochs, and leave the state of the last in c.safetensors."""
    made = training(epochs=epochs, **settings)
    for _ in made.run():
        Checkpoint(Path("c.safetensors"), Report("train")).write(made, LAYERS)
    return made


def same(one: Any, other: Any) -> bool:
    return all(
        np.array_equal(array, other[number][name]) for number, parts in one.items() for name, array in parts.items()
    )


def test_a_training_goes_on_to_the_same_bits(capsys: pytest.CaptureFixture[str]) -> None:
    whole = training()
    assert len([*whole.run()]) == 4
    state_after(2)
    rest = training()
    Checkpoint(Path("c.safetensors"), Report("train")).restore(rest, LAYERS)
    assert capsys.readouterr().err == "c.safetensors has 2 epochs; the training goes on\n"
    assert [epoch.number for epoch in rest.run()] == [3, 4]
    assert [epoch[:5] for epoch in rest.epochs] == [epoch[:5] for epoch in whole.epochs]
    assert rest.best == whole.best
    assert same(whole.learned, rest.learned)
    assert same(whole.latest, rest.latest)


def test_what_is_over_says_how_it_would_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    state_after(1)
    Checkpoint(Path("c.safetensors"), Report("train")).restore(training(epochs=1), LAYERS)
    said = "c.safetensors has 1 epoch; nothing is left to train: --epochs 2 would be one more\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("changes", "layers", "other"),
    [
        ({"batch": 10}, LAYERS, "settings: batch"), ({"seed": 1}, LAYERS, "settings: seed"),
        ({"dropout": 0.1}, LAYERS, "settings: dropout"), ({"standardise": False}, LAYERS, "settings: standardise"),
        ({}, ("flatten", "fc3"), "layers"),
    ],
)  # fmt: skip
def test_a_state_of_another_training_is_refused(changes: dict[str, Any], layers: tuple[str, ...], other: str) -> None:
    state_after(1)
    with pytest.raises(CnnkitError, match=f"is of a training with other {other}") as error:
        Checkpoint(Path("c.safetensors"), Report("train")).restore(training(**changes), layers)
    assert error.value.hint == "choose another name, or delete it to begin anew"


@pytest.mark.parametrize("changed", ["inputs", "labels", "training", "classes"])
def test_other_examples_are_told(changed: str) -> None:
    state_after(1)
    made = training()
    found = made.examples
    values: dict[str, Any] = {
        "inputs": found.inputs + 1, "labels": (found.labels + 1) % 3, "training": found.training[1:],
        "classes": ("a", "b", "c"),
    }  # fmt: skip
    made.examples = found._replace(**{changed: values[changed]})
    with pytest.raises(CnnkitError, match=r"with other (examples|classes)"):
        Checkpoint(Path("c.safetensors"), Report("train")).restore(made, LAYERS)


def test_more_epochs_patience_and_threads_may_change() -> None:
    state_after(1)
    made = training(epochs=9, patience=3, threads=2)
    Checkpoint(Path("c.safetensors"), Report("train")).restore(made, LAYERS)
    assert len(made.epochs) == 1


DAMAGES: dict[str, Any] = {
    "epochs": [[1, 2], [1, 1, 1, 1, 1], 3, [["x"] * 6], [[2, 0, 0, 0, 0, 0]], [None]],
    "best": [5, -1, "x", None, 0],
    "steps": ["many", None, [1], float("inf")],
    "of": [None, [], {}, {"settings": 3}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in DAMAGES.items() for value in values])
def test_damaged_facts_are_an_error_with_a_cure(name: str, value: Any) -> None:
    state_after(1)
    found = read_weights(Path("c.safetensors"))
    facts = json.loads(found.metadata[ENTRY]) | {name: value}
    tensors = {key: np.array(array) for key, array in found.items()}
    save_weights(Path("c.safetensors"), tensors, {ENTRY: json.dumps(facts)}, force=True)
    with pytest.raises(InputError, match="what is in it cannot be read") as error:
        Checkpoint(Path("c.safetensors"), Report("train")).restore(training(), LAYERS)
    assert "delete it" in error.value.hint


@pytest.mark.parametrize("name", ["now.1.weights", "best.6.bias", "descent.0"])
@pytest.mark.parametrize("is_gone", [False, True])
def test_missing_and_misshapen_tensors_are_an_error(name: str, is_gone: bool) -> None:
    state_after(1)
    found = read_weights(Path("c.safetensors"))
    tensors = {key: np.array(array) for key, array in found.items()}
    tensors[name] = np.zeros(1, np.float32)
    if is_gone:
        del tensors[name]
    save_weights(Path("c.safetensors"), tensors, found.metadata, force=True)
    with pytest.raises(InputError, match="what is in it cannot be read"):
        Checkpoint(Path("c.safetensors"), Report("train")).restore(training(), LAYERS)


def test_files_that_are_no_states_are_refused_before_any_work(place: Path) -> None:
    save_weights(place / "net.safetensors", {"a": np.ones(3, np.float32)})
    with pytest.raises(InputError, match=r"^--checkpoint net\.safetensors is no checkpoint of a training"):
        Checkpoint(Path("net.safetensors"), Report("train"))
    (place / "cut.safetensors").write_bytes((place / "net.safetensors").read_bytes()[:-3])
    (place / "other.safetensors").write_text("mine")
    for name in ("cut", "other"):
        with pytest.raises(InputError, match=rf"^--checkpoint {name}\.safetensors: ") as error:
            Checkpoint(Path(f"{name}.safetensors"), Report("train"))
        assert error.value.hint == "choose another name, or delete it to begin anew"
    assert (place / "other.safetensors").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [("c.txt", 2, "end its name in .safetensors"), ("x/c.safetensors", 1, "make it first: mkdir -p"),
     ("n.safetensors", 2, "--output n.safetensors is n.safetensors too")],
)  # fmt: skip
def test_names_that_cannot_be_are_refused(
    name: str, code: int, says: str, here: Run, refused: Callable[..., None], place: Path
) -> None:
    pets(place / "pets", 2)
    refused(here("train", "pets", "gap", "fc2", "-o", "n.safetensors", "--checkpoint", name, cwd=place), code, says)


LONG = ("train", "pets", "conv3-8", "bn", "relu", "dropout", "flatten", "fc2", "--epochs", "400", "--batch", "4")


def interrupted(number: int, place: Path, words: list[str], settings: dict[str, str]) -> tuple[int, bytes]:
    """Send a signal to a training as soon as its first state is written: its exit code, and what it said."""
    state = place / "c.safetensors"
    before = state.stat().st_ino if state.exists() else 0
    with subprocess.Popen(words, cwd=place, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 40
        while (not state.exists() or state.stat().st_ino == before) and time.monotonic() < end:
            time.sleep(0.001)
        process.send_signal(number)
        _, err = process.communicate(timeout=40)
    return process.returncode, err


@pytest.mark.skipif(os.name == "nt", reason="signals of other systems")
def test_a_training_that_was_ended_goes_on_to_the_same_bits(
    run: Run, place: Path, command_line: Callable[..., list[str]], surroundings: Callable[..., dict[str, str]]
) -> None:
    pets(place / "pets")
    words = command_line(*LONG, "--checkpoint", "c.safetensors", "-o", "b.safetensors")
    code, err = interrupted(signal.SIGINT, place, words, surroundings())
    assert (code, b"Traceback" in err) == (130, False)
    assert sorted(path.name for path in place.iterdir()) == ["c.safetensors", "pets"]
    assert interrupted(signal.SIGKILL, place, words, surroundings())[0] == -signal.SIGKILL
    assert not (place / "b.safetensors").exists()
    done = len(json.loads(read_weights(place / "c.safetensors").metadata[ENTRY])["epochs"])
    assert 0 < done < 400
    ran = run(*LONG, "--checkpoint", "c.safetensors", "-o", "b.safetensors", cwd=place)
    assert ran.lines[0].startswith("c.safetensors has ")
    assert run(*LONG, "-o", "a.safetensors", cwd=place).code == 0
    one, other = (read_weights(place / name) for name in ("a.safetensors", "b.safetensors"))
    assert one.metadata["cnnkit"] == other.metadata["cnnkit"]
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])
