"""``cnnkit weights`` as a process: what it lists, whose tensors are, and what it says of what it cannot read."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from cnnkit.cli.network.weights import EXAMPLE, split
from tests.conftest import Ran

Run = Callable[..., Ran]
TENSORS: dict[str, Any] = {
    "conv1.weight": np.linspace(-1, 1, 72, dtype=np.float32).reshape(8, 1, 3, 3),
    "conv1.bias": np.zeros(8, np.float32),
    "fc.weight": np.full((10, 1568), 0.5, np.float16),
    "fc.bias": np.arange(10, dtype=np.float32),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    safetensors.numpy.save_file(TENSORS, tmp_path / "net.safetensors", {"format": "pt"})
    np.savez(tmp_path / "net.npz", **TENSORS)
    return tmp_path


def test_a_worked_example(here: Run) -> None:
    ran = here("weights")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.text.splitlines()
    assert lines[0] == "$ cnnkit weights net.safetensors"
    assert lines[2].split() == [
        "conv1.weight",
        "8x1x3x3",
        "float32",
        "72",
        "288",
        "B",
        "-1.182",
        "to",
        "1.287",
        "conv3-8",
        "weights",
    ]
    assert f"$ cnnkit weights net.safetensors {' '.join(EXAMPLE)}" in lines
    assert "example" in json.loads(here("weights", "--json").out)


def test_a_list(here: Run, place: Path) -> None:
    ran = here("weights", "net.npz", cwd=place)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == []
    assert [" ".join(line.split()) for line in ran.text.splitlines()] == [
        "tensor shape type values bytes range looks like",
        "conv1.weight 8x1x3x3 float32 72 288 B -1 to 1 conv3-8 weights",
        "conv1.bias 8 float32 8 32 B 0 conv3-8 bias",
        "fc.weight 10x1568 float16 15,680 31.4 kB 0.5 fc10 weights",
        "fc.bias 10 float32 10 40 B 0 to 9 fc10 bias",
        "4 tensors, 15,770 values, 31.7 kB; kernels stand as OIHW, as in PyTorch and ONNX",
    ]


def test_whose_they_are(here: Run, place: Path) -> None:
    for name in ("net.npz", "net.safetensors"):
        ran = here("weights", name, *EXAMPLE, cwd=place)
        assert (ran.code, ran.err) == (0, "")
        assert "5 fc10     fc." in ran.text
        assert f"2 layers and 4 tensors: none is left over; {name} was read as OIHW" in ran.text
        assert "layer 5, fc10: PyTorch's order of values, depth first, was turned into rows, columns, depth" in ran.text


def test_json(here: Run, place: Path) -> None:
    answer = json.loads(here("weights", "net.npz", "net.safetensors", "--json", cwd=place).out)
    assert (answer["command"], answer["errors"], len(answer["results"])) == ("weights", [], 2)
    first, second = answer["results"]
    assert first["tensors"][0] == {
        "name": "conv1.weight", "shape": [8, 1, 3, 3], "dtype": "float32", "values": 72, "bytes": 288, "min": -1.0,
        "max": 1.0, "not_finite": 0, "layer": "conv3-8", "part": "weights",
    }  # fmt: skip
    assert (first["values"], first["bytes"], first["order"], first["input"]) == (15770, 31720, "oihw", "net.npz")
    assert second["metadata"] == {"format": "pt"}
    (one,) = json.loads(here("weights", "net.npz", *EXAMPLE, "--json", cwd=place).out)["results"]
    assert one["layers"][1] == {
        "layer": 5, "word": "fc10", "tensors": [
            {"part": "weights", "tensor": "fc.weight", "shape": [1568, 10]},
            {"part": "bias", "tensor": "fc.bias", "shape": [10]},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "problem", "hint"),
    [
        (["none.npz"], 1, "none.npz: there is no such file", "check the name and the folder"),
        (["trap.npz"], 1, "trap.npz: this is a file of pickled Python objects", "convert it, in Python: import pickle"),
        (
            ["net.npz", "28x28", "conv3-9"],
            1,
            "net.npz: layer 1, conv3-9, finds no tensors of 9x1x3x3 and a bias in",
            "the next",
        ),
        (
            ["net.npz", "28x28", "conv3-8"],
            1,
            "net.npz: 2 tensors of this file belong to no layer: fc.weight 10x1568",
            "add",
        ),
        (["28x28", "conv3-8"], 2, "there is no file of weights before 28x28", "cnnkit weights net.npz 28x28"),
        (["net.npz", "net.safetensors", "vgg16"], 2, "2 files stand before a stack, which takes one", "write cnnkit"),
        (["net.npz", "--weights-order", "chw"], 2, "unknown order of weights 'chw'", "use one of oihw, hwio"),
        (["net.npz", "28x28", "conf3-8"], 2, "unknown layer 'conf3-8'", "write conv3-8"),
        (
            ["square.npz", "8x8x3", "conv3-3:nobias"],
            2,
            "the order of axes is not known",
            "name it: --weights-order oihw",
        ),
        (["net.npz", *EXAMPLE, "--weights-order", "hwio"], 2, "--weights-order hwio does not fit this file", "leave"),
    ],
)
def test_errors(here: Run, place: Path, words: list[str], code: int, problem: str, hint: str) -> None:
    (place / "trap.npz").write_bytes(pickle.dumps({"a": 1}))
    np.savez(place / "square.npz", x=np.arange(81.0).reshape(3, 3, 3, 3))
    ran = here("weights", *words, cwd=place)
    assert (ran.code, ran.text) == (code, ""), ran.err
    first, *_, last = ran.lines
    assert first.startswith(f"error: {problem}"), first
    assert last.startswith(f"hint: {hint}"), last


def test_a_small_file_of_much_is_refused(here: Run, place: Path) -> None:
    np.savez_compressed(place / "zeros.npz", x=np.zeros((300, 1 << 20), np.int8))
    ran = here("weights", "zeros.npz", "--max-memory", "200M", cwd=place)
    assert ran.code == 1
    assert ran.lines[-1].endswith("add --max-memory 1G")
    assert here("weights", "zeros.npz", "--max-memory", "1G", cwd=place).code == 0


def test_a_fault_of_one_file_is_none_of_the_others(here: Run, place: Path) -> None:
    ran = here("weights", "none.npz", "net.npz", cwd=place)
    assert ran.code == 1
    assert ran.lines[-1] == "1 of 2 inputs failed"
    assert "conv1.weight" in ran.text


def test_names_of_strangers_are_spelled_out(here: Run, place: Path) -> None:
    header = {"a\x1b[31m\nb": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    text = json.dumps(header).encode()
    (place / "w").write_bytes(len(text).to_bytes(8, "little") + text + np.float32(np.nan).tobytes())
    ran = here("weights", "w", cwd=place)
    assert ran.code == 0
    assert "\x1b" not in ran.text
    assert "a\\x1b[31m\\nb" in ran.text
    assert "1 value is no finite number" in ran.text


def test_the_stack_begins_with_its_input() -> None:
    assert split([]) == ([], [])
    assert split(["a.npz", "b.npz"]) == (["a.npz", "b.npz"], [])
    for words in (
        ["28x28x3", "conv3-8"],
        ["784", "fc10"],
        ["8000@8000", "waveform"],
        ["vgg16"],
        ["@net.txt"],
        ["28x28 conv3-8"],
    ):
        assert split(["a.npz", *words]) == (["a.npz"], words)
