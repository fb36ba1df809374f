"""How whole processes are measured: wall time, processor time, the most memory they held, and the bytes they wrote."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from timing import Clock

PROGRAM = Path(sys.executable).with_name("cnnkit")
WATCH = """
import os, sys, time
began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - began
print("", wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status), sep="\\n")
"""
"""Starts a program and watches it: in a small process of its own, for a child's memory begins with its parent's."""
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class Usage(NamedTuple):
    """What a process took, all processes that it started and waited for included."""

    seconds: float
    processor: float  # seconds, of all cores together
    peak: float  # bytes in memory at most, of the largest process; below some 8 MB it is the watcher's
    size: float  # bytes of the result file


@dataclass
class Process:
    """A command line to be run again and again in `folder`, where its loops are kept too, unless `cache` is given."""

    arguments: list[str]
    folder: Path
    result: Path | None = None
    cache: Path | None = None
    usages: list[Usage] = field(default_factory=list)
    printed: str = ""

    def __call__(self) -> Usage:
        """Run it once; RuntimeError if it fails."""
        if self.result:
            self.result.unlink(missing_ok=True)  # nobody is timed while an old result is thrown away
        environment = {
            **os.environ,
            "CNNKIT_CACHE_DIR": str(self.cache or self.folder / "loops"),
            "CNNKIT_STATE_DIR": str(self.folder / "state"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        watched = [sys.executable, "-I", "-S", "-c", WATCH, *self.arguments]
        done = subprocess.run(
            watched,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(last_line(done.stderr))
        self.printed, wall, processor, peak, code = done.stdout.rstrip().rsplit("\n", 4)
        if int(code):
            raise RuntimeError(f"exit {code}: {last_line(done.stderr)}")
        size = self.result.stat().st_size if self.result else 0
        self.usages.append(Usage(float(wall), float(processor), PEAK_UNIT * float(peak), size))
        return self.usages[-1]

    def typical(self) -> Usage:
        """Medians of all runs but the first, which may have compiled and read from the disk."""
        return Usage(*map(statistics.median, zip(*(self.usages[1:] or self.usages), strict=True)))


def last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "nothing was said")


def python(script: str, *arguments: str) -> list[str]:
    """A Python program as it is typed."""
    return [sys.executable, "-c", script, *arguments]


def interleaved(processes: Mapping[str, Callable[[], Usage]], *, rounds: int) -> dict[str, float]:
    """Median wall seconds of each, run in turn, so that a busy moment of the machine falls on all alike."""
    for process in processes.values():
        process()
    times: dict[str, list[float]] = {name: [] for name in processes}
    for _ in range(rounds):
        for name, process in processes.items():
            times[name].append(process().seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def timed(process: Callable[[], Any]) -> tuple[float, Usage]:
    """One run, without the time in which its watcher starts."""
    usage: Usage = process()
    return usage.seconds, usage


PROCESSES = Clock(
    timed,
    lambda process: [process().seconds],
    row_seconds=40,
    slow_seconds=inf,
    threads="as many threads as each takes by itself",
)
"""For the harness: a row takes about 40 seconds, or three rounds."""
