"""Loops compiled side by side: some here, the others in helper processes, one for each further processor.

A helper is given loops one at a time over a pipe, and sends their object code back; it writes no file. What a helper
could not do is done here, so that nothing depends on whether another process can be started, or lives.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnkit.loops.machine.compile import Compiled, Wanted


def compile_together(wanted: Sequence[Wanted], processes: int) -> Iterator[tuple[Wanted, Compiled]]:
    """Compile in so many processes, this one among them, and yield each loop as it is done.

    Those with long signatures come first: they take longest.
    """
    waiting = deque(sorted(wanted, key=lambda one: -len(one.signature.parameters)))
    done: SimpleQueue[tuple[Wanted, Compiled | BaseException]] = SimpleQueue()
    helpers: list[subprocess.Popen[bytes]] = []

    def here() -> None:
        with suppress(IndexError):
            while True:
                one = waiting.popleft()
                try:
                    done.put((one, one.loop.compile(one.signature)))
                except BaseException as error:
                    done.put((one, error))

    def elsewhere() -> None:
        with suppress(OSError), _start() as helper:
            helpers.append(helper)
            _give(helper, waiting, done)

    processes = min(processes, len(wanted))
    # In a thread of its own the compiler, which takes seconds, neither delays an interrupt nor loses its exception.
    threads = ThreadPoolExecutor(processes)
    workers: list[Future[None]] = [threads.submit(elsewhere) for _ in range(processes - 1)]
    workers.append(threads.submit(here))
    left = len(wanted)
    try:
        while left:
            try:
                one, made = done.get(timeout=0.1)  # on Windows an interrupt is heard between two waits alone
            except Empty:
                if waiting and all(worker.done() for worker in workers):
                    workers.append(threads.submit(here))
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
        threads.shutdown(wait=False)


def _start() -> subprocess.Popen[bytes]:
    """A process that does what `serve` says."""
    program = f"import sys; sys.path[:] = {sys.path!r}; from cnnkit.loops.machine.together import serve; serve()"
    pipe = subprocess.PIPE
    # What went wrong there will go wrong here too, and is said then.
    return subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def _give(
    helper: subprocess.Popen[bytes], waiting: deque[Wanted], done: SimpleQueue[tuple[Wanted, Compiled | BaseException]]
) -> None:
    """Give a helper one loop after the other; what it was working on when it ended waits again."""
    assert helper.stdin
    assert helper.stdout
    with suppress(IndexError):
        while True:
            one = waiting.popleft()
            try:
                helper.stdin.write(pickle.dumps(one))
                helper.stdin.flush()
                done.put((one, pickle.load(helper.stdout)))
            except (OSError, EOFError, pickle.PickleError, AttributeError):
                waiting.append(one)
                return


def serve() -> None:
    """Compile the loops that come in, and send back what is made of each."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which a terminal sends to all: the process that gives work decides
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with suppress(EOFError):
        while True:
            one = pickle.load(requests)
            pickle.dump(one.loop.compile(one.signature), replies)
            replies.flush()
