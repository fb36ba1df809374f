"""The folders that results go to, each listed once: which results of many inputs may have something in their way.

To ask the system about each name that a result may get would take 400 us for an input, and there may be 200,000.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cnnkit.cli.inputs import Source
from cnnkit.cli.report import Report
from cnnkit.errors import OutputError
from cnnkit.files.writing import TEMPORARY, no_folder, protection

Identity = tuple[int, int]

Problem = Callable[[str], OutputError | None]
"""Why nothing can be written into a folder."""

MOST_LINES = 5
"""About inputs that are left out; of more, one line says how many."""

_FRAME = re.compile(r"\.frame\d+(?=\.)")
_FIRST_FRAME = ".frame1"


def identity(path: Path | int) -> Identity | None:
    """The identity of a file, whatever its names, or None; a number is an open file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def identity_of(source: Source) -> Identity | None:
    """The identity of an input."""
    return identity(0 if source.is_stdin else source.path)


def folded(name: str) -> str:
    """A file's name where case does not count on this system: the same for two names that lead to one file."""
    return name.casefold() if sys.platform == "darwin" else os.path.normcase(name)


def problem_of_folder(folder: Path) -> OutputError | None:
    """Why nothing can be written into a folder."""
    if not os.path.exists(folder):
        return no_folder(folder)
    if not os.path.isdir(folder):
        return OutputError(f"{folder} is no folder to write into", hint="use -o or --out-dir to write elsewhere")
    if not os.access(folder, os.W_OK):
        return OutputError(f"the folder {folder} may not be written into", "use -o or --out-dir to write elsewhere")
    return None


def problem_of_target(out_dir: Path | None, folder: str) -> OutputError | None:
    """Why nothing can be written into a folder that results go to; one of ``--out-dir`` may still be made."""
    wanted = place = Path(folder)
    while out_dir is not None and not os.path.exists(place) and place != place.parent:
        place = place.parent
    error = problem_of_folder(place)
    if error is None or place == wanted:
        return error
    return OutputError(f"the folder {wanted} cannot be made: {error.problem}", "use another --out-dir")


class Obstacle(NamedTuple):
    """Why a result may not be written to a file."""

    problem: str
    hint: str = ""  # where it has its own
    is_mended_by_force: bool = False
    result: Identity | None = None  # of an input that is a result of another


def obstacle(
    path: Path,
    problem: Problem,
    inputs: set[Identity | None],
    own: set[Identity | None],
    *,
    is_named: bool,
    force: bool,
) -> Obstacle | None:
    """Why a result may not be written to a file or, as a .zarr, to a folder, if so.

    `own` are the input that it is made of and other files that are read; a result that `is_named` has its name by -o.
    """
    is_folder = os.path.isdir(path)
    if is_folder and path.suffix.lower() != ".zarr":
        return Obstacle(f"{path} is a folder", "name a file, or use --out-dir for a folder" if is_named else "")
    is_there, is_link = is_folder or os.path.isfile(path), os.path.islink(path)
    if not is_there and os.path.exists(path):  # a device
        return None
    place = os.path.dirname(os.path.realpath(path) if is_link else path)
    if error := problem_of_folder(Path(place)) if is_link or is_named else problem(place):
        return Obstacle(error.problem, error.hint)
    if not is_there:
        return None
    if is_folder:
        from cnnkit.files.datasets import folder

    found, reason = identity(path), folder.protection(path) if is_folder else protection(path)
    if found in inputs:
        is_result = not reason and found not in own
        return Obstacle(f"{path} is an input, which is never replaced", result=found if is_result else None)
    return Obstacle(f"{path} exists and {reason}", is_mended_by_force=True) if reason and not force else None


class Target:
    """A folder that results go to: the names of its files, and of which stems results go there."""

    def __init__(self, folder: str) -> None:
        self.stems: dict[str, Source] = {}
        self.frames: dict[str, list[str]] = {}  # the files of frames, by the name of the first
        self.is_open = True
        try:
            self.names = {folded(name) for name in os.listdir(folder or os.curdir)}
        except FileNotFoundError:
            self.names = set()
        except OSError:
            self.is_open = False

    def number_frames(self) -> None:
        """Find files of frames, whatever their numbers, by the name that the first of them has."""
        for name in self.names:
            if (first := _FRAME.sub(_FIRST_FRAME, name)) != name:
                self.frames.setdefault(first, []).append(name)

    def has(self, name: str) -> bool:
        """Whether there is a file of this name, or one of another frame."""
        return name in self.names or (bool(self.frames) and _FRAME.sub(_FIRST_FRAME, name) in self.frames)


class Targets:
    """The folders that results of one command go to, under names that end in one of the `endings`.

    If an ending is that of the first of all frames, others may follow.
    """

    def __init__(self, endings: Sequence[str], *, has_frames: bool) -> None:
        self.endings, self.has_frames = endings, has_frames
        self._folded = [folded(ending) for ending in endings]
        pairs = ((longer, shorter) for longer in self._folded for shorter in self._folded if longer != shorter)
        # a + .logmel.edge.png is a.logmel + .edge.png
        self._between = {one.removesuffix(other) for one, other in pairs if one.endswith(other)}
        self.at = cache(self._at)
        self._by_real_path: dict[str, Target] = {}

    def _at(self, folder: str) -> Target:
        real = os.path.realpath(folder or os.curdir)
        target = self._by_real_path.get(real)
        if target is None:
            target = self._by_real_path[real] = Target(real)
            if self.has_frames and target.is_open:
                target.number_frames()
        return target

    def is_free(self, path: Path) -> bool:
        """Whether a folder that results can be written into has no file of this name."""
        target = self.at(str(path.parent))
        return target.is_open and folded(path.name) not in target.names

    @property
    def folders(self) -> list[Path]:
        """The folders that were looked at in which something was left behind by a process that was ended."""
        left = [(real, target.names) for real, target in self._by_real_path.items() if target.is_open]
        return [Path(real) for real, names in left if any(name.startswith(TEMPORARY) for name in names)]

    def suspects(
        self, sources: Iterable[Source], folder_of: Callable[[Source], str], problem: Callable[[str], object]
    ) -> list[Source]:
        """The sources of which a result may be in the way of another, or something in the way of a result."""
        found: dict[Source, None] = {}
        longer: list[tuple[Target, str, Source]] = []
        for source in sources:
            folder = folder_of(source)
            target, stem = self.at(folder), folded(source.stem)
            other = target.stems.setdefault(stem, source)
            if other is not source:
                found[other] = found[source] = None
            for between in self._between:
                if stem.endswith(between):
                    longer.append((target, stem.removesuffix(between), source))
            target.is_open = target.is_open and not problem(folder)
            if not target.is_open or (target.names and any(target.has(stem + ending) for ending in self._folded)):
                found[source] = None
        for target, stem, source in longer:
            if stem in target.stems:
                found[target.stems[stem]] = found[source] = None
        return [source for source in sources if source in found]

    def frames(self, source: Source, folder: str, ending: str) -> Iterator[str]:
        """The names of files that hold frames of an input, where all are wanted."""
        begin = f"{source.stem}{_FIRST_FRAME}"
        names = self.at(folder).frames.get(_FRAME.sub(_FIRST_FRAME, folded(source.stem + ending)), [])
        return (name for name in names if name.startswith(folded(begin[:-1])))


def say_skipped(report: Report, pairs: Sequence[tuple[Source, Source]], reason: str, fact: str) -> None:
    """Say which inputs are left out, and because of which others; of many, how many."""
    for source, other in pairs:
        if len(pairs) <= MOST_LINES:
            report.say(f"skipped {source}: it {reason} {other}")
        report.record(input=source.name, action="skipped", **{fact: other.name})
    if len(pairs) > MOST_LINES:
        source, other = pairs[0]
        report.say(f"skipped {len(pairs):,} inputs, of which each {reason} another: {source} {reason} {other}")
