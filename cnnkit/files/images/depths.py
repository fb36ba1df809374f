"""How many bits the samples of a file have that Pillow reads, which gives 8 of them in silence.

Sources: JPEG 2000 (ITU-T T.800, annex A), AV1 in ISOBMFF (av1C).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from cnnkit.errors import InputError

CODESTREAM = b"\xff\x4f\xff\x51"  # of JPEG 2000: its first two markers
MOST_HEADER_BYTES = 1 << 24


def check_depth(stream: BinaryIO, name: str) -> int:
    """The bits of a sample that Pillow reads, if not 8; an InputError where it would give fewer than there are."""
    if name not in ("jp2", "avif"):
        return 8
    stream.seek(0)
    content = stream.read(MOST_HEADER_BYTES)
    return _jp2(content) if name == "jp2" else _avif(content)


def _jp2(content: bytes) -> int:
    _, _, size = content.partition(CODESTREAM)
    (count,) = struct.unpack_from(">H", size, 36)
    depths = sorted({*size[38 : 38 + 3 * count : 3]})
    bits = int(depths[-1]) + 1  # the highest bit says that samples are signed
    if len(depths) > 1 or bits > (16 if count == 1 else 8):
        what = "signed samples" if bits > 128 else f"{bits}-bit colour" if len(depths) == 1 else "several depths"
        raise InputError(
            f"this JPEG 2000 image has {what}, which would not be read in full",
            hint="convert it: opj_decompress -i in.jp2 -o out.png",
        )
    return bits


def _avif(content: bytes) -> int:
    place = content.find(b"av1C\x81")
    if place >= 0 and content[place + 6] & 0x40:
        raise InputError(
            f"this AVIF image has {12 if content[place + 6] & 0x20 else 10} bits a sample, of which 8 would be read",
            hint="convert it: avifdec in.avif out.png",
        )
    return 8
