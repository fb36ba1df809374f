"""Where results go, under which name, in which format.

A default name stands beside the input and reads as the pipeline: ``image.edge.png``, ``image.edge.maxpool2.png``,
``song.mfcc13.npy``.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results
from cnnkit.cli.outputs.delivery import Delivery, delivered
from cnnkit.cli.outputs.targets import (
    Identity,
    Obstacle,
    Problem,
    Targets,
    folded,
    identity,
    identity_of,
    obstacle,
    problem_of_target,
    say_skipped,
)
from cnnkit.cli.report import Report
from cnnkit.cli.work.resume import has_results, origin, settings_digest
from cnnkit.errors import ArgumentError, OutputError
from cnnkit.files.reading import is_zarr
from cnnkit.files.writing import by_force, foretold, give, sweep, write_file

if TYPE_CHECKING:
    from cnnkit.files.images.raster import Stack

Encode = Callable[[Any], None]
"""What writes a result into a stream, or into a folder where its format is one."""

Places = Callable[[Source], Iterable[Path]]
"""The files where results of an input go."""
STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def _format_word(word: str) -> str:
    from cnnkit.files.images.raster import FORMAT_ALIASES

    return FORMAT_ALIASES.get(word.lower(), word.lower())


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
        self.collects = collects
        output = self.output = None if collects else output
        self.folder = results.out_dir
        self.formats = tuple(formats)
        self.chosen = self._format(chosen, f"--format {chosen}") if chosen else self._format_of_name(output)
        if chosen and _format_word(Path(output or "").suffix[1:]) in {*self.formats} - {self.chosen}:
            raise ArgumentError(f"-o {output} and --format {chosen} are two formats", hint="leave --format out")
        self.force = results.force
        self.dry_run = results.dry_run
        self.report = report
        self._also_read = {identity(Path(path)) for path in also_read}
        self.sources = sources
        self._written: dict[str, Source] = {}
        self.is_batch = len(sources) > 1
        self._files = also_read
        self._has_origins = self.is_batch or results.resume
        self.origin = ""  # from what, and how, the results are made that are written next
        self._targets: Targets | None = None
        self.stack: Stack | None = None  # the frames so far of an input whose frames go into one file
        if any(self.is_stdout(source) for source in sources):
            if count > 1:
                raise ArgumentError(f"standard output takes one result, not {count}", hint="use --out-dir DIR")
            if report.as_json:
                raise ArgumentError("--json and the result both want standard output", "use -o FILE for the result")
            if sys.stdout.isatty() and not results.dry_run:
                raise ArgumentError("the result would be printed on the terminal", hint="use -o FILE, or > FILE")

    @cached_property
    def _inputs(self) -> set[Identity | None]:
        """Which files are inputs: of many, known only where something is in the way of a result."""
        return ({identity_of(source) for source in self.sources} | self._also_read) - {None}

    def format(self, default: str) -> str:
        """The format of a result whose natural format is `default`."""
        return self.chosen or default

    def check(
        self, sources: Sequence[Source], endings: Sequence[str], results: Places | None = None, *, frames: bool = False
    ) -> list[Source]:
        """End the command, before anything is written, if a result may not be; leave out inputs that are results.

        Names of results are those of inputs with one of the `endings`, or with that of another frame if there are
        `frames`. `results` reads an input and gives the files where its results do go, and is called only for inputs
        with something in the way. Without it, they go to all places.
        """
        problem = cache(partial(problem_of_target, self.folder))
        if self.folder is not None and (error := problem(str(self.folder))):
            self.report.refuse(error, [(source.name, error.problem) for source in sources])
        real = cache(os.path.realpath)

        def key(path: str | Path) -> str:
            folder, name = os.path.split(path)
            return folded(os.path.join(real(folder), name))

        @cache
        def going(source: Source) -> dict[str, Path]:
            found = may_go[source]
            return found if len(found) < 2 or not results else {key(path): path for path in results(source)}

        first: dict[str, Source] = {}
        again: list[tuple[Source, Source]] = []
        for source in sources:
            if (same := first.setdefault("-" if source.is_stdin else key(source.name), source)) is not source:
                again.append((source, same))
        say_skipped(self.report, again, "is named before, as", "same_as")
        left = [*first.values()]
        del first
        targets = self._targets = Targets(endings, has_frames=frames)
        suspects = targets.suspects(left, self.folder_of, problem) if self.output is None else left
        for folder in () if self.dry_run else targets.folders:
            sweep(folder)
        may_go = {source: {key(path): path for path in self._places(source, targets)} for source in suspects}
        self._refuse_shared(may_go, going)
        owners: dict[Identity | None, Source] = {}  # the input of a result that is an input too
        faults: list[tuple[Source, Obstacle]] = []
        is_one = self.count == 1
        for source, found in may_go.items():
            taken = {one: path for one, path in found.items() if self.output or not targets.is_free(path)}
            obstacles = {one: why for one, path in taken.items() if (why := self._obstacle(path, source, problem))}
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
        if not owners:
            return left
        made = {source: owner for source in left if (owner := owners.get(identity_of(source)))}
        say_skipped(self.report, [*made.items()], "is the result of", "result_of")
        self._inputs -= owners.keys()
        return [source for source in left if source not in made]

    def _refuse_shared(self, may_go: dict[Source, dict[str, Path]], going: Callable[[Source], dict[str, Path]]) -> None:
        """End the command if results of two inputs go to one file."""
        counts = Counter(one for found in may_go.values() for one in found)
        shared = [source for source, found in may_go.items() if any(counts[one] > 1 for one in found)]
        taken: dict[str, Source] = {}
        clashes = []
        for source in sorted(shared, key=lambda one: [*may_go[one]]):  # those of one name in turn
            for one, path in going(source).items():
                if (other := taken.setdefault(one, source)) is not source:
                    clashes.append((source, self._clash(path, other, source)))
        if clashes:
            (_, error), *more = clashes
            faults = [(source.name, one.problem) for source, one in clashes]
            error.problem += f", and {len(more):,} more like this" if more else ""
            self.report.refuse(error, faults)

    def _obstacle(self, path: Path, source: Source, problem: Problem) -> Obstacle | None:
        """Why a result of an input may not be written to a file, if so."""
        own = {identity_of(source), *self._also_read}
        return obstacle(path, problem, self._inputs, own, is_named=bool(self.output), force=self.force)

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
        return {
            **vars(self),
            "settings": self.settings,
            "report": None,
            "_written": {},
            "_targets": None,
        }  # as another process has them

    @cached_property
    def settings(self) -> str:
        """A digest of what is done with every input."""
        return settings_digest(self.report.command, self._files)

    def begin(self, source: Source) -> None:
        """Begin to work on an input: its results come from the file as it is now."""
        self.origin = origin(source, self.settings) if self._has_origins else ""

    def clear(self, source: Source, process: int) -> None:
        """Remove what a process left behind that was ended while it worked on an input."""
        sweep(Path(self.folder_of(source)), process)

    def has_results(self, source: Source) -> bool:
        """Whether all results of an input are there, made with these settings from the file as it is now."""
        wanted = origin(source, self.settings)
        return self._targets is not None and has_results(wanted, self._places(source, self._targets))

    def write(
        self, source: Source, words: str, file_type: str, encode: Encode, shape: str, frames: int = 1
    ) -> Delivery:
        """Write one result, of a `shape` in words, for each of several `frames`.

        The default name is the input's, with `words` for what was done (``edge``, ``maxpool2``) and the `file_type`.
        """
        if self.is_stdout(source):
            if file_type == "zarr":
                raise OutputError("a .zarr is a folder, which no pipe takes", "name it: -o FILE.zarr, or add --format")
            if self.dry_run:
                return Delivery("-", "would write")
            give(sys.stdout.buffer, encode)
            sys.stdout.flush()
            return Delivery("-", "wrote")
        path = self.path(source, words, file_type)
        self._refuse_harm(path, source)
        if file_type == "zarr":
            from cnnkit.files.datasets import folder as folders
        foretell = folders.foretold if file_type == "zarr" else foretold
        if self.dry_run:
            return delivered(path, foretell(path, force=self.force), shape)
        if self.folder is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                problem = f"the folder {path.parent} cannot be made: {error.strerror}"
                raise OutputError(problem, hint="use another --out-dir") from None
        origin = f"{self.origin}/{self.results_per_source * frames}" if self.origin else ""
        if file_type == "zarr":
            part = source.part
            written = folders.write_folder(path, encode, shape=shape, force=self.force, origin=origin, part=part)
            return delivered(path, written, shape)
        written = write_file(path, encode, shape=shape, force=self.force, origin=origin, flushes=not self.is_batch)
        return delivered(path, written, shape)

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
        if self.folder is None and not (os.path.isfile(source.path) or is_zarr(source.path)):
            raise OutputError("a pipe has no name to write a result beside", hint="name the result: -o FILE")
        return Path(self.folder_of(source), f"{source.stem}.{words}.{file_type}")

    def _refuse_harm(self, path: Path, source: Source) -> None:
        if (there := identity(path)) and there in self._inputs:
            raise OutputError(f"{path} is an input, which is never replaced", hint="choose another name with -o")
        if is_zarr(path.parent):
            raise OutputError(f"{path} would be a file inside of a .zarr", hint="choose another place with -o")
        target = os.path.realpath(path)
        if (other := self._written.setdefault(target, source)).name != source.name:
            raise self._clash(path, other, source)

    def _clash(self, path: Path, first: Source, second: Source) -> OutputError:
        hint = "run them one at a time with -o"
        ends = [os.path.splitext(one.name)[1] for one in (first, second)]
        if self.folder is not None and os.path.dirname(first.name) != os.path.dirname(second.name):
            hint = "leave --out-dir out, which puts both into one folder, or give each a folder of its own"
        elif self.count > 2 and ends[0] != ends[1]:
            top = os.path.dirname(first.name).removesuffix(first.below)
            all_of = os.path.join(top, "**" if any(one.below for one in self.sources) else "", "*")
            one, other = (shlex.quote(all_of + end) for end in ends)
            hint = f"take one kind at a time, each with an --out-dir of its own: {one}, then {other}"
        return OutputError(f"{path} is the result of {first} and of {second}", hint)

    def folder_of(self, source: Source) -> str:
        """The folder that results of an input go to."""
        if self.folder is None:
            return os.path.dirname(source.name if self.output is None else self.output)
        return os.path.join(self.folder, source.below) if source.below else str(self.folder)

    def _places(self, source: Source, targets: Targets) -> Iterator[Path]:
        """The files where results of an input may go; none for what can be read once alone, and goes elsewhere."""
        if self.is_stdout(source) or self.is_shown(source) or self.collects:
            return
        if self.output is not None:
            yield Path(self.output)
        elif source.is_stdin or source.is_grid or os.path.isfile(source.name) or is_zarr(source.name):
            folder = self.folder_of(source)
            for ending in targets.endings:
                yield Path(folder, source.stem + ending)
                yield from (Path(folder, name) for name in targets.frames(source, folder, ending))

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
