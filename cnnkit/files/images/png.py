"""PNG at full depth and full speed.

Pillow reduces 16-bit colour to 8 bits, and importing its PNG plugin takes longer than a small image's whole
convolution. Nearly all the time of a filter on a photograph goes into the PNG encoder. Here rows are filtered by a
compiled loop and deflated by igzip, in bands of fixed size that end at a full flush, so that several threads work on
one image and the file does not depend on how many there were.

Source: Portable Network Graphics (PNG) Specification, Third Edition, W3C.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from cnnkit.data.raster import Raster, Samples
from cnnkit.errors import InputError
from cnnkit.files.images.exif import orientation
from cnnkit.files.images.frames import left_out
from cnnkit.files.recognition import PNG_SIGNATURE
from cnnkit.loops.machine.bands import run_bands
from cnnkit.loops.machine.threads import share
from cnnkit.loops.png import filter_rows, unfilter_rows

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's colour type for each number of channels: grey, grey and alpha, colour, colour and alpha."""

DEPTHS = {colour_type: depth for depth, colour_type in COLOUR_TYPES.items()}
LARGEST_INFLATION = 1040
"""Bytes that one byte of deflated data can become, rounded up a little."""

BAND_BYTES = 1 << 20
"""Filtered bytes deflated as one piece: long enough that starting afresh costs next to nothing."""

INTERLACE = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Adam7: first row, first column, row step and column step of each pass."""

LARGEST_PROFILE_BYTES = 1 << 24


def write_png(
    stream: BinaryIO, samples: Samples, *, icc_profile: bytes | None = None, note: str = "", threads: int | None = None
) -> None:
    """Write uint8 or uint16 samples (rows, columns, depth 1 to 4) as PNG, with `note` as the text ``Software``."""
    rows, columns, depth = samples.shape
    size = samples.dtype.itemsize
    head = struct.pack(">IIBBBBB", columns, rows, 8 * size, COLOUR_TYPES[depth], 0, 0, 0)
    stream.write(PNG_SIGNATURE)
    _write_chunk(stream, b"IHDR", head)
    if note:
        _write_chunk(stream, b"tEXt", b"Software\0" + note.encode("latin-1", "replace"))
    if icc_profile:
        _write_chunk(stream, b"iCCP", b"ICC profile\0\0" + isal_zlib.compress(icc_profile))
    big_endian = np.ascontiguousarray(samples, dtype=samples.dtype.newbyteorder(">") if size > 1 else samples.dtype)
    raw = big_endian.view(np.uint8).reshape(rows, columns * depth * size)
    filtered = np.empty((rows, 1 + raw.shape[1]), dtype=np.uint8)
    run_bands(filter_rows, rows, filtered.size, threads, raw, depth * size, filtered)
    for piece in _deflate(filtered.reshape(-1), threads):
        _write_chunk(stream, b"IDAT", piece)
    _write_chunk(stream, b"IEND", b"")


def _write_chunk(stream: BinaryIO, name: bytes, content: bytes) -> None:
    stream.write(struct.pack(">I", len(content)) + name)
    stream.write(content)
    stream.write(struct.pack(">I", isal_zlib.crc32(content, isal_zlib.crc32(name))))


def _deflate(data: npt.NDArray[np.uint8], threads: int | None) -> list[bytes]:
    """A zlib stream of `data` in pieces, one for each band."""
    bands = [data[start : start + BAND_BYTES] for start in range(0, len(data), BAND_BYTES)]
    pieces = [b""] * len(bands)

    def work(number: int) -> None:
        deflate = isal_zlib.compressobj(level=2, wbits=-15)
        flush = isal_zlib.Z_FINISH if number == len(bands) - 1 else isal_zlib.Z_FULL_FLUSH
        pieces[number] = deflate.compress(bands[number]) + deflate.flush(flush)

    share(lambda: work, len(bands), threads)
    check = struct.pack(">I", isal_zlib.adler32(data))
    return [b"\x78\x01" + pieces[0], *pieces[1:], check]


def is_plain_png(head: bytes) -> bool:
    """Whether a file that begins with `head` (26 bytes) is a PNG of 8 or 16 bits a sample, without a palette."""
    return (
        head.startswith(PNG_SIGNATURE)
        and head[12:16] == b"IHDR"
        and head[24:25] in (b"\x08", b"\x10")
        and head[25:26] in {bytes([colour_type]) for colour_type in DEPTHS}
    )


def read_png(stream: BinaryIO) -> Raster:
    """Read a PNG of 8 or 16 bits a sample, without a palette, at its full depth; an InputError if it is damaged."""
    extras: dict[bytes, bytes] = {}
    packed = bytearray()
    for name, content in _chunks(stream):
        if name == b"IDAT":
            packed += content
        else:
            extras.setdefault(name, content)
    samples = _samples(extras.get(b"IHDR", b""), bytes(packed))
    notes = left_out(int.from_bytes(extras.get(b"acTL", b"")[:4], "big"))
    has_alpha = samples.shape[2] in (2, 4)
    if b"tRNS" in extras and not has_alpha:
        if len(extras[b"tRNS"]) != 2 * samples.shape[2]:
            raise InputError("this PNG is damaged: its transparent colour has another depth", hint="get the file again")
        key = np.frombuffer(extras[b"tRNS"], ">u2").astype(samples.dtype)
        opaque = (samples != key).any(axis=2, keepdims=True)
        samples = np.concatenate([samples, opaque * samples.dtype.type(np.iinfo(samples.dtype).max)], axis=2)
        has_alpha = True
    profile = None
    if b"iCCP" in extras:
        packed_profile = extras[b"iCCP"].partition(b"\0")[2][1:]
        profile = _inflate(packed_profile, LARGEST_PROFILE_BYTES).tobytes()
    raster = Raster(samples, has_alpha, profile, notes, is_flat=samples.shape[2] == 1)
    return raster.turned(orientation(extras.get(b"eXIf", b"")))


def _samples(head: bytes, packed: bytes) -> Samples:
    columns, rows, bits, colour, compression, method, interlace = struct.unpack(">IIBBBBB", head[:13].ljust(13, b"\0"))
    if bits not in (8, 16) or colour not in DEPTHS or not rows or not columns or compression or method or interlace > 1:
        raise InputError("this PNG has an invalid header", hint="save the image again")
    size = bits // 8
    pixel = DEPTHS[colour] * size
    passes = INTERLACE if interlace else ((0, 0, 1, 1),)
    sizes = [(len(range(y, rows, dy)), len(range(x, columns, dx))) for y, x, dy, dx in passes]
    expected = sum(r * (1 + c * pixel) for r, c in sizes if r and c)
    data = _inflate(packed, expected) if expected <= LARGEST_INFLATION * len(packed) else np.empty(0, np.uint8)
    if len(data) != expected:
        raise InputError(
            f"this PNG does not hold the {rows}x{columns} samples it promises", hint="get the whole file again"
        )
    parts, start = [], 0
    for r, c in sizes:
        stop = start + r * (1 + c * pixel) if r and c else start
        parts.append(_unfilter(data[start:stop].reshape(r, 1 + c * pixel), pixel) if stop > start else data[:0])
        start = stop
    typed = [part.view(">u2").astype(np.uint16) if size == 2 else part for part in parts]
    if not interlace:
        return typed[0].reshape(rows, columns, -1)
    samples = np.empty((rows, columns, DEPTHS[colour]), dtype=np.uint16 if size == 2 else np.uint8)
    for (y, x, dy, dx), (r, c), part in zip(passes, sizes, typed, strict=True):
        samples[y::dy, x::dx] = part.reshape(r, c, -1) if part.size else samples[y::dy, x::dx]
    return samples


def read_note(stream: BinaryIO) -> str:
    """The text ``Software`` before the image data; empty if there is none."""
    try:
        for name, content in _chunks(stream):
            if name == b"tEXt" and content.startswith(b"Software\0"):
                return content.partition(b"\0")[2].decode("latin-1")
            if name == b"IDAT":
                break
    except InputError:
        pass
    return ""


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    end = stream.seek(0, 2)
    stream.seek(len(PNG_SIGNATURE))
    name = b""
    while name != b"IEND":
        head = stream.read(8)
        length, name = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
        if len(head) < 8 or length > end - stream.tell() - 4:
            raise InputError("this PNG is truncated", hint="get the whole file again")
        content = stream.read(length)
        if int.from_bytes(stream.read(4), "big") != isal_zlib.crc32(content, isal_zlib.crc32(name)):
            shown = name.decode() if name.isalpha() and name.isascii() else "unnamed"
            raise InputError(f"this PNG is damaged: its {shown} chunk fails its check", hint="get the file again")
        yield name, content


def _inflate(packed: bytes, most: int) -> npt.NDArray[np.uint8]:
    """At most `most` bytes of a zlib stream: a small file cannot take all memory."""
    try:
        return np.frombuffer(isal_zlib.decompressobj().decompress(packed, most), dtype=np.uint8)
    except isal_zlib.error as error:  # type: ignore[misc]
        raise InputError(f"this PNG is damaged: {error}", hint="get the file again") from None


def _unfilter(filtered: npt.NDArray[np.uint8], step: int) -> npt.NDArray[np.uint8]:
    if filtered[:, 0].max() > 4:
        raise InputError("this PNG is damaged: a row has an unknown filter", hint="get the file again")
    out = np.empty((filtered.shape[0], filtered.shape[1] - 1), dtype=np.uint8)
    unfilter_rows(filtered, step, out)
    return out
