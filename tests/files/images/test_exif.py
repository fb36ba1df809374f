"""Odd EXIF means the same to every reader: the header alone, the file read whole, and each format."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.files.images.exif import orientation
from cnnkit.files.images.header import read_size
from tests.files.images.test_header import check, saved


def exif(order: str, *entries: tuple[int, int, int, int], place: int = 8) -> bytes:
    """A block of EXIF of entries (tag, type, count, value): a value of two bytes stands before two that say nothing."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", place) + bytes(place - 8)
    short = [struct.pack(f"{order}HHIHH", *entry, 0x5555) for entry in entries]
    return head + struct.pack(f"{order}H", len(entries)) + b"".join(short) + bytes(4)


def with_exif(kind: str, block: bytes) -> bytes:
    content = saved(kind, "RGB", exif=b"Exif\0\0" + block)
    assert block in content
    return content


TAG, SHORT, LONG = 274, 3, 4
ODD_EXIF = [
    (exif("<", (TAG, SHORT, 1, 6)), 6),
    (exif(">", (TAG, SHORT, 1, 8)), 8),
    (exif(">", (TAG, SHORT, 1, 6), place=30), 6),
    (exif("<", (256, SHORT, 1, 9), (TAG, SHORT, 1, 5)), 5),
    (exif("<", (TAG, SHORT, 1, 7), (TAG, SHORT, 1, 1)), 7),  # the first of two
    *[(exif("<", (TAG, SHORT, 1, value)), 1) for value in (0, 9, 65535)],
    *[(exif(order, (TAG, kind, 1, 6)), 1) for kind in (0, 1, 2, LONG, 5, 7, 8, 13) for order in "<>"],
    *[(exif(">", (TAG, SHORT, count, 6)), 1) for count in (0, 2, 99)],
    (exif("<", (305, SHORT, 1, 6)), 1),
    (exif("<") + exif("<", (TAG, SHORT, 1, 6)), 1),  # in a second directory, of a thumbnail
    (exif("<", (TAG, SHORT, 1, 6))[:19], 1),  # cut off
    (exif("<", (TAG, SHORT, 1, 6)).replace(b"II*\0", b"II+\0"), 1),
    (exif("<", place=9000), 1),
    (b"", 1),
    (b"nonsense", 1),
    (b"II*\0\x08\0\0\0\xff\xff", 1),
]


@pytest.mark.parametrize(("block", "turn"), ODD_EXIF)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_odd_exif_is_the_same_to_all_readers(kind: str, block: bytes, turn: int) -> None:
    assert orientation(block) == orientation(b"Exif\0\0" + block) == turn
    content = with_exif(kind, block)
    check(content)
    assert read_size(io.BytesIO(content))[:2] == ((31, 20) if turn >= 5 else (20, 31))


@pytest.mark.parametrize(
    ("kind", "count", "value", "turn"),
    [(SHORT, 1, 6, 6), (SHORT, 1, 0, 1), (SHORT, 1, 9, 1), (LONG, 1, 6, 1), (SHORT, 2, (6, 6), 1), (1, 1, 6, 1)],
)
def test_the_orientation_of_a_tiff_follows_the_same_rule(kind: int, count: int, value: Any, turn: int) -> None:
    stream = io.BytesIO()
    tags = [(TAG, kind, count, value, True)]
    tifffile.imwrite(stream, np.zeros((20, 31), np.uint8), photometric="minisblack", metadata=None, extratags=tags)
    check(stream.getvalue())
    assert read_size(io.BytesIO(stream.getvalue()))[:2] == ((31, 20) if turn >= 5 else (20, 31))


@given(
    st.binary(max_size=80),
    st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""]),
    st.sampled_from(["JPEG", "PNG"]),
)
def test_any_exif_is_the_same_to_all_readers(rest: bytes, head: bytes, kind: str) -> None:
    check(with_exif(kind, head + rest) if head + rest else saved(kind, "RGB"))


def test_exif_behind_the_samples_of_a_png_counts() -> None:
    content = saved("PNG", "P")
    block = exif(">", (TAG, SHORT, 1, 6))
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    end = content.index(b"IEND") - 4
    check(content[:end] + chunk + content[end:])
    assert read_size(io.BytesIO(content[:end] + chunk + content[end:])) == (31, 20, 3)


def test_the_first_of_two_blocks_of_exif_counts() -> None:
    blocks = [b"Exif\0\0" + exif("<", (TAG, SHORT, 1, turn)) for turn in (6, 1)]
    content = saved("JPEG", "RGB")
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block for block in blocks)
    check(content[:2] + segments + content[2:])
    assert read_size(io.BytesIO(content[:2] + segments + content[2:])) == (31, 20, 3)
