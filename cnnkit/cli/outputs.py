"""Where results go, under which name, in which format.

A default name stands beside the input and reads as the pipeline: ``image.edge.png``, ``image.edge.maxpool2.png``,
``song.mfcc13.npy``.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnnkit import __version__
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError, OutputError, printable
from cnnkit.files.writing import Encoder, Written, foretold, protection, write_file

if TYPE_CHECKING:
    from cnnkit.files.images.raster import Stack

MAX_NOTE_LENGTH = 1000
"""Characters: a command over hundreds of files would fill every result with their names."""

Identity = tuple[int, int]

Places = Callable[[Source], Iterable[tuple[Path, Callable[[], bool]]]]
"""The files where results of an input may go, each with what finds out whether one does."""


def made_by() -> str:
    """The note inside a result: who made it, with which command. A file that carries it may be replaced."""
    return printable(f"made by cnnkit {__version__}: {shlex.join(['cnnkit', *sys.argv[1:]])}"[:MAX_NOTE_LENGTH])


def _identity(path: Path | int) -> Identity | None:
    """The identity of a file, whatever its names, or None; a number is an open file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _identity_of(source: Source) -> Identity | None:
    return _identity(0 if source.is_stdin else source.path)


def _problem_of(folder: Path) -> OutputError | None:
    """Why nothing can be written into a folder."""
    if not os.path.exists(folder):
        return OutputError(f"there is no folder {folder} to write into", hint=f"make it first: mkdir -p {folder}")
    if not os.path.isdir(folder):
        return OutputError(f"{folder} is no folder to write into", hint="use -o or --out-dir to write elsewhere")
    if not os.access(folder, os.W_OK):
        return OutputError(
            f"the folder {folder} may not be written into", hint="use -o or --out-dir to write elsewhere"
        )
    return None


class Delivery(NamedTuple):
    """A result that was written, or would be."""

    output: str  # the file; - is standard output
    action: str  # wrote, replaced, unchanged, would write or would replace
    shape_before: str = ""  # of what was replaced, in words, if it was another

    @property
    def text(self) -> str:
        """The beginning of the line about it."""
        before = f" (was {self.shape_before})" if self.shape_before else ""
        return f"{self.action} {printable(self.output)}{before}"


def _delivery(path: Path, written: Written, shape: str) -> Delivery:
    return Delivery(str(path), written.action, "" if written.shape_before == shape else written.shape_before)


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
        count = self.count = len(sources) * results_per_source
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
        self._also_read = {_identity(Path(path)) for path in also_read}
        self._inputs = ({_identity_of(source) for source in sources} | self._also_read) - {None}
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

    def check(self, sources: Sequence[Source], places: Places) -> list[Source]:
        """End the command, before anything is written, if a result may not be; leave out inputs that are results."""
        if error := self._problem_of_place():
            self.report.refuse(error, [(source.name, error.problem) for source in sources])
        owners: dict[Identity | None, Source] = {}  # the input of a result that is an input too
        faults: dict[Path, tuple[Source, str]] = {}
        hint = ", or replace what is there with --force"
        for source in sources:
            for path, is_result in self._existing(source, places):
                identity, reason = _identity(path), protection(path)
                is_input = identity in self._inputs
                if not (is_input or (reason and not self.force)) or not is_result():
                    continue
                if not is_input:
                    faults[path] = source, f"{path} exists and {reason}"
                elif reason or identity in {_identity_of(source), *self._also_read}:
                    faults[path], hint = (source, f"{path} is an input, which is never replaced"), ""
                else:
                    owners[identity] = source
        if faults:
            texts = [text for _, text in faults.values()]
            problem, of = texts[0], f" of {self.count}" if len(texts) <= self.count else ""
            if max(self.count, len(texts)) > 1:
                dots = ", ..." if len(texts) > 2 else ""
                problem = f"{len(texts)}{of} results may not be written, so none is: {', '.join(texts[:2])}{dots}"
            hint = ("choose another name with -o" if self.count == 1 else "use another folder: --out-dir DIR") + hint
            self.report.refuse(OutputError(problem, hint), [(source.name, text) for source, text in faults.values()])
        for source in sources:
            if owner := owners.get(_identity_of(source)):
                self.report.say(f"skipped {source}: it is the result of {owner}")
                self.report.record(input=source.name, action="skipped", result_of=owner.name)
        self._inputs -= owners.keys()
        return [source for source in sources if _identity_of(source) not in owners]

    def write(self, source: Source, words: str, file_type: str, encode: Encoder, shape: str) -> Delivery:
        """Write one result, of a `shape` in words.

        The default name is the input's, with `words` for what was done (``edge``, ``maxpool2``) and the `file_type`.
        """
        if self.is_stdout(source):
            if self.dry_run:
                return Delivery("-", "would write")
            encode(sys.stdout.buffer)
            sys.stdout.flush()
            return Delivery("-", "wrote")
        path = self.path(source, words, file_type)
        self._refuse_harm(path, source)
        if self.dry_run:
            if self.folder is None and (error := _problem_of(path.parent)):
                raise error
            return _delivery(path, foretold(path, force=self.force), shape)
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"the folder {self.folder} cannot be made: {error.strerror}", hint="use another --out-dir"
                ) from None
        return _delivery(path, write_file(path, encode, shape=shape, force=self.force), shape)

    def takes_one(self, source: Source) -> bool:
        """Whether all that is made of this input goes to one place: a named file, or standard output."""
        return self.output is not None or self.is_stdout(source)

    def is_stdout(self, source: Source) -> bool:
        """Whether the result of this input goes to standard output."""
        return self.output == "-" or (source.is_stdin and self.output is None and self.folder is None)

    def path(self, source: Source, words: str, file_type: str) -> Path:
        """The file of a result."""
        if self.output is not None:
            return Path(self.output)
        if self.folder is None and not os.path.isfile(source.path):
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

    def _problem_of_place(self) -> OutputError | None:
        """Why nothing can be written where ``-o`` or ``--out-dir`` says."""
        if self.folder is not None:
            folder = self.folder
            while not os.path.exists(folder) and folder != folder.parent:
                folder = folder.parent
            error = _problem_of(folder)
            if error is None or folder == self.folder:
                return error
            return OutputError(f"the folder {self.folder} cannot be made: {error.problem}", "use another --out-dir")
        if self.output in (None, "-") or (os.path.exists(self.output) and not os.path.isfile(self.output)):
            return None  # a device needs no folder
        is_link = os.path.islink(self.output)
        return _problem_of(Path(os.path.realpath(self.output) if is_link else self.output).parent)

    def _existing(self, source: Source, places: Places) -> Iterator[tuple[Path, Callable[[], bool]]]:
        """The files that exist where results of an input may go."""
        if self.is_stdout(source):
            return
        try:
            found = places(source) if self.output is None else [(Path(self.output), lambda: True)]
            yield from ((path, is_result) for path, is_result in found if os.path.isfile(path))
        except OutputError:  # a pipe has no name
            return

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
