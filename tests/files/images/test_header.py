"""Sizes from headers against the images themselves, read whole; and headers that are cut off or invalid."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnkit.errors import InputError
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import read_raster

OWN = [("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")] + [("JPEG", "L"), ("JPEG", "RGB")]
BY_PILLOW = [("GIF", "P"), ("BMP", "RGB"), ("BMP", "L"), ("WEBP", "RGB"), ("WEBP", "RGBA"), ("PPM", "RGB")]
BY_PILLOW += [("PPM", "L")] + [("TIFF", mode) for mode in ("L", "RGB", "RGBA", "F", "I;16", "P")]


def saved(kind: str, mode: str, **settings: Any) -> bytes:
    image = Image.new("L", (31, 20), 7).convert({"I;16": mode, "P": mode}.get(mode, "L"))
    image = image if mode in ("I;16", "P") else Image.new(mode, (31, 20), 1)
    stream = io.BytesIO()
    image.save(stream, kind, **settings)
    return stream.getvalue()


def turned(turn: int) -> Image.Exif:
    exif = Image.Exif()
    exif[274] = turn
    return exif


def check(content: bytes) -> None:
    assert read_size(io.BytesIO(content)) == read_raster(io.BytesIO(content)).shape


@pytest.mark.parametrize(("kind", "mode"), [*OWN, *BY_PILLOW])
def test_the_size_is_that_of_the_image(kind: str, mode: str) -> None:
    check(saved(kind, mode))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_the_size_is_upright(kind: str, turn: int) -> None:
    content = saved(kind, "RGB", exif=turned(turn))
    check(content)
    assert read_size(io.BytesIO(content))[:2] == ((31, 20) if turn >= 5 else (20, 31))


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_of_exif(order: str) -> None:
    exif = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IHHHIHH", 8, 1, 0x0112, 3, 1, 6, 0)
    content = saved("JPEG", "RGB")
    block = b"Exif\0\0" + exif
    marked = content[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + content[2:]
    assert read_size(io.BytesIO(marked)) == (31, 20, 3)


def test_a_transparent_colour_counts_as_alpha() -> None:
    for mode, key in (("L", 1), ("RGB", (1, 1, 1)), ("P", 1)):
        check(saved("PNG", mode, transparency=key))


def test_a_progressive_jpeg_and_one_with_filling() -> None:
    content = saved("JPEG", "RGB", progressive=True)
    check(content)
    check(content[:2] + b"\xff\xff" + content[2:])


def test_a_tiff_that_pillow_does_not_know() -> None:
    for samples in (
        np.zeros((20, 31, 3), np.uint16),
        np.zeros((20, 31, 3), np.float32),
        np.zeros((20, 31), np.float64),
    ):
        stream = io.BytesIO()
        tifffile.imwrite(stream, samples, photometric="rgb" if samples.ndim == 3 else "minisblack")
        check(stream.getvalue())


@pytest.mark.parametrize("shape", [(20, 31), (20, 31, 3), (1, 1), (5, 4, 999)])
def test_arrays(shape: tuple[int, ...]) -> None:
    for version in ((1, 0), (2, 0)):
        stream = io.BytesIO()
        np.lib.format.write_array(stream, np.zeros(shape, np.uint8), version=version)
        assert read_size(io.BytesIO(stream.getvalue())) == (*shape, 1)[:3]


def test_arrays_may_have_their_depth_first() -> None:
    assert read_size(io.BytesIO(array((3, 20, 31))), "chw") == (20, 31, 3)
    assert read_size(io.BytesIO(array((20, 31))), "chw") == (20, 31, 1)
    with pytest.raises(InputError, match=r"shape \(8, 1, 98, 40\)") as caught:
        read_size(io.BytesIO(array((8, 1, 98, 40))))
    assert caught.value.hint == "save one of them, array[0]"


def array(shape: tuple[int, ...]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros(shape))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (array((3,)), r"this \.npy has shape \(3,\), which is not an image"),
        (array((1, 2, 3, 4)), "which is not an image"),
        (array((0, 5)), "this image has no samples: 0x5x1"),
        (b"\x93NUMPY\1\0\5\0{'a':", "an invalid header"),
        (b"\x93NUMPY\1\0\3\0...", "an invalid header"),
        (b"\x93NUMPY\1", "cut off in its header"),
        (saved("PNG", "RGB")[:20], "this PNG is truncated"),
        (saved("PNG", "RGB")[:50], "this PNG is truncated"),
        (saved("PNG", "RGB")[:8] + saved("PNG", "RGB")[33:], "an invalid header"),
        (saved("PNG", "RGB")[:25] + b"\5" + saved("PNG", "RGB")[26:], "its IHDR chunk fails its check"),
        (saved("JPEG", "RGB")[:30], "cut off in its header|damaged"),
        (b"\xff\xd8\0\0\0\0", "damaged before its size"),
        (saved("JPEG", "CMYK"), "this JPEG of 4 channels .* is not grey or RGB"),
        (b"hello, this is a text", "this is a text file, not an image"),
        (b"", "neither an image nor a sound"),
        (saved("TIFF", "CMYK"), "this TIFF is CMYK, not grey or RGB"),
    ],
)
def test_what_is_no_image(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_size(io.BytesIO(content))
    assert caught.value.hint


HEADS = (
    b"",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"\xff\xd8\xff\xe1",
    b"\x93NUMPY\1\0",
    b"II*\0",
    b"RIFF\0\0\0\0WEBP",
    b"BM",
)


@given(st.sampled_from(HEADS), st.binary(max_size=64))
def test_any_bytes_are_a_size_or_an_error(head: bytes, rest: bytes) -> None:
    try:
        assert min(read_size(io.BytesIO(head + rest))) >= 1
    except InputError:
        return


def test_usual_images_are_read_without_pillow(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved("PNG", "P"))
    (tmp_path / "a.jpg").write_bytes(saved("JPEG", "RGB", exif=turned(6)))
    program = (
        "import sys; from cnnkit.files.images.header import read_size\n"
        "print([read_size(open(name, 'rb')) for name in ('a.png', 'a.jpg')], 'PIL' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split("] ")[1].strip() == "False"


@pytest.mark.parametrize("dtype", ["c16", "U1", "M8[s]", [("a", "f4")]])
def test_an_array_of_no_numbers_has_no_size(dtype: Any) -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros((4, 5), dtype))
    with pytest.raises(InputError, match="not real numbers"):
        read_size(stream)
