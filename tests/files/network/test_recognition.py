"""Which files are models."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnnkit.files.network.recognition import is_model, is_weights, names_a_model
from tests.cases.models import small_network


def test_by_name_or_beginning() -> None:
    assert is_model("net.ONNX")
    assert is_model("net", small_network()[:3])
    assert not is_model("net.png")
    assert not is_model("net", b"\x08")
    assert not is_model("net", b"\x08\x00\x12")


def test_words_that_name_a_file(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(small_network())
    assert names_a_model([str(path)])
    assert names_a_model(["32x32x3", str(path)])
    assert not names_a_model(["32x32x3", "conv3-8", "net.onnx"])
    assert not names_a_model(["32x32x3 conv3-8", "a\0b", str(tmp_path)])


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not names_a_model([str(tmp_path / "pipe")])


def test_weights_are_known_by_their_name() -> None:
    assert is_weights("net.safetensors")
    assert is_weights("folder/NET.SAFETENSORS")
    assert not is_weights("net.npz")
    assert names_a_model(["6x5x3", "net.safetensors"])
    assert names_a_model(["net.safetensors"])
