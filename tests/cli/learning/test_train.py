"""``cnnkit train`` as a process: what is learned and written, what other commands make of it, and what is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.cli.app import run as door
from cnnkit.files.network.trained import read_trained
from tests.cases.trained import pets, tones
from tests.conftest import Ran

Run = Callable[..., Ran]
Refused = Callable[..., None]
LAYERS = ("conv3-4", "relu", "flatten", "fc2")
SHORT = (*LAYERS, "--epochs", "2")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small cats and dogs, and other sets that tests only read."""
    folder = tmp_path_factory.mktemp("train")
    pets(folder / "pets")
    pets(folder / "grey", 4, (6, 5))
    pets(folder / "parted" / "train")
    pets(folder / "parted" / "val", 2)
    tones(folder / "sounds")
    draw = np.random.default_rng(0)
    images, labels = draw.integers(0, 256, (50, 5, 5), dtype=np.uint8), np.arange(50) % 3
    np.savez(folder / "set.npz", x_train=images[:40], y_train=labels[:40], x_test=images[40:], y_test=labels[40:])
    return folder


def test_without_examples_a_worked_one_is_shown(here: Run) -> None:
    ran = here("train", "--epochs", "12", "--rate", "0.01")
    assert ran.code == 0
    lines = ran.text.splitlines()
    assert lines[:2] == ["480 examples of 8x8x1 to train on, 120 to validate on", "3 classes: cross, lying, standing"]
    assert lines[4].split()[:3] == ["epoch", "loss", "accuracy"]
    assert [int(line.split()[0]) for line in lines[5:17]] == [*range(1, 13)]
    right = next(line for line in lines if line.startswith("best epoch "))
    assert float(right.split()[3]) > 80
    assert max(map(len, lines)) <= 80
    assert ran.lines == ["no examples are named: 600 drawn ones, of bars that lie, stand or cross each other"]


def test_a_network_learns_is_written_and_is_all_that_run_needs(here: Run, place: Path, tmp_path: Path) -> None:
    net = tmp_path / "net.safetensors"
    how = ("--epochs", "12", "--batch", "2", "--seed", "2")
    ran = here("train", "pets", "6x5x3", *LAYERS, *how, "-o", net, cwd=place)
    assert ran.code == 0
    assert ran.lines == [f"wrote {net}  network"]
    assert ran.text.splitlines()[:3] == [
        "13 examples of 6x5x3 to train on, 3 to validate on", "2 classes: cat, dog", "354 parameters in 4 layers",
    ]  # fmt: skip
    found = read_trained(net)
    assert (found.layers, found.input, found.classes) == (LAYERS, "6x5x3", ("cat", "dog"))
    assert found.training["seed"] == 2
    assert found.training["examples"] == 13
    assert found.training["best"]["validation_accuracy"] == 1
    for name in ("cat", "dog"):
        top = here("run", f"pets/{name}/7.png", "--model", net, "--top", "1", cwd=place)
        assert top.text.splitlines()[-1].split()[-1] == name
    table = here("shape", net)
    assert table.text == here("shape", "6x5x3", *LAYERS).text
    kernels = here("convolve", "pets/cat/1.png", "-k", f"@{net}", "-o", tmp_path / "maps.npy", cwd=place)
    assert kernels.code == 0
    assert np.load(tmp_path / "maps.npy").shape == (6, 5, 4)
    again = here("train", "pets", *LAYERS, *how, "-o", tmp_path / "b.safetensors", cwd=place)
    assert again.text.split("seconds")[0] == ran.text.split("seconds")[0]
    for number, parts in read_trained(tmp_path / "b.safetensors").learned.items():
        for part, array in parts.items():
            np.testing.assert_array_equal(array, found.learned[number][part])


def test_preparation_is_kept_and_done_again(here: Run, place: Path, tmp_path: Path) -> None:
    net = tmp_path / "net.safetensors"
    options = ("--resize", "5", "--grey", "--normalise", "0.5/0.25", "--scale", "1/255")
    assert here("train", "pets", *SHORT, *options, "-o", net, cwd=place).code == 0
    assert read_trained(net).input == "5x5x1"
    photo = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    words = ("run", tmp_path / "photo.png", "--model", net)
    assert here(*words, "-o", tmp_path / "a.npy").code == 0
    assert here(*words, *options, "-o", tmp_path / "b.npy").code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))


def test_bn_and_dropout_run_as_the_last_evaluation_had_them(here: Run, place: Path, tmp_path: Path) -> None:
    net = tmp_path / "net.safetensors"
    words = ("conv3-4", "bn", "relu", "dropout", "flatten", "fc2", "softmax")
    ran = here("train", "parted", *words, "--epochs", "4", "--json", "-o", net, cwd=place)
    (result,) = json.loads(ran.out)["results"]
    assert result["examples"] == {"train": 16, "validation": 4}
    losses = [epoch["validation_loss"] for epoch in result["epochs"]]
    assert result["best"] == int(np.argmin(losses)) + 1
    confusion = np.zeros((2, 2), int)
    shares = []
    for place_, name in enumerate(("cat", "dog")):
        assert here("run", f"parted/val/{name}", "--model", net, "--out-dir", tmp_path / name, cwd=place).code == 0
        for path in sorted((tmp_path / name).iterdir()):
            found = np.load(path)
            confusion[place_, found.argmax()] += 1
            shares.append(found[place_])
    assert result["confusion"] == confusion.tolist()
    assert -np.log(shares).mean() == pytest.approx(min(losses), abs=1e-4)


@pytest.mark.parametrize("words", [("mfcc13",), ("logmel40:hop256",)])
def test_sounds_themselves_go_in(words: tuple[str, ...], here: Run, place: Path, tmp_path: Path) -> None:
    net = tmp_path / "net.safetensors"
    ran = here("train", "sounds", *words, "conv3-4", "relu", "gap", "fc2", "--epochs", "2", "-o", net, cwd=place)
    assert (ran.code, ran.lines[-1]) == (0, f"wrote {net}  network")
    assert read_trained(net).input == "4000@8000"
    assert here("shape", net).code == 0
    top = here("run", "sounds/low/1.wav", "--model", net, "--top", "2", cwd=place)
    assert {line.split()[-1] for line in top.text.splitlines()[-2:]} == {"low", "high"}


def test_images_of_sounds_are_made_as_in_training(here: Run, place: Path, tmp_path: Path) -> None:
    net = tmp_path / "net.safetensors"
    assert here("train", "sounds", *SHORT, "--features", "logmel", "-o", net, cwd=place).code == 0
    assert read_trained(net).sound == {"features": "logmel"}
    assert "logmel" in here("run", "sounds/low/1.wav", "--model", net, "--top", "1", cwd=place).err


def test_sounds_of_unequal_lengths_have_a_cure_that_works(run: Run, tmp_path: Path) -> None:
    tones(tmp_path / "calls", longer=300)
    ran = run("train", "calls", "mfcc13", "conv3-4", "gap", "fc2", cwd=tmp_path)
    assert ran.code == 1
    assert "calls/high/2.wav gives 10x13x1 float32, and calls/high/0.wav 9x13x1 float32" in ran.err or ran.err
    line = ran.lines[-1].partition("train on that: cnnkit ")[2]
    assert run(shell=f"{{}} {line}", cwd=tmp_path).code == 0
    again = run("train", "set.npz", "mfcc13", "conv3-4", "gap", "fc2", "--epochs", "1", cwd=tmp_path)
    assert again.code == 0


def test_sets_of_others_keep_their_parts(here: Run, place: Path) -> None:
    ran = here("train", "set.npz", "conv3-2", "flatten", "fc3", "--epochs", "1", "--json", cwd=place)
    (result,) = json.loads(ran.out)["results"]
    assert result["examples"] == {"train": 40, "validation": 10}
    assert (result["classes"], result["input_shape"]) == (["0", "1", "2"], [5, 5, 1])


def test_networks_from_files_and_branches_are_written_out(here: Run, place: Path, tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("block conv3-3 relu end x2\nmark:a conv3-3 add:a gap fc2")
    net = tmp_path / "net.safetensors"
    assert here("train", place / "pets", "@net.txt", "--epochs", "1", "-o", net, cwd=tmp_path).code == 0
    (tmp_path / "net.txt").unlink()
    assert not any("@" in word for word in read_trained(net).layers)
    assert here("run", place / "pets/cat/1.png", "--model", net, "--top", "1").code == 0


def test_figures_kernels_and_animation_are_drawn(here: Run, place: Path, tmp_path: Path) -> None:
    words = ("--figure", tmp_path / "f.svg", "--kernels", tmp_path / "k.png", "--animate", tmp_path / "a.gif")
    ran = here("train", "pets", *SHORT, *words, "--json", cwd=place)
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    assert facts["figure"] == {"output": str(tmp_path / "f.svg"), "action": "wrote"}
    with Image.open(tmp_path / "k.png") as sheet, Image.open(tmp_path / "a.gif") as moving:
        assert sheet.size[0] > 100
        assert getattr(moving, "n_frames", 1) >= 3


def test_stdout_has_the_table_or_one_object_and_stderr_the_rest(run: Run, place: Path) -> None:
    ran = run("train", "grey", *SHORT, "--resize", "4", cwd=place)
    assert ran.lines == ["6x5x1 prepared: resized to 4x4 (area): 8 of 8"]
    assert ran.text.splitlines()[1] == "2 classes: cat, dog"
    quiet = run("train", "grey", *SHORT, "--resize", "4", "-q", "-o", "quiet.safetensors", cwd=place)
    assert (quiet.code, quiet.err, quiet.out) == (0, "", b"")
    assert (place / "quiet.safetensors").exists()
    (result,) = json.loads(run("train", "grey", *SHORT, "--json", cwd=place).out)["results"]
    assert [epoch["number"] for epoch in result["epochs"]] == [1, 2]
    assert set(result["epochs"][0]) == {
        "number", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds",
    }  # fmt: skip
    piped = run("train", "grey", *SHORT, shell="{} | head -n 1", cwd=place)
    assert (piped.code, piped.err) == (0, "")


def test_patience_ends_it(here: Run, place: Path) -> None:
    words = ("train", "pets", *LAYERS, "--epochs", "300", "--patience", "2", "--rate", "0.5", "--json")
    (result,) = json.loads(here(*words, cwd=place).out)["results"]
    assert len(result["epochs"]) == result["best"] + 2 < 300


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("nosuch conv3-4 gap fc2", 1, "nosuch: there is no such file"),
        ("pets/cat conv3-4 gap fc2", 2, "labels are names of folders, at least two"),
        ("pets", 2, "write them behind the examples: cnnkit train pets conv3-8 relu maxpool2 flatten fc10"),
        ("conv3-4 gap fc2", 2, "name a folder first: cnnkit train photos/ conv3-4 gap fc2\n"),
        ("6x5x3 conv3-4 gap fc2", 2, "name a folder first: cnnkit train photos/ 6x5x3 conv3-4 gap fc2\n"),
        ("pets flatten fc99999999 fc2", 1, "an array of 90x99999999 weights for fc99999999 takes 33.5 GiB"),
        ("pets conv1-9999999 gap fc2", 1, "what conv1-9999999 makes of 13 examples takes 14.5 GiB"),
        ("pets conv3-4 relu gap fc3", 1, "end it in fc2"),
        ("pets 6x5x3 conv3-4 relu", 2, "end it in flatten fc10, or gap"),
        ("pets 9x9x3 conv3-4 gap fc2", 1, "--resize 9"),
        ("set.npz 9x9x1 conv3-4 gap fc3", 1, "write 5x5x1 as the input of the network"),
        ("pets mfcc13", 2, "mfcc13 learns nothing"),
        ("sounds 4000@8000 conv3-4 gap fc2", 2, "let the layers begin with mfcc13"),
        ("sounds mfcc13 conv3-4 gap fc2 --features logmel", 2, "leave --features out, or mfcc13"),
        ("set.npz conv3-4 gap fc3 --resize 4", 2, "leave --resize out, or make the set with it"),
        ("pets conv3-4 gap fc2 --optimiser rmsprop", 2, "use one of adam, sgd"),
        ("pets conv3-4 gap fc2 --rate -1", 2, "rate -1 is no number above 0"),
        ("pets conv3-4 gap fc2 --rate nan", 2, "rate nan is no number above 0"),
        ("pets conv3-4 gap fc2 --weight-decay nan", 2, "weight_decay nan is not 0 or more"),
        ("pets conv3-4 gap fc2 --seed -1", 2, "--seed: -1 is not 0 or more"),
        ("pets conv3-4 gap fc2 --split 1:0", 2, "split '1:0'"),
        ("pets gap fc2 --kernels k.png", 2, "begin it with conv3-8"),
        ("pets conv3-4 gap fc2 --figure pets/f.png", 2, "lies in pets, whose pictures are examples"),
        ("pets conv3-4 gap fc2 --figure pets/cat/1.png -f", 2, "lies in pets, whose pictures are examples"),
        ("pets conv3-4 gap fc2 -o net.npz", 2, "end its name in .safetensors"),
        ("pets conv3-4 gap fc2 -o x/net.safetensors", 1, "make it first: mkdir -p"),
        ("pets tinyvgg --resize 64", 1, "which cnnkit shape tinyvgg --show-stack prints, and end it in fc2"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("nothing_is_compiled")
def test_what_cannot_be_is_refused(
    words: str,
    code: int,
    says: str,
    place: Path,
    refused: Refused,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(place)
    given = door(["train", *words.split(), "-q"])
    out, err = capsys.readouterr()
    refused(Ran(given, out.encode(), err), code, says)


def test_a_layer_that_does_not_exist_is_pointed_at(here: Run, place: Path) -> None:
    ran = here("train", "pets", "conv3-4", "selu", "gap", "fc2", cwd=place)
    assert ran.lines[:3] == ["error: unknown layer 'selu'", "  conv3-4 selu gap fc2", "          ^^^^"]


@pytest.mark.parametrize(("given", "cure"), [("sizes", "--resize 6x5"), ("colours", "--rgb")])
def test_images_that_differ_have_a_cure_that_works(given: str, cure: str, here: Run, tmp_path: Path) -> None:
    pets(tmp_path / "pets", 3)
    other = np.zeros((9, 8, 3) if given == "sizes" else (6, 5), np.uint8)
    Image.fromarray(other).save(tmp_path / "pets/dog/1.png")
    ran = here("train", "pets", "6x5x3", *SHORT, cwd=tmp_path)
    assert (ran.code, ran.lines[-1]) == (1, f"hint: bring images to one shape: {cure}")
    assert "pets/dog/1.png gives " in ran.err
    assert here("train", "pets", "6x5x3", *SHORT, *cure.split(), cwd=tmp_path).code == 0


def test_steps_that_are_too_large_end_it_and_write_nothing(here: Run, place: Path, tmp_path: Path) -> None:
    words = (*LAYERS, "--optimiser", "sgd", "--rate", "1e30", "--epochs", "1", "-o", tmp_path / "n.safetensors")
    ran = here("train", "pets", *words, cwd=place)
    assert ran.code == 2
    assert ran.lines[-2].startswith("error: after epoch 1 the ")
    assert ran.lines[-1] == "hint: take smaller steps: --rate 0.05"
    assert not [*tmp_path.iterdir()]


def test_a_file_of_somebody_else_stays(here: Run, place: Path, tmp_path: Path) -> None:
    net = tmp_path / "net.safetensors"
    net.write_text("mine")
    ran = here("train", "pets", *SHORT, "-o", net, cwd=place)
    assert (ran.code, ran.out, net.read_text()) == (1, b"", "mine")
    assert here("train", "pets", *SHORT, "-o", net, "--force", cwd=place).code == 0
    assert here("train", "pets", *SHORT, "-o", net, "--seed", "1", cwd=place).lines[-1] == f"replaced {net}  network"


@pytest.mark.skipif(os.name == "nt", reason="file systems that refuse such names")
def test_names_of_classes_harm_no_terminal(here: Run, tmp_path: Path) -> None:
    for place, name in enumerate(("a\nb", "c\x1b[31m", "\u202egnp", "7")):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(5):
            image = np.full((4, 4), 50 * place + number, np.uint8)
            Image.fromarray(image).save(tmp_path / "set" / name / f"{number}.png")
    net = tmp_path / "net.safetensors"
    words = ("flatten", "fc4", "--epochs", "1", "-o", net, "--figure", "f.png")
    ran = here("train", "set", *words, cwd=tmp_path)
    assert ran.code == 0
    assert ran.text.splitlines()[1] == r"4 classes: '7', a\nb, c\x1b[31m, \u202egnp"
    top = here("run", "set/7/0.png", "--model", net, "--top", "4", cwd=tmp_path)
    assert not {"\x1b", "\u202e"} & {*top.text, *ran.text}
    assert len(top.text.splitlines()) == 6


@pytest.mark.parametrize(
    "changes",
    [{"--batch": "1000000000"}, {"--split": "100:1"}, {"--split": "1:100"}, {"--split": "60:20:20"}, {"--as-is": ""},
     {"--weight-decay": "1e9"}, {"--dropout": "0", "--momentum": "0", "--optimiser": "sgd"}],
)  # fmt: skip
def test_unusual_settings_are_carried_out(changes: dict[str, Any], here: Run, place: Path) -> None:
    options = [word for pair in changes.items() for word in pair if word]
    ran = here("train", "pets", *SHORT, *options, cwd=place)
    assert ran.code == 0
    assert max(map(len, ran.text.splitlines())) <= 80
