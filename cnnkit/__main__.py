"""The door of ``cnnkit`` and ``python -m cnnkit``: what the whole process needs, before anything is imported.

Whatever a command or a library prints goes through the streams made here, so that they alone decide what happens where
a stream is broken, full, does not wait, or takes a part of the bytes at a time.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any, TextIO, cast

READER_WENT_AWAY = 141
"""The exit code of a process that SIGPIPE (13) ends, which Python ignores."""


def main() -> None:
    """Run the command line and exit with its code."""
    # Importing makes many objects and no garbage; looking for it every 700 objects takes 5 ms of every start.
    gc.set_threshold(50_000)
    # For products of matrices NumPy's library starts a thread on each processor, which waits at full speed for a while;
    # the few here are small.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_closed_streams()
    _replace_streams()
    warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of infinities that the result shows by itself
    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number and signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                signal.signal(number, _terminate)
        if sys.argv[1:2] in (["convolve"], ["pool"], ["run"]):
            from cnnkit.files.images import ahead

            ahead.begin(sys.argv[2:])
        from cnnkit.cli.app import run

        gc.freeze()  # all that lives as long as the process; looking for garbage in it at the end takes 10 ms more
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    except SystemExit as left:
        code = int(left.code or 0)
    if code > 128:
        os._exit(code)  # without waiting for a compiler at work in its thread
    sys.exit(code)


def _terminate(number: int, frame: object) -> None:
    """Leave by the same way as an error, so that no temporary file stays behind."""
    sys.exit(128 + number)


def _open_closed_streams() -> None:
    """Put something where standard output or error is closed; else the next file opened would take its place."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            # Writing a result to nowhere fails, as it should; messages are simply lost.
            opened = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
            os.dup2(opened, number)
            if opened != number:
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "w", closefd=False))


class _Stream(io.RawIOBase):
    """A standard stream that takes or brings every byte, or calls `fail` with the system's error once.

    It has no file descriptor: a library that writes past it would lose what the system does not take at once.
    """

    def __init__(self, stream: Any, fail: Callable[[OSError], None]) -> None:
        self._stream = stream  # which would close the other one
        self._raw = getattr(stream.buffer, "raw", stream.buffer)  # PYTHONUNBUFFERED leaves the buffer out
        self._fail = fail
        self._has_failed = False

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def readable(self) -> bool:
        return bool(self._raw.readable())

    def writable(self) -> bool:
        return bool(self._raw.writable())

    def readinto(self, buffer: Any) -> int:
        return int(self._moved(self._raw.readinto, buffer))

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self._moved(self._raw.read, 1 << 20), b""))

    def write(self, data: Any) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        while rest and not self._has_failed:
            rest = rest[self._moved(self._raw.write, rest) :]
        return size

    def _moved(self, move: Callable[[Any], Any], what: Any) -> Any:
        """The bytes that the system has moved, or their number: at least one unless the stream ends."""
        try:
            while (moved := move(what)) is None:  # it does not wait by itself (O_NONBLOCK)
                from select import select

                select([self._raw] * self.readable(), [self._raw] * self.writable(), [])
        except OSError as error:
            self._has_failed = True  # what is left in a buffer would fail again
            self._fail(error)
            return 0
        return moved


def _replace_streams() -> None:
    """Make the standard streams those of this module."""
    if sys.stdin is not None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_Stream(sys.stdin, _cannot_read)))
    sys.stdout = _text(sys.stdout, _cannot_write)
    sys.stderr = _text(sys.stderr, lambda error: None)  # the result counts, and it can be written


def _text(stream: TextIO, fail: Callable[[OSError], None]) -> TextIO:
    """A stream of text with the settings of another; a character that its encoding lacks is spelled out."""
    settings: dict[str, Any] = {name: getattr(stream, name) for name in ("encoding", "line_buffering", "write_through")}
    ours = _Stream(stream, fail)
    buffer = ours if settings["write_through"] else io.BufferedWriter(ours)
    return io.TextIOWrapper(cast(io.BufferedWriter, buffer), errors="backslashreplace", **settings)


def _cannot_read(error: OSError) -> None:
    from cnnkit.errors import InputError

    raise InputError(f"standard input cannot be read: {error.strerror}", hint="name a file") from None


def _cannot_write(error: OSError) -> None:
    if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == 22):  # EINVAL, as Windows calls it too
        sys.exit(READER_WENT_AWAY)
    from cnnkit.errors import StandardOutputError

    raise StandardOutputError(
        f"standard output cannot be written: {error.strerror}", hint="check where it leads, or use -o FILE"
    ) from None


if __name__ == "__main__":
    main()
