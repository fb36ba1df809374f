"""Files that only code can read: known by content, never loaded, and refused with a line that converts them."""

from __future__ import annotations

import io
import pickle
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cnnkit.errors import InputError
from cnnkit.files.network.pickles import pickled
from cnnkit.files.network.weights import read_weights
from cnnkit.files.recognition import HEAD_BYTES

ARRAYS = {"conv1.weight": np.arange(72, dtype=np.float32).reshape(8, 1, 3, 3), "conv1.bias": np.ones(8, np.float32)}


class Trap:
    """Loading it would write a file."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("loaded", "w")


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return stream.getvalue()


def objects(value: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array(value, object), allow_pickle=True)
    return stream.getvalue()


FILES = {
    "zip.pt": (zipped("archive/data.pkl", "archive/data/0"), "PyTorch's file", "torch.load"),
    "legacy.pth": (pickle.dumps(0x1950A86A20F9469CFC6C, 2) + b"\x80\x02", "PyTorch's file", "weights_only=True"),
    "old.pkl": (b"\x80\x02}q\x00ctorch._utils\n_rebuild_tensor_v2", "PyTorch's file", "safetensors.torch"),
    "plain.pkl": (pickle.dumps(ARRAYS), "a file of pickled Python objects", "pickle.load"),
    "trap.pkl": (pickle.dumps(Trap()), "a file of pickled Python objects", "someone you trust"),
    "w.npy": (objects(ARRAYS), "a .npy of pickled Python objects", "allow_pickle=True"),
    "model.keras": (zipped("metadata.json", "config.json", "model.weights.h5"), "a Keras model", "keras.models"),
    "model.h5": (b"\x89HDF\r\n\x1a\n" + bytes(600) + b"model_config", "Keras's HDF5 file", "keras.models"),
    "bare.hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(600), "an HDF5 file", "h5py"),
}


@pytest.mark.parametrize("name", FILES)
def test_content_tells_whatever_the_name_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, what, word = FILES[name]
    monkeypatch.chdir(tmp_path)
    path = Path("weights.bin")
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_weights(path)
    assert error.value.problem == f"this is {what}, which is not read"
    assert error.value.hint.startswith("convert it, in Python: import ")
    assert word in error.value.hint
    assert "'weights.bin'" in error.value.hint
    assert re.search(r"'weights\.(safetensors|npz)'", error.value.hint)
    assert [one.name for one in tmp_path.iterdir()] == ["weights.bin"]  # nothing was run
    compile(line_of(error.value.hint), "hint", "exec")


def line_of(hint: str) -> str:
    return hint.removeprefix("convert it, in Python: ").partition("; loading it runs")[0]


@pytest.mark.parametrize("name", ["plain.pkl", "w.npy"])
def test_the_line_converts(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name][0])
    with pytest.raises(InputError) as error:
        read_weights(path)
    subprocess.run([sys.executable, "-c", line_of(error.value.hint)], check=True, cwd=tmp_path, timeout=60)
    weights = read_weights(path.with_suffix(".npz"))
    assert list(weights) == list(ARRAYS)
    for one, values in ARRAYS.items():
        np.testing.assert_array_equal(weights[one], values)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 damaged", b"\x89PNG\r\n\x1a\n", b"conv3-8 relu", zipped("a.npy")]
)
def test_others_are_not_for_it_to_say(content: bytes) -> None:
    assert pickled(content[:HEAD_BYTES], io.BytesIO(content)) is None
