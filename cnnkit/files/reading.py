"""Opening an input file, with errors that say what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from cnnkit.errors import InputError, nearest


def open_file(path: Path) -> BinaryIO:
    """Open `path` for reading bytes; an InputError if it is missing, a folder, not readable, or empty."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise InputError("there is no such file", hint=_neighbour(path)) from None
    except IsADirectoryError:
        raise InputError("this is a folder, not a file", hint=f"name the files in it: {path}/*") from None
    except PermissionError:
        raise InputError("this file may not be read", hint="check its permissions (ls -l)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"this file cannot be opened: {reason}", hint="check the path") from None
    try:
        status = os.fstat(stream.fileno())
        if not stream.seekable():
            return _buffered(stream)
        if status.st_size == 0 and not stream.peek(1):
            raise InputError("this file is empty (0 bytes)", hint="check where it came from; it has no content")
    except BaseException:
        stream.close()
        raise
    return stream


def _buffered(stream: BinaryIO) -> BinaryIO:
    """The bytes of a named pipe or a process substitution, which cannot seek."""
    import io

    with stream:
        content = stream.read()
    if not content:
        raise InputError("this pipe closed without a byte", hint="check the command that writes into it")
    return io.BytesIO(content)


def _neighbour(path: Path) -> str:
    try:
        names = [entry.name for entry in os.scandir(path.parent)]
    except OSError:
        return f"there is no folder {path.parent} either"
    near = nearest(path.name, names)
    return f"did you mean {path.parent / near}?" if near else "check the name and the folder"
