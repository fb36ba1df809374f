"""Pillow: the only file that knows it, for the many formats it reads.

Its (width, height) is turned into (rows, columns) here and nowhere else.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TypeVar

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from cnnkit.data.raster import ORIENTATION_TAG, TURNED, Raster, Samples
from cnnkit.errors import InputError

SOFTWARE_TAG = 305
BITS_TAG = 258
SAMPLE_FORMAT_TAG, UNSIGNED = 339, 1
PHOTOMETRIC_TAG, WHITE_IS_ZERO = 262, 0
LONGEST_COMMENT_BYTES = 60_000  # in a JPEG, where its length has 16 bits
JPEG_QUALITY = 95

T = TypeVar("T")

# Pillow warns at 89 megapixels and refuses at 179; scans and panoramas are larger.
Image.MAX_IMAGE_PIXELS = 2**31

FORMATS = ("JPEG", "WEBP", "GIF", "BMP", "TIFF", "ICO", "JPEG2000", "AVIF", "TGA", "QOI")
"""The formats that are left to Pillow, each tested; docs/images.md lists them."""

_DEPTHS = {"L": 1, "I": 1, "F": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_CONVERSIONS = {"1": "L", "P": "RGB", "PA": "RGBA", "RGBX": "RGB", "La": "LA", "RGBa": "RGBA"}


def read_image(stream: BinaryIO) -> Raster | None:
    """Read an image, upright; None if Pillow does not know the format, or cannot read this TIFF at its full depth.

    An InputError if it is truncated, or has colours that are neither grey nor RGB.
    """
    return _opened(stream, lambda image: _read(image, stream))


def read_size(stream: BinaryIO) -> tuple[int, int, int] | None:
    """(rows, columns, depth) of an image as `read_image` would give it, without decoding; None for unknown formats."""
    return _opened(stream, _size)


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """What Pillow warns about (odd metadata) does not change the samples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _opened(stream: BinaryIO, read: Callable[[ImageFile.ImageFile], T]) -> T | None:
    """What `read` makes of the image in a stream; None if Pillow does not know the format."""
    with _without_warnings():
        try:
            with Image.open(stream, formats=FORMATS) as image:
                return read(image)
        except (MemoryError, InputError):
            raise
        except UnidentifiedImageError:
            return None
        except Exception as error:  # Pillow's decoders raise all kinds of errors
            raise InputError(
                f"this image cannot be read: {error}", hint="get the whole file again, or convert it"
            ) from None


def _size(image: Image.Image) -> tuple[int, int, int]:
    columns, rows = image.size
    depth = _depth(_CONVERSIONS.get(image.mode, image.mode)) + _has_transparent_colour(image)
    turn = _turn(image)
    is_turned = image.format != "TIFF" and turn in range(5, 9)  # Pillow has turned the size of a TIFF already
    return (columns, rows, depth) if is_turned else (rows, columns, depth)


def _has_transparent_colour(image: Image.Image) -> bool:
    return "transparency" in image.info and image.mode in ("L", "RGB", "P", "1")


def _turn(image: Image.Image) -> int:
    """The orientation, 1 to 8; 1, upright, if nothing says it."""
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # broken metadata says nothing about the samples
        return 1


def _depth(mode: str) -> int:
    depth = 1 if mode.startswith("I;16") else _DEPTHS.get(mode)
    if depth is None:
        raise InputError(
            f"an image of mode {mode} is not grey or RGB",
            hint="convert it to RGB: magick in.jpg -colorspace sRGB out.png",
        )
    return depth


def _read(image: ImageFile.ImageFile, stream: BinaryIO) -> Raster | None:
    if not _loses_depth(image):
        return _raster(image, np.asarray)
    return _raster(image, lambda _: _deep_samples(stream)) if _can_read_deep(image) else None


def _raster(image: Image.Image, samples_of: Callable[[Image.Image], Samples]) -> Raster:
    notes = []
    is_tiff = image.format == "TIFF"
    is_negative = is_tiff and _is_negative(image)
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        notes.append(f"only the first of its {getattr(image, 'n_frames', 1)} frames is read")
    if len(image.info.get("sizes", ())) > 1:
        notes.append(f"only the largest of its {len(image.info['sizes'])} images is read")
    turn = _turn(image)
    profile = image.info.get("icc_profile")
    if _has_transparent_colour(image):
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    image = image.convert(_CONVERSIONS[image.mode]) if image.mode in _CONVERSIONS else image
    _depth(image.mode)  # refuses what is neither grey nor RGB
    samples = samples_of(image)
    if turn in range(2, 9) and is_tiff:  # Pillow has turned it already
        notes.append(TURNED)
        turn = 1
    if samples.dtype.kind != "f" and samples.dtype.itemsize > 1:
        samples = _as_uint16(samples)
    if is_negative and samples.dtype != np.uint8:
        if samples.dtype != np.uint16:
            raise InputError("this TIFF stores white as 0, but does not say what black is", hint="save it as grey")
        samples = 65535 - samples
    samples = samples[:, :, None] if samples.ndim == 2 else samples
    is_flat = samples.shape[2] == 1
    return Raster(samples, image.mode in ("LA", "RGBA"), profile, tuple(notes), is_flat).turned(turn)


def _as_uint16(samples: Samples) -> Samples:
    """Whole numbers as 16-bit levels, or as floats where they do not fit."""
    levels = samples.min() >= 0 and samples.max() <= 65535
    return samples.astype(np.uint16 if levels else np.float64)


def _is_negative(image: Image.Image) -> bool:
    """Whether 0 is white in a TIFF; Pillow itself inverts those of 8 bits."""
    return bool(image.tag_v2.get(PHOTOMETRIC_TAG) == WHITE_IS_ZERO)  # type: ignore[attr-defined]


def _loses_depth(image: Image.Image) -> bool:
    """Whether Pillow would read this image at fewer bits than it has."""
    if image.format != "TIFF" or image.mode.startswith(("I;16", "F")):
        return False
    tags: dict[int, tuple[int, ...]] = image.tag_v2  # type: ignore[attr-defined]
    bits = max(tags.get(BITS_TAG, (8,)))
    if image.mode == "I":  # which holds signed numbers
        return bits == 32 and tags.get(SAMPLE_FORMAT_TAG, (1,))[0] == UNSIGNED
    return bits > 8


def _can_read_deep(image: ImageFile.ImageFile) -> bool:
    """Whether Pillow unpacks this image from 16 bits a sample, and gives the upper 8."""
    return all(_unpacking(tile).startswith(f"{image.mode};16") for tile in image.tile)


def _unpacking(tile: Any) -> str:
    return str(tile.args[0] if isinstance(tile.args, tuple) else tile.args)


def _deep_samples(stream: BinaryIO) -> Samples:
    """All 16 bits of such an image, in two readings: as if its bytes were swapped, Pillow gives the lower 8."""
    halves = []
    for swapped in (False, True):
        stream.seek(0)
        with Image.open(stream) as image:
            tiles = []
            for tile in image.tile:
                unpacking = _unpacking(tile)
                order = {"N": "L" if sys.byteorder == "little" else "B"}.get(unpacking[-1], unpacking[-1])
                mode = unpacking[:-1] + ({"L": "B", "B": "L"}[order] if swapped else order)
                tiles.append(tile._replace(args=(mode, *tile.args[1:]) if isinstance(tile.args, tuple) else mode))
            image.tile = tiles
            halves.append(np.asarray(image).astype(np.uint16))
    return halves[0] << 8 | halves[1]


def orientation(exif: bytes) -> int:
    """The orientation in a block of EXIF; 1, upright, if there is none."""
    found = Image.Exif()
    try:
        with _without_warnings():
            found.load(exif)
            return int(found.get(ORIENTATION_TAG, 1))
    except Exception:  # broken metadata says nothing about the samples
        return 1


def write_image(stream: BinaryIO, raster: Raster, file_format: str, note: str) -> None:
    """Write an image of uint8 as jpg (quality 95, colour at full resolution), webp (lossless) or tiff (deflate)."""
    content = io.BytesIO()  # Pillow seeks while it writes, which a pipe cannot
    samples = raster.samples[:, :, 0] if raster.samples.shape[2] == 1 else raster.samples
    image = Image.fromarray(np.ascontiguousarray(samples))
    settings: dict[str, Any] = {"icc_profile": raster.icc_profile} if raster.icc_profile else {}
    if file_format == "webp" and raster.colour.shape[2] == 1:
        settings = {}  # WebP stores grey as RGB, which a profile for grey does not describe
    if file_format == "jpg":
        image.save(
            content,
            "JPEG",
            quality=JPEG_QUALITY,
            subsampling=0,
            comment=note.encode()[:LONGEST_COMMENT_BYTES],
            **settings,
        )
    elif file_format == "webp":
        exif = Image.Exif()
        exif[SOFTWARE_TAG] = note
        image.save(content, "WEBP", lossless=True, exif=exif, **settings)
    else:
        image.save(content, "TIFF", compression="tiff_adobe_deflate", software=note, **settings)
    stream.write(content.getbuffer())


def read_note(stream: BinaryIO) -> str:
    """What an image's comment or software field says; empty if it says nothing."""
    try:
        with _without_warnings(), Image.open(stream, formats=FORMATS) as image:
            note = image.info.get("comment") or image.getexif().get(SOFTWARE_TAG) or ""
    except Exception:  # whatever the file is, it does not say that cnnkit made it
        return ""
    return note.decode("latin-1") if isinstance(note, bytes) else str(note)
