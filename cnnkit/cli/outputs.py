"""Where results go, under which name, in which format.

A default name stands beside the input and reads as the pipeline: ``image.edge.png``, ``image.edge.maxpool2.png``,
``song.mfcc13.npy``.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from cnnkit import __version__
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results
from cnnkit.cli.report import Report
from cnnkit.cli.work.resume import has_results, origin, settings_digest
from cnnkit.errors import ArgumentError, OutputError, printable
from cnnkit.files.writing import Encoder, Written, by_force, foretold, give, no_folder, protection, write_file

if TYPE_CHECKING:
    from cnnkit.files.images.raster import Stack

MAX_NOTE_LENGTH = 1000
"""Characters: a command over hundreds of files would fill every result with their names."""

Identity = tuple[int, int]

Places = Callable[[Source], Iterable[Path]]
"""The files where results of an input go, or may go."""
STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def made_by() -> str:
    """The note inside a result: who made it, with which command. A file that carries it may be replaced."""
    return _note(tuple(sys.argv[1 : MAX_NOTE_LENGTH // 2]))  # a word takes two characters at least


@lru_cache(1)
def _note(words: tuple[str, ...]) -> str:
    return printable(f"made by cnnkit {__version__}: {shlex.join(['cnnkit', *words])}"[:MAX_NOTE_LENGTH])


def _identity(path: Path | int) -> Identity | None:
    """The identity of a file, whatever its names, or None; a number is an open file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _identity_of(source: Source) -> Identity | None:
    return _identity(0 if source.is_stdin else source.path)


def problem_of_folder(folder: Path) -> OutputError | None:
    """Why nothing can be written into a folder."""
    if not os.path.exists(folder):
        return no_folder(folder)
    if not os.path.isdir(folder):
        return OutputError(f"{folder} is no folder to write into", hint="use -o or --out-dir to write elsewhere")
    if not os.access(folder, os.W_OK):
        return OutputError(f"the folder {folder} may not be written into", "use -o or --out-dir to write elsewhere")
    return None


class Obstacle(NamedTuple):
    """Why a result may not be written to a file."""

    problem: str
    hint: str = ""  # where it has its own
    is_mended_by_force: bool = False
    result: Identity | None = None  # of an input that is a result of another


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


def _delivery(path: Path, written: Written, shape: str) -> Delivery:
    return Delivery(str(path), written.action, "" if written.shape_before == shape else written.shape_before)


def _format_word(word: str) -> str:
    from cnnkit.files.images.raster import FORMAT_ALIASES

    return FORMAT_ALIASES.get(word.lower(), word.lower())


def _folded(name: str) -> str:
    """A file's name where case does not count on this system: the same for two names that lead to one file."""
    return name.casefold() if sys.platform == "darwin" else os.path.normcase(name)


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
        collects: bool = False,
    ) -> None:
        """Results that it `collects` become one data set, and no files."""
        self.results_per_source = results_per_source
        count = self.count = len(sources) * results_per_source
        output, chosen = results.output, results.file_format
        if output and os.path.normpath(output) in STANDARD_OUTPUT:
            output = "-"
        if output is not None and results.out_dir is not None:
            raise ArgumentError("-o and --out-dir are both given", hint="give one of them")
        if collects and results_per_source > 1:
            problem = f"a data set has one result of each input, not {results_per_source}"
            raise ArgumentError(problem, hint="use one kernel, or --depth sum, which makes them maps of one result")
        if output is not None and count > 1 and not collects:
            raise ArgumentError(f"-o names one file for {count} results", hint="use --out-dir DIR, which names each")
        self.output = output
        self.folder = results.out_dir
        self.formats = tuple(formats)
        self.collects = collects
        output = None if collects else output
        self.chosen = self._format(chosen, f"--format {chosen}") if chosen else self._format_of_name(output)
        if chosen and _format_word(Path(output or "").suffix[1:]) in {*self.formats} - {self.chosen}:
            raise ArgumentError(f"-o {output} and --format {chosen} are two formats", hint="leave --format out")
        self.force = results.force
        self.dry_run = results.dry_run
        self.report = report
        self._also_read = {_identity(Path(path)) for path in also_read}
        self._inputs = ({_identity_of(source) for source in sources} | self._also_read) - {None}
        self._written: dict[str, Source] = {}
        self.is_batch = len(sources) > 1
        self.settings = settings_digest(report.command, also_read)
        self.origin = ""  # from what, and how, the results are made that are written next
        self._may_go: Places = lambda source: ()
        self.stack: Stack | None = None  # the frames so far of an input whose frames go into one file
        if any(self.is_stdout(source) for source in sources):
            if count > 1:
                raise ArgumentError(f"standard output takes one result, not {count}", hint="use --out-dir DIR")
            if report.as_json:
                raise ArgumentError("--json and the result both want standard output", "use -o FILE for the result")
            if sys.stdout.isatty() and not results.dry_run:
                raise ArgumentError("the result would be printed on the terminal", hint="use -o FILE, or > FILE")

    def format(self, default: str) -> str:
        """The format of a result whose natural format is `default`."""
        return self.chosen or default

    def check(self, sources: Sequence[Source], places: Places, results: Places | None = None) -> list[Source]:
        """End the command, before anything is written, if a result may not be; leave out inputs that are results.

        `places` gives the files where results of an input may go, by its name; `results` reads it and gives those where
        they do go, and is called only for inputs with something in the way. Without it, they go to all places.
        """
        self._may_go = places
        if error := self._problem_of_out_dir():
            self.report.refuse(error, [(source.name, error.problem) for source in sources])
        real = cache(os.path.realpath)

        def key(path: Path) -> str:
            return _folded(os.path.join(real(path.parent), path.name))

        @cache
        def going(source: Source) -> dict[str, Path]:
            found = may_go[source]
            return found if len(found) < 2 else {key(path): path for path in (results or places)(source)}

        first: dict[str, Source] = {}
        for source in sources:
            if (same := first.setdefault("-" if source.is_stdin else key(source.path), source)) is not source:
                self._skip(source, f"it is named before, as {same}", same_as=same.name)
        left = [*first.values()]
        may_go = {source: {key(path): path for path in self._places(source, places)} for source in left}
        self._refuse_shared(may_go, going)
        owners: dict[Identity | None, Source] = {}  # the input of a result that is an input too
        faults: list[tuple[Source, Obstacle]] = []
        is_one = self.count == 1
        for source, found in may_go.items():
            obstacles = {one: why for one, path in found.items() if (why := self._obstacle(path, source))}
            reasons = [*obstacles.values()]
            if len({*reasons}) == 1 and len(reasons) == len(found):  # whichever of them the results are
                reasons = reasons[:1] * self.results_per_source
            elif reasons:
                reasons = [why for one, why in obstacles.items() if one in going(source)]
                is_one = is_one and len(going(source)) == 1
            faults += [(source, why) for why in reasons if why.result is None]
            owners |= {why.result: source for why in reasons if why.result}
        if faults:
            self._refuse([why for _, why in faults], {(one.name, why.problem): None for one, why in faults}, is_one)
        for source in left:
            if owner := owners.get(_identity_of(source)):
                self._skip(source, f"it is the result of {owner}", result_of=owner.name)
        self._inputs -= owners.keys()
        return [source for source in left if _identity_of(source) not in owners]

    def _skip(self, source: Source, reason: str, **facts: str) -> None:
        self.report.say(f"skipped {source}: {reason}")
        self.report.record(input=source.name, action="skipped", **facts)

    def _refuse_shared(self, may_go: dict[Source, dict[str, Path]], going: Callable[[Source], dict[str, Path]]) -> None:
        """End the command if results of two inputs go to one file."""
        counts = Counter(one for found in may_go.values() for one in found)
        shared = [source for source, found in may_go.items() if any(counts[one] > 1 for one in found)]
        taken: dict[str, Source] = {}
        for source in sorted(shared, key=lambda one: [*may_go[one]]):  # those of one name in turn
            for one, path in going(source).items():
                if (other := taken.setdefault(one, source)) is not source:
                    error = self._clash(path, other, source)
                    self.report.refuse(error, [(source.name, error.problem)])

    def _obstacle(self, path: Path, source: Source) -> Obstacle | None:
        """Why a result of an input may not be written to a file, if so."""
        if os.path.isdir(path):
            return Obstacle(f"{path} is a folder", "name a file, or use --out-dir for a folder" if self.output else "")
        is_file, is_link = os.path.isfile(path), os.path.islink(path)
        if not is_file and os.path.exists(path):  # a device
            return None
        place = Path(os.path.realpath(path) if is_link else path).parent
        if (is_link or self.folder is None) and (error := problem_of_folder(place)):  # --out-dir may still be made
            return Obstacle(error.problem, error.hint)
        if not is_file:
            return None
        identity, reason = _identity(path), protection(path)
        if identity in self._inputs:
            is_result = not reason and identity not in {_identity_of(source), *self._also_read}
            return Obstacle(f"{path} is an input, which is never replaced", result=identity if is_result else None)
        return Obstacle(f"{path} exists and {reason}", is_mended_by_force=True) if reason and not self.force else None

    def _refuse(self, reasons: Sequence[Obstacle], faults: Iterable[tuple[str, str]], is_one: bool) -> NoReturn:
        """End the command for what is in the way of results: one of them, or several."""
        first, *more = dict.fromkeys(reasons)
        problem = first.problem + (f", and {len(more)} more" if more else "")
        if self.count > 1 or more:
            of = f" of {self.count}" if len(reasons) <= self.count else ""
            problem = f"{len(reasons)}{of} results may not be written, so none is: {problem}"
        hint = "choose another name with -o" if is_one else "use another folder: --out-dir DIR"
        hint += by_force() if all(why.is_mended_by_force for why in reasons) else ""
        self.report.refuse(OutputError(problem, hint if more else first.hint or hint), faults)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "report": None, "_written": {}, "_may_go": None}  # as another process has them

    def begin(self, source: Source) -> None:
        """Begin to work on an input: its results come from the file as it is now."""
        self.origin = origin(source, self.settings)

    def has_results(self, source: Source) -> bool:
        """Whether all results of an input are there, made with these settings from the file as it is now."""
        wanted = origin(source, self.settings)
        return bool(wanted) and has_results(wanted, self._places(source, self._may_go))

    def write(
        self, source: Source, words: str, file_type: str, encode: Encoder, shape: str, frames: int = 1
    ) -> Delivery:
        """Write one result, of a `shape` in words, for each of several `frames`.

        The default name is the input's, with `words` for what was done (``edge``, ``maxpool2``) and the `file_type`.
        """
        if self.is_stdout(source):
            if self.dry_run:
                return Delivery("-", "would write")
            give(sys.stdout.buffer, encode)
            sys.stdout.flush()
            return Delivery("-", "wrote")
        path = self.path(source, words, file_type)
        self._refuse_harm(path, source)
        if self.dry_run:
            return _delivery(path, foretold(path, force=self.force), shape)
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                problem = f"the folder {self.folder} cannot be made: {error.strerror}"
                raise OutputError(problem, hint="use another --out-dir") from None
        origin = f"{self.origin}/{self.results_per_source * frames}" if self.origin else ""
        written = write_file(path, encode, shape=shape, force=self.force, origin=origin, flushes=not self.is_batch)
        return _delivery(path, written, shape)

    def takes_one(self, source: Source) -> bool:
        """Whether all that is made of this input goes to one place: a named file, or standard output."""
        return self.output is not None or self.is_stdout(source)

    def is_shown(self, source: Source) -> bool:
        """Whether the result of this input, a grid that was typed in, is shown and goes nowhere."""
        return source.is_grid and not (self.collects or self.output or self.folder or self.chosen)

    def is_stdout(self, source: Source) -> bool:
        """Whether the result of this input goes to standard output."""
        goes_elsewhere = self.collects or self.output is not None or self.folder is not None
        return self.output == "-" or (source.is_stdin and not goes_elsewhere)

    def path(self, source: Source, words: str, file_type: str) -> Path:
        """The file of a result."""
        if self.output is not None:
            return Path(self.output)
        if self.folder is None and not os.path.isfile(source.path):
            raise OutputError("a pipe has no name to write a result beside", hint="name the result: -o FILE")
        folder = self.folder if self.folder is not None else source.path.parent
        return folder / f"{source.stem}.{words}.{file_type}"

    def _refuse_harm(self, path: Path, source: Source) -> None:
        if _identity(path) in self._inputs:
            raise OutputError(f"{path} is an input, which is never replaced", hint="choose another name with -o")
        target = os.path.realpath(path)
        if target in self._written:
            raise self._clash(path, self._written[target], source)
        self._written[target] = source

    def _clash(self, path: Path, first: Source, second: Source) -> OutputError:
        hint = "run them one at a time with -o"
        if self.folder is not None and first.path.parent != second.path.parent:
            hint = "leave --out-dir out, which puts both into one folder, or give each a folder of its own"
        return OutputError(f"{path} is the result of {first} and of {second}", hint)

    def _problem_of_out_dir(self) -> OutputError | None:
        """Why nothing can be written where ``--out-dir`` says."""
        folder = self.folder
        if folder is None:
            return None
        while not os.path.exists(folder) and folder != folder.parent:
            folder = folder.parent
        error = problem_of_folder(folder)
        if error is None or folder == self.folder:
            return error
        return OutputError(f"the folder {self.folder} cannot be made: {error.problem}", "use another --out-dir")

    def _places(self, source: Source, places: Places) -> Iterable[Path]:
        """The files where results of an input may go; none for what can be read once alone, and goes elsewhere."""
        if self.is_stdout(source) or self.is_shown(source) or self.collects:
            return ()
        if self.output is not None:
            return (Path(self.output),)
        is_there = source.is_stdin or source.is_grid or os.path.isfile(source.path)
        return places(source) if is_there else ()

    def _format_of_name(self, output: str | None) -> str | None:
        if output is None or output == "-":
            return None
        suffix = Path(output).suffix[1:].lower()
        if not suffix and Path(output).exists() and not Path(output).is_file():
            return None
        return self._format(suffix, f"-o {output}")

    def _format(self, word: str, given: str) -> str:
        file_type = _format_word(word)
        if file_type not in self.formats:
            hint = f"use one of {', '.join(self.formats)}"
            raise ArgumentError(f"{given} names no format this command writes", hint)
        return file_type
