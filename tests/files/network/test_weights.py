"""Files of weights by their content, whatever their names are, and how they are written."""

from __future__ import annotations

import importlib.util
import io
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from cnnkit.errors import InputError, OutputError
from cnnkit.files.marks import made_by_cnnkit
from cnnkit.files.network.weights import read_weights, save_weights
from cnnkit.files.recognition import recognise
from tests.cases.small_files import images

ARRAYS: Mapping[str, Any] = {"b.weight": np.ones((2, 3), np.float32), "a.bias": np.arange(3, dtype=np.float32)}


def test_the_content_says_what_a_file_is(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", **ARRAYS)
    safetensors.numpy.save_file(dict(ARRAYS), tmp_path / "x.safetensors")
    for name in ("x.npz", "x.safetensors"):
        path = (tmp_path / name).rename(tmp_path / f"{name}.png")
        weights = read_weights(path)
        assert weights.name == str(path)
        assert sorted(weights) == sorted(ARRAYS)
        for one, values in ARRAYS.items():
            np.testing.assert_array_equal(weights[one], values)


def test_what_is_written_is_read_and_known_as_its_own(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    assert save_weights(path, ARRAYS, {"stack": "28x28 conv3-8"}).action == "wrote"
    weights = read_weights(path)
    assert list(weights) == list(ARRAYS)
    assert weights.metadata["stack"] == "28x28 conv3-8"
    assert weights.metadata["note"].startswith("made by cnnkit ")
    assert made_by_cnnkit(path)
    assert save_weights(path, ARRAYS, {"stack": "28x28 conv3-8"}).action == "unchanged"
    assert save_weights(path, ARRAYS).action == "replaced"
    assert [one.name for one in tmp_path.iterdir()] == ["w.safetensors"]


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    safetensors.numpy.save_file(dict(ARRAYS), path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="was not made by cnnkit"):
        save_weights(path, {"x": np.zeros(3)})
    assert path.read_bytes() == before
    assert save_weights(path, {"x": np.zeros(3)}, force=True).action == "replaced"


def test_other_files_are_called_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    for name, content in images():
        path.write_bytes(content)
        if recognise(content[:512]).name in ("png", "gif", "bmp", "tiff"):
            with pytest.raises(InputError, match=", not a file of weights") as error:
                read_weights(path)
            assert error.value.hint == "give a .safetensors, .npz or .onnx file", name
    path.write_text("hello")
    with pytest.raises(InputError, match="a file of another kind, not a file of weights"):
        read_weights(path)


def test_a_file_without_tensors(tmp_path: Path) -> None:
    safetensors.numpy.save_file({}, tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="no tensors in this file"):
        read_weights(tmp_path / "w.safetensors")


@pytest.mark.skipif(os.name != "posix", reason="named pipes are of Unix")
def test_a_pipe_is_read_too(tmp_path: Path) -> None:
    large = np.arange(200_000, dtype=np.float32)  # more than what is read of a pipe that begins like no known file
    stream = io.BytesIO(safetensors.numpy.save({**ARRAYS, "large": large}))
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(stream.getvalue()))
    writer.start()
    weights = read_weights(tmp_path / "pipe")
    writer.join()
    np.testing.assert_array_equal(weights["a.bias"], ARRAYS["a.bias"])
    np.testing.assert_array_equal(weights["large"], large)


@pytest.mark.skipif(not importlib.util.find_spec("cnnkit.files.network.onnx"), reason="models cannot be read yet")
def test_initialisers_of_a_model(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.arange(72, dtype=np.float32).reshape(8, 1, 3, 3)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "conv1.weight"], ["y"])],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 6, 6])],
        [numpy_helper.from_array(weights, "conv1.weight")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), tmp_path / "net.bin")
    found = read_weights(tmp_path / "net.bin")
    assert found.metadata == {"format": "onnx"}
    np.testing.assert_array_equal(found["conv1.weight"], weights)


@pytest.mark.parametrize("content", [b"\x08", b"\x08\x07", b"PK\x03\x04", b"\x93NUMPY", b"\x80\x02", b"\n", b"{}"])
def test_beginnings_of_files_are_errors(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(InputError) as error:
        read_weights(tmp_path / "w")
    assert error.value.hint
