"""Images that a file holds row after row, uncompressed: they are read as their rows are taken, and never as a whole."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Samples
from cnnkit.files.recognition import damaged


def read_rows(stream: BinaryIO, start: int, shape: tuple[int, int, int], dtype: np.dtype[np.generic]) -> Bands:
    """The rows of an image of `shape` (rows, columns, depth), whose samples begin at a byte of the file."""
    _, columns, depth = shape
    row_bytes = columns * depth * dtype.itemsize

    def take(first: int, last: int) -> bytes:
        stream.seek(start + first * row_bytes)
        content = stream.read((last - first) * row_bytes)
        if len(content) < (last - first) * row_bytes:
            raise damaged("this file became shorter while it was read")
        return content

    def make(content: bytes, first: int, last: int) -> Samples:
        samples = np.frombuffer(content, dtype).reshape(last - first, columns, depth)
        return samples.astype(dtype.newbyteorder("="), copy=False)

    return Bands(shape, dtype.newbyteorder("="), take, make)
