"""Opening an input file, with errors that say what is wrong with it."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from cnnkit import memory
from cnnkit.errors import InputError, nearest

ENOUGH_BYTES = (1 << 18) + 512
"""Of a stream, by which every format is known: those in which a sound is looked for, and its first ones."""

_PIECE_BYTES = 1 << 20

Read = TypeVar("Read")

ZARR_HEADERS = ("zarr.json", ".zarray", ".zgroup")
"""The files that make a folder a Zarr, of which it has one."""

SECONDS_OF_SILENCE = 5.0
"""How long to wait for a program at the other end of a pipe."""


class ZarrFolder(io.BytesIO):
    """A folder in Zarr's layout where a file is read: a stream without bytes that knows its place."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.name = folder, str(folder)


class _File(io.FileIO):
    """A file whose errors are those of an input, although a result is being written while it is read."""

    def readinto(self, buffer: Any) -> int | None:
        return _read(super().readinto, buffer)

    def readall(self) -> bytes:
        return _read(super().readall)


def _read(read: Callable[..., Read], *arguments: Any) -> Read:
    try:
        return read(*arguments)
    except OSError as error:
        raise InputError(
            f"this file cannot be read: {error.strerror}", hint="check the disk, or copy the file"
        ) from None


def _open(name: str, flags: int) -> int:
    """Open a file; a named pipe even if no program writes into it yet."""
    return os.open(name, flags | (os.O_NONBLOCK if Path(name).is_fifo() else 0))


def open_file(path: Path, enough: float = ENOUGH_BYTES) -> BinaryIO:
    """Open `path` for reading bytes; an InputError if it is missing, a folder, not readable, or empty.

    Of a pipe or device whose beginning is of no known format, no more than `enough` bytes are read.
    """
    try:
        stream = io.BufferedReader(_File(str(path), opener=_open))
    except FileNotFoundError:
        if path.is_symlink():
            hint = f"make it anew, or name what it should lead to: {os.readlink(path)} is not there"
            raise InputError("this link leads to no file", hint) from None
        raise InputError("there is no such file", hint=_neighbour(path)) from None
    except IsADirectoryError:
        raise _folder(path) from None
    except PermissionError:
        if os.path.isdir(path):  # which Windows says of folders
            raise _folder(path) from None
        raise InputError("this file may not be read", hint="check its permissions (ls -l)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"this file cannot be opened: {reason}", hint="check the path") from None
    try:
        status = os.fstat(stream.fileno())
        if not stream.seekable() or stat.S_ISCHR(status.st_mode):
            return _buffered(stream, enough)
        if status.st_size == 0 and not stream.peek(1):
            raise InputError("this file is empty (0 bytes)", hint="check where it came from; it has no content")
    except BaseException:
        stream.close()
        raise
    return stream


def is_zarr(path: str | Path) -> bool:
    """Whether a folder is a Zarr, by its name or by what is in it."""
    if not os.path.isdir(path):
        return False
    is_named = os.path.normpath(path).lower().endswith(".zarr")
    return is_named or any(os.path.lexists(os.path.join(path, name)) for name in ZARR_HEADERS)


def open_image(path: Path, enough: float = ENOUGH_BYTES) -> BinaryIO:
    """Open a file as `open_file` does, or a folder that is a Zarr."""
    return ZarrFolder(path) if is_zarr(path) else open_file(path, enough)


def is_sound(stream: BinaryIO, frame: str | None, of_sounds: Mapping[str, object]) -> bool:
    """Whether a file is a sound, or `of_sounds` says that it is (raw); an InputError for options of the other kind."""
    from cnnkit.files.sounds.tags import find_sound

    found = find_sound(stream)[0]
    stream.seek(0)
    is_folder = isinstance(stream, ZarrFolder)
    if found.kind == "sound" or (of_sounds.get("raw") is not None and not is_folder):
        if frame is not None:
            raise InputError(f"--frame {frame} is for images, and this is a sound", hint="leave --frame out for sounds")
        return True
    for name, value in of_sounds.items():
        if value is not None and (found.kind in ("image", "array") or found.name == "zip" or is_folder):
            option = f"--{name.replace('_', '-')}"
            raise InputError(
                f"{option} {value} is for sounds, and this is an image", hint=f"leave {option} out for images"
            )
    return False


def decoded(content: bytes) -> str | None:
    r"""The text in a file, of UTF-8 or, as its first bytes say, UTF-16, which PowerShell writes; None if it is no text.

    >>> decoded("1 0 -1".encode("utf-16")), decoded(b"PK\3\4")
    ('1 0 -1', None)
    """
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if any(ord(character) < 32 and not character.isspace() for character in text) else text


def _buffered(stream: io.BufferedReader[Any], enough: float) -> BinaryIO:
    """The bytes of a named pipe or a process substitution, which cannot seek."""
    with stream:
        first = bytearray(1)
        count: int | None = 0
        if os.name == "posix":
            from select import select

            is_ready = bool(select([stream], [], [], SECONDS_OF_SILENCE)[0])
            count = stream.raw.readinto(first)  # 0: no program writes into it; None: one does, and is slow
            if count == 0 and not is_ready:
                raise InputError(
                    f"for {SECONDS_OF_SILENCE:g} s no program wrote into this pipe",
                    hint="start the one that writes into it, then try again",
                )
            os.set_blocking(stream.fileno(), True)
        content = collected(stream, enough, bytes(first[: count or 0]))
    if not content.getbuffer():
        raise InputError("this pipe closed without a byte", hint="check the command that writes into it")
    return content


def collected(stream: BinaryIO, enough: float = ENOUGH_BYTES, first: bytes = b"") -> io.BytesIO:
    """What comes out of a stream after its `first` bytes; of no known format, `enough` of it, as it may never end.

    An InputError if it is more than one array may take.
    """
    content, is_known = io.BytesIO(), False
    content.write(first)
    while piece := stream.read(_PIECE_BYTES):
        content.write(piece)
        n_bytes = content.tell()
        if n_bytes >= enough and not is_known:
            from cnnkit.files.recognition import UNKNOWN
            from cnnkit.files.sounds.tags import find_sound

            is_known = find_sound(content)[0] is not UNKNOWN
            content.seek(n_bytes)
            if not is_known:  # whoever reads it refuses it by its beginning
                break
        if n_bytes > memory.most_bytes:
            most = memory.size_text(memory.most_bytes)
            hint = "write it into a file, and name that; or raise --max-memory"
            raise InputError(f"more than {most}, the most that one array may take, came out of this pipe", hint=hint)
    content.seek(0)
    return content


def _folder(path: Path) -> InputError:
    return InputError("this is a folder, not a file", hint=f"name the files in it: {path / '*'}")


def _neighbour(path: Path) -> str:
    try:
        names = [entry.name for entry in os.scandir(path.parent)]
    except OSError:
        return f"there is no folder {path.parent} either"
    near = nearest(path.name, [name for name in names if nearest(path.stem, [Path(name).stem], 0.75)])
    return f"did you mean {path.parent / near}?" if near else "check the name and the folder"
