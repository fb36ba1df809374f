"""Which inputs a command works on, and when it shows its worked example instead.

Reading standard input whenever it is not a terminal makes a tool hang under cron and in CI. So: a terminal,
/dev/null or a closed standard input mean that there is no input; a file or a pipe with bytes is the input; a pipe
that closes empty, or stays silent, is an error.
"""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from cnnkit.cli.inputs.folders import READABLE, WILDCARD, Search, as_file, inside
from cnnkit.cli.inputs.lists import read_list
from cnnkit.cli.inputs.source import Source, is_grid
from cnnkit.cli.options import Files
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError, InputError, quoted
from cnnkit.files.reading import SECONDS_OF_SILENCE, is_zarr


def find_sources(
    arguments: Sequence[str] | None,
    files: Files = Files(),  # noqa: B008
    report: Report | None = None,
    *,
    out_dir: Path | None = None,
    kinds: Sequence[str] = READABLE,
    is_raw: bool = False,
) -> list[Source]:
    """The inputs named, or standard input when it has bytes; none means: show the worked example.

    Of folders, files of these `kinds` are taken, or all if they are raw samples, and none of `out_dir`.
    """
    words = [*(arguments or [])]
    if [*words, files.files_from].count("-") > 1:
        raise ArgumentError("standard input is named twice", hint="give - once")
    if not words and files.files_from is None:
        return [Source("-")] if _stdin_brings_bytes() else []
    search = Search(is_recursive=files.recursive, kinds=kinds, is_raw=is_raw, out_dir=out_dir)
    sources = [source for word in words for source in _of_word(word, search)]
    if files.files_from is not None:
        sources += _of_list(files.files_from, search)
    sources = search.once(sources)
    if report:
        deque(map(report.remark, search.notes()), 0)
    if out_dir and (outside := [one for one in sources if one.below.split(os.sep)[0] == os.pardir]):
        more = f", and {len(outside) - 1:,} more" if len(outside) > 1 else ""
        hint = "run cnnkit in a folder above them, or list absolute names: what they have in common is left out"
        raise ArgumentError(f"the result of {outside[0]} would lie outside of {out_dir}{more}", hint)
    return sources


def _of_word(word: str, search: Search) -> list[Source]:
    if is_grid(word):
        return [Source(word.strip(), is_grid=True)]
    if os.path.isdir(word):
        return [Source(os.path.normpath(word))] if search.takes_zarr and is_zarr(word) else search.folder(word, word)
    found = search.pattern(word) if WILDCARD.search(word) and not os.path.lexists(word) else [Source(word)]
    is_missing = found[0].fault or not os.path.lexists(word)
    if is_missing and re.match(r"\s*[\[(]*[-+.]?\d[\d.e+-]*[\s,;]+\S", word) and found[0].name == word:
        hint = "write rows of numbers as '1 2 3; 4 5 6', or check the name"
        raise ArgumentError(f"{quoted(word)} is no file, and no grid of numbers", hint=hint)
    return found


def _of_list(name: str, search: Search) -> list[Source]:
    """The inputs that a list names, which are files and folders alone, as they are."""
    names = read_list(name)
    folders = {one for one in names if os.path.isdir(one) and not (search.takes_zarr and is_zarr(one))}
    places = {one: one if one in folders else os.path.dirname(one) for one in names}
    tops = {os.path.normpath(place) for place in places.values() if os.path.isabs(place)}
    try:
        common = os.path.commonpath(tops) if tops and search.out_dir else ""
    except ValueError:
        raise ArgumentError(f"{name} names files of several drives", hint="make a list for each") from None
    belows = {
        place: inside(os.path.relpath(place, common) if common and os.path.isabs(place) else place)
        for place in {*places.values()}
    }
    label = "standard input" if name == "-" else name
    sources: list[Source] = []
    for one, place in places.items():
        if one in folders:
            sources += search.folder(one, label, belows[place])
        else:
            sources.append(Source(as_file(one), below=belows[place]))
    if repeated := names.total() - len(names):
        search.left.append((label, Counter(name=repeated)))
    return sources


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
