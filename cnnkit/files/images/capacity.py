"""What an image file can hold: a header that promises more pixels is damaged, and is refused before it takes memory.

JPEG 2000, AVIF and WebP, and JPEG with arithmetic codes, have no such bound: 40 bytes of them can be 268 megapixels of
black. What they promise has the limits of `cnnkit.memory` alone.
Sources: RFC 1951 (deflate), TIFF 6.0 (LZW), GIF89a, ITU-T T.81 (JPEG), the QOI specification, Microsoft's BMP.
"""

from __future__ import annotations

from math import inf, prod

from cnnkit import memory
from cnnkit.files.recognition import damaged
from cnnkit.geometry.pair import pair_text

DEFLATE = 1040  # a match of 258 bytes in 2 bits, rounded up a little
LZW = 4096  # a code of 9 to 12 bits is a string of at most 4096
ZSTD = 1 << 15  # a block of 128 KiB in 4 bytes; LZMA has less
PACKBITS = 64  # 128 bytes in 2
JPEG = 512  # pixels: every 64 of them have a code of at least 1 bit, in progressive files, else 2
PIXELS = {"GIF": LZW, "QOI": 62, "BMP": 8, "PNG": 8 * DEFLATE}
"""Pixels that a byte of a file can become, by Pillow's names."""

FREE_PIXELS = 1 << 24
"""This many take 64 MiB at most: no need to look into rare files, such as a GIF whose first frame is a corner."""


def check_held(name: str, rows: int, columns: int, n_bytes: int, per_byte: float) -> None:
    """Raise an InputError if an image of `name` promises more pixels than its `n_bytes` hold."""
    most = per_byte * n_bytes
    if rows * columns > max(most, FREE_PIXELS):
        raise damaged(
            f"this {name} promises {rows}x{columns} pixels, and {n_bytes:,} bytes of it hold {most:,.0f} at most"
        )


def check_room(shape: tuple[int, ...], itemsize: int = 1, n_bytes: float = inf) -> None:
    """Raise a SizeError if the samples of an image, out of a file of `n_bytes`, take more memory than one array may."""
    memory.check(prod(shape) * itemsize, f"an image of {pair_text(shape)}", "use a smaller image", n_bytes)
