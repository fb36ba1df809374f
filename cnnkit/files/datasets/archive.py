"""The arrays of an .npz, one by one, of which none has to fit into memory.

An array that is not compressed is mapped: what is used of it is read then. One that is comes some rows at a time.
Python objects are never read, since loading them can run code.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import inf, prod
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from cnnkit import memory
from cnnkit.arrays import Array
from cnnkit.data.rows import Rows
from cnnkit.errors import InputError, SizeError, quoted
from cnnkit.files.recognition import damaged
from cnnkit.files.spool import Spool, row_step
from cnnkit.geometry.pair import pair_text

_LOCAL_HEADER_BYTES = 30
"""Of an entry of a ZIP archive, before its name. Source: APPNOTE.TXT of PKWARE, 4.3.7."""


class Member(NamedTuple):
    """One array of a set."""

    rows: Rows
    mapped: Array | None = None  # the whole of it, where it lies in a file as it is
    packed_bytes: float = inf  # that it takes in the file


Members = Mapping[str, Callable[[], Member]]
"""The arrays of a set by their names; each is looked at when it is called for."""


def archive_members(path: Path) -> Members:
    """The arrays of an .npz; an InputError for what is none."""
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise InputError(f"this file cannot be opened: {error.strerror}", "check its permissions (ls -l)") from None
    except Exception as error:  # a damaged archive fails in many ways
        raise damaged(f"this is no .npz, or a damaged one: {error}") from None
    entries = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    return {info.filename[: -len(".npy")]: partial(_member, path, archive, info) for info in entries}


def sliced(array: Any, step: int = 0) -> Rows:
    """The rows of an array that is read where it is sliced, `step` at a time."""
    shape, dtype = tuple(array.shape), np.dtype(array.dtype)
    step = step or row_step(shape, dtype)

    def blocks() -> Iterator[Array]:
        for first in range(0, shape[0], step):
            yield np.ascontiguousarray(array[first : first + step])

    return Rows(shape, dtype, blocks)


def check_type(dtype: np.dtype[Any], name: str) -> None:
    """Refuse an array of Python objects."""
    if dtype.hasobject:
        problem = f"its array {quoted(name)} holds Python objects, which can run code when they are read"
        raise InputError(problem, "save it as an array of numbers, or of texts of a fixed length")


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = info.filename[: -len(".npy")]
    try:
        with archive.open(info) as entry:
            version = np.lib.format.read_magic(entry)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, is_fortran, dtype = read(entry)
            start = entry.tell()
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise damaged(f"its array {quoted(name)} cannot be read: {reason}") from None
    check_type(dtype, name)
    shape = shape or (1,)
    size = prod(shape) * dtype.itemsize
    if info.file_size - start < size:
        raise damaged(f"its array {quoted(name)} should have {size:,} bytes, and {info.file_size - start:,} are there")
    if size <= 0:
        return Member(Rows.of(np.zeros([max(side, 0) for side in shape], dtype)))
    if info.compress_type == zipfile.ZIP_STORED:
        mapped = _mapped(path, info, start, shape, dtype, is_fortran=is_fortran)
        return Member(sliced(mapped), None if is_fortran else mapped)
    what = f"the array {quoted(name)} in this .npz"
    memory.check(size, what, "save it without compression (numpy.savez)", info.compress_size)
    order = shape[::-1] if is_fortran else shape
    rows = Rows(order, dtype, partial(_unpacked, archive, info, start, order, dtype))
    if not is_fortran:
        return Member(rows, None, info.compress_size)
    spool = Spool()  # rows are columns of the file
    spool.add(rows)
    return Member(sliced(spool.mapped(order, dtype).transpose()), None, info.compress_size)


def _mapped(
    path: Path, info: zipfile.ZipInfo, start: int, shape: tuple[int, ...], dtype: np.dtype[Any], *, is_fortran: bool
) -> Array:
    """An array that is not compressed, where it lies: behind the entry's own header, whose length only it says."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        header = file.read(_LOCAL_HEADER_BYTES)
        start += info.header_offset + _LOCAL_HEADER_BYTES + sum(np.frombuffer(header[26:30], "<u2").tolist())
        try:
            return np.asarray(np.memmap(file, dtype, "r", start, shape, order="F" if is_fortran else "C"))
        except (OSError, ValueError):
            raise damaged(
                f"its array {quoted(info.filename[:-4])} ends before it should: the file is cut off"
            ) from None


def _unpacked(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, start: int, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Iterator[Array]:
    """The rows of an array that is compressed."""
    row, step = prod(shape[1:]), row_step(shape, dtype)
    try:
        with archive.open(info) as entry:
            entry.read(start)
            for first in range(0, shape[0], step):
                count = min(step, shape[0] - first)
                content = _read(entry, count * row * dtype.itemsize)
                yield np.frombuffer(content, dtype).reshape((count, *shape[1:]))
    except (InputError, SizeError):
        raise
    except Exception as error:
        shown = f"its array {quoted(info.filename[:-4])}, {pair_text(shape)}"
        raise damaged(f"{shown}, is damaged: {error}") from None


def _read(entry: IO[bytes], count: int) -> bytes:
    content = entry.read(count)
    if len(content) < count:
        raise EOFError("it ends before it should")
    return content
