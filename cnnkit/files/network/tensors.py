"""The tensors of a model of ONNX as arrays: what they say of themselves is what they hold, wherever it stands.

Floats of other lengths become float32; whole numbers stay what they are.
"""

from __future__ import annotations

import math
import os
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.weights import is_shape
from cnnkit.errors import InputError, quoted
from cnnkit.files.network.wire import Place

_TYPES = {
    1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8", 12: "<u4",
    13: "<u8", 16: "<u2",
}  # fmt: skip
"""By the numbers of TensorProto.DataType: how raw bytes are read. 16 is bfloat16, the upper half of a float32."""

_FIELDS = {
    1: "float_data", 2: "int32_data", 3: "int32_data", 4: "int32_data", 5: "int32_data", 6: "int32_data",
    7: "int64_data", 9: "int32_data", 10: "int32_data", 11: "double_data", 12: "uint64_data", 13: "uint64_data",
    16: "int32_data",
}  # fmt: skip
_STRING, _EXTERNAL = 8, 1
_BFLOAT16, _FLOAT16 = 16, 10
_CURE = "save the model again"


def text(field: str | bytes) -> str:
    """A text of a message, which is bytes where a damaged file has no text."""
    return field if isinstance(field, str) else field.decode(errors="replace")


class Tensors:
    """Reads tensors of one file, and what stands beside it in its folder."""

    def __init__(self, folder: Path | None = None, stream: BinaryIO | None = None) -> None:
        self.folder, self.stream = folder, stream

    def array(self, tensor: Any, name: str, place: Place | None = None) -> Array:
        """A tensor as an array, its bytes at a place in the file if they are not in it.

        An InputError if its dimensions are not those of its bytes.
        """
        kind, sides = tensor.data_type, tuple(int(side) for side in tensor.dims)
        if not is_shape(sides):
            raise InputError(f"the tensor {quoted(name)} has the shape {_text(sides)}, which is none", hint=_CURE)
        if kind == _STRING:
            self._check(name, sides, math.prod(sides), len(tensor.string_data))
            return np.array([text(one) for one in tensor.string_data], object).reshape(sides)
        if kind not in _TYPES:
            raise InputError(f"the tensor {quoted(name)} is of type {kind}, which is not read", "save it as float32")
        dtype, count = np.dtype(_TYPES[kind]), math.prod(sides)
        if tensor.data_location == _EXTERNAL:
            values = self._beside(tensor, name, sides, dtype)
        elif place is not None:
            self._check(name, sides, count * dtype.itemsize, place.length, "bytes")
            values = self._at(place, dtype)
        elif tensor.HasField("raw_data"):
            raw = tensor.raw_data
            self._check(name, sides, count * dtype.itemsize, len(raw), "bytes")
            values = np.frombuffer(raw, dtype)
        else:
            field = getattr(tensor, _FIELDS[kind])
            self._check(name, sides, count, len(field))
            values = _of_field(field, kind, dtype)
        return _as_kept(values, kind).reshape(sides)

    def _check(self, name: str, sides: tuple[int, ...], needed: int, given: int, what: str = "values") -> None:
        if needed != given:
            problem = f"the tensor {quoted(name)} of {_text(sides)} needs {needed:,} {what} and has {given:,}"
            raise InputError(problem, hint=_CURE)

    def _at(self, place: Place, dtype: np.dtype[Any]) -> Array:
        """Values from the file of the model."""
        assert self.stream is not None
        values = np.empty(place.length // dtype.itemsize, dtype)
        self.stream.seek(place.start)
        if self.stream.readinto(values.data.cast("B")) != place.length:  # type: ignore[attr-defined]
            raise InputError("the file became shorter while it was read", hint="read it again")
        return values

    def _beside(self, tensor: Any, name: str, sides: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Values from another file in the model's folder."""
        entries = {text(entry.key): text(entry.value) for entry in tensor.external_data}
        path = self._allowed(entries.get("location", ""), name)
        try:
            first, size = int(entries.get("offset", 0)), path.stat().st_size
            length = int(entries.get("length", size - first))
        except (ValueError, OSError):
            raise InputError(f"the place of the tensor {quoted(name)} is not whole numbers", hint=_CURE) from None
        self._check(name, sides, math.prod(sides) * dtype.itemsize, length, "bytes")
        if first < 0 or first + length > size:
            problem = f"the tensor {quoted(name)} ends at byte {first + length:,} of {path.name}, which has {size:,}"
            raise InputError(problem, hint="copy that file again, whole")
        try:
            values: Array = np.fromfile(path, dtype, length // dtype.itemsize, offset=first)
        except OSError as error:
            raise InputError(f"{path.name} cannot be read: {error.strerror}", "check its permissions") from None
        return values

    def _allowed(self, location: str, name: str) -> Path:
        """The file that a tensor names, if it is a file in the model's folder."""
        if self.folder is None:
            raise InputError(f"the tensor {quoted(name)} stands in another file", hint="name the model's file")
        windows = PureWindowsPath(location)
        if not location or "\0" in location or windows.drive or windows.root or ".." in windows.parts:
            problem = f"the tensor {quoted(name)} stands in {quoted(location)}, outside the model's folder"
            raise InputError(problem, hint="put the file into the folder, and save the model with its name alone")
        path = self.folder / location
        folder = os.path.realpath(self.folder)
        if os.path.commonpath([folder, os.path.realpath(path)]) != folder:
            problem = f"{quoted(location)} is a link that leads out of the model's folder"
            raise InputError(problem, hint="copy the file itself into the folder")
        try:
            is_there = path.is_file()
        except OSError:  # as of a name that is too long
            is_there = False
        if not is_there:
            problem = f"the weights of the model stand in {quoted(location)}, which is not there"
            raise InputError(problem, hint="put that file beside the model")
        return path


def _text(sides: tuple[int, ...]) -> str:
    return "x".join(map(str, sides)) or "one value"


def _of_field(field: Any, kind: int, dtype: np.dtype[Any]) -> Array:
    """Values that stand one by one; those of half floats are their bits."""
    if kind in (_FLOAT16, _BFLOAT16):
        return np.array(field, np.int64).astype(np.uint16).view(dtype)
    wide = np.array(field, np.uint64 if kind in (12, 13) else np.float64 if kind in (1, 11) else np.int64)
    with np.errstate(over="ignore"):
        return wide.astype(dtype)


def _as_kept(values: Array, kind: int) -> Array:
    if kind == _BFLOAT16:
        return (values.astype(np.uint32) << 16).view(np.float32)
    if values.dtype.kind == "f" and values.dtype.itemsize != 4:
        with np.errstate(over="ignore"):
            return values.astype(np.float32)
    if values.dtype == np.bool_:
        return np.asarray(values.view(np.uint8) != 0)
    return values.astype(values.dtype.newbyteorder("="), copy=False)
