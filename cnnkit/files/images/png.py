"""PNG at full depth and full speed: Pillow reduces 16-bit colour, and loading it takes longer than a small convolution.

Rows are filtered by a compiled loop and deflated by igzip, in bands that begin afresh: several threads work on one
image, and the file does not depend on how many. Source: PNG Specification, Third Edition, W3C.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Raster, Samples, as_levels, unpacked
from cnnkit.errors import InputError
from cnnkit.files.images import capacity
from cnnkit.files.images.capacity import check_room
from cnnkit.files.images.exif import orientation
from cnnkit.files.images.frames import left_out
from cnnkit.files.images.header import PNG_KEPT, PngHead, png_chunks, read_png_parts
from cnnkit.files.recognition import PNG_SIGNATURE, damaged
from cnnkit.loops.machine.threads import in_order
from cnnkit.loops.png import filter_rows, unfilter_rows

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's colour type for each number of channels: grey, grey and alpha, colour, colour and alpha."""

DEPTHS = {colour_type: depth for depth, colour_type in COLOUR_TYPES.items()}
PALETTE = 3
ADLER = 65521  # the largest prime below 2^16
INTERLACE = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Adam7: first row, first column, row step and column step of each pass."""

LARGEST_PROFILE_BYTES = 1 << 24
MOST_FAULTS = 5


def write_png(
    stream: BinaryIO,
    image: Bands,
    *,
    icc_profile: bytes | None = None,
    chunks: Mapping[bytes, bytes] | None = None,
    note: str = "",
    threads: int | None = None,
) -> None:
    """Write uint8 or uint16 samples (rows, columns, depth 1 to 4) as PNG, with `note` as the text ``Software``."""
    rows, columns, depth = image.shape
    size = image.dtype.itemsize
    head = struct.pack(">IIBBBBB", columns, rows, 8 * size, COLOUR_TYPES[depth], 0, 0, 0)
    stream.write(PNG_SIGNATURE)
    _write_chunk(stream, b"IHDR", head)
    if note:
        _write_chunk(stream, b"tEXt", b"Software\0" + note.encode("latin-1", "replace"))
    for name, content in (chunks or {}).items():
        if name != b"sRGB" or not icc_profile:  # a profile says more, and only one of them may be there
            _write_chunk(stream, name, content)
    if icc_profile:
        _write_chunk(stream, b"iCCP", b"ICC profile\0\0" + isal_zlib.compress(icc_profile))
    last_row, check = rows - 1, isal_zlib.adler32(b"")

    def packed(samples: Samples, first: int) -> tuple[bytes, int, int]:
        """A piece of the zlib stream, and the check sum and length of what is in it."""
        order = np.dtype(image.dtype).newbyteorder(">") if size > 1 else image.dtype
        raw = np.ascontiguousarray(samples, dtype=order).view(np.uint8).reshape(len(samples), columns * depth * size)
        filtered = np.empty((len(raw), 1 + raw.shape[1]), dtype=np.uint8)
        filter_rows(raw, depth * size, filtered, 0, len(raw))
        deflate = isal_zlib.compressobj(level=2, wbits=-15)
        flush = isal_zlib.Z_FINISH if first + len(raw) > last_row else isal_zlib.Z_FULL_FLUSH
        flat = filtered.reshape(-1)
        return deflate.compress(flat) + deflate.flush(flush), isal_zlib.adler32(flat), flat.size

    head = b"\x78\x01"
    for piece, own_check, length in in_order(*image.steps(packed), threads):
        _write_chunk(stream, b"IDAT", head + piece)
        check, head = _joined(check, own_check, length), b""
    _write_chunk(stream, b"IDAT", struct.pack(">I", check))
    _write_chunk(stream, b"IEND", b"")


def _joined(check: int, after: int, length: int) -> int:
    """The Adler-32 of two pieces, of which the second has `length` bytes (RFC 1950).

    >>> _joined(isal_zlib.adler32(b"con"), isal_zlib.adler32(b"volve"), 5) == isal_zlib.adler32(b"convolve")
    True
    """
    ones, sums = check & 0xFFFF, check >> 16
    low = (ones + (after & 0xFFFF) - 1) % ADLER
    return (sums + (after >> 16) + length * (ones - 1)) % ADLER << 16 | low


def _write_chunk(stream: BinaryIO, name: bytes, content: bytes) -> None:
    stream.write(struct.pack(">I", len(content)) + name)
    stream.write(content)
    stream.write(struct.pack(">I", isal_zlib.crc32(content, isal_zlib.crc32(name))))


def read_png(stream: BinaryIO) -> Raster:
    """Read a PNG; what is damaged is an InputError if pixels depend on it, else left out with a note."""
    head, extras, packed, faults = read_png_parts(stream, isal_zlib.crc32)
    samples, has_alpha = _coloured(head, _samples(head, bytes(packed), faults), extras)
    profile = None
    if b"iCCP" in extras:
        try:
            unpacked, is_whole = _inflate(extras[b"iCCP"].partition(b"\0")[2][1:], LARGEST_PROFILE_BYTES)
            profile = unpacked.tobytes() if is_whole else None
        except InputError:
            pass
        faults += [] if profile else ["colour profile (damaged)"]
    kept = {name: extras[name] for name, size in PNG_KEPT.items() if len(extras.get(name, b"")) == size}
    faults += [f"chunk {name.decode()} (damaged)" for name in PNG_KEPT if name in extras and name not in kept]
    notes = [*left_out(int.from_bytes(extras.get(b"acTL", b"")[:4], "big"))]
    if faults:
        named = ", ".join([*dict.fromkeys(faults)][:MOST_FAULTS])
        notes.append(f"left out, as no pixel depends on it: {named}{', ...' * (len({*faults}) > MOST_FAULTS)}")
    raster = Raster(samples, has_alpha, profile, tuple(notes), samples.shape[2] == 1, chunks=kept)
    return raster.turned(orientation(extras.get(b"eXIf", b"")))


def _samples(head: PngHead, packed: bytes, faults: list[str]) -> Samples:
    """The samples of the file, or indices into its palette."""
    rows, columns, depth = head.rows, head.columns, DEPTHS.get(head.colour, 1)
    passes = INTERLACE if head.is_interlaced else ((0, 0, 1, 1),)
    sizes = [(len(range(y, rows, dy)), len(range(x, columns, dx))) for y, x, dy, dx in passes]
    lengths = [r * (1 + (c * depth * head.bits + 7) // 8) if c else 0 for r, c in sizes]
    expected = sum(lengths)
    check_room((rows, columns, depth), 1 + head.bits // 16)
    data, is_whole = np.empty(0, np.uint8), True
    if expected <= capacity.DEFLATE * len(packed):
        data, is_whole = _inflate(packed, expected + 1)
    if len(data) < expected:
        raise damaged(f"this PNG does not hold the {rows}x{columns} samples it promises")
    if len(data) > expected or not is_whole:
        faults.append(f"image data {'beyond its size' if len(data) > expected else 'without their checksum'}")
    samples, start = np.empty((rows, columns, depth), dtype=np.uint16 if head.bits == 16 else np.uint8), 0
    for (y, x, dy, dx), (r, c), length in zip(passes, sizes, lengths, strict=True):
        if length:
            part = _unfilter(data[start : start + length].reshape(r, -1), max(depth * head.bits // 8, 1))
            pixels = part.view(">u2").astype(np.uint16) if head.bits == 16 else unpacked(part, head.bits, c * depth)
            pixels = pixels.reshape(r, c, depth)
            if not head.is_interlaced:
                return pixels
            samples[y::dy, x::dx] = pixels
        start += length
    return samples


def _coloured(head: PngHead, samples: Samples, extras: dict[bytes, bytes]) -> tuple[Samples, bool]:
    """Levels for the samples of a file, and whether the last channel is alpha."""
    transparent = extras.get(b"tRNS")
    if head.colour == PALETTE:
        palette = np.frombuffer(extras.get(b"PLTE", b"")[: 3 * 256], np.uint8)
        if len(palette) % 3 or 3 * int(samples.max()) >= len(palette):
            raise damaged("this PNG is damaged: its palette lacks a colour of a pixel")
        colours = palette.reshape(-1, 3)
        if transparent is not None:
            alpha = (transparent + b"\xff" * len(colours))[: len(colours)]
            colours = np.column_stack([colours, np.frombuffer(alpha, np.uint8)])
        return colours.take(samples[:, :, 0], axis=0), transparent is not None
    has_alpha, white = head.colour in (4, 6), (1 << head.bits) - 1
    levels, _ = as_levels(samples, white)
    if transparent is None or has_alpha:
        return levels, has_alpha
    if len(transparent) != 2 * samples.shape[2]:
        raise damaged("this PNG is damaged: its transparent colour has another depth")
    key = np.frombuffer(transparent, ">u2") & white  # a colour of the file, before its levels are scaled
    opaque = (samples != key).any(axis=2, keepdims=True)
    return np.concatenate([levels, opaque * levels.dtype.type(np.iinfo(levels.dtype).max)], axis=2), True


def read_note(stream: BinaryIO) -> str:
    """The text ``Software`` before the image data; empty if there is none."""
    try:
        for name, content in png_chunks(stream, [], isal_zlib.crc32):
            if name == b"tEXt" and content.startswith(b"Software\0"):
                return content.partition(b"\0")[2].decode("latin-1")
            if name == b"IDAT":
                break
    except InputError:
        pass
    return ""


def _inflate(packed: bytes, most: int) -> tuple[npt.NDArray[np.uint8], bool]:
    """At most `most` bytes of a zlib stream, as a small file can take all memory, and whether it ends there."""
    stream = isal_zlib.decompressobj()
    try:
        return np.frombuffer(stream.decompress(packed, most), dtype=np.uint8), stream.eof
    except isal_zlib.error as error:  # type: ignore[misc]
        raise damaged(f"this PNG is damaged: {error}") from None


def _unfilter(filtered: npt.NDArray[np.uint8], step: int) -> npt.NDArray[np.uint8]:
    if filtered[:, 0].max() > 4:
        raise damaged("this PNG is damaged: a row has an unknown filter")
    out = np.empty((filtered.shape[0], filtered.shape[1] - 1), dtype=np.uint8)
    unfilter_rows(filtered, step, out)
    return out
