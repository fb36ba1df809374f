"""The user's own folders for what is kept from one run to the next: compiled loops, and the ledger of results.

Each is trusted only if it is this user's own and closed to others: machine code is loaded from one, and the other
decides which files may be replaced. Standard library only.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

PLACES = {"cache": (".cache", "Caches", "cnnkit/loops"), "state": (".local/state", "Application Support", "cnnkit")}
"""Where each kind is in a home by the XDG Base Directory Specification, in the Library of a Mac, and its own name."""


def place(kind: str) -> Path:
    """Where a folder, cache or state, should be, whether or not it is there; a RuntimeError if the user has no home."""
    usual, library, name = PLACES[kind]
    if chosen := os.environ.get(f"CNNKIT_{kind.upper()}_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / name
    if sys.platform == "darwin":
        return Path.home() / "Library" / library / name
    base = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / usual) / name


_checked: dict[tuple[str | None, ...], Path] = {}  # folders that are safely the user's own, by what names them


def own_folder(kind: str) -> Path | None:
    """The folder, created if need be; None if it is not safely this user's own. It is looked at once."""
    names = (f"CNNKIT_{kind.upper()}_DIR", f"XDG_{kind.upper()}_HOME", "HOME", "LOCALAPPDATA")
    named = (kind, *map(os.environ.get, names))
    if (found := _checked.get(named) or _own_folder(kind)) is not None:
        _checked[named] = found
    return found


def _own_folder(kind: str) -> Path | None:
    try:
        path = place(kind)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
    except (OSError, RuntimeError):
        return None
    if not stat.S_ISDIR(status.st_mode):
        return None
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077):
        return None
    return path


def refusal(kind: str) -> str:
    """Why nothing can be kept in a folder, and what to do about it; empty if something can."""
    try:
        if (path := own_folder(kind)) and os.access(path, os.W_OK):
            return ""
        return f"the folder {place(kind)} must be yours, writable, and closed to others (chmod 700)"
    except RuntimeError:
        return f"you have no home folder; CNNKIT_{kind.upper()}_DIR can name another"
