"""The files in folders, with what is left out there, and the files that a pattern stands for.

Nothing is kept of a file but its name. Links are followed, but a folder is read once: links in a circle end.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import filter as matching
from functools import cache
from pathlib import Path

from cnnkit.cli.inputs.source import Source
from cnnkit.errors import InputError, printable
from cnnkit.files.reading import is_zarr
from cnnkit.files.recognition import is_of_kind
from cnnkit.geometry.pair import counted

SOUNDS = ("sound",)
READABLE = ("image", "array", *SOUNDS)
"""The kinds of files that commands read which take images."""

WILDCARD = re.compile(r"[*?[]")
ANY_FOLDERS = "**"
_SEPARATOR = re.compile(r"[/\\]" if os.sep == "\\" else "/")


class Search:
    """The search of one command for files: of these kinds, or of any if they are raw samples.

    Results in `out_dir` are not found again.
    """

    def __init__(
        self,
        *,
        is_recursive: bool = False,
        kinds: Sequence[str] = READABLE,
        is_raw: bool = False,
        out_dir: Path | None = None,
    ) -> None:
        self.is_recursive, self.kinds, self.is_raw, self.out_dir = is_recursive, kinds, is_raw, out_dir
        self._results = _identity(out_dir) if out_dir else None
        self.left: list[tuple[str, Counter[str]]] = []  # words, and how many files were left out there and why
        self._seen: set[tuple[int, int] | None] = set()
        self._links: dict[str, tuple[str, Counter[str]]] = {}  # where links to files lead, and who counts them
        self.takes_zarr = "array" in kinds
        self._other = ""  # a file that was left out for what it is

    def folder(self, folder: str, label: str, below: str = "") -> list[Source]:
        """The files of a folder, sorted by name; `label` is the word that names it."""
        left: Counter[str] = Counter()
        is_known = _identity(folder) in self._seen
        found = [*self._walk(folder, below, left)]
        if not (found or is_known):
            return [Source(folder, fault=self._nothing(folder, left))]
        self.left.append((label, left))
        return found

    def _walk(self, folder: str, below: str, left: Counter[str]) -> Iterator[Source]:
        walks = [self._entries(folder, below, left, is_named=True)]  # no recursion: a path may have 2000 folders
        while walks:
            entry = next(walks[-1], None)
            if entry is None:
                walks.pop()
            elif isinstance(entry, Source):
                yield entry
            else:
                walks.append(self._entries(*entry, left))

    def _entries(
        self, folder: str, below: str, left: Counter[str], *, is_named: bool = False
    ) -> Iterator[Source | tuple[str, str]]:
        """The files in a folder, and the sub-folders to be read, each in its place."""
        identity = _identity(folder)
        if identity in self._seen or (identity == self._results and not is_named):
            left["folder"] += identity != self._results
            left["results"] += identity == self._results
            return
        self._seen.add(identity)
        try:
            names, folders, links, others = _listed(folder)
        except OSError as error:
            fault = InputError(f"this folder cannot be read: {error.strerror}", "check its permissions (ls -ld)")
            yield Source(folder, fault=fault)
            return
        begin = "" if folder == os.curdir else os.path.join(folder, "")
        for name in names:
            path = begin + name
            if name[0] == ".":
                left["hidden"] += 1
            elif name in folders and not (self.takes_zarr and not self.is_raw and is_zarr(path)):
                if self.is_recursive:
                    yield path, os.path.join(below, name)
                left["sub-folder"] += not self.is_recursive
            elif name in others or not (name in folders or self.is_raw or is_of_kind(path, self.kinds)):
                self._other = self._other or path
                left["other"] += 1
            else:
                if name in links:
                    self._links[path] = os.path.realpath(path), left
                yield Source(as_file(path), below=below)

    def _nothing(self, folder: str, left: Counter[str]) -> InputError:
        """The error for a folder without a file to read."""
        what = "sound" if self.kinds == SOUNDS else "image, array or sound"
        counts = ", ".join(
            counted(count, f"{word} file" if word in ("hidden", "other") else word, ",")
            for word, count in left.items()
            if count and word != "results"
        )
        problem = f"there is no {what} in this folder, but {counts}" if counts else "this folder is empty"
        deep = Search(is_recursive=True, kinds=self.kinds, is_raw=self.is_raw, out_dir=self.out_dir)
        if left["sub-folder"] and next(deep._walk(folder, "", Counter()), None):
            return InputError(problem, "add --recursive, which takes sub-folders too")
        if left["other"]:
            return InputError(problem, f"name a file to see why it is left out: {printable(self._other)}")
        return InputError(problem, "check the folder, or name files")

    def pattern(self, word: str) -> list[Source]:
        """What a pattern stands for, sorted: files, and of folders the files in them unless it goes through all."""
        parts = _SEPARATOR.split(word)
        first = next(place for place, part in enumerate(parts) if WILDCARD.search(part))
        base = "".join(f"{part}{os.sep}" for part in parts[:first])
        sources: list[Source] = []
        for name in sorted({*_matches(base, parts[first:])}):
            path = base + name
            if not os.path.isdir(path) or (self.takes_zarr and is_zarr(path)):
                sources.append(Source(as_file(path), below=inside(os.path.dirname(name))))
            elif ANY_FOLDERS not in parts:
                sources += self.folder(path, word, inside(name))
        if not sources:
            hint = "check the pattern and the folder; names that begin with a dot need a pattern that does, too"
            sources = [Source(word, fault=InputError("no file has a name of this pattern", hint))]
        return sources

    def once(self, sources: list[Source]) -> list[Source]:
        """The sources without links in folders that lead to other sources."""
        if not self._links:
            return sources
        real = cache(os.path.realpath)
        names = (os.path.split(one.name) for one in sources if one.name not in self._links)
        reached = {os.path.join(real(folder), name) for folder, name in names}
        kept = []
        for one in sources:
            target, left = self._links.get(one.name, ("", Counter()))
            if target in reached:
                left["link"] += 1
            else:
                kept.append(one)
            reached.add(target or one.name)
        return kept

    def notes(self) -> Iterator[str]:
        """What was left out, a line or two for each word."""
        words: dict[str, Counter[str]] = {}
        for word, left in self.left:
            words.setdefault(word, Counter()).update(left)
        for word, left in words.items():
            hidden, other = left["hidden"], left["other"]
            counts = [f"{count:,} {which}" for which, count in (("hidden", hidden), ("other", other)) if count]
            begin = f"{printable(word)}: left out"
            if counts:
                yield f"{begin} {' and '.join(counts)} file{'s' * ((other or hidden) > 1)}"
            if left["sub-folder"]:
                yield f"{begin} {counted(left['sub-folder'], 'sub-folder', ',')}; --recursive takes them"
            if twice := [counted(left[which], which, ",") for which in ("folder", "link", "name") if left[which]]:
                yield f"{begin} {' and '.join(twice)} reached before"
            if left["results"]:
                yield f"{begin} {printable(str(self.out_dir))}, where results go"


def as_file(path: str) -> str:
    """A file's path, which for one that is called ``-`` is not that of standard input."""
    return os.path.join(os.curdir, path) if path == "-" else path


def inside(folder: str) -> str:
    """A folder relative to another, in short; nothing for that itself."""
    short = os.path.normpath(folder or os.curdir)
    return "" if short == os.curdir else short


def _identity(folder: str | Path) -> tuple[int, int] | None:
    """What a folder is, by whatever name; None if it cannot be looked at."""
    try:
        status = os.stat(folder)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _listed(folder: str) -> tuple[list[str], set[str], set[str], set[str]]:
    """The names in a folder, sorted; those of folders, of links, and of what is neither folder nor file."""
    names, folders, links, others = [], set(), set(), set()
    with os.scandir(folder) as entries:
        for entry in entries:
            names.append(name := entry.name)
            if entry.is_symlink():
                links.add(name)
                is_folder, is_file = os.path.isdir(entry.path), os.path.isfile(entry.path)
            else:
                is_folder, is_file = entry.is_dir(), entry.is_file()
            if is_folder:
                folders.add(name)
            elif not is_file:
                others.add(name)
    return sorted(names), folders, links, others


def _matches(base: str, parts: Sequence[str]) -> list[str]:
    """The names below `base` that parts of a pattern stand for, one for each folder on the way."""
    if parts[-1] == ANY_FOLDERS:
        parts = [*parts, "*"]
    begins = [""]
    for place, part in enumerate(parts, 1):
        end = os.sep if place < len(parts) else ""
        if part == ANY_FOLDERS:
            begins = [below for begin in begins for below in _folders_below(base, begin)]
        elif WILDCARD.search(part):
            begins = [
                f"{begin}{name}{end}"
                for begin in begins
                for name in matching(_names(base + begin), part)
                if name[0] != "." or part[0] == "."
            ]
        else:
            begins = [f"{begin}{part}{end}" for begin in begins if os.path.lexists(f"{base}{begin}{part}")]
    return begins


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder or os.curdir)
    except OSError:
        return []


def _folders_below(base: str, begin: str) -> Iterator[str]:
    """A folder and all below it that are not hidden, each once."""
    seen, waiting = set(), [begin]
    while waiting:
        folder = waiting.pop()
        identity = _identity(base + folder or os.curdir)
        if identity is None or identity in seen:
            continue
        seen.add(identity)
        yield folder
        with suppress(OSError):
            folders = _listed(base + folder or os.curdir)[1]
            waiting += [f"{folder}{name}{os.sep}" for name in folders if name[0] != "."]
