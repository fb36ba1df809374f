"""Which inputs a command works on, and when it shows its worked example instead.

Reading standard input whenever it is not a terminal makes a tool hang under cron and in CI. So: a terminal,
/dev/null or a closed standard input mean that there is no input; a file or a pipe with bytes is the input; a pipe
that closes empty, or stays silent, is an error.
"""

from __future__ import annotations

import io
import math
import os
import re
import stat
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from cnnkit.errors import ArgumentError, InputError, printable, quoted
from cnnkit.files.reading import ENOUGH_BYTES, SECONDS_OF_SILENCE, collected, open_file

GRID = re.compile(r"(?=.*\d[\s,;]+[-+.(]*\d)(?:[-+\d./*()\s,;]|\de[-+]?\d|nan|inf)+", re.ASCII | re.DOTALL)
"""What a grid that is typed in consists of: two numbers at least, as one alone is a setting at a wrong place."""


class _Typed(io.BytesIO):
    """A grid that was typed in, in which a semicolon ends a row."""

    is_typed = True


class Source(NamedTuple):
    """One input: a path, ``-`` for standard input, or a grid of numbers that was typed in."""

    name: str
    is_grid: bool = False

    def __str__(self) -> str:
        return "standard input" if self.is_stdin else "the grid" if self.is_grid else printable(self.name)

    @property
    def is_stdin(self) -> bool:
        """Whether this is standard input."""
        return self.name == "-"

    @property
    def is_here(self) -> bool:
        """Whether this process alone can read it."""
        return self.is_stdin or self.is_grid

    @property
    def path(self) -> Path:
        """The file this is."""
        return Path(self.name)

    @property
    def stem(self) -> str:
        """What names of results begin with."""
        return "stdin" if self.is_stdin else "grid" if self.is_grid else self.path.stem

    def open(self, *, is_raw: bool = False) -> AbstractContextManager[BinaryIO]:
        """Open for reading bytes, with a position that can be set; missing and empty files are errors.

        Of a stream of no known format, the beginning alone is read, unless it `is_raw`: samples without a header.
        """
        if self.is_grid:
            return _Typed(self.name.encode())
        enough = math.inf if is_raw else ENOUGH_BYTES
        if self.is_stdin:
            content = _collected(sys.stdin.buffer, enough) if sys.stdin else b""
            if not content:
                raise InputError("no bytes came in", hint="check the command before the pipe, or name a file")
            return io.BytesIO(content)
        return open_file(self.path, enough)


@lru_cache(1)
def _collected(stream: BinaryIO, enough: float) -> bytes:
    """What comes out of standard input, which can be read once, for all who ask."""
    return collected(stream, enough).getvalue()


def find_sources(arguments: Sequence[str] | None) -> list[Source]:
    """The inputs named, or standard input when it has bytes; none means: show the worked example."""
    if arguments:
        if list(arguments).count("-") > 1:
            raise ArgumentError("standard input is named twice", hint="give - once")
        return [_source(name) for word in arguments for name in _files_of(word)]
    return [Source("-")] if _stdin_brings_bytes() else []


def _source(name: str) -> Source:
    if is_grid(name):
        return Source(name.strip(), is_grid=True)
    if re.match(r"\s*[\[(]*[-+.]?\d[\d.e+-]*[\s,;]+\S", name) and not os.path.lexists(name):
        hint = "write rows of numbers as '1 2 3; 4 5 6', or check the name"
        raise ArgumentError(f"{quoted(name)} is no file, and no grid of numbers", hint=hint)
    return Source(name)


def is_grid(word: str) -> bool:
    """Whether a word is a grid of numbers, and no file.

    >>> is_grid("1 2; 3 4"), is_grid("-"), is_grid("photo 2.png")
    (True, False, False)
    """
    return GRID.fullmatch(word) is not None and not os.path.lexists(word)


def _files_of(word: str) -> list[str]:
    """The files that a word names: on Windows the shell leaves wildcards, which no name has there, to the program."""
    if os.name != "nt" or not {"*", "?"} & set(word):
        return [word]
    from glob import glob

    return sorted(glob(word.replace("[", "[[]"))) or [word]


def _stdin_brings_bytes() -> bool:
    try:
        status = os.fstat(0)
    except OSError:
        return False
    if sys.stdin is None or stat.S_ISCHR(status.st_mode):
        return False
    if stat.S_ISREG(status.st_mode):
        if status.st_size <= os.lseek(0, 0, os.SEEK_CUR):
            raise InputError("standard input is an empty file", hint="give a file with content, or name one")
        return True
    if os.name == "posix":
        import select

        ready, _, _ = select.select([0], [], [], SECONDS_OF_SILENCE)
        if not ready:
            raise ArgumentError(
                f"standard input is a pipe that sent nothing for {SECONDS_OF_SILENCE:g} s",
                hint=f"name an input file, give - to wait for the pipe, or <{os.devnull} to see the worked example",
            )
    if not cast(io.BufferedReader, sys.stdin.buffer).peek(1):
        raise InputError("standard input closed without a byte", hint="check the command before the pipe")
    return True
