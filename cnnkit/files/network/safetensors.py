"""Weights in .safetensors: a JSON header with the place of each tensor, then their bytes.

Read here and not by the package of that name, whose NumPy side copies each tensor and has no bfloat16. The file is
mapped, so that a tensor of float32 is no copy, and is read from the disk when it is used.

Source: the format's definition, github.com/huggingface/safetensors: 8 bytes, the length of the header, little-endian;
the header; the bytes of the tensors, without holes.
"""

from __future__ import annotations

import io
import json
import mmap
from collections import Counter
from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.weights import Tensor, Weights, is_shape
from cnnkit.errors import InputError, quoted
from cnnkit.files.recognition import damaged
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import counted

MOST_HEADER_BYTES = 100_000_000
"""As the package has it."""

METADATA = "__metadata__"
NOTE = "note"
"""The entry of the metadata that says who made the file."""

TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
"""From the words of the format to those of NumPy, which has no bfloat16."""


class _Place(NamedTuple):
    """Where the bytes of a tensor are, behind the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read_safetensors(stream: BinaryIO, name: str = "") -> Weights:
    """Read a file of weights; an InputError, before memory is taken, if it is not as the format says."""
    content = _mapped(stream)
    size = len(content)
    length = int.from_bytes(content[:8], "little")
    if size < 10 or length > size - 8:
        raise damaged(f"its header should have {length:,} bytes, and the file has {size:,}")
    if length > MOST_HEADER_BYTES:
        raise InputError(
            f"its header has {length:,} bytes, more than {MOST_HEADER_BYTES:,}", "get the file from its source again"
        )
    places, metadata = _read_header(bytes(content[8 : 8 + length]))
    start = 8 + length
    _check(places, size - start)
    tensors = {}
    for place in places:
        stored = "uint16" if place.dtype == "bfloat16" else place.dtype
        dtype = np.dtype(stored).newbyteorder("<")
        count = prod(place.shape)
        values = np.frombuffer(content, dtype, count, start + place.begin) if count else np.zeros(0, dtype)
        tensors[place.name] = Tensor(place.dtype, values.reshape(place.shape))
    return Weights(tensors, name, metadata)


def _mapped(stream: BinaryIO) -> Any:
    """The bytes of a file as they are on the disk, or those of a pipe in memory."""
    if isinstance(stream, io.BytesIO):
        return memoryview(stream.getvalue())
    return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise damaged(f"its header names {quoted(twice)} twice")
    return found


def _read_header(text: bytes) -> tuple[list[_Place], dict[str, str]]:
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise damaged(f"its header is not JSON: {error}") from None
    if not isinstance(header, dict):
        raise damaged("its header names no tensors")
    metadata = header.pop(METADATA, None) or {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise damaged("its metadata are not texts")
    return [_place(name, entry) for name, entry in header.items()], metadata


def _place(name: str, entry: Any) -> _Place:
    shown = quoted(name)
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        raise damaged(f"its header does not say where {shown} is")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in TYPES:
        raise InputError(
            f"{shown} is of type {quoted(str(dtype))}, which is not read",
            hint=f"convert it to one of {', '.join(TYPES)}",
        )
    if not _are_whole(shape) or not _are_whole(offsets) or len(offsets) != 2 or not is_shape(shape):
        raise damaged(f"its header gives no shape or place of {shown}")
    return _Place(name, TYPES[dtype], tuple(shape), *offsets)


def _are_whole(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(type(number) is int and 0 <= number < 1 << 63 for number in numbers)


def _check(places: list[_Place], size: int) -> None:
    """Refuse tensors that are larger or smaller than their place, overlap, leave holes or lie outside the file."""
    end, before = 0, ""
    for place in sorted(places, key=lambda one: (one.begin, one.end)):
        shown = quoted(place.name)
        item = 2 if place.dtype == "bfloat16" else np.dtype(place.dtype).itemsize
        needed = prod(place.shape) * item
        if place.end - place.begin != needed:
            held = place.end - place.begin
            raise damaged(f"{shown} should have {needed:,} bytes, and its place has {held:,}")
        if place.end > size:
            raise damaged(f"the file is cut off: {shown} ends at byte {place.end:,} of {size:,}")
        if place.begin < end:
            raise damaged(f"{shown} overlaps {quoted(before)}")
        if place.begin > end:
            raise damaged(f"{counted(place.begin - end, 'byte')} before {shown} belong to no tensor")
        end, before = place.end, place.name
    if end != size:
        raise damaged(f"{counted(size - end, 'byte')} at the end of the file belong to no tensor")


def read_note(stream: BinaryIO) -> str:
    """The entry of the metadata that says who made the file; empty if there is none."""
    return read_safetensors(stream).metadata.get(NOTE, "")


def encode_safetensors(tensors: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> Encoder:
    """A function that writes tensors as float32, in their order, with metadata."""

    def encode(stream: BinaryIO) -> None:
        header: dict[str, Any] = {METADATA: dict(metadata)} if metadata else {}
        place = 0
        for name, values in tensors.items():
            size = 4 * prod(values.shape)
            header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [place, place + size]}
            place += size
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)  # so that the numbers lie where processors read them fastest
        stream.write(len(text).to_bytes(8, "little") + text)
        for values in tensors.values():
            stream.write(np.ascontiguousarray(values, "<f4").reshape(-1).view(np.uint8).data)

    return encode
