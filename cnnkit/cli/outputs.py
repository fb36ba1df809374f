"""Where results go, under which name, in which format.

A default name stands beside the input and reads as the pipeline: ``image.edge.png``, ``image.edge.maxpool2.png``,
``song.mfcc13.npy``.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnkit import __version__
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError, OutputError, printable
from cnnkit.files.writing import Encoder, write_file

if TYPE_CHECKING:
    from cnnkit.files.images.raster import Stack

MAX_NOTE_LENGTH = 1000
"""Characters: a command over hundreds of files would fill every result with their names."""


def made_by() -> str:
    """The note inside a result: who made it, with which command. A file that carries it may be replaced."""
    return printable(f"made by cnnkit {__version__}: {shlex.join(['cnnkit', *sys.argv[1:]])}"[:MAX_NOTE_LENGTH])


def _identity(path: Path | int) -> tuple[int, int] | None:
    """The identity of a file, whatever its names, or None; a number is an open file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


class Outputs:
    """Where the results of one command go: ``-o FILE``, ``--out-dir DIR``, or beside each input.

    Files in `also_read` are read beside the inputs (kernels), and never replaced either.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        results: Results,
        *,
        formats: Sequence[str],
        report: Report,
        results_per_source: int = 1,
        also_read: Sequence[str] = (),
    ) -> None:
        count = len(sources) * results_per_source
        output, chosen = results.output, results.file_format
        if output is not None and results.out_dir is not None:
            raise ArgumentError("-o and --out-dir are both given", hint="give one of them")
        if output is not None and count > 1:
            raise ArgumentError(f"-o names one file for {count} results", hint="use --out-dir DIR, which names each")
        self.output = output
        self.folder = results.out_dir
        self.formats = tuple(formats)
        self.chosen = self._format(chosen, f"--format {chosen}") if chosen else self._format_of_name(output)
        self.force = results.force
        self.dry_run = results.dry_run
        self.report = report
        read: list[Path | int] = [0 if source.is_stdin else source.path for source in sources]
        self._inputs = {_identity(path) for path in [*read, *map(Path, also_read)]} - {None}
        self._written: dict[str, Source] = {}
        self.stack: Stack | None = None  # the frames so far of an input whose frames go into one file
        if any(self.is_stdout(source) for source in sources):
            if count > 1:
                raise ArgumentError(f"standard output takes one result, not {count}", hint="use --out-dir DIR")
            if report.as_json:
                raise ArgumentError(
                    "--json and the result both want standard output", hint="use -o FILE for the result"
                )
            if sys.stdout.isatty() and not results.dry_run:
                raise ArgumentError("the result would be printed on the terminal", hint="use -o FILE, or > FILE")

    def format(self, default: str) -> str:
        """The format of a result whose natural format is `default`."""
        return self.chosen or default

    def write(
        self, source: Source, words: str, file_type: str, encode: Encoder, may_replace: Callable[[Path], bool]
    ) -> tuple[str, str]:
        """Write one result; return where (``-`` is standard output) and a verb: wrote, would write, unchanged.

        The default name is the input's, with `words` for what was done (``edge``, ``maxpool2``) and the `file_type`.
        """
        if self.is_stdout(source):
            if self.dry_run:
                return "-", "would write"
            encode(sys.stdout.buffer)
            sys.stdout.flush()
            return "-", "wrote"
        path = self._path(source, words, file_type)
        self._refuse_harm(path, source)
        if self.dry_run:
            self._refuse_what_writing_would(path, may_replace)
            return str(path), "would write"
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"the folder {self.folder} cannot be made: {error.strerror}", hint="use another --out-dir"
                ) from None
        changed = write_file(path, encode, may_replace=lambda target: self.force or may_replace(target))
        return str(path), "wrote" if changed else "unchanged"

    def takes_one(self, source: Source) -> bool:
        """Whether all that is made of this input goes to one place: a named file, or standard output."""
        return self.output is not None or self.is_stdout(source)

    def is_stdout(self, source: Source) -> bool:
        """Whether the result of this input goes to standard output."""
        return self.output == "-" or (source.is_stdin and self.output is None and self.folder is None)

    def _path(self, source: Source, words: str, file_type: str) -> Path:
        if self.output is not None:
            return Path(self.output)
        if self.folder is None and not source.path.is_file():
            raise OutputError("a pipe has no name to write a result beside", hint="name the result: -o FILE")
        stem = "stdin" if source.is_stdin else source.path.stem
        folder = self.folder if self.folder is not None else source.path.parent
        return folder / f"{stem}.{words}.{file_type}"

    def _refuse_harm(self, path: Path, source: Source) -> None:
        if _identity(path) in self._inputs:
            raise OutputError(f"{path} is an input, which is never replaced", hint="choose another name with -o")
        target = os.path.realpath(path)
        if target in self._written:
            raise OutputError(
                f"{path} {'would be' if self.dry_run else 'was just'} written from {self._written[target]}",
                hint="give inputs of one name different folders, or run them one at a time with -o",
            )
        self._written[target] = source

    def _refuse_what_writing_would(self, path: Path, may_replace: Callable[[Path], bool]) -> None:
        folder = path.parent
        if self.folder is None and not os.path.isdir(folder):
            raise OutputError(f"there is no folder {folder} to write into", hint=f"make it first: mkdir -p {folder}")
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not os.access(folder, os.W_OK):
            raise OutputError(f"the folder {folder} may not be written into", hint="use -o to write elsewhere")
        is_device = path.exists() and not path.is_file() and not path.is_dir()  # which is written to, whoever made it
        if path.exists() and not (is_device or self.force or may_replace(path)):
            raise OutputError(f"{path} exists and was not made by cnnkit", hint="choose another name, or use --force")

    def _format_of_name(self, output: str | None) -> str | None:
        if output is None or output == "-":
            return None
        suffix = Path(output).suffix[1:].lower()
        if not suffix and Path(output).exists() and not Path(output).is_file():
            return None
        return self._format(suffix, f"-o {output}")

    def _format(self, word: str, given: str) -> str:
        from cnnkit.files.images.raster import FORMAT_ALIASES

        file_type = FORMAT_ALIASES.get(word.lower(), word.lower())
        if file_type not in self.formats:
            raise ArgumentError(
                f"{given} names no format this command writes", hint=f"use one of {', '.join(self.formats)}"
            )
        return file_type
