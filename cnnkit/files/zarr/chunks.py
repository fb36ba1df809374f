"""The chunks of a Zarr array: read one by one by several threads, and unpacked into as many bytes as they should have.

The package zarr takes 0.7 ms for a chunk, most of it with Python's lock, whatever its size: as long as unpacking
512x512 bytes. It reads what is packed in rare ways; the common ones are read here. Sources: the format of blosc's
header, and RFC 8878 (zstd).
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.errors import CnnkitError, printable
from cnnkit.files.recognition import damaged
from cnnkit.files.zarr.layout import Layout, read_bytes
from cnnkit.files.zarr.package import codec, open_node

MOST_BEYOND = 1 << 16
"""Bytes that a packed chunk may have beyond a sixteenth more than its samples."""

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
DETECTING = 47
"""What has zlib take headers of zlib and gzip, with windows of any size."""


class Chunks:
    """The chunks of an array by their numbers along each axis."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._n_bytes = int(np.prod(layout.chunks)) * layout.dtype.itemsize
        self._array: Any = open_node(layout.folder, "array") if layout.packing is None else None

    def read(self, numbers: tuple[int, ...]) -> Array | None:
        """The samples of a chunk, those beyond the array's end included; None if it is not there: all are the fill."""
        layout = self.layout
        try:
            if self._array is not None:
                sides = zip(numbers, layout.chunks, strict=True)
                return np.asarray(self._array[tuple(slice(n * side, (n + 1) * side) for n, side in sides)])
            content = read_bytes(layout.path(numbers), self._n_bytes * 17 // 16 + MOST_BEYOND)
            if content is None:
                return None
            samples = unpacked(content, layout.packing or "", self._n_bytes).view(layout.dtype)
            return samples.reshape(layout.chunks, order="F" if layout.order == "F" else "C")
        except CnnkitError:
            raise
        except Exception as error:  # codecs fail in many ways
            shown = ", ".join(map(str, numbers))
            raise damaged(f"chunk {shown} of this .zarr is damaged: {printable(str(error))}") from None


def unpacked(content: bytes, packing: str, n_bytes: int) -> Array:
    """The `n_bytes` that were packed in one of the `PACKINGS`; a ValueError if there are more or fewer.

    No more than these are ever made, whatever the content says.
    """
    if packing in ("gzip", "zlib"):
        content, packing = zlib.decompressobj(DETECTING).decompress(content, n_bytes + 1), ""
    held = _promised(content, packing)
    if held is not None and held != n_bytes:
        raise ValueError(f"it holds {held:,} bytes, not {n_bytes:,}")
    if not packing:
        return np.frombuffer(content, np.uint8)
    out = np.empty(n_bytes, np.uint8)
    codec({"id": packing}).decode(content, out=out)
    return out


def _promised(content: bytes, packing: str) -> int | None:
    """How many bytes a content says it becomes; None if it does not."""
    if packing == "blosc":
        return int.from_bytes(content[4:8], "little")
    if packing == "lz4":
        return int.from_bytes(content[:4], "little")
    if packing != "zstd":
        return len(content)
    if content[:4] != ZSTD_MAGIC or len(content) < 6:
        return None
    flags = content[4]
    is_single, start = flags >> 5 & 1, 5 + (0, 1, 2, 4)[flags & 3]
    width = (is_single, 2, 4, 8)[flags >> 6]
    start += not is_single
    return int.from_bytes(content[start : start + width], "little") + 256 * (width == 2) if width else None
