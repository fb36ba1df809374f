"""Files of weights that only code can read: what they are, and the line of Python that makes a file without code."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from typing import BinaryIO

from cnnkit.errors import InputError, printable
from cnnkit.files.recognition import HEAD_BYTES

PICKLE = tuple(bytes([0x80, protocol]) for protocol in (2, 3, 4, 5))
HDF5 = b"\x89HDF\r\n\x1a\n"
PICKLED = "of pickled Python objects"
TRUST = "; loading it runs the code in it, so only if it is from someone you trust"

_TORCH = (
    "import torch, safetensors.torch as s; d = torch.load({0}, map_location='cpu', weights_only=True); "
    "s.save_file({{k: v.clone().contiguous() for k, v in d.get('state_dict', d).items()}}, {1})"
)
_KERAS = (
    "import keras, numpy; m = keras.models.load_model({0}, compile=False); "
    "numpy.savez({2}, **{{getattr(w, 'path', w.name): w.numpy() for w in m.weights}})"
)
_HDF5 = (
    "import h5py, numpy; d = {{}}; h5py.File({0}).visititems(lambda n, v: d.update({{n: v[()]}}) "
    "if isinstance(v, h5py.Dataset) else None); numpy.savez({2}, **d)"
)
_PICKLED = "import pickle, numpy; numpy.savez({2}, **pickle.load(open({0}, 'rb')))"
_OBJECTS = "import numpy; numpy.savez({2}, **numpy.load({0}, allow_pickle=True).item())"


def pickled(head: bytes, stream: BinaryIO) -> InputError | None:
    """The error for a file that pickles its tensors, or has them in HDF5; None for any other."""
    what, line, ending = _kind(head, stream)
    if not what:
        return None
    name = getattr(stream, "name", None)
    name = name if isinstance(name, str) else f"w{ending}"
    stem = os.path.splitext(name)[0]
    text = line.format(repr(name), repr(f"{stem}.safetensors"), repr(f"{stem}.npz"))
    return InputError(
        f"this is {what}, which is not read", printable(f"convert it, in Python: {text}{TRUST * (PICKLED in what)}")
    )


def _kind(head: bytes, stream: BinaryIO) -> tuple[str, str, str]:
    """What a file is, the line that converts it, and the usual ending of its name; nothing of what is not known."""
    if head.startswith(HDF5):
        names = _beginning(stream, 1 << 16)
        is_model = b"model_config" in names or b"keras_version" in names
        return ("Keras's HDF5 file", _KERAS, ".h5") if is_model else ("an HDF5 file", _HDF5, ".h5")
    members = _members(stream) if head.startswith(b"PK\x03\x04") else set()
    if any(name.endswith("data.pkl") for name in members):
        return "PyTorch's file", _TORCH, ".pt"
    if {"config.json", "model.weights.h5"} <= members:
        return "a Keras model", _KERAS, ".keras"
    if head.startswith(PICKLE):
        is_torch = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." in head  # the number that torch.save began with
        is_torch = is_torch or b"torch" in _beginning(stream, 1 << 14)
        return ("PyTorch's file", _TORCH, ".pth") if is_torch else (f"a file {PICKLED}", _PICKLED, ".pkl")
    if head.startswith(b"\x93NUMPY") and b"'descr': '|O'" in head:
        return f"a .npy {PICKLED}", _OBJECTS, ".npy"
    return "", "", ""


def _beginning(stream: BinaryIO, size: int) -> bytes:
    stream.seek(0)
    return stream.read(max(size, HEAD_BYTES))


def _members(stream: BinaryIO) -> set[str]:
    with suppress(Exception):  # a damaged archive fails in many ways; whoever reads it says so
        stream.seek(0)
        return {*zipfile.ZipFile(stream).namelist()}
    return set()
