"""How large an image is, from the header of its file alone: upright, with the depth it has in cnnkit.

PNG, JPEG and .npy are read here with the standard library, so that ``cnnkit shape photo.jpg`` starts at once.
Sources: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), NEP 1 (.npy).
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import BinaryIO, NamedTuple

from cnnkit.errors import InputError, quoted
from cnnkit.files.images import capacity
from cnnkit.files.images.capacity import check_held
from cnnkit.files.images.exif import orientation
from cnnkit.files.reading import ZarrFolder
from cnnkit.files.recognition import HEAD_BYTES, PNG_SIGNATURE, damaged, not_an_image_error, recognise
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.network.volume import Volume

Size = tuple[int, int, int]  # rows, columns, depth

_PNG_DEPTHS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type
_PNG_BITS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # markers of the segment that has the size
_JPEG_ARITHMETIC = 0xC8  # from here on
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment
_LONGEST_HEADER_BYTES = 2**16

PNG_KEPT = {b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"pHYs": 9}
"""Chunks carried from file to file, with their bytes: what the colours mean, and how large a pixel is."""

Crc32 = Callable[..., int]


def read_size(stream: BinaryIO, layout: str = "") -> Size:
    """Read (rows, columns, depth) of an image or array, whose `layout` may be chw; an InputError if it is neither."""
    if isinstance(stream, ZarrFolder):
        from cnnkit.files.zarr import image

        return image.read_size(stream.folder)
    stream.seek(0)
    name = recognise(stream.read(HEAD_BYTES)).name
    if name == "zip":
        from cnnkit.files.npz import open_array

        stream, name = open_array(stream), "npy"
    readers: dict[str, Callable[[BinaryIO], Size]] = {"png": _png, "jpeg": _jpeg, "npy": partial(_npy, layout=layout)}
    try:
        stream.seek(0)
        size = readers.get(name, partial(_from_reader, name))(stream)
    except (struct.error, IndexError, EOFError):  # the last of an .npz
        raise damaged("this image is cut off in its header") from None
    if min(size) < 1:
        raise InputError(f"this image has no samples: {'x'.join(map(str, size))}", hint="check where it came from")
    return size


def _from_reader(name: str, stream: BinaryIO) -> Size:
    """Of another format, whose reader takes longer to load."""
    if name == "table":
        from cnnkit.files.tables import read_table

        rows, columns = read_table(stream).shape
        return rows, columns, 1
    if name not in ("pnm", "tiff"):
        from cnnkit.files.images import pillow
        from cnnkit.files.images.depths import check_depth

        head = stream.read(HEAD_BYTES)
        if recognise(head).kind != "image":
            raise not_an_image_error(head, stream, bare="")
        check_depth(stream, name)
        stream.seek(0)
        return pillow.read_size(stream)
    size: Size = import_module(f"cnnkit.files.images.{name}").read_size(stream)
    return size


class PngHead(NamedTuple):
    """The first chunk of a PNG."""

    columns: int
    rows: int
    bits: int
    colour: int
    compression: int
    filtering: int
    is_interlaced: int


def read_png_head(chunk: tuple[bytes, bytes]) -> PngHead:
    """Read the first chunk, of (name, content); an InputError if it is invalid."""
    name, content = chunk
    head = PngHead(*struct.unpack(">IIBBBBB", content.ljust(13, b"\0")[:13]))
    valid = head.bits in _PNG_BITS.get(head.colour, ()) and (head.compression, head.filtering) == (0, 0)
    if name != b"IHDR" or len(content) != 13 or not valid or head.is_interlaced > 1:
        raise InputError("this PNG has an invalid header", hint="save the image again")
    if not head.rows or not head.columns:
        raise InputError(f"this PNG has no samples: {head.rows}x{head.columns}", hint="check where it came from")
    return head


def read_png_parts(
    stream: BinaryIO, crc32: Crc32 = zlib.crc32
) -> tuple[PngHead, dict[bytes, bytes], bytearray, list[str]]:
    """The header, the first chunk of each name, the image data, and what is left out, as no pixel depends on it."""
    faults: list[str] = []
    extras: dict[bytes, bytes] = {}
    packed = bytearray()
    for name, content in png_chunks(stream, faults, crc32):
        if name == b"IDAT":
            packed += content
        elif packed and name in (b"tRNS", b"iCCP", *PNG_KEPT):
            faults.append(f"chunk {name.decode()} (after the image)")
        else:
            extras.setdefault(name, content)
    return read_png_head(next(iter(extras.items()), (b"", b""))), extras, packed, faults


def png_chunks(stream: BinaryIO, faults: list[str], crc32: Crc32) -> Iterator[tuple[bytes, bytes]]:
    """The chunks that pass their check; those that do not, and no pixel depends on, go into `faults`."""
    end = stream.seek(0, 2)
    stream.seek(len(PNG_SIGNATURE))
    name, has_image = b"", False
    while name != b"IEND":
        head = stream.read(8)
        length, name = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
        if len(head) < 8 or length > end - stream.tell() - 4:
            if has_image and name != b"IDAT":
                faults.append(f"end marker ({'damaged' if head else 'missing'})")
                return
            raise damaged("this PNG is truncated")
        content = stream.read(length)
        if int.from_bytes(stream.read(4), "big") != crc32(content, crc32(name)):
            shown = name.decode() if name.isalpha() and name.isascii() else "unnamed"
            if name == b"tRNS" or shown == "unnamed" or (shown[0].isupper() and name != b"IEND"):
                raise damaged(f"this PNG is damaged: its {shown} chunk fails its check")
            faults.append(f"chunk {shown} (damaged)" if name != b"IEND" else "end marker (damaged)")
            continue
        _check_png_chunk(name)
        has_image = has_image or name == b"IDAT"
        yield name, content
    if stream.tell() < end:
        faults.append(f"{counted(end - stream.tell(), 'byte')} after its end")


def _check_png_chunk(name: bytes) -> None:
    """Raise an InputError for an unknown chunk that must be understood: its name begins with a capital letter."""
    if name == b"CgBI":
        hint = "on a Mac: xcrun pngcrush -revert-iphone-optimizations in.png out.png"
        raise InputError("this PNG is packed for iPhones (CgBI), and no PNG for others", hint=hint)
    if name[:1].isupper() and name not in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
        raise InputError(
            f"this PNG needs its chunk {quoted(name.decode('latin-1'))}, which is unknown", hint="save the image again"
        )


def _png(stream: BinaryIO) -> Size:
    head, extras, _, _ = read_png_parts(stream)
    depth = _PNG_DEPTHS[head.colour] + (b"tRNS" in extras and head.colour in (0, 2, 3))
    return _upright((head.rows, head.columns, depth), orientation(extras.get(b"eXIf", b"")))


def _jpeg(stream: BinaryIO) -> Size:
    stream.seek(2)
    exif = b""
    while True:
        (first,) = struct.unpack("B", stream.read(1))
        if first != 0xFF:
            raise damaged("this JPEG is damaged before its size")
        marker = 0xFF
        while marker == 0xFF:  # any number of them may fill the gap
            (marker,) = struct.unpack("B", stream.read(1))
        if marker in _JPEG_ALONE:
            continue
        (length,) = struct.unpack(">H", stream.read(2))
        if marker in _JPEG_FRAMES:
            bits, rows, columns, depth = struct.unpack(">BHHB", stream.read(6))
            if bits != 8:
                raise InputError(
                    f"this JPEG has {bits} bits a sample; 8 are read",
                    hint="convert it with libjpeg-turbo 3: djpeg -pnm in.jpg > out.ppm",
                )
            if depth not in (1, 3):
                raise InputError(
                    f"this JPEG of {depth} channels{' (CMYK, for printing)' * (depth == 4)} is not grey or RGB",
                    hint="convert it to RGB: magick in.jpg -colorspace sRGB out.png",
                )
            has_bound = marker < _JPEG_ARITHMETIC
            check_held("JPEG", rows, columns, stream.seek(0, 2), capacity.JPEG if has_bound else math.inf)
            return _upright((rows, columns, depth), orientation(exif))
        content = stream.read(max(length - 2, 0))
        if marker == 0xE1 and content.startswith(b"Exif\0\0"):  # one that is too long goes on in another segment
            exif = exif + content[6:] if exif else content


def _upright(size: Size, turn: int) -> Size:
    rows, columns, depth = size
    return (columns, rows, depth) if 5 <= turn <= 8 else size


def _npy(stream: BinaryIO, layout: str) -> Size:
    from ast import literal_eval

    stream.seek(0)
    length_type = "<H" if stream.read(8)[6] == 1 else "<I"
    (length,) = struct.unpack(length_type, stream.read(struct.calcsize(length_type)))
    try:
        header = literal_eval(stream.read(min(length, _LONGEST_HEADER_BYTES)).decode("latin-1"))
        sides, dtype = tuple(int(side) for side in header["shape"]), header["descr"]
        itemsize = int(dtype[2:]) if isinstance(dtype, str) and dtype[2:].isdigit() else 0
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        raise InputError("this .npy has an invalid header", hint="save the array again") from None
    if not isinstance(dtype, str) or dtype[1:2] not in ("b", "u", "i", "f"):  # as after < in <f4
        raise InputError(f"this .npy holds {dtype}, not real numbers", hint="save an array of integers or floats")
    if len(sides) not in (2, 3):
        hint = "save one of them, array[0]" if len(sides) == 4 else "give rows x columns, or rows x columns x depth"
        raise InputError(f"this .npy has shape {sides}, which is not an image", hint)
    needed, place = math.prod(sides) * itemsize, stream.tell()
    if (held := stream.seek(0, 2) - place) < needed:
        raise damaged(f"this .npy is cut off: it promises {needed:,} bytes of {pair_text(sides)}, and holds {held:,}")
    return Volume.read(sides, layout)
