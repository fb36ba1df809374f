"""The file of ``--report``: a line of JSON for each input, written as its account is given."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cnnkit import __version__
from cnnkit.cli import options
from cnnkit.cli.figures import FigureFile
from cnnkit.cli.report import Report, as_json
from cnnkit.errors import OutputError
from cnnkit.files.writing import open_log

if TYPE_CHECKING:
    from cnnkit.cli.work.account import Account

KEPT = ("output", "action", "shape", "dtype", "notes", "sample_rate")
"""What a line says of each result; the whole of it is what --json is for."""


class Log:
    """A log that is being written."""

    def __init__(self, path: Path, stream: BinaryIO, command: str, settings: Mapping[str, Any]) -> None:
        self._path, self._stream, self._command, self._settings = path, stream, command, settings
        self._results: list[dict[str, Any]] = []

    def result(self, facts: Mapping[str, Any]) -> None:
        """Keep what is known of a result until its input is done."""
        self._results.append({name: facts[name] for name in KEPT if name in facts})

    def end(self, item: object, account: Account) -> None:
        """Write the line of an input."""
        fault = account.fault
        line = {
            "cnnkit": __version__,
            "command": self._command,
            "input": getattr(item, "name", str(item)),
            "outputs": self._results,
            "settings": self._settings,
            "seconds": round(account.seconds, 4),
            "error": {"problem": fault.problem, "hint": fault.hint} if fault else None,
        }
        self._results = []
        try:
            self._stream.write(as_json(line, indent=None).encode() + b"\n")
            self._stream.flush()
        except OSError as error:
            problem = f"{self._path} cannot be written: {error.strerror}"
            raise OutputError(problem, "leave --report out, or write it to another disk") from None

    def close(self) -> None:
        """End the file."""
        self._stream.close()


class LogFile(FigureFile):
    """Where the log goes; refused before any work where it may not be written, as figures are."""

    def __init__(self, name: str, report: Report, others: Sequence[str], *, force: bool, dry_run: bool) -> None:
        option, kind, formats = "--report", "a report", ("jsonl",)
        force = force or (os.path.isfile(name) and not os.path.getsize(name))  # of a command that was ended at once
        super().__init__(
            name, report, option=option, kind=kind, formats=formats, others=others, force=force, dry_run=dry_run
        )

    def open(self, *, goes_on: bool) -> Log:
        """Begin the log, or go on with one."""
        settings = {name: _plain(value) for name, value in options.given.items() if name != "inputs"}
        target = Path(os.devnull) if self.dry_run else self.path
        return Log(target, open_log(target, goes_on=goes_on), self.report.command, settings)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
