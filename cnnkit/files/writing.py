"""Writing a result without ever harming a file.

The bytes go to a temporary name in the same folder and take the final name in one step, flushed to the disk first where
a file is replaced: an interrupted command leaves either the old file or the new one. A file that exists already is
replaced only if cnnkit made it and nobody changed it since, or by force.
"""

from __future__ import annotations

import ctypes
import errno
import filecmp
import os
import shlex
import stat
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cnnkit.errors import OutputError
from cnnkit.files import ledger
from cnnkit.files.marks import made_by_cnnkit
from cnnkit.files.reading import SECONDS_OF_SILENCE
from cnnkit.folders import refusal

TEMPORARY = ".cnnkit-"
"""How names of files begin that are being written; the number of the process follows."""

SECONDS_BEFORE_SWEEPING = 3600
"""The process may be one of another machine."""

CAN_FLUSH = hasattr(os, "sync")
"""Whether several files can be flushed at once."""

_numbers = count()
"""Of temporary files. None comes twice: a thread deletes its own by name, after it was renamed."""

Encoder = Callable[[BinaryIO], None]


class Written(NamedTuple):
    """What became of a file, or would become of it."""

    action: str  # wrote, replaced, unchanged (it already held exactly these bytes), would write or would replace
    shape_before: str = ""  # of what is replaced, if known


def protection(path: Path) -> str:
    """Why a file that exists is not replaced unless by force; empty if it may be."""
    status = path.stat()
    if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
        return "is read-only"
    if ledger.shape_of(status) is not None:
        return ""
    if ledger.was_changed(status, Path(os.path.realpath(path))):
        if not status.st_size:  # its content was lost with the power
            return ""
        return "was changed since cnnkit made it"
    return "" if made_by_cnnkit(path) else "was not made by cnnkit"


def foretold(path: Path, *, force: bool = False) -> Written:
    """What writing a file would do; an OutputError if it may not be replaced."""
    if not path.is_file():
        return Written("would write")
    if not force and (reason := protection(path)):
        raise protected(path, reason)
    return Written("would replace", ledger.shape_of(path.stat()) or "")


def write_file(
    path: Path, encode: Encoder, *, shape: str, force: bool = False, origin: str = "", flushes: bool = True
) -> Written:
    """Write what `encode` writes into a stream to `path`; `shape` is that of what is in it, in words.

    Its `origin` is noted in the ledger; who writes many files does not want each of them flushed, but all at the end. A
    link is followed, a device or named pipe written to directly. An OutputError if the file may not be replaced, or the
    folder cannot be written to.
    """
    try:
        target = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:  # the working folder was deleted, or the name has a zero byte
        raise OutputError(f"{path} cannot be written: {getattr(error, 'strerror', error)}", "check the path") from None
    try:
        existing = path.stat() if path.exists() else None
        if existing is not None and stat.S_ISDIR(existing.st_mode):
            raise OutputError(f"{path} is a folder", hint="name a file, or use --out-dir for a folder")
        if existing is not None and not stat.S_ISREG(existing.st_mode):
            opener = _open_pipe if stat.S_ISFIFO(existing.st_mode) else None
            with open(path, "wb", opener=opener) as device:  # under the name that was given: /dev/fd/3 leads to no path
                give(device, encode)
            return Written("wrote")
        temporary, stream = _temporary(target)
    except OSError as error:
        raise refused(path, error) from None
    try:
        with stream:
            encode(stream)
            if existing is not None and os.name == "posix":  # Windows has only "may not be written"
                os.chmod(temporary, stat.S_IMODE(existing.st_mode))
            stream.flush()
            # A file that is replaced is lost by no loss of power; of a new one there is nothing to lose.
            if existing is not None and (flushes or not CAN_FLUSH):
                os.fsync(stream.fileno())
        return _rename(temporary, target, path, (shape, origin), force=force)
    except OSError as error:
        raise refused(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def flush(folders: Iterable[str]) -> None:
    """See to it that what was written into these folders is on the disk, where the system can do that at once."""
    devices = {}
    for folder in folders if CAN_FLUSH else ():
        with suppress(OSError):
            devices[os.stat(folder).st_dev] = folder
    syncfs = getattr(ctypes.CDLL(None), "syncfs", None) if devices and sys.platform == "linux" else None
    for folder in devices.values():
        is_flushed = False
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY) if syncfs else -1
            is_flushed = syncfs is not None and syncfs(descriptor) == 0
            if syncfs:
                os.close(descriptor)
        if not is_flushed:
            os.sync()


def open_log(path: Path, *, goes_on: bool) -> BinaryIO:
    """Open a file that grows line by line, instead of one that may be replaced, or behind its last line."""
    try:
        stream = open(path, "a+b" if goes_on or not path.is_file() else "wb")  # noqa: SIM115  # as long as the command
    except OSError as error:
        raise refused(path, error) from None
    if stream.tell() and stream.seek(-1, os.SEEK_END) and stream.read(1) != b"\n":
        stream.write(b"\n")  # of a line that was broken off
    return stream


def give(stream: BinaryIO, encode: Encoder) -> None:
    """Give what `encode` writes to whoever reads a stream, who should get all of it, or nothing where that fails."""
    from shutil import copyfileobj
    from tempfile import TemporaryFile

    with TemporaryFile() as waiting:
        encode(waiting)
        waiting.seek(0)
        copyfileobj(waiting, stream, 1 << 20)


def _open_pipe(name: str, flags: int) -> int:
    """Open a named pipe when a program reads it, for which it waits as long as for one that writes."""
    end = time.monotonic() + SECONDS_OF_SILENCE
    pipe = None
    while pipe is None:
        try:
            pipe = os.open(name, flags | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > end:
                raise
            time.sleep(0.05)
    os.set_blocking(pipe, True)
    return pipe


def temporary_name(target: Path) -> Path:
    """A name beside `target` that this process uses once."""
    return target.with_name(f"{TEMPORARY}{os.getpid()}-{next(_numbers)}.tmp")


def sweep(folder: Path, process: int = 0) -> None:
    """Remove the temporary files that a process left in a folder, or any that is no more since an hour at least."""
    for path in folder.glob(f"{TEMPORARY}*.tmp"):
        number = path.name.removeprefix(TEMPORARY).partition("-")[0]
        with suppress(OSError, ValueError):
            is_old = time.time() - path.stat().st_mtime > SECONDS_BEFORE_SWEEPING
            if int(number) == process or (is_old and not _is_alive(int(number))):
                if path.is_file():
                    path.unlink()
                    continue
                from shutil import rmtree

                rmtree(path)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # where asking would interrupt it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _temporary(target: Path) -> tuple[Path, BinaryIO]:
    """Open a new file beside `target`, with the permissions of any new file."""
    for _ in range(100):
        name = temporary_name(target)
        try:
            return name, os.fdopen(os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), "wb")
        except FileExistsError:
            continue
    raise OutputError(f"{target.parent} is full of temporary files", hint=f"delete {target.parent}/.cnnkit-*.tmp")


def _rename(temporary: Path, target: Path, path: Path, noted: tuple[str, str], *, force: bool) -> Written:
    made = temporary.stat()  # which its new name does not change
    if not target.exists():
        ledger.record(made, target, *noted)
        try:
            os.link(temporary, target)  # unlike a rename, it never replaces what appeared in between
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            os.replace(temporary, target)
            return Written("wrote")
        else:
            return Written("wrote")
    before, reason = ledger.shape_of(target.stat()), "" if force else protection(target)
    if filecmp.cmp(temporary, target, shallow=False):
        if not reason:
            ledger.record(target.stat(), target, *noted)
        return Written("unchanged")
    if reason:
        raise protected(path, reason)
    ledger.record(made, target, *noted)
    os.replace(temporary, target)
    return Written("replaced", before or "")


def protected(path: Path, reason: str) -> OutputError:
    """The error for a file that is not replaced, and why."""
    return OutputError(f"{path} exists and {reason}", hint=f"choose another name{by_force()}")


def by_force() -> str:
    """How a hint ends where a file may be replaced by force: with why cnnkit does not know its own, if it cannot."""
    why = refusal("state")
    return ", or replace what is there with --force" + (f"; cnnkit cannot know its own files: {why}" if why else "")


def no_folder(folder: Path) -> OutputError:
    """The error for a folder that is missing."""
    problem = f"there is no folder {folder} to write into"
    return OutputError(problem, hint=f"make it first: mkdir -p {shlex.quote(str(folder))}")


def refused(path: Path, error: OSError) -> Exception:
    """What an error of the system becomes where `path` is written."""
    if isinstance(error, BrokenPipeError):
        return error
    folder = path.parent
    if not folder.exists():
        return no_folder(folder)
    if error.errno == errno.ENXIO and path.is_fifo():
        return OutputError(
            f"for {SECONDS_OF_SILENCE:g} s no program read from {path}",
            hint="start the one that reads it, then try again",
        )
    if isinstance(error, PermissionError) and os.name == "nt" and path.exists():
        return OutputError(f"{path} may not be replaced", hint="close the program that has it open, or use -o")
    if isinstance(error, PermissionError) or error.errno == 30:
        return OutputError(
            f"the folder {folder} may not be written into", hint="use -o or --out-dir to write elsewhere"
        )
    is_long = error.errno == errno.ENAMETOOLONG
    hint = "shorten the name of the input, or choose one with -o" if is_long else "check the disk and the name"
    return OutputError(f"{path} cannot be written: {error.strerror or error}", hint)
