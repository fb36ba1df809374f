"""Work done without its loops, to know which of them it needs: they are compiled together then.

What loops did not compute is whatever was in memory, and parts of it would be cached: so it is done in a child of this
process, which ends there. Where there are none, as on Windows, only those rehearse who will do no work after it.
"""

from __future__ import annotations

import io
import os
import pickle
import signal
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnkit.loops.machine.compile import Wanted

note: Callable[[Wanted], None] | None = None
"""Takes each loop that is called and not stored; while there is one, loops do nothing."""

LONGEST_SECONDS = 3600
HAS_CHILDREN = hasattr(os, "fork")


def rehearse(work: Callable[[], None], seconds: float) -> list[Wanted]:
    """The loops that `work` calls and that are not stored, as far as it comes in time; an error ends it."""
    reader, writer = os.pipe()
    try:
        with warnings.catch_warnings():
            # Python warns of threads that the child does not have; it waits for none.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
    except OSError:  # a machine without room for another process
        os.close(reader)
        os.close(writer)
        return []
    if child == 0:
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (1, 2):
                os.dup2(nowhere, stream)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            rehearse_here(work, lambda wanted: _send(writer, wanted))
        finally:
            os._exit(0)
    os.close(writer)
    try:
        return _received(reader, seconds)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def rehearse_here(work: Callable[[], None], take: Callable[[Wanted], None]) -> None:
    """Do `work` in this process, which can do nothing else after it."""
    global note  # noqa: PLW0603
    note = take
    try:
        with suppress(Exception):
            work()
    finally:
        note = None


def _send(writer: int, wanted: Wanted) -> None:
    with suppress(pickle.PickleError, AttributeError):
        os.write(writer, pickle.dumps(wanted))


def _received(reader: int, seconds: float) -> list[Wanted]:
    from select import select

    ends, content = time.monotonic() + min(seconds, LONGEST_SECONDS), b""
    while select([reader], [], [], max(ends - time.monotonic(), 0))[0]:
        if not (part := os.read(reader, 1 << 16)):
            break
        content += part
    found, stream = [], io.BytesIO(content)
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            found.append(pickle.load(stream))
    return found
