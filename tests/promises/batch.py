"""Many command lines of cnnkit in one process, for 10 ms each instead of the 300 ms of a fresh start.

They come in by the command line's own door, and what they print is caught where libraries in C print, too. Run as a
script, it reads lists of arguments, a line of JSON each, and answers with the `Attempt` of each.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, NamedTuple

TIME_LIMIT_SECONDS = 60
MOST_BYTES = 4 << 30
"""Of memory, which no run may take, before it harms the machine."""


class Attempt(NamedTuple):
    """How one command line ended."""

    code: int  # as of a shell; negative: ended by this signal
    out: str
    err: str
    megabytes: float  # by which it raised the peak of the process


class Worker:
    """The process, which is started again after a run that killed it or took much memory; `warm` are run before."""

    def __init__(self, folder: Path, warm: list[list[str]], environment: dict[str, str]) -> None:
        self._start = {"args": [sys.executable, __file__, json.dumps(warm)], "cwd": folder, "env": environment}
        self._process: Any = None

    def run(self, arguments: list[str]) -> Attempt:
        """Run one command line."""
        if self._process is None:
            self._process = subprocess.Popen(**self._start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # type: ignore[call-overload]
            self._process.stdout.readline()
        print(json.dumps(arguments), file=self._process.stdin, flush=True)
        is_done = select.select([self._process.stdout], [], [], TIME_LIMIT_SECONDS)[0]
        answer = self._process.stdout.readline() if is_done else ""
        attempt = Attempt(*json.loads(answer)) if answer else Attempt(self.close(), "", "", 0)
        if attempt.megabytes > 50:
            self.close()
        return attempt

    def close(self) -> int:
        """End the process; its exit code."""
        if self._process is None:
            return 0
        self._process.kill()
        with self._process:
            pass
        process, self._process = self._process, None
        return int(process.returncode)


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    files = [os.memfd_create(name) for name in ("out", "err")]
    jobs = os.fdopen(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    for arguments in json.loads(sys.argv[1]):
        _attempt(arguments, files)
    print("ready", file=answers, flush=True)
    for line in jobs:
        print(json.dumps(_attempt(json.loads(line), files)), file=answers, flush=True)


def _attempt(arguments: list[str], files: list[int]) -> Attempt:
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.argv[1:] = arguments
    try:
        from cnnkit.cli.app import run

        code = run(arguments)
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    texts = [os.pread(file, os.fstat(file).st_size, 0).decode(errors="backslashreplace") for file in files]
    return Attempt(code, *texts, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


if __name__ == "__main__":
    _serve()
