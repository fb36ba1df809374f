"""``cnnkit shape net.onnx`` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from PIL import Image

from cnnkit.files.network.weights import save_weights
from cnnkit.network.shape import shape
from tests.cases.models import single, small_network, values, written
from tests.cases.trained import LAYERS, trained_network
from tests.cases.trained import written as written_network

Run = Callable[..., Any]
WORDS = "32x32x3 conv3-8:s2:p1 relu mark:r2 conv3-8:nobias bn add:r2 avgpool-to1 flatten fc10 softmax"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "net.onnx").write_bytes(small_network())
    (tmp_path / "open.onnx").write_bytes(small_network(sides=(None, None)))
    (tmp_path / "resized.onnx").write_bytes(
        single("Resize", [1, 3, 8, 8], None, np.array([1, 1, 1.5, 2], np.float32), mode="linear")
    )
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("LSTM", ["c"], ["l"], name="lstm_3"),
        helper.make_node("Relu", ["l"], ["y"]),
    ]
    (tmp_path / "unknown.onnx").write_bytes(written(nodes, [1, 3, 8, 8], {"w": values(4, 3, 3, 3)}))
    return tmp_path


def test_the_table_is_that_of_the_same_words(here: Run, models: Path) -> None:
    done = here("shape", "net.onnx", cwd=models)
    assert (done.code, done.err) == (0, "")
    assert done.text == f"{shape(WORDS)}\n"


@pytest.mark.parametrize("words", [("32x32x3", "open.onnx"), ("open.onnx", "32x32x3")])
def test_an_open_size_is_given_before_or_behind(here: Run, models: Path, words: tuple[str, str]) -> None:
    assert here("shape", *words, cwd=models).text == f"{shape(WORDS)}\n"


def test_a_size_is_that_of_a_picture(here: Run, models: Path) -> None:
    Image.new("RGB", (40, 20)).save(models / "photo.png")
    done = here("shape", "photo.png", "open.onnx", "--json", cwd=models)
    assert json.loads(done.out)["input"] == [20, 40, 3]


def test_a_name_without_an_ending(here: Run, models: Path) -> None:
    (models / "net.onnx").rename(models / "model")
    assert here("shape", "model", cwd=models).text == f"{shape(WORDS)}\n"


def test_json_batches_and_expectations(here: Run, models: Path) -> None:
    done = here("shape", "net.onnx", "--json", "--batch", "4", "--expect", "10", cwd=models)
    facts = json.loads(done.out)
    assert (done.code, facts["batch"], facts["totals"]["output"]) == (0, 4, [10])
    assert facts["totals"]["macs"] == 4 * shape(WORDS).macs
    assert facts["layers"][4]["layer"] == "add:r2"
    assert here("shape", "net.onnx", "--expect", "11", "-q", cwd=models).code == 1


def test_words_where_every_layer_has_one(here: Run, models: Path) -> None:
    assert here("shape", "net.onnx", "--show-stack", cwd=models).text == f"{WORDS}\n"
    assert "nn.Conv2d(3, 8, 3" in here("shape", "net.onnx", "--code", "torch", cwd=models).text


@pytest.mark.parametrize(
    "options", [("--code", "torch"), ("--show-stack",), ("--explain",), ("--want", "4x4")], ids=lambda one: one[0]
)
def test_options_that_need_words_are_refused_without(
    here: Run, refused: Callable[..., None], models: Path, options: tuple[str, ...]
) -> None:
    done = here("shape", "resized.onnx", *options, cwd=models)
    refused(done, 1, f"{options[0]} needs a word for every layer, and row 1, Resize, has none")
    assert here("shape", "resized.onnx", cwd=models).code == 0


def test_unknown_operators_are_said_and_the_rest_is_counted(here: Run, models: Path) -> None:
    done = here("shape", "unknown.onnx", cwd=models)
    assert (done.code, len(done.lines)) == (0, 1)
    assert "does not have the operator LSTM (node 'lstm_3', 2nd of 3)" in done.err
    rows = [line.split() for line in done.text.splitlines()]
    assert [row[:2] for row in rows[2:5]] == [
        ["conv3-4:valid:nobias", "6x6x4"],
        ["LSTM", "unknown"],
        ["Relu", "unknown"],
    ]
    facts = json.loads(here("shape", "unknown.onnx", "--json", cwd=models).out)
    assert [layer["output"] for layer in facts["layers"]] == [[6, 6, 4], None, None]
    assert "LSTM" in facts["notes"][0]


def test_a_figure(here: Run, models: Path) -> None:
    for name in ("net.onnx", "unknown.onnx"):
        done = here("shape", name, "--figure", f"{name}.png", "-q", cwd=models)
        assert done.code == 0, done.err
        with Image.open(models / f"{name}.png") as picture:
            assert picture.size[0] > 100


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("open.onnx",), 2, "open.onnx: sides of the model's input are open: ?x?x3"),
        (("16x16x3", "net.onnx"), 1, "net.onnx: the model takes 32x32x3, not 16x16x3"),
        (("net.onnx", "conv3-8", "relu"), 2, "net.onnx is a model, which has its layers itself"),
        (("absent.onnx",), 1, "absent.onnx: there is no such file"),
        (("net.onnx", "--input-layout", "chw"), 2, "--input-layout has no input to read"),
    ],
    ids=lambda one: str(one)[:30],
)
def test_errors(
    here: Run, refused: Callable[..., None], models: Path, words: tuple[str, ...], code: int, problem: str
) -> None:
    refused(here("shape", *words, cwd=models), code, problem)


def test_a_damaged_model_is_an_error_of_two_lines(here: Run, refused: Callable[..., None], models: Path) -> None:
    (models / "cut.onnx").write_bytes(small_network()[:-50])
    refused(here("shape", "cut.onnx", cwd=models), 1, "cut.onnx: this is not a model of ONNX")


def test_a_trained_network_has_the_table_of_its_layers(here: Run, tmp_path: Path) -> None:
    written_network(tmp_path / "net.safetensors", trained_network())
    done = here("shape", "net.safetensors", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == here("shape", "6x5x3", *LAYERS).out
    other = here("shape", "8x5x3", "net.safetensors", "--show-stack", cwd=tmp_path)
    assert other.text.split() == ["8x5x3", *LAYERS]


def test_a_file_that_is_no_network_is_named(here: Run, tmp_path: Path, refused: Callable[..., None]) -> None:
    save_weights(tmp_path / "w.safetensors", {"conv.weight": np.ones((2, 3, 3, 3), np.float32)})
    refused(here("shape", "w.safetensors", cwd=tmp_path), 1, "w.safetensors: this file has weights, and no layers")


def test_a_network_that_hears_has_a_sound_as_its_input(here: Run, tmp_path: Path) -> None:
    network = trained_network("4000@8000", ("mfcc13", "conv3-2", "gap", "fc2"))
    written_network(tmp_path / "net.safetensors", network)
    assert "4000@8000" in here("shape", "net.safetensors", cwd=tmp_path).text.splitlines()[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"input": "x"}, {"input": "@net.txt"}, {"layers": ["selu"]}, {"layers": []}, {"layers": ["conv99999x99999-9"]},
        {"layers": ["mfcc13", "fc2"]}, {"layers": ["add:x"]}, {"input": "9" * 400 + "x1x1"}, {"layers": ["x99999999"]},
    ],
)  # fmt: skip
def test_what_strangers_say_of_a_network_gives_errors_alone(changes: dict[str, Any], here: Run, tmp_path: Path) -> None:
    written_network(tmp_path / "net.safetensors", trained_network(), **changes)
    done = here("shape", "net.safetensors", cwd=tmp_path)
    assert "Traceback" not in done.err
    assert "mistake of cnnkit" not in done.err
    assert done.code in (0, 1, 2)
    assert done.code == 0 or "hint: " in done.err
