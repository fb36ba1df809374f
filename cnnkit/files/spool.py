"""Arrays that wait for their file: the bytes of each lie in a temporary file, so that memory holds one at a time."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.rows import Rows
from cnnkit.files.writing import refused

BLOCK_BYTES = 4 << 20
"""Of what is read back at once, if that is more than one row."""


class Spool:
    """Arrays one behind another in a file without a name, of which nothing is left however the process ends.

    It lies on the disk of `path`, for which the arrays are meant, or else where temporary files do. An OutputError if
    nothing can be written there.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(tempfile.gettempdir(), "a temporary file")
        try:
            self._file = tempfile.TemporaryFile(dir=path and os.path.dirname(os.path.realpath(path)), buffering=0)  # noqa: SIM115
        except OSError as error:
            raise refused(self._path, error) from None
        weakref.finalize(self, self._file.close)

    def add(self, rows: Rows) -> int:
        """Write an array and return the byte where it begins; one whose rows fail to come leaves nothing behind."""
        start = self._file.seek(0, os.SEEK_END)
        try:
            for block in rows.blocks():
                self._write(np.ascontiguousarray(block).reshape(-1).view(np.uint8).data)
        except BaseException:
            self._file.truncate(start)
            raise
        return start

    def _write(self, content: memoryview) -> None:
        try:
            while content:  # a file takes as much as there is room for
                content = content[self._file.write(content) :]
        except OSError as error:
            raise refused(self._path, error) from None

    def read(self, start: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """The array of `shape` that begins at a byte."""
        self._file.seek(start)
        return np.fromfile(self._file, dtype, prod(shape)).reshape(shape)

    def mapped(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """All that was added as one array, of which what is used is read then; it outlives this object."""
        if not prod(shape):
            return np.zeros(shape, dtype)
        return np.asarray(np.memmap(self._file, np.dtype(dtype), "r", 0, shape))

    def rows(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Rows:
        """All that was added as one array, read a few MiB at a time, or a row if that has more."""

        def blocks() -> Iterator[npt.NDArray[Any]]:
            step = row_step(shape, dtype)
            for first in range(0, shape[0], step):
                count = min(step, shape[0] - first)
                yield self.read(first * prod(shape[1:]) * dtype.itemsize, (count, *shape[1:]), dtype)

        return Rows(shape, dtype, blocks)


def row_step(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """How many rows of an array are read back at once.

    >>> row_step((1000, 1024, 1024), np.dtype("u1")), row_step((9, 2048, 2048, 3), np.dtype("f4"))
    (4, 1)
    """
    return max(BLOCK_BYTES // max(prod(shape[1:]) * dtype.itemsize, 1), 1)
