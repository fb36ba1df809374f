"""A process that works on inputs beside this one.

It is told the task once, then some inputs at a time over a pipe, and sends back the account of each. It knows nothing
of the terminal: an interrupt is for the process that gives it work, which then ends it.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from cnnkit import memory
from cnnkit.cli.inputs import Source
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.report import Report
from cnnkit.cli.work.account import Account, Fault, Recorder, Task, account_of, work_on

SECONDS_TO_END = 3
"""Of a helper that is told to, before it is killed; a loop at work hears no signal."""


class Order(NamedTuple):
    """All that a helper has to know before the first input."""

    arguments: list[str]  # of the command, which results name as their origin
    task: Task
    outputs: Outputs
    report: Report
    threads: int | None
    max_memory: str | None


class Helper:
    """One process."""

    def __init__(self, order: bytes, folder: str | None = None) -> None:
        """The order, as `serve` reads it, and the folder to work in, if it is not this process's."""
        # Without the user's site (-S), which may print.
        program = f"import sys; sys.path[:] = {sys.path!r}; from cnnkit.cli.work.helper import serve; serve()"
        pipe = subprocess.PIPE
        arguments = [sys.executable, "-S", "-c", program]
        self._process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=folder)
        self._order = order
        self.is_ready = False

    def work(self, sources: Sequence[Source]) -> Iterator[Account]:
        """The accounts of some inputs, one after the other; an EOFError or OSError if the process ends before."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        order, self._order = self._order, b""
        stdin.write(order + pickle.dumps(sources))
        stdin.flush()
        self.is_ready = self.is_ready or pickle.load(stdout)
        for _ in sources:
            yield pickle.load(stdout)

    @property
    def number(self) -> int:
        """That of the process."""
        return self._process.pid

    def end(self, *, is_idle: bool) -> None:
        """End the process; what it has not written under its name goes away, for which one at work gets time."""
        with suppress(OSError):
            if is_idle:
                self._process.kill()
            else:
                self._process.terminate()

    def wait(self) -> int:
        """Wait for the end of the process, and return its code."""
        try:
            return self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    assert pipe
                    pipe.close()


def ended(code: int) -> Fault:
    """The fault of an input on which a process was at work that ended by itself."""
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    hint = "try it by itself" if code != -9 else "it may take too much memory for so many at a time: try --jobs 1"
    return Fault(f"the process that worked on it was ended {how}", hint)


def serve() -> None:
    """Work on the inputs that come in, and send back the account of each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    warnings.simplefilter("ignore")
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints
    code = 0
    try:
        order: Order = pickle.load(requests)
        sys.argv[1:] = order.arguments
        memory.limit(order.max_memory)
        pickle.dump(True, replies)
        replies.flush()

        def work(source: Source, report: Report) -> None:
            work_on(order.task, source, order.outputs, report, order.threads)

        while True:
            for source in pickle.load(requests):
                pickle.dump(account_of(source, work, Recorder(order.report)), replies)
                replies.flush()
    except SystemExit as left:
        code = int(left.code or 0)
    except (EOFError, OSError):
        pass
    os._exit(code)  # which says goodbye to nobody
