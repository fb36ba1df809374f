"""Arrays in files: NumPy's .npy and .npz, and .csv."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cnnkit.errors import InputError, OutputError
from cnnkit.files.writing import Encoder

MATRIX_FORMATS = ("npy", "npz", "csv")
NOTE = "cnnkit.txt"
"""Name of the entry of an .npz that says which command made it."""


def is_npy(head: bytes) -> bool:
    """Whether a file that begins with `head` is an .npy."""
    return head.startswith(b"\x93NUMPY")


def read_npy(stream: BinaryIO) -> npt.NDArray[Any]:
    """Read an array of real numbers; an array of Python objects is refused, since loading one can run code.

    Raises
    ------
    InputError
        If the file is truncated, or does not hold real numbers.
    """
    try:
        array = np.load(stream, allow_pickle=False)
    except Exception as error:  # a damaged header is read as Python, which fails in many ways
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"this .npy cannot be read: {reason}", hint="write it again with numpy.save") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        kind = getattr(array, "dtype", type(array).__name__)
        raise InputError(f"this .npy holds {kind}, not real numbers", hint="save an array of integers or floats")
    return array


def encode_matrix(array: npt.NDArray[Any], kind: str, made_by: str) -> Encoder:
    """A function that writes `array` as .npy, .npz (with the command that made it) or .csv (two dimensions)."""
    if kind == "npy":
        return lambda stream: _write_npy(stream, array)
    if kind == "npz":
        return lambda stream: _write_npz(stream, array, made_by)
    flat = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if flat.ndim != 2:
        raise OutputError(f"a .csv holds rows x columns, not {array.ndim} dimensions", hint="use .npy")
    return lambda stream: np.savetxt(stream, flat, delimiter=",", fmt="%d" if flat.dtype.kind in "ui" else "%.9g")


def _write_npy(stream: Any, array: npt.NDArray[Any]) -> None:
    """Write as numpy.save does, into any stream; NumPy asks a file for its position, which a pipe does not have."""
    whole = np.ascontiguousarray(array)
    np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(whole))
    stream.write(whole.reshape(-1).view(np.uint8).data)


def _write_npz(stream: BinaryIO, array: npt.NDArray[Any], made_by: str) -> None:
    import zipfile

    # Fixed dates make the same array the same bytes.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(NOTE), made_by.encode("utf-8", "backslashreplace"))
        with archive.open(zipfile.ZipInfo("data.npy"), "w", force_zip64=True) as entry:
            _write_npy(entry, array)


def matrix_made_by_cnnkit(path: Path) -> bool:
    """Whether the file says that cnnkit made it; only an .npz has room to say so."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return NOTE in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
