"""Files of weights, known by their content: .safetensors, .npz, .npy and the initialisers of .onnx.

No code is run from a file: pickled ones are refused, with how to convert them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from cnnkit import __version__
from cnnkit.arrays import Array
from cnnkit.data.network.weights import Weights, tensor
from cnnkit.errors import InputError
from cnnkit.files.marks import MARK
from cnnkit.files.network.pickles import pickled
from cnnkit.files.reading import open_file
from cnnkit.files.recognition import HEAD_BYTES, is_safetensors, recognise
from cnnkit.files.writing import Written, write_file
from cnnkit.geometry.pair import counted

GIVE = "give a .safetensors, .npz or .onnx file"


def read_weights(path: Path) -> Weights:
    """Read the tensors of a file; an InputError if it has none, or would have to run code."""
    with open_file(path) as stream:
        found = _read(path, stream)
    if not found:
        raise InputError("there are no tensors in this file", hint="check where it came from")
    return found


def _read(path: Path, stream: BinaryIO) -> Weights:
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if is_safetensors(head):
        from cnnkit.files.network.safetensors import read_safetensors

        return read_safetensors(stream, str(path))
    if error := pickled(head, stream):
        raise error
    stream.seek(0)
    found = recognise(head)
    if found.name in ("zip", "npy"):
        from cnnkit.files.network.archive import read_array, read_npz

        return read_npz(stream, str(path)) if found.name == "zip" else read_array(stream, path.stem, str(path))
    if _is_onnx(head):
        from cnnkit.files.network.onnx import read_model

        constants = read_model(path).constants
        return Weights({name: tensor(values) for name, values in constants.items()}, str(path), {"format": "onnx"})
    raise InputError(f"this is {found.text or 'a file of another kind'}, not a file of weights", hint=GIVE)


def _is_onnx(head: bytes) -> bool:
    """A model of ONNX: field 1, a version from 3 on, then field 2 to 8 of its message, none of which is a number."""
    is_field = head[2:3] in (b"\x12", b"\x1a", b"\x22", b"\x32", b"\x3a", b"\x42", b"\x28", b"\x2a")
    return head[:1] == b"\x08" and b"\x03" <= head[1:2] < b"\x40" and is_field


def save_weights(
    path: Path, tensors: Mapping[str, Array], metadata: Mapping[str, str] | None = None, *, force: bool = False
) -> Written:
    """Write tensors as .safetensors, in one step; an OutputError if the file is there and may not be replaced."""
    from cnnkit.files.network.safetensors import NOTE, encode_safetensors

    encode = encode_safetensors(tensors, {**(metadata or {}), NOTE: f"{MARK}{__version__}"})
    return write_file(path, encode, shape=counted(len(tensors), "tensor"), force=force)
