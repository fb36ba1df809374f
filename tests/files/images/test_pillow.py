"""The formats Pillow reads: upright, at full depth, grey or RGB, and refused in one line when they are broken."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError
from cnnkit.files.images import pillow, png
from cnnkit.files.images.raster import read_raster

Array = npt.NDArray[Any]


def blocks(rows: int = 24, columns: int = 40) -> Image.Image:
    """An image that differs from each of its turns, of blocks that JPEG stores well."""
    random = np.random.default_rng(1)
    small = random.integers(0, 256, (rows // 8, columns // 8, 3), dtype=np.uint8)
    return Image.fromarray(small.repeat(8, axis=0).repeat(8, axis=1))


def stored(image: Image.Image, kind: str, **settings: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **settings)
    return stream.getvalue()


def read(content: bytes) -> Raster:
    return read_raster(io.BytesIO(content))


def outcome(content: bytes) -> Raster | None:
    try:
        return read(content)
    except InputError as error:
        refusal = error
    assert refusal.problem.isprintable(), refusal.problem
    assert refusal.hint
    return None


def saved(kind: str) -> dict[str, Any]:
    return {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "PNG"])
def test_every_orientation_is_applied_once(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[274] = turn
    image = blocks().quantize(64) if kind == "PNG" else blocks()  # a palette, which Pillow reads
    content = stored(image, kind, exif=exif, **saved(kind))
    plain = Image.open(io.BytesIO(stored(image, kind, **saved(kind)))).convert("RGB")
    tagged = Image.Exif()
    tagged[274] = turn
    plain.info["exif"] = tagged.tobytes()
    upright = np.asarray(ImageOps.exif_transpose(plain))
    raster = read(content)
    np.testing.assert_array_equal(raster.samples, upright)
    assert any("upright" in note for note in raster.notes) == (turn > 1)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_means_nothing_is_upright(value: int) -> None:
    exif = Image.Exif()
    exif[274] = value
    assert read(stored(blocks(), "JPEG", exif=exif)).shape == (24, 40, 3)


@pytest.mark.parametrize("kind", ["JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "ICO"])
def test_formats_agree_with_pillow(kind: str) -> None:
    content = stored(blocks(32, 32), kind, **saved(kind))
    image = Image.open(io.BytesIO(content))
    expected = np.asarray(image.convert("RGBA" if kind == "ICO" else "RGB"))
    raster = read(content)
    np.testing.assert_array_equal(raster.colour, expected[:, :, :3])
    assert raster.samples.dtype == np.uint8


def test_a_palette_with_a_transparent_colour_has_alpha() -> None:
    image = Image.new("P", (4, 3))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255] + [0] * 759)
    image.putpixel((1, 2), 1)
    for kind in ("PNG", "GIF"):
        raster = read(stored(image, kind, transparency=1))
        assert raster.has_alpha
        assert raster.shape == (3, 4, 4)
        assert raster.samples[2, 1].tolist()[3] == 0
        assert raster.samples[0, 0].tolist() == [255, 0, 0, 255]


def test_a_palette_with_alpha_for_every_colour() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0] + [0] * 762)
    image.putpixel((1, 0), 1)
    raster = read(stored(image, "PNG", transparency=bytes([255, 77])))
    assert raster.samples.tolist() == [[[255, 0, 0, 255], [0, 255, 0, 77]]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM"])
def test_one_bit_becomes_black_and_white(kind: str) -> None:
    bits = np.array([[True, False, True, True, False], [False, True, True, False, False]])
    raster = read(stored(Image.fromarray(bits), kind))
    np.testing.assert_array_equal(raster.colour.max(axis=2), bits * np.uint8(255))
    assert raster.samples.dtype == np.uint8


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "CMYK"), ("JPEG", "YCbCr"), ("TIFF", "CMYK"), ("TIFF", "LAB"), ("TIFF", "YCbCr")]
)
def test_colours_that_are_neither_grey_nor_rgb_are_refused(kind: str, mode: str) -> None:
    content = stored(blocks().convert(mode) if mode != "LAB" else Image.new("LAB", (8, 8)), kind)
    if (kind, mode) == ("JPEG", "YCbCr"):  # an ordinary JPEG
        assert read(content).shape == (24, 40, 3)
        return
    with pytest.raises(InputError, match=r"(?s)(CMYK|L\*a\*b\*|YCbCr).* not grey or RGB"):
        read(content)


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_grey_of_either_byte_order(order: Any) -> None:
    samples = np.random.default_rng(2).integers(0, 65536, (9, 11), dtype=np.uint16)
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, byteorder=order, photometric="minisblack")
    raster = read(stream.getvalue())
    np.testing.assert_array_equal(raster.samples[:, :, 0], samples)
    assert raster.samples.dtype == np.uint16
    assert raster.samples.dtype.isnative


def test_sixteen_bit_grey_of_pgm() -> None:
    samples = np.random.default_rng(2).integers(0, 65536, (9, 11), dtype=np.uint16)
    content = b"P5 11 9 65535\n" + samples.astype(">u2").tobytes()
    raster = read(content)
    np.testing.assert_array_equal(raster.samples[:, :, 0], samples)
    assert raster.samples.dtype == np.uint16


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP"])
def test_frames_left_out_are_noted(kind: str) -> None:
    frames = [Image.new("L", (8, 6), 60 * i) for i in range(4)]
    content = stored(frames[0], kind, save_all=True, append_images=frames[1:])
    raster = read(content)
    assert raster.notes == ("only the first of its 4 frames is read; --frame N or --frame all reads others",)
    assert raster.samples.shape[:2] == (6, 8)
    assert raster.samples.max() <= 1


def test_an_image_of_one_frame_has_no_note() -> None:
    assert read(stored(blocks(), "GIF")).notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_the_colour_profile_is_kept(kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = stored(blocks(), kind, icc_profile=profile, **saved(kind))
    raster = read(content)
    assert raster.icc_profile == profile
    again = io.BytesIO()
    pillow.write_image(again, raster, {"JPEG": "jpg"}.get(kind, kind.lower()), "made by cnnkit test")
    assert Image.open(again).info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_a_truncated_file_is_refused_or_whole(kind: str) -> None:
    settings = {"progressive": True} if kind == "JPEG" else saved(kind)
    noise = Image.fromarray(np.random.default_rng(5).integers(0, 256, (30, 40, 3), dtype=np.uint8))
    content = stored(noise, kind, **settings)
    whole = read(content).samples
    step = max(50, len(content) // 60)
    for stop in [*range(0, 30), *range(30, len(content), step), *range(len(content) - 5, len(content))]:
        raster = outcome(content[:stop])
        if raster is not None:
            np.testing.assert_array_equal(raster.samples, whole, err_msg=f"cut at {stop}")


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_damaged_bytes_never_raise_anything_else(kind: str) -> None:
    content = stored(blocks(16, 16), kind, **saved(kind))
    random = np.random.default_rng(3)
    for _ in range(40):
        damaged = bytearray(content)
        for place in random.integers(0, min(len(content), 200), 3):
            damaged[place] = random.integers(256)
        outcome(bytes(damaged))


@pytest.mark.parametrize("content", [b"x", b"hello, this is text\n" * 9, b"%PDF-1.7\n" * 40, bytes(1000), b"GIF89a"])
def test_what_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"image|is not read"):
        read(content)


@pytest.mark.parametrize("depth", [1, 3, 4])  # grey with alpha comes back as colour: see below
def test_webp_gives_the_samples_again(depth: int) -> None:
    samples = np.random.default_rng(4).integers(0, 256, (7, 9, depth), dtype=np.uint8)
    stream = io.BytesIO()
    pillow.write_image(stream, Raster(samples, depth == 4), "webp", "made by cnnkit test")
    raster = read(stream.getvalue())
    assert raster.has_alpha == (depth == 4)
    np.testing.assert_array_equal(raster.samples, np.broadcast_to(samples, raster.shape))
    assert pillow.read_note(stream) == "made by cnnkit test"


def test_webp_of_grey_with_alpha_comes_back_as_colour() -> None:
    samples = np.random.default_rng(4).integers(1, 256, (7, 9, 2), dtype=np.uint8)
    stream = io.BytesIO()
    pillow.write_image(stream, Raster(samples, has_alpha=True), "webp", "")
    np.testing.assert_array_equal(read(stream.getvalue()).samples, samples[:, :, [0, 0, 0, 1]])


@pytest.mark.parametrize("depth", [1, 3])
def test_jpg_is_close_and_says_who_made_it(depth: int) -> None:
    samples = np.asarray(blocks())[:, :, :depth]
    stream = io.BytesIO()
    pillow.write_image(stream, Raster(samples), "jpg", "made by cnnkit test")
    raster = read(stream.getvalue())
    assert raster.shape == samples.shape
    assert np.abs(raster.samples.astype(int) - samples).mean() < 4
    assert pillow.read_note(stream) == "made by cnnkit test"


def test_a_file_that_says_nothing_has_an_empty_note() -> None:
    assert pillow.read_note(io.BytesIO(stored(blocks(), "JPEG"))) == ""
    assert pillow.read_note(io.BytesIO(b"no image")) == ""


def frames(count: int = 5) -> list[npt.NDArray[np.uint8]]:
    """A grid on which a square moves."""
    made = []
    for number in range(count):
        frame = np.zeros((40, 60), np.uint8)
        frame[::10] = 1
        frame[10:20, 10 * number : 10 * number + 10] = 2
        made.append(frame)
    return made


PALETTE = np.array([(255, 255, 255), (32, 32, 32), (213, 94, 0)], np.uint8)


@pytest.mark.parametrize("file_type", pillow.ANIMATION_FORMATS)
def test_an_animation_is_what_was_drawn_with_its_pace_and_mark(file_type: str) -> None:
    stream, times = io.BytesIO(), [600, 600, 700, 600, 3000]
    pillow.encoded_animation(frames(), PALETTE, times, file_type, "made by cnnkit 0: test")(stream)
    with Image.open(stream) as image:
        assert (image.n_frames, image.size, image.info["loop"]) == (5, (60, 40), 0)  # type: ignore[attr-defined]
        for number, frame in enumerate(frames()):
            image.seek(number)
            image.load()
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), PALETTE[frame])
            assert image.info["duration"] == times[number]
    stream.seek(0)
    read_note = png.read_note if file_type == "apng" else pillow.read_note
    assert read_note(stream) == "made by cnnkit 0: test"
    assert len(stream.getvalue()) < 3000


@pytest.mark.parametrize("file_type", pillow.ANIMATION_FORMATS)
def test_an_animation_of_one_frame_is_an_image(file_type: str) -> None:
    stream = io.BytesIO()
    pillow.encoded_animation(frames(1), PALETTE, [3000], file_type, "made by cnnkit 0: test")(stream)
    np.testing.assert_array_equal(read(stream.getvalue()).samples[..., :3], PALETTE[frames(1)[0]])
