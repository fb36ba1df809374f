"""Any image file, known by its content; any format out; and whether a file says that cnnkit made it."""

from __future__ import annotations

import io
import os
import re
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from cnnkit.data.raster import Raster
from cnnkit.errors import ArgumentError, CnnkitError, InputError, OutputError
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import IMAGE_FORMATS, Stack, encode_raster, natural_format, read_raster, without
from cnnkit.files.marks import made_by_cnnkit

NOTE = "made by cnnkit 0.1.0: cnnkit convolve image.png --kernel edge"
BYTES = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
WAV = b"RIFF" + struct.pack("<I", 40) + b"WAVEfmt " + bytes(200)


def encoded(raster: Raster, kind: str, note: str = NOTE) -> bytes:
    stream = io.BytesIO()
    encode_raster(raster, kind, note)(stream)
    return stream.getvalue()


def stored(samples: Any, kind: str, **settings: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(samples).save(stream, kind, **settings)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "WEBP", "PPM"])
def test_the_content_says_what_it_is(kind: str) -> None:
    content = stored(BYTES, kind, **({"lossless": True} if kind == "WEBP" else {}))
    np.testing.assert_array_equal(read_raster(io.BytesIO(content)).samples, BYTES)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 7)])
@pytest.mark.parametrize("kind", ["u1", "i8", "f4", ">f8", "?"])
def test_an_array_is_an_image(shape: tuple[int, ...], kind: str) -> None:
    array = np.random.default_rng(0).random(shape).__mul__(9).astype(kind)
    stream = io.BytesIO()
    np.save(stream, array)
    raster = read_raster(io.BytesIO(stream.getvalue()))
    np.testing.assert_array_equal(raster.samples, array.reshape(4, 5, -1))
    assert not raster.has_alpha


@pytest.mark.parametrize("shape", [(), (4,), (2, 4, 5, 3), (0, 5), (4, 0, 3), (4, 5, 0)])
def test_an_array_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros(shape))
    with pytest.raises(InputError, match=r"not an image|has no samples"):
        read_raster(io.BytesIO(stream.getvalue()))


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        (WAV, "this is neither an image nor a sound", "give a PNG"),
        (bytes(100), "this is neither an image nor a sound", "give a PNG"),
        (b"\0\0\0\x20ftypM4A " + bytes(90), "this is an MPEG-4 file", "song.m4a song.wav"),
        (b"\x1a\x45\xdf\xa3" + bytes(90), "this is a Matroska or WebM file", "film.webm %04d.png"),
    ],
)
def test_what_is_no_image_is_called_by_its_name(content: bytes, problem: str, hint: str) -> None:
    """Sounds that can be read are known before, in `cnnkit.cli.pictures`."""
    with pytest.raises(InputError, match=problem) as caught:
        read_raster(io.BytesIO(content))
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "content", [b"", b"\x89", b"\x89PNG", b"\x93NUMPY", b"II*\0", b"II*\0\x08\0\0\0", b"\xff\xd8", b"RIFF"]
)
def test_heads_alone_are_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_raster(io.BytesIO(content))


@pytest.mark.parametrize(
    ("depth", "has_alpha", "has_levels", "expected"),
    [
        (1, False, True, "png"),
        (3, False, True, "png"),
        (2, True, True, "png"),
        (4, True, True, "png"),
        (2, False, True, "npy"),
        (64, False, True, "npy"),
        (3, False, False, "npy"),
    ],
)
def test_the_format_without_loss(depth: int, has_alpha: bool, has_levels: bool, expected: str) -> None:
    assert natural_format(Raster(np.zeros((2, 2, depth)), has_alpha), has_levels=has_levels) == expected


CASES = [
    *[(kind, "u1", depth) for kind in IMAGE_FORMATS for depth in (1, 2, 3, 4) if kind != "jpg" or depth in (1, 3)],
    *[(kind, "u2", depth) for kind in ("png", "tiff") for depth in (1, 2, 3, 4)],
    *[("tiff", "f4", depth) for depth in (1, 3)],
    *[("npz", "f4", depth) for depth in (1, 3, 64)],
]


@pytest.mark.parametrize(("kind", "dtype", "depth"), CASES)
def test_every_format_says_who_made_it(kind: str, dtype: str, depth: int, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 200, (8, 9, depth)).astype(dtype)
    path = tmp_path / f"result.{kind}"
    path.write_bytes(encoded(Raster(samples, depth in (2, 4)), kind))
    assert made_by_cnnkit(path)
    if kind not in ("jpg", "webp", "npz"):
        with path.open("rb") as stream:
            np.testing.assert_array_equal(read_raster(stream).samples, samples)


@pytest.mark.parametrize("kind", [*IMAGE_FORMATS, "npz"])
@pytest.mark.parametrize("name", ["é画 ü.png", "b\udcff.png", "n" * 100_000 + ".png"], ids=["words", "bytes", "long"])
def test_a_command_with_any_names_in_it_can_be_noted(kind: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"result.{kind}"
    path.write_bytes(encoded(Raster(BYTES), kind, NOTE + name))
    assert made_by_cnnkit(path)


def test_sixteen_bit_tiff_with_any_name(tmp_path: Path) -> None:
    path = tmp_path / "result.tiff"
    path.write_bytes(encoded(Raster(BYTES.astype(np.uint16)), "tiff", NOTE + "é画"))
    assert made_by_cnnkit(path)


def test_a_float_tiff_keeps_the_raw_values() -> None:
    samples = np.random.default_rng(0).normal(size=(8, 9, 3)).astype(np.float32)
    content = encoded(Raster(samples), "tiff")
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(content)), samples)


@pytest.mark.parametrize(
    ("kind", "dtype", "depth", "has_alpha"),
    [
        ("jpg", "u1", 4, True),
        ("jpg", "u2", 3, False),
        ("webp", "u2", 3, False),
        ("png", "u1", 64, False),
        ("png", "u1", 2, False),
        ("csv", "f4", 3, False),
    ],
)
def test_what_a_format_cannot_hold_is_the_fault_of_the_image_not_of_the_settings(
    kind: str, dtype: str, depth: int, has_alpha: bool
) -> None:
    """Another input may well fit, so it is no `ArgumentError`, which would end a command of many inputs."""
    raster = Raster(np.zeros((4, 5, depth), dtype), has_alpha)
    with pytest.raises(CnnkitError) as caught:
        encode_raster(raster, kind, NOTE)
    assert caught.value.hint
    assert not isinstance(caught.value, ArgumentError)


def test_the_same_image_is_the_same_bytes() -> None:
    for kind in (*IMAGE_FORMATS, "npz", "npy"):
        assert encoded(Raster(BYTES), kind) == encoded(Raster(BYTES), kind)


def profile(space: bytes, *, size: int = 132, mark: bytes = b"acsp", tags: int = 0) -> bytes:
    """The header of a colour profile, and a number of tags that are not there."""
    return struct.pack(">I12x4s16x4s88xI", size, space, mark, tags)


@pytest.mark.parametrize(
    ("depth", "content", "note"),
    [
        (1, profile(b"GRAY"), ""),
        (3, profile(b"RGB "), ""),
        (3, profile(b"RGB ") + b"filled up", ""),
        (1, profile(b"RGB "), "is for RGB, not for grey, and left out"),
        (3, profile(b"GRAY"), "is for GRAY, not for RGB, and left out"),
        (3, profile(b"CMYK"), "is for CMYK, not for RGB, and left out"),
        (3, b"junk", "is damaged and left out"),
        (3, profile(b"RGB ", size=133), "is damaged and left out"),
        (3, profile(b"RGB ", tags=1), "is damaged and left out"),
        (3, profile(b"RGB ", mark=b"oops"), "is damaged and left out"),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_profile_is_kept_where_it_fits(kind: str, depth: int, content: bytes, note: str) -> None:
    samples = BYTES if depth == 3 else BYTES[:, :, 0]
    raster = read_raster(io.BytesIO(stored(samples, kind, icc_profile=content)))
    assert raster.icc_profile == (None if note else content[:132])
    assert raster.notes == ((f"its colour profile {note}",) if note else ())


def test_libpng_has_nothing_to_say_about_what_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    wrong = stored(
        BYTES[:, :, 0], "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    cv2.imdecode(np.frombuffer(wrong, np.uint8), cv2.IMREAD_UNCHANGED)
    assert "iCCP" in capfd.readouterr().err
    right = encoded(read_raster(io.BytesIO(wrong)), "png")
    cv2.imdecode(np.frombuffer(right, np.uint8), cv2.IMREAD_UNCHANGED)
    assert capfd.readouterr() == ("", "")


def test_what_another_picture_does_not_hold_is_named() -> None:
    chunks = {b"sRGB": b"\0", b"gAMA": b"....", b"pHYs": b".", b"cICP": b"...."}
    assert without(Raster(BYTES, chunks=chunks), "jpg") == "cICP"
    assert without(Raster(BYTES, chunks={b"gAMA": b"....", b"cHRM": b"."}), "tiff") == "gAMA, cHRM"
    assert without(Raster(BYTES, icc_profile=profile(b"RGB "), chunks={b"gAMA": b"...."}), "webp") == ""
    for kept in ("png", "npy", "csv"):
        assert without(Raster(BYTES, chunks=chunks), kept) == ""
    grey = Raster(BYTES[:, :, :1], icc_profile=profile(b"GRAY"))
    assert without(grey, "webp") == "colour profile for grey"
    assert "icc_profile" not in Image.open(io.BytesIO(encoded(grey, "webp"))).info
    assert Image.open(io.BytesIO(encoded(grey, "jpg"))).info["icc_profile"] == profile(b"GRAY")


def test_only_the_largest_image_of_an_icon_is_read() -> None:
    raster = read_raster(io.BytesIO(stored(np.zeros((64, 64, 4), np.uint8), "ICO", sizes=[(16, 16), (64, 64)])))
    assert raster.shape == (64, 64, 4)
    assert raster.notes == ("only the largest of its 2 images is read",)


def test_a_jpeg_of_other_depths_or_colours_is_refused_and_what_follows_it_is_not() -> None:
    content = stored(BYTES, "JPEG")
    frame = content.index(b"\xff\xc0")
    twelve = content[: frame + 4] + b"\x0c" + content[frame + 5 :]
    stream = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(stream, "JPEG")
    for changed, problem in (
        (twelve, "this JPEG has 12 bits a sample; 8 are read"),
        (stream.getvalue(), "this JPEG of 4 channels (CMYK, for printing) is not grey or RGB"),
    ):
        for reader in (read_raster, read_size):
            with pytest.raises(InputError, match=re.escape(problem)) as caught:
                reader(io.BytesIO(changed))
            assert "convert it" in caught.value.hint
    whole = read_raster(io.BytesIO(content)).samples
    np.testing.assert_array_equal(read_raster(io.BytesIO(content + b"what a phone appends")).samples, whole)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("exif", [b"garbage", b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\x7f"])
def test_broken_exif_says_nothing(kind: str, exif: bytes) -> None:
    raster = read_raster(io.BytesIO(stored(BYTES, kind, exif=exif)))
    assert (raster.shape, raster.notes) == (BYTES.shape, ())


@pytest.mark.parametrize(("file_format", "most"), [("jpg", 65500), ("webp", 16383)])
def test_a_picture_longer_than_its_format_is_an_error_before_it_is_written(file_format: str, most: int) -> None:
    encode_raster(Raster(np.zeros((2, most, 1), np.uint8)), file_format, "")
    with pytest.raises(OutputError, match=f"at most {most} pixels along a side, not 2x{most + 1}"):
        encode_raster(Raster(np.zeros((2, most + 1, 1), np.uint8)), file_format, "")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files are counted there")
def test_frames_that_wait_share_one_open_file() -> None:
    before = len(os.listdir("/proc/self/fd"))
    stack = Stack()
    for number in range(50):
        stack.add(Raster(np.full((4, 5, 1), number, np.uint8)), "npy", {})
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    np.testing.assert_array_equal(stack.rows.array()[:, 0, 0, 0], np.arange(50))


def test_frames_of_a_zarr_are_not_computed_where_it_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnkit.files.zarr.package.find_spec", lambda name: None)
    with pytest.raises(OutputError, match=r"package zarr, which is not installed"):
        Stack().add(Raster(np.zeros((4, 5, 1), np.uint8)), "zarr", {})
