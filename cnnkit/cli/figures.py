"""The file of ``--figure`` and the like: refused before any work where it may not be written, and drawn at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from cnnkit.cli.outputs import made_by
from cnnkit.cli.outputs.targets import problem_of_folder
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError, OutputError
from cnnkit.files.writing import Encoder, foretold, write_file
from cnnkit.loops.machine import rehearsal
from cnnkit.views.figures.canvas import FIGURE_FORMATS

Draw = Callable[[str, str], Encoder]
"""Draws a figure as a file type, with a note of who made it."""


class FigureFile:
    """Where one figure goes; `others` are files that it may not replace: inputs, and the result."""

    def __init__(
        self,
        name: str,
        report: Report,
        *,
        option: str = "--figure",
        kind: str = "a figure",
        formats: Sequence[str] = FIGURE_FORMATS,
        others: Sequence[str] = (),
        force: bool = False,
        dry_run: bool = False,
    ) -> None:
        self.kind = kind.partition(" ")[2]
        self.path, self.report, self.force, self.dry_run = Path(name), report, force, dry_run
        self.type = self.path.suffix[1:].lower()
        if self.type not in formats:
            *most, last = (f".{one}" for one in formats)
            hint = f"end its name in {', '.join(most)} or {last}" if most else f"end its name in {last}"
            raise ArgumentError(f"{option} {name} names no format of {kind}", hint=hint)
        taken = next((other for other in others if _is_same(name, other)), None)
        if taken is not None:
            raise ArgumentError(f"{option} {name} is {taken} too", hint="give it a name of its own")
        try:
            if self.path.is_dir():
                raise OutputError(f"{name} is a folder", hint="name a file")
            if error := problem_of_folder(Path(os.path.realpath(name)).parent):
                raise OutputError(error.problem, hint=error.hint.replace("-o or --out-dir", option))
            foretold(self.path, force=force)
        except OutputError as error:
            report.refuse(error)

    def write(self, draw: Draw) -> None:
        """Draw the figure, write it and say so; not in a rehearsal."""
        if rehearsal.note:
            return
        if self.dry_run:
            written = foretold(self.path, force=self.force)
        else:
            written = write_file(self.path, draw(self.type, made_by()), shape=self.kind, force=self.force)
        self.report.drawn[self.kind] = {"output": str(self.path), "action": written.action}
        self.report.say(f"{written.action} {self.path}  {self.kind}")


def _is_same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))
