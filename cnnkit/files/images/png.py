"""PNG at full depth and full speed: Pillow reduces 16-bit colour, and loading it takes longer than a small convolution.

Rows are filtered by a compiled loop and deflated by igzip, in bands that begin afresh: several threads work on one
image, and the file does not depend on how many. Source: PNG Specification, Third Edition, W3C.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Raster, Samples, as_levels, unpacked
from cnnkit.errors import InputError
from cnnkit.files.images import capacity
from cnnkit.files.images.capacity import check_room
from cnnkit.files.images.deflate import Bytes, Unpacking, adler32, crc32, joined_check, packed, packed_piece
from cnnkit.files.images.deflate import Error as DeflateError
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
        _write_chunk(stream, b"iCCP", b"ICC profile\0\0" + packed(icc_profile))
    check = adler32(b"")

    def piece_of(samples: Samples, first: int) -> tuple[bytes, int, int]:
        """A piece of the zlib stream, and the check sum and length of what is in it."""
        order = np.dtype(image.dtype).newbyteorder(">") if size > 1 else image.dtype
        raw = np.ascontiguousarray(samples, dtype=order).view(np.uint8).reshape(len(samples), columns * depth * size)
        filtered = np.empty((len(raw), 1 + raw.shape[1]), dtype=np.uint8)
        filter_rows(raw, depth * size, filtered, 0, len(raw))
        flat = filtered.reshape(-1)
        return packed_piece(flat, is_last=first + len(raw) == rows), adler32(flat), flat.size

    head = b"\x78\x01"
    for piece, own_check, length in in_order(*image.steps(piece_of), threads):
        _write_chunk(stream, b"IDAT", head + piece)
        check, head = joined_check(check, own_check, length), b""
    _write_chunk(stream, b"IDAT", struct.pack(">I", check))
    _write_chunk(stream, b"IEND", b"")


def _write_chunk(stream: BinaryIO, name: bytes, content: bytes) -> None:
    stream.write(struct.pack(">I", len(content)) + name)
    stream.write(content)
    stream.write(struct.pack(">I", crc32(content, crc32(name))))


def read_png(stream: BinaryIO) -> Raster:
    """Read a PNG; what is damaged is an InputError if pixels depend on it, else left out with a note."""
    head, extras, data, faults = read_png_parts(stream, crc32)
    profile = None
    if b"iCCP" in extras:
        try:
            found, is_whole = _inflate(extras[b"iCCP"].partition(b"\0")[2][1:], LARGEST_PROFILE_BYTES)
            profile = found.tobytes() if is_whole else None
        except InputError:
            pass
        faults += [] if profile else ["colour profile (damaged)"]
    kept = {name: extras[name] for name, size in PNG_KEPT.items() if len(extras.get(name, b"")) == size}
    faults += [f"chunk {name.decode()} (damaged)" for name in PNG_KEPT if name in extras and name not in kept]
    notes = [*left_out(int.from_bytes(extras.get(b"acTL", b"")[:4], "big"))]
    check_room((head.rows, head.columns, DEPTHS.get(head.colour, 1)), 1 + head.bits // 16)
    if sum(length for *_, length in _passes(head)) > capacity.DEFLATE * len(data):
        raise _too_short(head)
    source: Bands | Samples
    if head.is_interlaced:
        samples = _interlaced(head, bytes(data), faults)
        source = _coloured(head, samples, extras)
    else:
        source = _Rows(head, extras, bytes(data)).bands
    if faults:
        notes.append(_left_out_text(faults))
    has_alpha = source.shape[2] in (2, 4)
    raster = Raster(source, has_alpha, profile, tuple(notes), source.shape[2] == 1, chunks=kept)
    return raster.turned(orientation(extras.get(b"eXIf", b"")))


def _left_out_text(faults: list[str]) -> str:
    named = ", ".join([*dict.fromkeys(faults)][:MOST_FAULTS])
    return f"left out, as no pixel depends on it: {named}{', ...' * (len({*faults}) > MOST_FAULTS)}"


def _too_short(head: PngHead) -> InputError:
    return damaged(f"this PNG does not hold the {head.rows}x{head.columns} samples it promises")


def _passes(head: PngHead) -> list[tuple[int, int, int, int, int, int, int]]:
    """First row and column, row and column step, rows, columns and bytes of each pass."""
    passes, bits = INTERLACE if head.is_interlaced else ((0, 0, 1, 1),), DEPTHS.get(head.colour, 1) * head.bits
    sizes = [(one, len(range(one[0], head.rows, one[2])), len(range(one[1], head.columns, one[3]))) for one in passes]
    return [(*one, r, c, r * (1 + (c * bits + 7) // 8) if c else 0) for one, r, c in sizes]


def _interlaced(head: PngHead, content: bytes, faults: list[str]) -> Samples:
    """The samples of the file, or indices into its palette."""
    depth, passes = DEPTHS.get(head.colour, 1), _passes(head)
    expected = sum(length for *_, length in passes)
    data, is_whole = _inflate(content, expected + 1)
    if len(data) < expected:
        raise _too_short(head)
    faults += _end_faults(len(data) - expected, is_whole=is_whole)
    samples = np.empty((head.rows, head.columns, depth), dtype=np.uint16 if head.bits == 16 else np.uint8)
    start = 0
    for y, x, dy, dx, r, c, length in passes:
        if length:
            part = _unfilter(data[start : start + length].reshape(r, -1), max(depth * head.bits // 8, 1))
            samples[y::dy, x::dx] = _pixels(head, part, c)
        start += length
    return samples


def _end_faults(n_beyond: int, *, is_whole: bool) -> list[str]:
    """What is wrong behind the last sample."""
    what = "beyond its size" if n_beyond else "without their checksum"
    return [f"image data {what}"] * (n_beyond > 0 or not is_whole)


def _pixels(head: PngHead, rows: Bytes, columns: int) -> Samples:
    """The samples in rows of bytes."""
    depth = DEPTHS.get(head.colour, 1)
    samples = rows.view(">u2").astype(np.uint16) if head.bits == 16 else unpacked(rows, head.bits, columns * depth)
    return samples.reshape(len(rows), columns, depth)


class _Rows:
    """The rows of a PNG that is not interlaced, inflated as they are taken."""

    def __init__(self, head: PngHead, extras: dict[bytes, bytes], data: bytes) -> None:
        self.head, self.extras, self.data = head, extras, data
        self.step = max(DEPTHS.get(head.colour, 1) * head.bits // 8, 1)
        self.row_bytes = _passes(head)[0][-1] // head.rows
        self.notes: list[str] = []
        self._begin()
        some = np.zeros((1, 1, DEPTHS.get(head.colour, 1)), np.uint16 if head.bits == 16 else np.uint8)
        like = _coloured(head, some, extras)
        shape = (head.rows, head.columns, like.shape[2])
        self.bands = Bands(shape, like.dtype, self._take, self._make, notes=self.notes, is_unpacked=True)

    def _begin(self) -> None:
        """Begin with the first row."""
        self._stream = Unpacking(self.data)
        self._kept, self._first = np.zeros((0, self.row_bytes - 1), np.uint8), 0  # rows that are ready, and their first

    def _take(self, first: int, last: int) -> Bytes:
        """The bytes of some rows, of which those taken before the last time are gone."""
        if first < self._first:
            self._begin()
        ready = self._first + len(self._kept)
        if last > ready:
            new = self._inflated(last - ready)
            self._kept = np.concatenate([self._kept[max(first - self._first, 0) :], new[max(first - ready, 0) :]])
            self._first = first
        return self._kept[first - self._first : last - self._first]

    def _inflated(self, count: int) -> Bytes:
        """The bytes of the next rows."""
        above = self._kept[-1:]
        filtered = np.zeros((len(above) + count, self.row_bytes), np.uint8)
        filtered[: len(above), 1:] = above  # as it is, so that the next row is predicted from it
        with _explained():
            if self._stream.fill(filtered[len(above) :].reshape(-1)) < count * self.row_bytes:
                raise _too_short(self.head)
            if self._first + len(self._kept) + count == self.head.rows and not self.notes:
                faults = _end_faults(len(self._stream.next(1)), is_whole=self._stream.has_ended)
                self.notes += [_left_out_text(faults)] * bool(faults)
        return _unfilter(filtered, self.step)[len(above) :]

    def _make(self, rows: Bytes, first: int, last: int) -> Samples:
        return _coloured(self.head, _pixels(self.head, rows, self.head.columns), self.extras)


def _coloured(head: PngHead, samples: Samples, extras: dict[bytes, bytes]) -> Samples:
    """Levels for the samples of a file, with alpha where some are transparent."""
    transparent = extras.get(b"tRNS")
    if head.colour == PALETTE:
        palette = np.frombuffer(extras.get(b"PLTE", b"")[: 3 * 256], np.uint8)
        if len(palette) % 3 or 3 * int(samples.max()) >= len(palette):
            raise damaged("this PNG is damaged: its palette lacks a colour of a pixel")
        colours = palette.reshape(-1, 3)
        if transparent is not None:
            alpha = (transparent + b"\xff" * len(colours))[: len(colours)]
            colours = np.column_stack([colours, np.frombuffer(alpha, np.uint8)])
        return np.asarray(colours.take(samples[:, :, 0], axis=0))
    has_alpha, white = head.colour in (4, 6), (1 << head.bits) - 1
    levels, _ = as_levels(samples, white)
    if transparent is None or has_alpha:
        return levels
    if len(transparent) != 2 * samples.shape[2]:
        raise damaged("this PNG is damaged: its transparent colour has another depth")
    key = np.frombuffer(transparent, ">u2") & white  # a colour of the file, before its levels are scaled
    opaque = (samples != key).any(axis=2, keepdims=True)
    return np.concatenate([levels, opaque * levels.dtype.type(np.iinfo(levels.dtype).max)], axis=2)


def read_note(stream: BinaryIO) -> str:
    """The text ``Software`` before the image data; empty if there is none."""
    try:
        for name, content in png_chunks(stream, [], crc32):
            if name == b"tEXt" and content.startswith(b"Software\0"):
                return content.partition(b"\0")[2].decode("latin-1")
            if name == b"IDAT":
                break
    except InputError:
        pass
    return ""


def _inflate(data: bytes, most: int) -> tuple[Bytes, bool]:
    """At most `most` bytes of a zlib stream, and whether it ends there."""
    stream, place = Unpacking(data), np.empty(most, np.uint8)
    with _explained():
        return place[: stream.fill(place)], stream.has_ended


@contextmanager
def _explained() -> Iterator[None]:
    """What cannot be unpacked is an InputError."""
    try:
        yield
    except DeflateError as error:
        raise damaged(f"this PNG is damaged: {error}") from None


def _unfilter(filtered: Bytes, step: int) -> Bytes:
    if filtered[:, 0].max() > 4:
        raise damaged("this PNG is damaged: a row has an unknown filter")
    out = np.empty((filtered.shape[0], filtered.shape[1] - 1), dtype=np.uint8)
    unfilter_rows(filtered, step, out)
    return out
