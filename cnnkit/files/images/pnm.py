"""Netpbm's formats, of which Pillow reduces some and knows others not: PBM, PGM, PPM, PAM at full depth, PFM of floats.

Sources: the manual pages pbm(5), pgm(5), ppm(5) and pam(5) of Netpbm; P. Debevec, PFM Portable FloatMap.
"""

from __future__ import annotations

import re
import warnings
from typing import BinaryIO, NamedTuple

import numpy as np

from cnnkit.data.raster import Raster, Samples, as_levels
from cnnkit.errors import InputError
from cnnkit.files.images.capacity import check_room
from cnnkit.files.images.flat import read_rows
from cnnkit.files.recognition import damaged
from cnnkit.geometry.pair import counted

PLAIN, RAW, FLOATS = (b"P1", b"P2", b"P3"), (b"P5", b"P6", b"P7"), (b"Pf", b"PF")
LONGEST_HEADER_BYTES = 1 << 16

_WORD = rb"(?:\s|#[^\r\n]*[\r\n])+([^\s#_]{1,20})"  # a comment runs from # to the end of its line
_TWO, _THREE = (re.compile(b"P." + _WORD * count + rb"(?:#[^\r\n]*)?\s") for count in (2, 3))


class _Head(NamedTuple):
    kind: bytes  # the first two bytes
    size: tuple[int, int, int]  # rows, columns, depth
    white: float  # the scale of floats
    has_alpha: bool
    n_bytes: int  # of the samples; of plain ones at least
    left: int  # bytes that follow them


def read_size(stream: BinaryIO) -> tuple[int, int, int]:
    """(rows, columns, depth) of the first image."""
    return _read_head(stream).size


def read_pnm(stream: BinaryIO) -> Raster:
    """Read the first image of a PBM, PGM, PPM, PAM or PFM; an InputError if it is damaged."""
    head = _read_head(stream)
    start = stream.tell()
    if head.kind in RAW and head.white in (255, 65535):
        source = read_rows(stream, start, head.size, np.dtype(np.uint8 if head.white == 255 else ">u2"))
        notes = _notes(head, stream, start + head.n_bytes)
        return Raster(source, head.has_alpha, notes=notes, is_flat=head.size[2] == 1)
    check_room(head.size, 8 if head.kind in PLAIN else 4 if head.kind in FLOATS else 1 + (head.white > 255))
    try:
        samples = _plain(head, stream.read()) if head.kind in PLAIN else _packed(head, stream.read(head.n_bytes))
    except (ValueError, DeprecationWarning):
        raise damaged("this image is damaged: some samples are no numbers") from None
    notes = () if head.kind in PLAIN else _notes(head, stream, start + head.n_bytes)
    if head.kind in FLOATS:
        scale = abs(head.white)
        notes += (f"its values are those of the file; the scale {scale:g} is not applied",) if scale != 1 else ()
        return Raster(samples, notes=notes, is_flat=head.size[2] == 1)
    if samples.max() > head.white:
        raise InputError(
            f"this image has a sample of {samples.max()} where its header allows {head.white:.0f}",
            hint=f"write {samples.max()} for {head.white:.0f} in its header",
        )
    levels, note = as_levels(samples, int(head.white))
    return Raster(levels, head.has_alpha, notes=notes + note, is_flat=head.size[2] == 1)


def _notes(head: _Head, stream: BinaryIO, end: int) -> tuple[str, ...]:
    """What is to be said of bytes after the image."""
    stream.seek(end)
    after = stream.read(20).lstrip()
    if not after:
        return ()
    if re.match(rb"P[1-7Ff]\s", after):
        return ("only the first of its images is read",)
    return (f"{counted(head.left, 'byte')} after its end left out",)


def _read_head(stream: BinaryIO) -> _Head:
    content = stream.read(LONGEST_HEADER_BYTES)
    kind, words = content[:2], b""
    try:
        if kind == b"P7":
            text, _, _ = content.partition(b"\nENDHDR\n")
            place = len(text) + len(b"\nENDHDR\n")
            found = dict([*line.split(None, 1), b""][:2] for line in text.splitlines() if line.strip())
            columns, rows, depth, levels = (int(found[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
            white, words = float(levels), found.get(b"TUPLTYPE", b"").strip()
        else:
            head = (_TWO if kind in (b"P1", b"P4") else _THREE).match(content)
            if head is None:
                raise ValueError
            place, numbers = head.end(), [*head.groups(), b"1"]
            columns, rows, white = int(numbers[0]), int(numbers[1]), float(numbers[2])
            depth = 3 if kind in (b"P3", b"P6", b"PF") else 1
        valid = 0 < abs(white) < np.inf if kind in FLOATS else white in range(1, 65536)
    except (ValueError, KeyError):
        valid = False
    if not valid or min(columns, rows, depth) < 1:
        raise InputError("this image has an invalid header", hint="save it again")
    if words.startswith(b"CMYK"):
        raise InputError("this PAM holds CMYK, for printing", hint="convert it: magick in.pam -colorspace sRGB out.png")
    n_bytes = rows * columns * depth * (4 if kind in FLOATS else 2 if white > 255 or kind in (b"P2", b"P3") else 1)
    n_bytes = rows * ((columns + 7) // 8) if kind == b"P4" else n_bytes - (kind in (b"P2", b"P3"))
    left = stream.seek(0, 2) - place - n_bytes
    stream.seek(place)
    if left < 0:
        raise damaged(f"this image is cut off: it lacks {counted(-left, 'byte')}")
    return _Head(kind, (rows, columns, depth), white, words.endswith(b"_ALPHA") and depth in (2, 4), n_bytes, left)


def _packed(head: _Head, content: bytes) -> Samples:
    rows, columns, _ = head.size
    if head.kind == b"P4":  # 1 is black
        bits = np.unpackbits(np.frombuffer(content, np.uint8).reshape(rows, -1), axis=1, count=columns)
        return (1 - bits).reshape(head.size)
    if head.kind in FLOATS:  # from the bottom up; a negative scale says little-endian
        return np.frombuffer(content, "<f4" if head.white < 0 else ">f4").reshape(head.size)[::-1].astype(np.float32)
    return np.frombuffer(content, ">u2" if head.white > 255 else np.uint8).reshape(head.size)


def _plain(head: _Head, content: bytes) -> Samples:
    count = head.size[0] * head.size[1] * head.size[2]
    content = re.sub(rb"#[^\r\n]*", b"", content)
    if head.kind == b"P1":  # whose digits need no blanks between them
        digits = content.translate(None, b" \t\r\n\v\f")[:count]
        if digits.strip(b"01"):
            raise ValueError
        return (ord("1") - np.frombuffer(digits, np.uint8)).reshape(head.size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the oldest NumPy warns of words that are no numbers, and stops there
        samples = np.fromstring(content, np.int64, sep=" ")[:count]
    if samples.min(initial=0) < 0:
        raise ValueError
    return samples.reshape(head.size)
