"""Names of inputs in a file or a pipe, one a line, or with a zero byte behind each as ``find -print0`` writes them."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from cnnkit.errors import InputError, printable
from cnnkit.files.reading import open_file

MOST_BYTES_OF_NAME = 1 << 16
"""More than any system takes."""

MOST_BYTES = 1 << 28
"""Of a list: it has millions of names, or is none."""

_PIECE_BYTES = 1 << 20
_IN_NO_TEXT = bytes({*range(1, 32)} - {*b"\t\n\v\f\r"})
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16, which PowerShell writes


def read_list(name: str) -> Counter[str]:
    """The names in a list, in their order, and how often each is there; ``-`` is standard input."""
    try:
        with nullcontext(_stdin()) if name == "-" else open_file(Path(name), MOST_BYTES) as stream:
            names = Counter(map(os.fsdecode, _names(stream)))
        if not names:
            raise InputError("this list names no file", hint="write one name a line")
    except InputError as error:
        label = "standard input" if name == "-" else printable(name)
        raise InputError(f"--files-from {label}: {error.problem}", error.hint) from None
    return names


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise InputError("standard input is closed", hint="name a file")
    return sys.stdin.buffer


def _names(stream: BinaryIO) -> Iterator[bytes]:
    """The names, without blank lines; an InputError for what is no list."""
    piece = stream.read(_PIECE_BYTES)
    if piece.startswith(_WIDE):
        piece = (piece + stream.read(MOST_BYTES)).decode("utf-16", "replace").encode()
    piece = piece.removeprefix(b"\xef\xbb\xbf")
    if not piece.strip(b"\0\r\n"):  # /dev/zero has no end
        return
    end = b"\0" if b"\0" in piece else b"\n"
    first = piece.partition(end)[0]
    if piece[:512].translate(None, _IN_NO_TEXT) != piece[:512] and not os.path.lexists(first):
        raise InputError("this is no list of names, but another file", hint="give a text with one name a line")
    rest, n_bytes = b"", 0
    while piece:
        *whole, rest = (rest + piece).split(end)
        if max(map(len, (*whole, rest))) > MOST_BYTES_OF_NAME or (n_bytes := n_bytes + len(piece)) > MOST_BYTES:
            most = f"{MOST_BYTES_OF_NAME:,} bytes in a name, {MOST_BYTES:,} in all"
            raise InputError(f"this is too long for a list of names: more than {most}", "write one name a line")
        yield from filter(None, whole if end == b"\0" else (line.removesuffix(b"\r") for line in whole))
        piece = stream.read(_PIECE_BYTES)
    yield from filter(None, [rest if end == b"\0" else rest.removesuffix(b"\r")])
