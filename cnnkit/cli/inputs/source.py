"""One input of a command: a file, standard input, or a grid of numbers that was typed in."""

from __future__ import annotations

import io
import math
import os
import re
import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cnnkit.data.part import Part
from cnnkit.errors import InputError, printable
from cnnkit.files.reading import ENOUGH_BYTES, collected, open_image

GRID = re.compile(r"(?=.*\d[\s,;]+[-+.(]*\d)(?:[-+\d./*()\s,;]|\de[-+]?\d|nan|inf)+", re.ASCII | re.DOTALL)
"""What a grid that is typed in consists of: two numbers at least, as one alone is a setting at a wrong place."""


class _Typed(io.BytesIO):
    """A grid that was typed in, in which a semicolon ends a row."""

    is_typed = True


class Source(NamedTuple):
    """One input: a path, ``-`` for standard input, or a grid of numbers that was typed in."""

    name: str
    is_grid: bool = False
    below: str = ""  # the folder inside that of --out-dir where its results go
    fault: InputError | None = None  # of a name behind which nothing was found
    part: Part | None = None  # of the result, which is all that is made of it

    def __str__(self) -> str:
        return "standard input" if self.is_stdin else "the grid" if self.is_grid else printable(self.name)

    @property
    def is_stdin(self) -> bool:
        """Whether this is standard input."""
        return self.name == "-"

    @property
    def is_here(self) -> bool:
        """Whether this process alone can read it."""
        return self.is_stdin or self.is_grid or self.name.startswith(("/dev/", "/proc/"))

    @property
    def path(self) -> Path:
        """The file this is."""
        return Path(self.name)

    @property
    def stem(self) -> str:
        """What names of results begin with."""
        if self.is_stdin or self.is_grid:
            return "stdin" if self.is_stdin else "grid"
        name = os.path.basename(self.name)  # in strings: a Path takes longer than all else about one of many files
        dot = name.rfind(".")
        return name[:dot] if 0 < dot < len(name) - 1 else name

    def open(self, *, is_raw: bool = False) -> AbstractContextManager[BinaryIO]:
        """Open for reading bytes, with a position that can be set; missing and empty files are errors.

        Of a stream of no known format, the beginning alone is read, unless it `is_raw`: samples without a header.
        """
        if self.fault:
            raise self.fault
        if self.is_grid:
            return _Typed(self.name.encode())
        enough = math.inf if is_raw else ENOUGH_BYTES
        if self.is_stdin:
            content = _collected(sys.stdin.buffer, enough) if sys.stdin else b""
            if not content:
                raise InputError("no bytes came in", hint="check the command before the pipe, or name a file")
            return io.BytesIO(content)
        return open_image(self.path, enough)


@lru_cache(1)
def _collected(stream: BinaryIO, enough: float) -> bytes:
    """What comes out of standard input, which can be read once, for all who ask."""
    return collected(stream, enough).getvalue()


def is_grid(word: str) -> bool:
    """Whether a word is a grid of numbers, and no file.

    >>> is_grid("1 2; 3 4"), is_grid("-"), is_grid("photo 2.png")
    (True, False, False)
    """
    return GRID.fullmatch(word) is not None and not os.path.lexists(word)
