"""How large an image is, from the header of its file alone: nothing is decoded.

PNG, JPEG and .npy are read here with the standard library, so that ``cnnkit shape photo.jpg`` starts at once; every
other format is asked of Pillow, which does not decode it either. Sizes are those of the image upright, as its camera
noted, and with the depth it has in cnnkit: a palette counts as colour, a transparent colour as alpha.

Sources: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), EXIF 2.32, NEP 1 (.npy).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from cnnkit.errors import InputError

Size = tuple[int, int, int]

PNG = b"\x89PNG\r\n\x1a\n"
NPY = b"\x93NUMPY"
TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_DEPTHS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_LONGEST_HEADER = 2**16


def read_size(stream: BinaryIO) -> Size:
    """Read (rows, columns, depth) of an image or array.

    Parameters
    ----------
    stream : binary stream
        Read from its beginning.

    Raises
    ------
    InputError
        If it is no image, is cut off before its size is told, or has colours that are neither grey nor RGB.
    """
    stream.seek(0)
    head = stream.read(8)
    size: Size | None = None
    try:
        if head == PNG:
            size = _png(stream)
        elif head.startswith(b"\xff\xd8"):
            size = _jpeg(stream)
        elif head.startswith(NPY):
            size = _npy(stream, head)
    except (struct.error, IndexError):
        raise InputError("this image is cut off in its header", hint="get the whole file again") from None
    if size is None:
        size = _asked(stream, head)
    if min(size) < 1:
        raise InputError(f"this image has no samples: {'x'.join(map(str, size))}", hint="check where it came from")
    return size


def _asked(stream: BinaryIO, head: bytes) -> Size:
    from cnnkit.files.images import pillow

    stream.seek(0)
    size = pillow.read_size(stream)
    if size is None and head.startswith(TIFF_HEADS):
        from cnnkit.files.images import tiff

        stream.seek(0)
        size = tiff.read_size(stream)
    if size is None:
        raise InputError(
            "this is neither an image nor a sound that can be read",
            hint="give a PNG, JPEG, TIFF, WebP or .npy, or a sound: wav, flac, mp3",
        )
    return size


def _png(stream: BinaryIO) -> Size:
    length, kind = struct.unpack(">I4s", stream.read(8))
    if kind != b"IHDR" or length != 13:
        raise InputError("this PNG has a header that means nothing", hint="save the image again")
    columns, rows, _, colour = struct.unpack(">IIBB", stream.read(13)[:10])
    if colour not in _PNG_DEPTHS:
        raise InputError("this PNG has a header that means nothing", hint="save the image again")
    depth, turn = _PNG_DEPTHS[colour], 1
    while True:
        stream.seek(4, 1)  # the check sum of the chunk before
        length, kind = struct.unpack(">I4s", stream.read(8))
        if kind in (b"IDAT", b"IEND"):
            break
        content = stream.read(length) if kind == b"eXIf" and length <= _LONGEST_HEADER else b""
        if kind == b"tRNS" and colour in (0, 2, 3):
            depth = _PNG_DEPTHS[colour] + 1
        turn = _orientation(content) if content else turn
        stream.seek(length - len(content), 1)
    return _upright((rows, columns, depth), turn)


def _jpeg(stream: BinaryIO) -> Size:
    stream.seek(2)
    turn = 1
    while True:
        (mark,) = struct.unpack("B", stream.read(1))
        if mark != 0xFF:
            raise InputError("this JPEG is damaged before its size is told", hint="get the whole file again")
        kind = 0xFF
        while kind == 0xFF:  # any number of them may fill the gap
            (kind,) = struct.unpack("B", stream.read(1))
        if kind in _ALONE:
            continue
        (length,) = struct.unpack(">H", stream.read(2))
        if kind in _FRAMES:
            _, rows, columns, depth = struct.unpack(">BHHB", stream.read(6))
            if depth not in (1, 3):
                raise InputError(
                    f"a JPEG of {depth} channels is not grey or RGB",
                    hint="convert it to RGB: magick in.jpg -colorspace sRGB out.png",
                )
            return _upright((rows, columns, depth), turn)
        content = stream.read(max(length - 2, 0))
        if kind == 0xE1 and content.startswith(b"Exif\0\0"):
            turn = _orientation(content[6:])


def _orientation(exif: bytes) -> int:
    """The orientation in a block of EXIF; 1, upright, if there is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (place,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, place)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, place + 2 + 12 * entry)
            if tag == 0x0112:
                return int(value)
    except struct.error:
        pass
    return 1


def _upright(size: Size, turn: int) -> Size:
    rows, columns, depth = size
    return (columns, rows, depth) if 5 <= turn <= 8 else size


def _npy(stream: BinaryIO, head: bytes) -> Size:
    from ast import literal_eval

    layout = "<H" if head[6] == 1 else "<I"
    (length,) = struct.unpack(layout, stream.read(struct.calcsize(layout)))
    try:
        shape = literal_eval(stream.read(min(length, _LONGEST_HEADER)).decode("latin-1"))["shape"]
        sides = tuple(int(side) for side in shape)
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        raise InputError("this .npy has a header that means nothing", hint="save the array again") from None
    if len(sides) not in (2, 3):
        raise InputError(
            f"this .npy has shape {sides}, which is no image", hint="give rows x columns, or rows x columns x depth"
        )
    return (sides[0], sides[1], sides[2] if len(sides) == 3 else 1)
