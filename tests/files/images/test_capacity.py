"""What files can hold: the smallest ones that can be written pass, and headers that promise more do not."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from cnnkit.errors import InputError, SizeError
from cnnkit.files.images import capacity
from cnnkit.files.images.header import read_size
from tests.cases import small_files

ROWS, COLUMNS = 6000, 7000  # more than those that are free


def black(mode: str, kind: str, **settings: object) -> bytes:
    return small_files.pillow(Image.new(mode, (COLUMNS, ROWS)), kind, **settings)


SMALLEST: dict[str, Callable[[], bytes]] = {
    "PNG of 1 bit": lambda: black("1", "PNG", compress_level=9),
    "PNG": lambda: black("RGBA", "PNG", compress_level=9),
    "JPEG": lambda: black("L", "JPEG", optimize=True),
    "colour JPEG": lambda: black("RGB", "JPEG", optimize=True, subsampling=2),
    "progressive JPEG": lambda: black("L", "JPEG", progressive=True, optimize=True),
    "GIF": lambda: black("L", "GIF"),
    "WebP": lambda: black("RGB", "WEBP", lossless=True, method=0),
    "fax": lambda: black("1", "TIFF", compression="group4"),
    "white fax": lambda: small_files.pillow(Image.new("1", (COLUMNS, ROWS), 1), "TIFF", compression="group4"),
    "LZW": lambda: black("L", "TIFF", compression="tiff_lzw"),
    "deflate": lambda: black("L", "TIFF", compression="tiff_adobe_deflate"),
    "PackBits": lambda: black("L", "TIFF", compression="packbits"),
    "LZMA": lambda: black("L", "TIFF", compression="tiff_lzma"),
    "JPEG in TIFF": lambda: black("L", "TIFF", compression="jpeg"),
    "QOI": lambda: b"qoif" + struct.pack(">IIBB", COLUMNS, ROWS, 3, 0) + b"\xfd" * (ROWS * COLUMNS // 62 + 1),
}


@pytest.mark.parametrize("kind", SMALLEST)
def test_the_smallest_files_hold_what_they_promise(kind: str) -> None:
    assert read_size(io.BytesIO(SMALLEST[kind]()))[:2] == (ROWS, COLUMNS)


IMAGES = dict(small_files.images())


def enlarged(name: str, place: int, layout: str, side: int = 50000) -> bytes:
    content = bytearray(IMAGES[name])
    struct.pack_into(layout, content, place, side, side)
    return bytes(content)


BOMBS: dict[str, Callable[[], bytes]] = {
    "JPEG promises 50000x50000": lambda: enlarged(
        "progressive.jpg", IMAGES["progressive.jpg"].index(b"\xff\xc2") + 5, ">HH"
    ),
    "GIF image promises 50000x50000": lambda: enlarged("one.gif", 6, "<HH"),
    "QOI image promises 50000x50000": lambda: enlarged("rgb.qoi", 4, ">II"),
    "BMP image promises 50000x50000": lambda: enlarged("rgb.bmp", 18, "<ii"),
    "icon promises 50000x50000": lambda: _icon(50000),
    "image is cut off": lambda: b"P6\n50000 50000\n255\n123",
    "npy is cut off": lambda: IMAGES["first.npy"].replace(b"(12, 17), ", b"(90000, 90000), ")[:200],
}


def _icon(side: int) -> bytes:
    """An icon whose list says 32x32, of an image that says otherwise."""
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    image = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + head + struct.pack(">I", zlib.crc32(head)) + bytes(60)
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 32, 32, 0, 0, 1, 32, len(image), 22) + image


@pytest.mark.parametrize("words", BOMBS)
def test_a_header_that_promises_more_is_refused(words: str) -> None:
    """README: What it promises is held against its size and --max-memory before memory is taken."""
    with pytest.raises(InputError, match=words):
        read_size(io.BytesIO(BOMBS[words]()))


def test_small_images_are_not_looked_into() -> None:
    capacity.check_held("GIF", 4096, 4096, 10, 1)
    with pytest.raises(InputError, match="promises 4096x4097 pixels, and 10 bytes of it hold 10 at most"):
        capacity.check_held("GIF", 4096, 4097, 10, 1)


def test_an_image_has_room_in_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnkit.memory.most_bytes", 100 * 100 * 4)
    capacity.check_room((100, 100, 4))
    with pytest.raises(SizeError, match="an image of 100x101x4 takes"):
        capacity.check_room((100, 101, 4))
