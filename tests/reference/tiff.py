"""TIFF files written by hand, sample by sample: the slow twin of what reads them, and the way to make wrong ones."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Tags = dict[int, tuple[int, Any]]
TYPES = {1: "B", 2: "c", 3: "H", 4: "I"}


def packed(row: Sequence[Any], bits: int, kind: str, order: str) -> bytes:
    """A row of samples, one after the other, filled up to whole bytes."""
    if bits in (8, 16, 32, 64):
        return np.array(row, f"{order}{kind}{bits // 8}").tobytes()
    text = "".join(format(int(sample), f"0{bits}b") for sample in row)
    return bytes(int(text[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(text), 8))


def strips_of(
    samples: Array, bits: int, *, order: str, block: tuple[int, int] | None, rows: int, planar: bool
) -> list[bytes]:
    """The strips of `rows` rows, or tiles of `block` samples, of an image (rows, columns, bands)."""
    kind = samples.dtype.kind
    planes = [samples[:, :, [band]] for band in range(samples.shape[2])] if planar else [samples]
    pieces: list[Array] = []
    for plane in planes:
        height, width = block or (rows, plane.shape[1])
        for row in range(0, plane.shape[0], height):
            for column in range(0, plane.shape[1], width):
                piece = plane[row : row + height, column : column + width]
                if block:
                    piece = np.pad(piece, ((0, height - piece.shape[0]), (0, width - piece.shape[1]), (0, 0)))
                pieces.append(piece)
    return [b"".join(packed(row.reshape(-1).tolist(), bits, kind, order) for row in piece) for piece in pieces]


def file_of(
    tags: dict[int, tuple[int, Any]], strips: Sequence[bytes], order: str = "<", is_tiled: bool = False
) -> bytes:
    """A TIFF of one page: each tag has a type (1 bytes, 3 SHORT, 4 LONG) and numbers; where strips lie is added."""
    content, places = b"", []
    for strip in strips:
        places.append(8 + len(content))
        content += strip + bytes(len(strip) % 2)
    where = {324: (4, places), 325: (4, [len(strip) for strip in strips])}
    tags = {
        **({tag if is_tiled else tag - 51 if tag == 324 else tag - 46: value for tag, value in where.items()}),
        **tags,
    }
    start = 8 + len(content)
    free = start + 2 + 12 * len(tags) + 4
    entries, beyond = b"", b""
    for tag, (kind, numbers) in sorted(tags.items()):
        values = numbers if isinstance(numbers, (list, tuple, bytes)) else [numbers]
        data = bytes(values) if kind == 1 else struct.pack(f"{order}{len(values)}{TYPES[kind]}", *values)
        entries += struct.pack(f"{order}HHI", tag, kind, len(values))
        if len(data) <= 4:
            entries += data.ljust(4, b"\0")
        else:
            entries += struct.pack(f"{order}I", free + len(beyond))
            beyond += data + bytes(len(data) % 2)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start)
    return head + content + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + beyond


def tiff_of(
    samples: Array,
    bits: int,
    *,
    order: str = "<",
    block: tuple[int, int] | None = None,
    rows: int = 0,
    planar: bool = False,
    compress: tuple[int, Callable[[bytes], bytes]] = (1, bytes),
    tags: Tags | None = None,
) -> bytes:
    """A TIFF of an image (rows, columns, bands) of whole numbers or floats, `bits` bits each."""
    depth = samples.shape[2]
    rows = rows or samples.shape[0]
    strips = strips_of(samples, bits, order=order, block=block, rows=rows, planar=planar)
    all_tags: Tags = {
        256: (4, samples.shape[1]),
        257: (4, samples.shape[0]),
        258: (3, [bits] * depth),
        259: (3, compress[0]),
        262: (3, 2 if depth == 3 else 1),
        277: (3, depth),
        284: (3, 2 if planar else 1),
        339: (3, [{"u": 1, "i": 2, "f": 3}[samples.dtype.kind]] * depth),
        **({322: (4, block[1]), 323: (4, block[0])} if block else {278: (4, rows)}),
        **(tags or {}),
    }
    return file_of(all_tags, [compress[1](strip) for strip in strips], order, is_tiled=block is not None)


def lzw(data: bytes) -> bytes:
    """Compress by LZW as TIFF has it: codes of 9 to 12 bits, 256 to begin anew, 257 at the end."""
    text, table, word, size = "", {}, b"", 9
    for byte in [data[i : i + 1] for i in range(len(data))] + [b""]:
        if not table:
            text += format(256, f"0{size}b")
            table, size = {bytes([i]): i for i in range(256)}, 9
        if byte and word + byte in table:
            word += byte
            continue
        text += format(table[word], f"0{size}b")
        table[word + byte] = len(table) + 2  # numbers 256 and 257 are no strings
        size = max((len(table) + 2).bit_length(), 9)
        table = {} if len(table) + 2 == 4094 else table
        word = byte
    text += format(257, f"0{size}b")
    return bytes(int(text[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(text), 8))


def packbits(data: bytes) -> bytes:
    """Compress by PackBits: runs of 2 to 128 equal bytes, and bytes as they are."""
    out, i = b"", 0
    while i < len(data):
        run = 1
        while i + run < len(data) and run < 128 and data[i + run] == data[i]:
            run += 1
        out += bytes([257 - run, data[i]]) if run > 1 else bytes([0, data[i]])
        i += run
    return out


COMPRESSIONS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (1, bytes), "deflate": (8, zlib.compress), "old deflate": (32946, zlib.compress), "lzw": (5, lzw),
    "packbits": (32773, packbits),
}  # fmt: skip
