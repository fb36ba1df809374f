"""How many bits the samples of a file have that Pillow reads, which gives 8 of them in silence.

Sources: JPEG 2000 (ITU-T T.800, annexes A and I), AV1 in ISOBMFF (av1C), Truevision TGA 2.0.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from cnnkit.errors import InputError

CODESTREAM = b"\xff\x4f\xff\x51"  # of JPEG 2000
TGAS = {(1, 24, 8, 0), (2, 0, 24, 0), (3, 0, 8, 0), (2, 0, 32, 8), (3, 0, 16, 8)}
"""TGA's kinds that are read: kind, bits of a colour of the palette, bits of a pixel, bits of alpha."""
MOST_HEADER_BYTES = 1 << 16


def check_depth(stream: BinaryIO, name: str) -> int:
    """The bits of a sample in a file that Pillow reads, where they may be other than 8; else 8.

    An InputError where Pillow would give fewer bits than there are, or other colours.
    """
    check = {"jp2": _check_jp2, "avif": _check_avif, "tga": _check_tga}.get(name)
    try:
        return check(stream) if check else 8
    except (struct.error, IndexError):
        raise InputError("this image is cut off in its header", hint="get the whole file again") from None


def _check_jp2(stream: BinaryIO) -> int:
    place, start = 0, 0
    stream.seek(0)
    if stream.read(4) != CODESTREAM:  # which may lie in a box
        name = b""
        while name != b"jp2c":
            stream.seek(place)
            length, name = struct.unpack(">I4s", stream.read(8))
            if length == 1:
                (length,) = struct.unpack(">Q", stream.read(8))
            start, place = stream.tell(), place + length
            if name != b"jp2c" and not 8 <= length < 1 << 48:
                raise IndexError
    stream.seek(start)
    (count,) = struct.unpack(">40xH", stream.read(42))
    depths = set(stream.read(3 * count)[::3])
    bits = sorted(depths)[-1] + 1  # the highest bit says that samples are signed
    if len(depths) > 1 or bits > (16 if count == 1 else 8):
        what = "signed samples" if bits > 128 else f"{bits}-bit colour" if len(depths) == 1 else "several depths"
        raise InputError(
            f"this JPEG 2000 image has {what}, which would not be read in full",
            hint="convert it: opj_decompress -i in.jp2 -o out.png",
        )
    return bits


def _check_avif(stream: BinaryIO) -> int:
    stream.seek(0)
    content = stream.read(MOST_HEADER_BYTES)
    place = content.find(b"av1C\x81")
    if place >= 0 and content[place + 6] & 0x40:
        raise InputError(
            f"this AVIF image has {12 if content[place + 6] & 0x20 else 10} bits a sample, of which 8 would be read",
            hint="convert it: avifdec in.avif out.png",
        )
    return 8


def _check_tga(stream: BinaryIO) -> int:
    stream.seek(0)
    head = stream.read(18)
    kind, map_bits, bits, alpha = head[2] & ~8, head[7], head[16], head[17] & 15
    if (kind, map_bits, bits, alpha) not in TGAS or head[17] & 0x10:
        raise InputError(
            f"this TGA image of {map_bits or bits} bits a pixel, {alpha} of them alpha, is not read",
            hint="convert it: ffmpeg -i in.tga out.png",
        )
    return 8
