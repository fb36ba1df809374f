"""Replacing a folder in Zarr's layout by another without ever harming what is not cnnkit's.

The rules are those for files (`files.writing`): the new folder takes its name in one step, and one that exists is
replaced only if cnnkit made it and nobody changed it since, or by force. What is no part of a Zarr is never deleted,
not by force either. Standard library only.
"""

from __future__ import annotations

import ctypes
import filecmp
import json
import os
import re
import shutil
import stat
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from cnnkit.data.part import Part
from cnnkit.errors import OutputError, printable
from cnnkit.files import ledger
from cnnkit.files.marks import MARK
from cnnkit.files.writing import TEMPORARY, Written, protected, refused, temporary_name
from cnnkit.interruption import interruptions_wait

_HEADERS = (".zgroup", ".zarray", ".zattrs", ".zmetadata", "zarr.json")
_CHUNK = re.compile(r"(c/)?[0-9]+([./][0-9]+)*|c")
"""The name of a chunk below the folder of its array, in formats 2 and 3."""

_MOST_BYTES = 1 << 20  # of attributes that are looked into
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


class _Content(NamedTuple):
    """What is in a folder: the files of a Zarr, and others."""

    members: list[Path]
    strangers: list[Path]

    @classmethod
    def of(cls, folder: Path) -> _Content:
        found = cls([], [])
        array_of: dict[str, str] = {}  # the array in whose folder a folder lies
        for place, folders, files in os.walk(folder):
            is_array = ".zarray" in files or ("zarr.json" in files and _is_array(Path(place, "zarr.json")))
            array = array_of[place] = place if is_array else array_of.get(os.path.dirname(place), "")
            links = [name for name in folders if os.path.islink(os.path.join(place, name))]
            for path in (Path(place, name) for name in sorted([*files, *links])):
                is_chunk = array and _CHUNK.fullmatch(path.relative_to(array).as_posix())
                is_member = (path.name in _HEADERS or is_chunk) and stat.S_ISREG(path.lstat().st_mode)
                (found.members if is_member else found.strangers).append(path)
        found.members.sort()
        return found

    def status(self, folder: Path) -> ledger.Status:
        """For the ledger: the folder, the size of all its files, and when the last of them was changed."""
        status, each = folder.stat(), [path.stat() for path in self.members]
        newest = max((one.st_mtime_ns for one in each), default=0)
        return ledger.Made(status.st_dev, status.st_ino, sum(one.st_size for one in each), newest)


def status(path: Path) -> ledger.Status:
    """By what the ledger knows a Zarr: any change to its files shows, as it may not in the folder's own status."""
    folder = Path(os.path.realpath(path))
    return _Content.of(folder).status(folder)


def _json(path: Path) -> Any:
    """The object in a small file; an empty one if it is damaged, however it is."""
    try:
        with path.open("rb") as stream:
            return json.loads(stream.read(_MOST_BYTES))
    except Exception:
        return {}


def _is_array(header: Path) -> bool:
    found = _json(header)
    return isinstance(found, dict) and found.get("node_type") == "array"


def protection(path: Path) -> str:
    """Why a Zarr that exists is not replaced unless by force; empty if it may be."""
    folder = Path(os.path.realpath(path))
    return _protection(folder, _Content.of(folder))


def _protection(folder: Path, content: _Content) -> str:
    """Why a folder with this content is not replaced unless by force."""
    if not folder.stat().st_mode & 0o222 or not os.access(folder, os.W_OK):
        return "is read-only"
    status = content.status(folder)
    if ledger.shape_of(status) is not None or not content.members:
        return ""
    if ledger.was_changed(status, folder):
        return "was changed since cnnkit made it"
    attributes = _json(folder / ".zattrs")
    command = attributes.get("command") if isinstance(attributes, dict) else ""
    return "" if str(command).startswith(MARK) else "was not made by cnnkit"


def foretold(path: Path, *, force: bool = False) -> Written:
    """What writing a folder would do; an OutputError if what is there may not be replaced."""
    folder = Path(os.path.realpath(path))
    if not folder.exists():
        return Written("would write")
    if not folder.is_dir():
        raise OutputError(f"{path} exists and is no folder, as a .zarr is", hint="choose another name")
    content = _Content.of(folder)
    if content.strangers:
        name = printable(content.strangers[0].relative_to(folder).as_posix())
        raise OutputError(
            f"{path} exists and holds {name}, which is no part of a .zarr",
            hint=f"choose another name, or move {name} elsewhere",
        )
    if not force and (reason := _protection(folder, content)):
        raise protected(path, reason)
    return Written("would replace", ledger.shape_of(content.status(folder)) or "")


def write_folder(
    path: Path,
    fill: Callable[[Path], None],
    *,
    shape: str,
    force: bool = False,
    origin: str = "",
    part: Part | None = None,
) -> Written:
    """Have a new folder filled and give it the name `path`; `shape` is that of what is in it, in words.

    Its `origin` is noted in the ledger. Of an image in parts, the folder is that of all of them, and gets its name at
    the end. A link is followed. An OutputError if what is there may not be replaced, or the disk takes no more.
    """
    foretold(path, force=force)
    target = Path(os.path.realpath(path))
    try:
        temporary = _temporary(target) if part is None else _shared(target, part)
        own = temporary.stat().st_ino
        if part is not None and not part.is_end:
            fill(temporary)
            return Written("wrote")
        try:
            fill(temporary)
            return _rename(temporary, target, path, (shape, origin), force=force)
        finally:
            if temporary.exists():
                _delete(temporary, is_new=temporary.stat().st_ino == own)
    except OSError as error:
        raise refused(path, error) from None


def _temporary(target: Path) -> Path:
    """A new folder beside `target`."""
    while True:
        name = temporary_name(target)
        with suppress(FileExistsError):  # left by a process of the same number that was killed
            name.mkdir()
            return name


def _shared(target: Path, part: Part) -> Path:
    """The folder beside `target` for all parts of an image."""
    folder = target.with_name(f"{TEMPORARY}{part.key}-{zlib.crc32(os.fsencode(target.name)):08x}.tmp")
    folder.mkdir(exist_ok=True)
    return folder


def forget(folder: Path, key: str) -> None:
    """Delete what parts of an image have left in a folder."""
    for place in folder.glob(f"{TEMPORARY}{key}-*.tmp"):
        shutil.rmtree(place, ignore_errors=True)


def _rename(temporary: Path, target: Path, path: Path, noted: tuple[str, str], *, force: bool) -> Written:
    made = _Content.of(temporary)
    if not target.exists():
        ledger.record(made.status(temporary), target, *noted)
        os.rename(temporary, target)
        return Written("wrote")
    before = foretold(path, force=force).shape_before
    if _is_same(temporary, target):
        ledger.record(status(target), target, *noted)
        return Written("unchanged")
    os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
    for member in made.members:  # of what is replaced, nothing is to be lost by a loss of power
        with member.open("rb+") as stream:
            os.fsync(stream.fileno())
    ledger.record(made.status(temporary), target, *noted)
    with interruptions_wait():
        _exchange(temporary, target)
    return Written("replaced", before)


def _is_same(one: Path, other: Path) -> bool:
    members = [[path.relative_to(folder) for path in _Content.of(folder).members] for folder in (one, other)]
    return members[0] == members[1] and not any(filecmp.cmpfiles(one, other, map(str, members[0]), shallow=False)[1:])


def _exchange(new: Path, old: Path) -> None:
    """Swap the names of two folders: on Linux in one step, elsewhere in three, between which each is whole."""
    if sys.platform == "linux":
        swap = getattr(ctypes.CDLL(None), "renameat2", None)
        if swap is not None and swap(_HERE, os.fsencode(new), _HERE, os.fsencode(old), _EXCHANGE) == 0:
            return
    aside = temporary_name(old)
    os.rename(old, aside)
    try:
        os.rename(new, old)
    except BaseException:
        os.rename(aside, old)
        raise
    os.rename(aside, new)


def _delete(folder: Path, *, is_new: bool) -> None:
    """Delete a folder that is new, or the Zarr that was replaced, but nothing that somebody put there since."""
    content = _Content.of(folder)
    if is_new or not content.strangers:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        for member in content.members:
            member.unlink(missing_ok=True)
