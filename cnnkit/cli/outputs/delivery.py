"""What is said of a result that was written, and the note inside it."""

from __future__ import annotations

import shlex
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cnnkit import __version__
from cnnkit.errors import printable
from cnnkit.files.writing import Written

MAX_NOTE_LENGTH = 1000
"""Characters: a command over hundreds of files would fill every result with their names."""


def made_by() -> str:
    """The note inside a result: who made it, with which command. A file that carries it may be replaced."""
    return _note(tuple(sys.argv[1 : MAX_NOTE_LENGTH // 2]))  # a word takes two characters at least


@lru_cache(1)
def _note(words: tuple[str, ...]) -> str:
    return printable(f"made by cnnkit {__version__}: {shlex.join(['cnnkit', *words])}"[:MAX_NOTE_LENGTH])


class Delivery(NamedTuple):
    """A result that was written, or would be."""

    output: str  # the file; - is standard output
    action: str  # wrote, replaced, unchanged, would write or would replace
    shape_before: str = ""  # of what was replaced, in words, if it was another

    @property
    def facts(self) -> dict[str, str]:
        """What ``--json`` says of it."""
        return {name: value for name, value in self._asdict().items() if value}

    @property
    def text(self) -> str:
        """The beginning of the line about it."""
        before = f" (was {self.shape_before})" if self.shape_before else ""
        return f"{self.action} {printable(self.output)}{before}"


def delivered(path: Path, written: Written, shape: str) -> Delivery:
    """What is said of a file of this shape that was written."""
    return Delivery(str(path), written.action, "" if written.shape_before == shape else written.shape_before)
