"""Weights in NumPy's files: an .npz with an array for each tensor, or a .npy with one."""

from __future__ import annotations

import zipfile
import zlib
from math import prod
from typing import IO, BinaryIO

import numpy as np

from cnnkit import memory
from cnnkit.data.network.weights import Tensor, Weights, is_shape, shape_text
from cnnkit.errors import InputError, quoted
from cnnkit.files.recognition import damaged

ENDING = ".npy"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npz(stream: BinaryIO, name: str = "") -> Weights:
    """Read the arrays of an .npz, in their order; pickled ones are refused."""
    size = stream.seek(0, 2)
    stream.seek(0)
    tensors: dict[str, Tensor] = {}
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(ENDING)]
            total = sum(member.file_size for member in members)
            memory.check(total, "what is in this .npz", "save a part of it", size)
            for member in members:
                title = member.filename[: -len(ENDING)]
                if title in tensors:
                    raise damaged(f"it holds {quoted(title)} twice")
                with archive.open(member) as entry:
                    tensors[title] = _read_array(entry, member.file_size, quoted(title))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        reason = "a part is not where it should be" if isinstance(error, OSError) else error
        raise damaged(f"this .npz is damaged: {reason}") from None
    return Weights(tensors, name)


def read_array(stream: BinaryIO, title: str, name: str = "") -> Weights:
    """Read a .npy as one tensor of this title."""
    size = stream.seek(0, 2)
    stream.seek(0)
    memory.check(size, "this .npy", "save a part of it", size)
    return Weights({title: _read_array(stream, size, "it")}, name)


def _read_array(stream: IO[bytes], size: int, shown: str) -> Tensor:
    """Read an array that has `size` bytes with its header; sizes are checked before memory is taken."""
    try:
        version = np.lib.format.read_magic(stream)
        shape, is_fortran, dtype = _HEADERS.get(version, np.lib.format.read_array_header_2_0)(stream)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise
    except Exception as error:  # a damaged header is read as Python, which fails in many ways
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise damaged(f"{shown} is damaged: {reason}") from None
    if dtype.hasobject:
        raise InputError(
            f"{shown} holds pickled Python objects, which are never loaded: loading them can run code",
            hint="save arrays of numbers, each under its name: numpy.savez('w.npz', **{'conv1.weight': w})",
        )
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise InputError(f"{shown} holds {dtype}, not real numbers", hint="save arrays of integers or floats")
    if not is_shape(shape):
        raise damaged(f"{shown} has the shape {shape_text(shape)}, which is none")
    needed, held = prod(shape) * dtype.itemsize, size - stream.tell()
    if needed != held:
        raise damaged(f"{shown} should have {needed:,} bytes, and {held:,} are there")
    content = stream.read(needed + 1)
    if len(content) != needed:
        raise damaged(f"{shown} should have {needed:,} bytes, and {len(content):,} are there")
    values = np.frombuffer(content, dtype).reshape(shape, order="F" if is_fortran else "C")
    return Tensor(str(dtype.newbyteorder("=")), values)
