"""Pillow, for the many formats it reads: no other file knows it but `ahead` and `resizing`.

Its (width, height) is turned into (rows, columns) here and there, and nowhere else.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from math import lcm
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, PngImagePlugin, UnidentifiedImageError

from cnnkit.data.bands import Bands
from cnnkit.data.raster import SIDEWAYS, TURNED, UPSIDE_DOWN, Raster, Samples, upright
from cnnkit.errors import InputError
from cnnkit.files.images import ahead, capacity, jpeg
from cnnkit.files.images.exif import orientation
from cnnkit.files.recognition import damaged
from cnnkit.files.silence import silent
from cnnkit.loops.machine.threads import in_order

SOFTWARE_TAG = 305
ICON = b"\0\0\1\0"
PIXEL_BYTES = 4  # whatever its colours
_ANIMATIONS = ("GIF", "PNG", "WEBP", "MPO", "AVIF")  # of other formats, what Pillow calls frames are layers or sizes
JPEG_QUALITY = 95
LONGEST_COMMENT_BYTES = 60_000  # in a JPEG, where its length has 16 bits
JPEG_BLOCK_ROWS, JPEG_RESTARTS = 8, 8  # pixels down a block, and numbers of restart markers
JPEG_FRAME, JPEG_SCAN = 0xC0, 0xDA  # markers of the segments with the size, and before the pixels
END_OF_FAX_BITS = 24  # of the mark at its end, which may be missing

T = TypeVar("T")
Bytes = npt.NDArray[np.uint8]

# Pillow warns at 89 megapixels and refuses at 179; scans and panoramas are larger.
Image.MAX_IMAGE_PIXELS = 2**31

FORMATS = ("JPEG", "WEBP", "GIF", "BMP", "PNG", "ICO", "JPEG2000", "AVIF", "QOI")
"""The formats that are left to Pillow, of PNG the frames after the first; docs/images.md lists them, each is tested."""

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_DEPTHS = {"1": 1, "L": 1, "I;16": 1, "LA": 2, "P": 3, "RGB": 3, "RGBA": 4}


def open_image(stream: BinaryIO) -> ImageFile.ImageFile:
    """Open an image of one of the formats; an InputError if its header is damaged, or promises too much."""
    n_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if stream.read(4) == ICON:  # which Pillow decodes at once
        for rows, columns in _sizes_in_icon(stream):
            capacity.check_held("icon", rows, columns, n_bytes, capacity.PIXELS["PNG"])
            capacity.check_room((rows, columns, PIXEL_BYTES), n_bytes=n_bytes)
    stream.seek(0)
    image = _guarded(lambda: Image.open(stream, formats=FORMATS))
    (columns, rows), per_byte = image.size, capacity.PIXELS.get(image.format or "", math.inf)
    if str(image.info.get("compression", 0)) in ("1", "2"):  # of a BMP: 4 bytes can skip 255 rows and 255 pixels
        per_byte = 64 * (columns + 1)
    capacity.check_held(f"{image.format} image", rows, columns, n_bytes, per_byte)
    capacity.check_room((rows, columns, PIXEL_BYTES), n_bytes=n_bytes)
    return ahead.decoded(stream) or image


def _sizes_in_icon(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """(rows, columns) of the images in an icon, by their own headers: its list may say otherwise."""
    count = int.from_bytes(stream.read(2), "little")
    entries = stream.read(16 * count)
    for place in range(12, len(entries) - 3, 16):
        stream.seek(*struct.unpack_from("<I", entries, place))
        head = stream.read(24)
        if len(head) == 24:
            png = head[:4] == b"\x89PNG"
            columns, rows = struct.unpack(">II", head[16:]) if png else struct.unpack("<ii", head[4:12])
            yield rows if png else abs(rows) // 2, columns  # of a bitmap there is a mask below


def count_frames(image: ImageFile.ImageFile) -> int:
    """How many frames an image has."""
    return _guarded(lambda: int(getattr(image, "n_frames", 1))) if image.format in _ANIMATIONS else 1


def read_image(image: ImageFile.ImageFile, number: int = 0) -> Raster:
    """Read a frame of an image, from 0, as it is shown, upright; an InputError if it is damaged or not grey or RGB."""
    if number:
        _guarded(lambda: image.seek(number))
    return _guarded(lambda: _raster(image))


def read_size(stream: BinaryIO) -> tuple[int, int, int]:
    """(rows, columns, depth) of an image as `read_image` would give it, without decoding."""
    image = open_image(stream)
    return _guarded(lambda: _size(image))


def _guarded(read: Callable[[], T]) -> T:
    """What `read` returns; whatever Pillow raises is an InputError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow warns about (odd metadata) does not change the samples
        try:
            return read()
        except (MemoryError, InputError):
            raise
        except UnidentifiedImageError:
            raise damaged("this image is damaged or cut off") from None
        except Exception as error:  # Pillow's decoders raise all kinds of errors
            raise InputError(
                f"this image cannot be read: {error}", hint="get the whole file again, or convert it"
            ) from None


def _size(image: Image.Image) -> tuple[int, int, int]:
    columns, rows = image.size
    depth = _depth(image) + _has_transparent_colour(image)
    is_turned = orientation(image.info.get("exif", b"")) in SIDEWAYS
    return (columns, rows, depth) if is_turned else (rows, columns, depth)


def _has_transparent_colour(image: Image.Image) -> bool:
    return "transparency" in image.info and image.mode in ("L", "RGB", "P", "1")


def _depth(image: Image.Image) -> int:
    """The number of channels, without a transparent colour; an InputError for colours that are not grey or RGB."""
    if image.mode not in _DEPTHS:
        hint = "convert it to RGB: magick in.jpg -colorspace sRGB out.png"
        raise InputError(f"an image of mode {image.mode} is not grey or RGB", hint=hint)
    return _DEPTHS[image.mode]


def _raster(image: Image.Image) -> Raster:
    depth = _depth(image)
    if _has_transparent_colour(image):
        image = image.convert("LA" if depth == 1 else "RGBA")
    elif image.mode in ("1", "P"):
        image = image.convert("L" if depth == 1 else "RGB")
    sizes = image.info.get("sizes", ())
    notes = (f"only the largest of its {len(sizes)} images is read",) * (len(sizes) > 1)
    profile, turn = image.info.get("icc_profile"), orientation(image.info.get("exif", b""))
    bands, has_alpha = _bands(image, turn), image.mode in ("LA", "RGBA")
    source = bands.array() if getattr(image, "is_animated", False) else bands  # the next frame takes its place
    notes += (TURNED,) if turn in range(2, 9) else ()
    return Raster(source, has_alpha, profile, notes, is_flat=depth == 1)


def _bands(image: Image.Image, turn: int) -> Bands:
    """The samples of an image, upright, without a copy of all of them."""
    if (samples := _of_small_jpeg(image)) is not None:
        return Bands.of(upright(samples, turn))
    image.load()
    columns, rows = image.size
    some = np.asarray(image.crop((0, 0, 1, 1)))
    down, across = (columns, rows) if turn in SIDEWAYS else (rows, columns)

    def take(first: int, last: int) -> Samples:
        a, b = (down - last, down - first) if turn in UPSIDE_DOWN else (first, last)
        part = np.asarray(image.crop((a, 0, b, rows) if turn in SIDEWAYS else (0, a, columns, b)))
        return part.reshape(*part.shape[:2], -1)

    def make(taken: Samples, first: int, last: int) -> Samples:
        return upright(taken, turn).astype(dtype, copy=False)

    dtype = some.dtype.newbyteorder("=")
    return Bands((down, across, some.size), dtype, take, make)


def _of_small_jpeg(image: Image.Image) -> Samples | None:
    columns, rows = image.size
    is_small = columns * rows <= jpeg.MOST_PIXELS and image.mode in ("L", "RGB")
    if image.format != "JPEG" or not is_small or not isinstance(image, ImageFile.ImageFile):
        return None
    if not image.tile or image.fp is None:  # it is decoded already
        return None
    return jpeg.decoded(image.fp, (rows, columns, _DEPTHS[image.mode]))


def decode_strip(data: bytes, compression: int, size: tuple[int, int], bits: int) -> npt.NDArray[np.uint8]:
    """Decode a strip of a TIFF, compressed by a method of libtiff, as `size` samples of 1 or 8 bits: its bare bytes."""
    rows, columns = size
    head = [(256, columns), (257, rows), (258, bits), (259, compression), (262, 1), (273, 8), (277, 1), (278, rows)]
    tags = [*head, (279, len(data))]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    even = data + bytes(len(data) % 2)
    whole = b"II*\0" + struct.pack("<I", 8 + len(even)) + even + struct.pack("<H", len(tags)) + directory + bytes(4)
    try:
        with silent(), Image.open(io.BytesIO(whole)) as image:
            samples = np.asarray(image).astype(np.uint8, copy=False)
    except (OSError, ValueError, SyntaxError):
        samples = np.empty((0, 0), np.uint8)
    if samples.shape != size or (bits == 1 and not _is_fax_of(samples, data)):
        cause = "" if bits == 1 else ", or compressed in a way this Pillow was built without"
        raise damaged(f"it is damaged or too short{cause}")
    return samples


def _is_fax_of(samples: npt.NDArray[np.uint8], data: bytes) -> bool:
    """Whether `data` begins with the one code of these samples: libtiff makes up, in silence, what a fax lacks."""
    again = io.BytesIO()
    Image.fromarray(samples.astype(bool)).save(again, "TIFF", compression="group4", tiffinfo={278: len(samples)})
    with Image.open(again) as written:
        (place,), (count,) = written.tag_v2[273], written.tag_v2[279]  # where the strip is, and its bytes
    bits = np.unpackbits(np.frombuffer(again.getvalue(), np.uint8, count, place))
    end = int(np.flatnonzero(bits)[-1]) + 1 - END_OF_FAX_BITS
    return bool(np.array_equal(np.unpackbits(np.frombuffer(data, np.uint8))[:end], bits[:end]))


def decode_jpeg(data: bytes, rows: range, columns: int, depth: int) -> npt.NDArray[np.uint8]:
    """Decode a JPEG that is a strip of another file; `rows` are the heights it may have."""

    def read() -> npt.NDArray[np.uint8]:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if image.width != columns or image.height not in rows or len(image.getbands()) != depth:
                raise damaged(f"this is a JPEG of {image.height}x{image.width}")
            samples = np.asarray(image).reshape(image.height, columns, depth)
            return ~samples if depth == 4 else samples  # which Pillow takes for CMYK, and turns round

    return _guarded(read)


def write_image(stream: BinaryIO, raster: Raster, file_format: str, note: str, threads: int | None = None) -> None:
    """Write an image of uint8 as jpg (quality 95, colour at full resolution) or webp (lossless)."""
    if file_format == "jpg":
        _write_jpeg(stream, raster, note, threads)
        return
    rows, columns, depth = raster.shape
    image = Image.new(MODES[depth], (columns, rows))
    for band, first in in_order(*raster.bands.steps(lambda samples, first: (_image(samples), first)), threads):
        image.paste(band, (0, first))
    exif = Image.Exif()
    exif[SOFTWARE_TAG] = note
    profile = None if raster.colours == 1 else raster.icc_profile  # WebP stores grey as RGB, which one is not for
    content = io.BytesIO()  # Pillow seeks while it writes, which a pipe cannot
    image.save(content, "WEBP", lossless=True, exif=exif, icc_profile=profile)
    stream.write(content.getbuffer())


def _image(samples: Samples) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples))


def _write_jpeg(stream: BinaryIO, raster: Raster, note: str, threads: int | None) -> None:
    """Write a JPEG of which each band is encoded by itself, so that several threads work on one image.

    Each row of blocks ends at a restart marker; their numbers go round every eight rows, so that bands of eight rows
    can be joined by the last of them. Source: ITU-T T.81, B.1.1.3 and B.2.1.
    """
    image = raster.bands
    image = image._replace(step=lcm(image.step, JPEG_BLOCK_ROWS * JPEG_RESTARTS))
    kept = {"comment": note.encode()[:LONGEST_COMMENT_BYTES], "icc_profile": raster.icc_profile}

    def packed(samples: Samples, first: int) -> bytearray:
        content = io.BytesIO()
        settings: dict[str, Any] = {} if first else kept
        _image(samples).save(content, "JPEG", quality=JPEG_QUALITY, subsampling=0, restart_marker_rows=1, **settings)
        return bytearray(content.getbuffer())

    has_begun = False
    for piece in in_order(*image.steps(packed), threads):
        start = 2
        while piece[start + 1] != JPEG_SCAN:
            if piece[start + 1] == JPEG_FRAME:
                piece[start + 5 : start + 7] = struct.pack(">H", raster.shape[0])
            start += 2 + int.from_bytes(piece[start + 2 : start + 4], "big")
        start += 2 + int.from_bytes(piece[start + 2 : start + 4], "big")
        stream.write(b"\xff\xd7" + piece[start:-2] if has_begun else piece[:-2])
        has_begun = True
    stream.write(b"\xff\xd9")


ANIMATION_FORMATS = ("gif", "webp", "apng")
"""The formats of animations."""


def encoded_animation(
    frames: Sequence[Bytes], palette: Bytes, milliseconds: Sequence[int], file_type: str, note: str
) -> Callable[[BinaryIO], None]:
    """Encode frames of palette indices, (rows, columns), each shown as long as is said, again and again.

    A frame stores the rectangle that differs from the one before. Nothing is lost: the colours of `palette`,
    (colours, 3), are those of the file.
    """

    def write(stream: BinaryIO) -> None:
        images = [Image.fromarray(frame, "P") for frame in frames]
        for image in images:
            image.putpalette(palette.tobytes())
        settings: dict[str, Any] = {"duration": [*milliseconds], "loop": 0}
        if file_type == "gif":
            settings |= {"comment": note.encode()[:LONGEST_COMMENT_BYTES], "optimize": True}
        elif file_type == "webp":
            exif = Image.Exif()
            exif[SOFTWARE_TAG] = note
            # A frame that stands by itself now and then, as is the default, makes the file many times as large.
            far = len(frames) + 8
            settings |= {"exif": exif, "lossless": True, "method": 2, "kmin": far, "kmax": far + 1}
            images = [image.convert("RGB") for image in images]
        else:
            marks = PngImagePlugin.PngInfo()
            marks.add_text("Software", note)
            settings |= {"pnginfo": marks}
        content = io.BytesIO()  # Pillow seeks while it writes, which a pipe cannot
        kind = "PNG" if file_type == "apng" else file_type.upper()
        images[0].save(content, kind, save_all=True, append_images=images[1:], **settings)
        stream.write(content.getbuffer())

    return write


def read_note(stream: BinaryIO) -> str:
    """What an image's comment or software field says; empty if it says nothing."""
    try:
        with warnings.catch_warnings(), Image.open(stream, formats=FORMATS) as image:
            warnings.simplefilter("ignore")
            note = image.info.get("comment") or image.getexif().get(SOFTWARE_TAG) or ""
    except Exception:  # whatever the file is, it does not say that cnnkit made it
        return ""
    return note.decode("latin-1") if isinstance(note, bytes) else str(note)
