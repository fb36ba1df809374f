"""Work done without its loops, to know which of them it needs: they are compiled together then.

What loops did not compute is whatever was in memory, and parts of it would be cached: so it is done in a child of this
process, which ends there. Where there are none, as on Windows, only those rehearse who will do no work after it.
"""

from __future__ import annotations

import io
import os
import pickle
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from cnnkit.interruption import interruptions_wait
from cnnkit.loops.machine import threads

if TYPE_CHECKING:
    from cnnkit.loops.machine.compile import Wanted

note: Callable[[Wanted], None] | None = None
"""Takes each loop that is called and not stored; while there is one, loops do nothing."""

LONGEST_SECONDS = 3600
HAS_CHILDREN = hasattr(os, "fork")


def rehearse(work: Callable[[], None], seconds: float) -> tuple[list[Wanted], bool]:
    """The loops that `work` calls and that are not stored, as far as it comes in time, and whether it came to its end.

    An error in `work` ends it too.
    """
    reader, writer = os.pipe()
    child = -1
    try:
        with interruptions_wait(), warnings.catch_warnings():
            # Python warns of threads that the child does not have; it waits for none.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
            if child == 0:
                _work_and_end(work, writer)
        os.close(writer)
        return _received(reader, seconds)
    except OSError:  # a machine without room for another process
        os.close(writer)
        return [], False
    finally:
        os.close(reader)
        if child > 0:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _work_and_end(work: Callable[[], None], writer: int) -> NoReturn:
    """What the child does, in one thread: any lock of the others' may have been closed when it began."""
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # which may lead elsewhere than those two
        threads.MAX_THREADS = 1
        rehearse_here(work, lambda wanted: _send(writer, wanted))
        _send(writer, None)
    finally:
        os._exit(0)


def rehearse_here(work: Callable[[], None], take: Callable[[Wanted], None]) -> None:
    """Do `work` in this process, which can do nothing else after it."""
    global note  # noqa: PLW0603
    note = take
    try:
        with suppress(Exception):
            work()
    finally:
        note = None


def _send(writer: int, wanted: Wanted | None) -> None:
    with suppress(pickle.PickleError, AttributeError):
        os.write(writer, pickle.dumps(wanted))


def _received(reader: int, seconds: float) -> tuple[list[Wanted], bool]:
    from select import select

    ends, content = time.monotonic() + min(seconds, LONGEST_SECONDS), b""
    while select([reader], [], [], max(ends - time.monotonic(), 0))[0]:
        if not (part := os.read(reader, 1 << 16)):
            break
        content += part
    found: list[Wanted | None] = []
    stream = io.BytesIO(content)
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            found.append(pickle.load(stream))
    return [one for one in found if one is not None], None in found
