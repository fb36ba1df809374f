"""Pillow: the only file that knows it, for the many formats it reads.

Its (width, height) is turned into (rows, columns) here and nowhere else.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, UnidentifiedImageError

from cnnkit.data.raster import Raster, Samples
from cnnkit.errors import InputError
from cnnkit.files.images.exif import orientation
from cnnkit.files.quiet_stderr import silent_stderr

SOFTWARE_TAG = 305
_ANIMATIONS = ("GIF", "PNG", "WEBP", "MPO", "AVIF")  # of other formats, what Pillow calls frames are layers or sizes
LONGEST_COMMENT_BYTES = 60_000  # in a JPEG, where its length has 16 bits
JPEG_QUALITY = 95
OFFSETS_TAG, COUNTS_TAG, ROWS_PER_STRIP_TAG = 273, 279, 278
T4_OPTIONS_TAG = 292
FAXES = {2: "tiff_ccitt", 3: "group3", 4: "group4"}
END_OF_FAX_BITS = {4: 24}  # of the mark at its end, which may be missing

T = TypeVar("T")

# Pillow warns at 89 megapixels and refuses at 179; scans and panoramas are larger.
Image.MAX_IMAGE_PIXELS = 2**31

FORMATS = ("JPEG", "WEBP", "GIF", "BMP", "PNG", "ICO", "JPEG2000", "AVIF", "TGA", "QOI")
"""The formats that are left to Pillow, of PNG the frames after the first; docs/images.md lists them, each is tested."""

_DEPTHS = {"L": 1, "I": 1, "F": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_CONVERSIONS = {"1": "L", "P": "RGB", "PA": "RGBA", "RGBX": "RGB", "La": "LA", "RGBa": "RGBA"}


def open_image(stream: BinaryIO) -> ImageFile.ImageFile | None:
    """Open an image of any format but TIFF; None if Pillow does not know it, an InputError if its header is damaged."""
    return _guarded(lambda: Image.open(stream, formats=FORMATS))


def count_frames(image: ImageFile.ImageFile) -> int:
    """How many frames an image has."""
    return int(_guarded(lambda: getattr(image, "n_frames", 1)) or 1) if image.format in _ANIMATIONS else 1


def read_image(image: ImageFile.ImageFile, number: int = 0) -> Raster:
    """Read a frame of an image, from 0, as it is shown, upright.

    An InputError if it is truncated, or has colours that are neither grey nor RGB.
    """
    if number:
        _guarded(lambda: image.seek(number))
    raster = _guarded(lambda: _raster(image))
    if raster is None:
        raise InputError(f"frame {number + 1} of this image cannot be read", hint="get the whole file again")
    return raster


def read_size(stream: BinaryIO) -> tuple[int, int, int] | None:
    """(rows, columns, depth) of an image as `read_image` would give it, without decoding; None for unknown formats."""
    image = open_image(stream)
    return None if image is None else _guarded(lambda: _size(image))


def _guarded(read: Callable[[], T]) -> T | None:
    """What `read` returns; None if Pillow does not know the format."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow warns about (odd metadata) does not change the samples
        try:
            return read()
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
    is_turned = orientation(image.info.get("exif", b"")) in range(5, 9)
    return (columns, rows, depth) if is_turned else (rows, columns, depth)


def _has_transparent_colour(image: Image.Image) -> bool:
    return "transparency" in image.info and image.mode in ("L", "RGB", "P", "1")


def _depth(mode: str) -> int:
    depth = 1 if mode.startswith("I;16") else _DEPTHS.get(mode)
    if depth is None:
        raise InputError(
            f"an image of mode {mode} is not grey or RGB",
            hint="convert it to RGB: magick in.jpg -colorspace sRGB out.png",
        )
    return depth


def _raster(image: Image.Image) -> Raster:
    if _has_transparent_colour(image):
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    image = image.convert(_CONVERSIONS[image.mode]) if image.mode in _CONVERSIONS else image
    _depth(image.mode)  # refuses what is neither grey nor RGB
    samples = np.asarray(image)
    if samples.dtype.kind != "f" and samples.dtype.itemsize > 1:
        samples = _as_uint16(samples)
    samples = samples[:, :, None] if samples.ndim == 2 else samples
    sizes = image.info.get("sizes", ())
    notes = (f"only the largest of its {len(sizes)} images is read",) * (len(sizes) > 1)
    profile, turn = image.info.get("icc_profile"), orientation(image.info.get("exif", b""))
    return Raster(samples, image.mode in ("LA", "RGBA"), profile, notes, is_flat=samples.shape[2] == 1).turned(turn)


def _as_uint16(samples: Samples) -> Samples:
    """Whole numbers as 16-bit levels, or as floats where they do not fit."""
    levels = samples.min() >= 0 and samples.max() <= 65535
    return samples.astype(np.uint16 if levels else np.float64)


def decode_strip(
    data: bytes, compression: int, size: tuple[int, int], bits: int, fax_options: int = 0
) -> npt.NDArray[np.uint8]:
    """Decode a strip of a TIFF, compressed by a method of libtiff, as `size` samples of 1 or 8 bits: its bare bytes."""
    rows, columns = size
    head = [(256, columns), (257, rows), (258, bits), (259, compression), (262, 1), (273, 8), (277, 1), (278, rows)]
    tags = [*head, (279, len(data)), (292, fax_options), (293, fax_options)]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    even = data + bytes(len(data) % 2)
    whole = b"II*\0" + struct.pack("<I", 8 + len(even)) + even + struct.pack("<H", len(tags)) + directory + bytes(4)
    try:
        with silent_stderr(), Image.open(io.BytesIO(whole)) as image:
            samples = np.asarray(image).astype(np.uint8, copy=False)
    except (OSError, ValueError, SyntaxError):
        samples = np.empty((0, 0), np.uint8)
    if samples.shape != size or (bits == 1 and not _is_fax_of(samples, data, compression, fax_options)):
        cause = "" if compression in FAXES else ", or compressed in a way this Pillow was built without"
        raise InputError(f"is damaged or too short{cause}", hint="get the whole file again")
    return samples


def _is_fax_of(samples: npt.NDArray[np.uint8], data: bytes, compression: int, options: int) -> bool:
    """Whether `data` begins with what these samples become as a fax: there is only one such code.

    libtiff makes up what a fax that is damaged or ends early does not hold, and is silent about it.
    """
    again, tags = io.BytesIO(), {ROWS_PER_STRIP_TAG: len(samples)}
    tags |= {T4_OPTIONS_TAG: options} if compression == 3 else {}
    Image.fromarray(samples.astype(bool)).save(again, "TIFF", compression=FAXES[compression], tiffinfo=tags)
    with Image.open(again) as written:
        (place,), (count,) = (written.tag_v2[tag] for tag in (OFFSETS_TAG, COUNTS_TAG))
    bits = np.unpackbits(np.frombuffer(again.getvalue(), np.uint8, count, place))
    end = int(np.flatnonzero(bits)[-1]) + 1 - END_OF_FAX_BITS.get(compression, 0)
    return bool(np.array_equal(np.unpackbits(np.frombuffer(data, np.uint8))[:end], bits[:end]))


def decode_jpeg(data: bytes, rows: range, columns: int, depth: int) -> npt.NDArray[np.uint8]:
    """Decode a JPEG that is a strip of another file; `rows` are the heights it may have."""

    def read() -> npt.NDArray[np.uint8]:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if image.width != columns or image.height not in rows or len(image.getbands()) != depth:
                raise InputError(f"is a JPEG of {image.height}x{image.width}", hint="get the whole file again")
            samples = np.asarray(image).reshape(image.height, columns, depth)
            return ~samples if depth == 4 else samples  # which Pillow takes for CMYK, and turns round

    samples = _guarded(read)
    if samples is None:
        raise InputError("is no JPEG", hint="get the whole file again")
    return samples


def write_image(stream: BinaryIO, raster: Raster, file_format: str, note: str) -> None:
    """Write an image of uint8 as jpg (quality 95, colour at full resolution) or webp (lossless)."""
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
    else:
        exif = Image.Exif()
        exif[SOFTWARE_TAG] = note
        image.save(content, "WEBP", lossless=True, exif=exif, **settings)
    stream.write(content.getbuffer())


def read_note(stream: BinaryIO) -> str:
    """What an image's comment or software field says; empty if it says nothing."""
    try:
        with warnings.catch_warnings(), Image.open(stream, formats=FORMATS) as image:
            warnings.simplefilter("ignore")
            note = image.info.get("comment") or image.getexif().get(SOFTWARE_TAG) or ""
    except Exception:  # whatever the file is, it does not say that cnnkit made it
        return ""
    return note.decode("latin-1") if isinstance(note, bytes) else str(note)
