"""Images in the many formats Pillow reads.

Pillow's (width, height) is turned into (rows, columns) here and nowhere else.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from cnnkit.data.raster import TURNED, Raster, Samples
from cnnkit.errors import InputError

SOFTWARE_TAG = 305
ORIENTATION_TAG = 274
BITS_TAG = 258
SAMPLE_FORMAT_TAG = 339
UNSIGNED = 1
PHOTOMETRIC_TAG = 262
WHITE_IS_ZERO = 0
LONGEST_COMMENT = 60_000
"""Bytes of a JPEG comment; its length has 16 bits."""

JPEG_QUALITY = 95
CURE = "convert it to RGB: magick in.jpg -colorspace sRGB out.png"

# Pillow warns at 89 megapixels and refuses at 179; scans and panoramas are larger.
Image.MAX_IMAGE_PIXELS = 2**31

_CONVERSIONS = {"1": "L", "P": "RGB", "PA": "RGBA", "RGBX": "RGB", "La": "LA", "RGBa": "RGBA"}


def read_image(stream: BinaryIO) -> Raster | None:
    """Read an image, upright.

    Returns
    -------
    Raster or None
        None if Pillow does not know the format, or cannot read this TIFF at its full depth.

    Raises
    ------
    InputError
        If it is truncated, or has colours that are neither grey nor RGB.
    """
    with warnings.catch_warnings():
        # What Pillow warns about (odd metadata) does not change the samples.
        warnings.simplefilter("ignore")
        try:
            with Image.open(stream) as image:
                if not _loses_depth(image):
                    return _raster(image, np.asarray)
                return _raster(image, lambda _: _deep_samples(stream)) if _can_read_deep(image) else None
        except (MemoryError, InputError):
            raise
        except UnidentifiedImageError:
            return None
        except Exception as error:  # Pillow's decoders raise whatever they stumble over
            raise InputError(
                f"this image cannot be read: {error}", hint="get the whole file again, or convert it"
            ) from None


def read_size(stream: BinaryIO) -> tuple[int, int, int] | None:
    """Read (rows, columns, depth) of an image as `read_image` would give it, without decoding it.

    Returns
    -------
    (int, int, int) or None
        None if Pillow does not know the format.

    Raises
    ------
    InputError
        If it is damaged, or has colours that are neither grey nor RGB.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(stream) as image:
                columns, rows = image.size
                mode = _CONVERSIONS.get(image.mode, image.mode)
                is_keyed = "transparency" in image.info and image.mode in ("L", "RGB", "P", "1")
                turn = image.getexif().get(ORIENTATION_TAG, 1)
                if image.format == "TIFF":  # whose size Pillow has turned already
                    turn = 1
        except UnidentifiedImageError:
            return None
        except Exception as error:  # Pillow's readers raise whatever they stumble over
            raise InputError(f"this image cannot be read: {error}", hint="get the whole file again") from None
    depths = {"L": 1, "I": 1, "F": 1, "LA": 2, "RGB": 3, "RGBA": 4}
    depth = 1 if mode.startswith("I;16") else depths.get(mode)
    if depth is None:
        raise InputError(f"an image of mode {mode} is not grey or RGB", hint=CURE)
    depth += is_keyed
    return (columns, rows, depth) if turn in range(5, 9) else (rows, columns, depth)


def _raster(image: Image.Image, samples_of: Callable[[Image.Image], Samples]) -> Raster:
    notes = []
    is_tiff = image.format == "TIFF"
    is_negative = is_tiff and _is_negative(image)
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        notes.append(f"only the first of its {getattr(image, 'n_frames', 1)} frames is read")
    turn = image.getexif().get(ORIENTATION_TAG, 1)
    profile = image.info.get("icc_profile")
    if "transparency" in image.info and image.mode in ("L", "RGB", "P", "1"):
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    image = image.convert(_CONVERSIONS[image.mode]) if image.mode in _CONVERSIONS else image
    if image.mode not in ("L", "LA", "RGB", "RGBA", "F", "I") and not image.mode.startswith("I;16"):
        raise InputError(
            f"an image of mode {image.mode} is not grey or RGB",
            hint=CURE,
        )
    samples = samples_of(image)
    if turn in range(2, 9) and is_tiff:  # which Pillow has turned already
        notes.append(TURNED)
        turn = 1
    if samples.dtype.kind != "f" and samples.dtype.itemsize > 1:
        samples = _as_uint16(samples)
    if is_negative and samples.dtype != np.uint8:
        if samples.dtype != np.uint16:
            raise InputError("this TIFF counts from white, without saying how far black is", hint="save it as grey")
        samples = 65535 - samples
    samples = samples[:, :, None] if samples.ndim == 2 else samples
    is_flat = samples.shape[2] == 1
    return Raster(samples, image.mode in ("LA", "RGBA"), profile, tuple(notes), is_flat).turned(turn)


def _as_uint16(samples: Samples) -> Samples:
    """Whole numbers as 16-bit levels, or as plain numbers where they are no levels."""
    levels = samples.min() >= 0 and samples.max() <= 65535
    return samples.astype(np.uint16 if levels else np.float64)


def _is_negative(image: Image.Image) -> bool:
    """Whether 0 is white in a TIFF; Pillow turns those of 8 bits round itself."""
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
    """Whether Pillow unpacks this image from 16 bits a sample, of which it keeps the upper 8."""
    return all(_unpacking(tile).startswith(f"{image.mode};16") for tile in image.tile)


def _unpacking(tile: Any) -> str:
    return str(tile.args[0] if isinstance(tile.args, tuple) else tile.args)


def _deep_samples(stream: BinaryIO) -> Samples:
    """All 16 bits of such an image, in two readings: told that its bytes are swapped, Pillow keeps the lower 8."""
    halves = []
    for swapped in (False, True):
        stream.seek(0)
        with Image.open(stream) as image:
            tiles = []
            for tile in image.tile:
                unpacking = _unpacking(tile)
                order = {"N": "L" if sys.byteorder == "little" else "B"}.get(unpacking[-1], unpacking[-1])
                told = unpacking[:-1] + ({"L": "B", "B": "L"}[order] if swapped else order)
                tiles.append(tile._replace(args=(told, *tile.args[1:]) if isinstance(tile.args, tuple) else told))
            image.tile = tiles
            halves.append(np.asarray(image).astype(np.uint16))
    return halves[0] << 8 | halves[1]


def orientation(exif: bytes) -> int:
    """The orientation in a block of EXIF; 1, upright, if there is none."""
    found = Image.Exif()
    try:
        found.load(exif)
        return int(found.get(ORIENTATION_TAG, 1))
    except Exception:  # broken metadata says nothing about the samples
        return 1


def write_image(stream: BinaryIO, raster: Raster, kind: str, note: str) -> None:
    """Write an image of uint8 as jpg (quality 95, colour at full resolution), webp (lossless) or tiff (deflate)."""
    content = io.BytesIO()  # Pillow goes back while it writes, which a pipe cannot
    samples = raster.samples[:, :, 0] if raster.samples.shape[2] == 1 else raster.samples
    image = Image.fromarray(np.ascontiguousarray(samples))
    settings: dict[str, Any] = {"icc_profile": raster.icc_profile} if raster.icc_profile else {}
    if kind == "jpg":
        image.save(
            content, "JPEG", quality=JPEG_QUALITY, subsampling=0, comment=note.encode()[:LONGEST_COMMENT], **settings
        )
    elif kind == "webp":
        exif = Image.Exif()
        exif[SOFTWARE_TAG] = note
        image.save(content, "WEBP", lossless=True, exif=exif, **settings)
    else:
        image.save(content, "TIFF", compression="tiff_adobe_deflate", software=note, **settings)
    stream.write(content.getbuffer())


def read_note(stream: BinaryIO) -> str:
    """What an image's comment or software field says; empty if it says nothing."""
    try:
        with Image.open(stream) as image:
            told = image.info.get("comment") or image.getexif().get(SOFTWARE_TAG) or ""
    except Exception:  # whatever the file is, it does not say that cnnkit made it
        return ""
    return told.decode("latin-1") if isinstance(told, bytes) else str(told)
