"""Arrays in files: NumPy's .npy and .npz, and .csv."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cnnkit.data.rows import Rows
from cnnkit.errors import InputError, OutputError
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import pair_text

MATRIX_FORMATS = ("npy", "npz", "csv")
NOTE = "cnnkit.txt"  # name of the entry of an .npz that says which command made it


def read_npy(stream: BinaryIO) -> npt.NDArray[Any]:
    """Read an array of real numbers; Python objects are refused, since loading them can run code."""
    try:
        array = np.load(stream, allow_pickle=False)
    except Exception as error:  # a damaged header is read as Python, which fails in many ways
        reason = str(error).splitlines()[0].partition(": <")[0] if str(error) else type(error).__name__
        raise InputError(f"this .npy cannot be read: {reason}", hint="write it again with numpy.save") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        held = getattr(array, "dtype", type(array).__name__)
        raise InputError(f"this .npy holds {held}, not real numbers", hint="save an array of integers or floats")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def npy_layout(stream: BinaryIO) -> tuple[int, tuple[int, ...], np.dtype[Any]] | None:
    """Where the numbers of a .npy begin, and its shape and type; None if they are not in C order, or not all there."""
    stream.seek(0)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(stream)
    except Exception:  # which `read_npy` explains
        return None
    start, end = stream.tell(), stream.seek(0, 2)
    is_all = dtype.kind in "buif" and start + dtype.itemsize * prod(shape) <= end
    return (start, shape, dtype) if is_all and not is_fortran else None


def encode_matrix(
    numbers: npt.NDArray[Any] | Rows,
    file_format: str,
    made_by: str,
    beside: Mapping[str, npt.NDArray[Any] | str] | None = None,
) -> Encoder:
    """A function that writes numbers as npy, npz or csv; an .npz also holds `made_by`, the command, and `beside`.

    A .csv holds two dimensions; axes of length 1 before and behind them are left out.
    """
    rows = numbers if isinstance(numbers, Rows) else Rows.of(numbers)
    if file_format == "npy":
        return lambda stream: _write_npy(stream, rows)
    if file_format == "npz":
        others = {name: Rows.of(np.asarray(value)) for name, value in (beside or {}).items()}
        return lambda stream: _write_npz(stream, {"data": rows, **others}, made_by)
    shape = rows.shape
    while len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    if len(shape) != 2:
        held = pair_text(rows.shape) if shape[1:] else f"shape {shape}"
        raise OutputError(f"a .csv holds rows x columns, not {held}", hint="use .npy")
    return lambda stream: _write_csv(stream, rows, shape[1])


def _write_npy(stream: Any, rows: Rows) -> None:
    """Write as numpy.save does, but into any stream: NumPy needs the position of a file, which a pipe does not have."""
    head = {"descr": np.lib.format.dtype_to_descr(rows.dtype), "fortran_order": False, "shape": rows.shape}
    np.lib.format.write_array_header_1_0(stream, head)
    for block in rows.blocks():
        stream.write(block.reshape(-1).view(np.uint8).data)


def encode_arrays(arrays: Mapping[str, npt.NDArray[Any]], made_by: str) -> Encoder:
    """A function that writes several arrays under their names as npz, which also holds `made_by`, the command."""
    return lambda stream: _write_npz(stream, {name: Rows.of(array) for name, array in arrays.items()}, made_by)


def _write_npz(stream: BinaryIO, arrays: Mapping[str, Rows], made_by: str) -> None:
    import zipfile

    # Fixed dates make the same array the same bytes.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(NOTE), made_by.encode("utf-8", "backslashreplace"))
        for name, numbers in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                _write_npy(entry, numbers)


def _write_csv(stream: BinaryIO, rows: Rows, columns: int) -> None:
    for block in rows.blocks():
        flat = block.reshape(-1, columns)
        np.savetxt(stream, flat, delimiter=",", fmt="%d" if flat.dtype.kind in "ui" else "%.9g")


def read_note(stream: BinaryIO) -> str:
    """The entry of an .npz that says who made it; .npy and .csv have no room for it."""
    import zipfile

    with zipfile.ZipFile(stream) as archive, archive.open(NOTE) as entry:
        return entry.read(100).decode("latin-1")
