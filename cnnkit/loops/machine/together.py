"""Loops compiled side by side: some here, the others in helper processes, one for each further processor.

A helper is given loops one at a time over a pipe, and sends their object code back; it writes no file. What a helper
could not do is done here, so that nothing depends on whether another process can be started, or lives.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnkit.loops.machine.compile import Compiled, Wanted


CAN_START = bool(sys.executable) and not getattr(sys, "frozen", False)
"""Whether another process of this Python can be started: a program made of one file would start itself."""


def compile_together(wanted: Sequence[Wanted], processes: int) -> Iterator[tuple[Wanted, Compiled]]:
    """Compile in so many processes, this one among them, and yield each loop as it is done.

    Those with long signatures come first: they take longest.
    """
    waiting = deque(sorted(wanted, key=lambda one: -len(one.signature.parameters)))
    done: SimpleQueue[tuple[Wanted, Compiled | BaseException]] = SimpleQueue()
    helpers: list[subprocess.Popen[bytes]] = []

    def here() -> None:
        while waiting:
            with suppress(IndexError):
                one = waiting.popleft()
                try:
                    done.put((one, one.loop.compile(one.signature)))
                except BaseException as error:
                    done.put((one, error))

    def elsewhere() -> None:
        with suppress(OSError), _start() as helper:
            helpers.append(helper)
            _give(helper, waiting, done)

    works = [here, *[elsewhere] * (min(processes, len(wanted)) - 1 if CAN_START else 0)]
    workers: list[threading.Thread] = []

    def begin(work: Callable[[], None]) -> None:
        # In a thread of its own the compiler, which takes seconds, neither delays an interrupt nor loses its exception.
        worker = threading.Thread(target=work, daemon=True)
        with suppress(RuntimeError):  # no further thread can be started
            worker.start()
            workers.append(worker)

    for work in works:
        begin(work)
    left = len(wanted)
    try:
        while left:
            try:
                one, made = done.get(timeout=0.1)  # on Windows an interrupt is heard between two waits alone
            except Empty:
                if not any(worker.is_alive() for worker in workers):
                    begin(here)
                if not any(worker.is_alive() for worker in workers):
                    here()
                continue
            if isinstance(made, BaseException):
                raise made
            left -= 1
            yield one, made
    finally:
        waiting.clear()
        for helper in helpers:
            helper.kill()
            helper.wait()


def _start() -> subprocess.Popen[bytes]:
    """A process that does what `serve` says."""
    # Without the user's site (-S), which may print.
    program = f"import sys; sys.path[:] = {sys.path!r}; from cnnkit.loops.machine.together import serve; serve()"
    pipe = subprocess.PIPE
    # What went wrong there will go wrong here too, and is said then.
    return subprocess.Popen([sys.executable, "-S", "-c", program], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def _give(
    helper: subprocess.Popen[bytes], waiting: deque[Wanted], done: SimpleQueue[tuple[Wanted, Compiled | BaseException]]
) -> None:
    """Give a helper one loop after the other; what it was working on when it ended waits again."""
    assert helper.stdin
    assert helper.stdout
    while waiting:
        try:
            one = waiting.popleft()
        except IndexError:
            return
        try:
            helper.stdin.write(pickle.dumps(one))
            helper.stdin.flush()
            done.put((one, pickle.load(helper.stdout)))
        except Exception:  # whatever it is, another one does it
            waiting.append(one)
            return


def serve() -> None:
    """Compile the loops that come in, and send back what is made of each."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which a terminal sends to all: the process that gives work decides
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints
    with suppress(EOFError):
        while True:
            one = pickle.load(requests)
            pickle.dump(one.loop.compile(one.signature), replies)
            replies.flush()
