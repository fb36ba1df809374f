"""The stored loops as a whole: what there is, and what can go.

Only files of this program are touched: object code under the names that `cnnkit.loops.machine.store` gives, with its
magic word, in the user's own folder. Another process may be reading them, or removing them too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cnnkit.loops.machine import store

DAYS_UNUSED = 30
"""After which code that this version cannot use is removed: until then another version may."""

_NAME = re.compile(r"\w+-[0-9a-f]+\.o$")
_TEMPORARY = re.compile(r"\.\w+-[0-9a-f]+\.o\.\d+\.tmp$")  # of a process that was killed while it wrote one
_MAGIC = store.MAGIC.rpartition(b"-")[0]  # of any version


class Stored(NamedTuple):
    """A stored loop."""

    path: Path
    loop: str
    types: str
    size: int  # bytes
    is_current: bool  # whether this version uses it, on this machine


def stored() -> Iterator[Stored]:
    """Every stored loop, by its name."""
    for path in filter(_is_ours, _files(_NAME)):
        with suppress(OSError):
            content = path.read_bytes()
            key = _key(content)
            module, name, signature = [*key.split("\0"), "", "", ""][:3]
            types = re.sub(r"\([^)]*\)", "", signature)  # a record by its name
            is_current = bool(key) and key == store.key_of(name, module, signature)
            yield Stored(path, name or path.stem.rpartition("-")[0], types, len(content), is_current)


def clear() -> tuple[int, int]:
    """Remove all stored loops: how many were removed, and their bytes."""
    return _remove([*_files(_NAME), *_files(_TEMPORARY)])


def prune() -> None:
    """Remove what no version of this program has used for a while, and this one cannot use."""
    oldest = time.time() - DAYS_UNUSED * 24 * 3600
    aged = [path for path in [*_files(_NAME), *_files(_TEMPORARY)] if _last_use(path) < oldest]
    current = {one.path for one in stored() if one.is_current} if aged else set()  # reading them is a use
    _remove([path for path in aged if path not in current])


def _key(content: bytes) -> str:
    unpacked = store.unpack(content)
    return unpacked[0] if unpacked else ""


def _files(name: re.Pattern[str]) -> list[Path]:
    """The files of such names, none of which is read."""
    home = store.folder()
    with suppress(OSError):
        return sorted(path for path in home.iterdir() if name.match(path.name)) if home else []
    return []


def _is_ours(path: Path) -> bool:
    with suppress(OSError):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                begin = stream.read(len(_MAGIC))
            return begin == _MAGIC or path.suffix == ".tmp"  # which may be cut off anywhere
    return False


def _last_use(path: Path) -> float:
    with suppress(OSError):
        status = path.lstat()
        return max(status.st_atime, status.st_mtime)
    return time.time()


def _remove(paths: list[Path]) -> tuple[int, int]:
    count = size = 0
    for path in filter(_is_ours, paths):
        with suppress(OSError):
            length = path.stat().st_size
            path.unlink()
            count, size = count + 1, size + length
    return count, size
