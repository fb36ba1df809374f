"""Which files cnnkit made, so that it may replace them: a ledger in the user's state folder.

A format such as .npy has no room to say who made a file. So every file written gets a line here: its inode, size,
time and device, a checksum of its path, what it was made from, and the shape of what is in it. A file that has inode,
size and time still is as it was made, wherever it is now; the device does not count, as some systems number it anew at
every mount. A file that has inode, device and path alone was changed since; inodes alone come again when a file is
deleted.

Nothing here is ever an error: where the ledger is missing, damaged or not safely the user's own, the marks inside files
decide. No line is ever changed. Lines go to the last of the files ``made-1``, ``made-2`` ...; when it is full, the next
is begun and all but these two are deleted, so that a process that still writes into the one before loses nothing.

Standard library only.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cnnkit.folders import own_folder

MAX_LINES = 50_000
"""In each of the two files: no line is shorter than `LINE_BYTES`, so that their size bounds their number."""

LINE_BYTES = 96

NO_ORIGIN = "-"
"""Stands for that of a file that no run would look for."""


class Made(NamedTuple):
    """What the ledger knows a thing by that is more than one file."""

    st_dev: int
    st_ino: int
    st_size: int
    st_mtime_ns: int


Status = os.stat_result | Made

_made: dict[bytes, bytes] = {}  # by inode, size and time: the device, path, origin and shape
_places: set[bytes] = set()  # inode, device and path
_read_bytes: dict[Path, int] = {}  # of each file of the ledger


def record(made: Status, path: Path, shape: str, origin: str = "") -> None:
    """Note a file that is about to be at `path`, with no links in it, and the shape of what is in it.

    Its `origin`, a word, says from what it was made, and how.
    """
    folder = own_folder("state")
    if folder is None:
        return
    # The line break comes first: what a full disk leaves of a line does not spoil the next.
    line = f"\n{made.st_ino} {made.st_size} {made.st_mtime_ns} on {_place(made, path)} {origin or NO_ORIGIN} {shape}"
    with suppress(OSError):
        files = _files(folder) or [folder / "made-1"]
        # Without waiting, as a named pipe would have it; in one call, as other processes write too.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(files[-1], flags, 0o600)
        try:
            os.write(descriptor, line.ljust(LINE_BYTES).encode(errors="replace"))
            is_full = os.fstat(descriptor).st_size >= MAX_LINES * LINE_BYTES
        finally:
            os.close(descriptor)
        if is_full:
            files.append(folder / f"made-{_number(files[-1]) + 1}")
            files[-1].touch(0o600)
            for file in files[:-2]:
                file.unlink(missing_ok=True)


def shape_of(status: Status) -> str | None:
    """The shape of what is in a file that is as cnnkit made it; None if there is no such line."""
    found = _line_of(status)
    return None if found is None else found.split(b" ", 2)[-1].decode(errors="replace").strip()


def origin_of(status: Status) -> str:
    """What a file that is as cnnkit made it was made from, as it was recorded; empty if there is no such line."""
    found = _line_of(status)
    return "" if found is None else found.split(b" ", 2)[1].decode(errors="replace")


def _line_of(status: Status) -> bytes | None:
    key = b"%d %d %d" % (status.st_ino, status.st_size, status.st_mtime_ns)
    if key not in _made:
        _read()
    return _made.get(key)


def was_changed(status: Status, path: Path) -> bool:
    """Whether cnnkit made a file at `path`, with no links in it, that is no longer as it was."""
    return shape_of(status) is None and f"{status.st_ino} {_place(status, path)}".encode() in _places


def _place(status: Status, path: Path) -> str:
    return f"{status.st_dev}:{zlib.crc32(os.fsencode(path)):x}"


def _read() -> None:
    """Read what was written since the last time, by this process or another."""
    folder = own_folder("state")
    with suppress(OSError):
        for file in [] if folder is None else _files(folder):
            with file.open("rb") as stream:
                begin = stream.seek(_read_bytes.get(file, 0))
                content = stream.read(2 * MAX_LINES * LINE_BYTES)
            for line in content.split(b"\n"):
                key, _, rest = line.partition(b" on ")
                if rest.count(b" ") >= 2:
                    _made[key] = rest
                    _places.add(key.partition(b" ")[0] + b" " + rest.partition(b" ")[0])
            # Only now, as another thread reads from here on; the last line may not be whole yet.
            _read_bytes[file] = begin + max(content.rfind(b"\n"), 0)


def _files(folder: Path) -> list[Path]:
    """The files of the ledger, the one that is written to last."""
    found = [Path(entry) for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    return sorted((file for file in found if _number(file)), key=_number)


def _number(file: Path) -> int:
    name, _, number = file.name.partition("-")
    return int(number) if name == "made" and number.isdecimal() and len(number) < 18 else 0
