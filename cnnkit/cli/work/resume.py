"""Which inputs have their results already: from the same file, with the same settings, as the ledger says."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cnnkit import __version__
from cnnkit.cli import options
from cnnkit.cli.inputs import Source
from cnnkit.cli.report import as_json
from cnnkit.files import ledger

DIGITS = 16
"""Of a digest, in hexadecimal: enough for a ledger of 100,000 lines."""


def settings_digest(command: str, files: Iterable[str]) -> str:
    """A digest of all that decides on results beside the input: options, files that these name, and the version."""
    import hashlib

    chosen = {name: value for name, value in options.given.items() if name not in options.OF_THE_RUN}
    digest = hashlib.sha256(as_json([__version__, command, dict(sorted(chosen.items()))]).encode())
    for name in files:
        with suppress(OSError):  # which is told when it is read
            digest.update(Path(name).read_bytes())
    return digest.hexdigest()


def origin(source: Source, settings: str) -> str:
    """A digest of a file, by its place, size and time, and of what is done with it; empty if it is none."""
    import hashlib

    if source.is_stdin or source.is_grid:
        return ""
    try:
        status = _status(source.name)
    except (OSError, ValueError):
        return ""
    facts = f"{settings} {status.st_size} {status.st_mtime_ns} ".encode()
    return hashlib.sha256(facts + os.fsencode(os.path.abspath(source.name))).hexdigest()[:DIGITS]


def has_results(wanted: str, places: Iterable[Path]) -> bool:
    """Whether all results of an origin are at some of these places, as they were made."""
    found = 0
    for place in places:
        with suppress(OSError):
            made_from, _, count = ledger.origin_of(_status(place)).partition("/")
            found += made_from == wanted != ""
            if made_from == wanted and found == int(count):
                return True
    return False


def _status(path: str | Path) -> ledger.Status:
    """The size and time of a file, or of all files of a .zarr."""
    if not os.path.isdir(path):
        return os.stat(path)
    from cnnkit.files.datasets import folder

    return folder.status(Path(path))
