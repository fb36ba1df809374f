"""How whole processes are measured: wall time, processor time, the most memory they held, and the bytes they wrote."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
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
LOOK_SECONDS = 0.01
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class Usage(NamedTuple):
    """What a process took, all processes that it started and waited for included."""

    seconds: float
    processor: float  # seconds, of all cores together
    peak: float  # bytes in memory at most, of the largest process; below some 8 MB it is the watcher's
    size: float  # bytes of the result file, or of all files in the folder of results


class Memory(NamedTuple):
    """Bytes that a process held at most; pages that processes share are counted for each."""

    main: float  # the one that was started
    together: float  # it and all that it started, at one time


@dataclass
class Process:
    """A command line to be run again and again in `folder`, where its loops are kept too, unless `cache` is given.

    A `result` without a suffix is a folder of many.
    """

    arguments: list[str]
    folder: Path
    result: Path | None = None
    cache: Path | None = None
    usages: list[Usage] = field(default_factory=list)
    printed: str = ""

    def __call__(self) -> Usage:
        """Run it once; RuntimeError if it fails."""
        self.clear()
        watched = [sys.executable, "-I", "-S", "-c", WATCH, *self.arguments]
        done = subprocess.run(
            watched,
            cwd=self.folder,
            env=self.environment(),
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
        size = sum(file.stat().st_size for file in self.files())
        self.usages.append(Usage(float(wall), float(processor), PEAK_UNIT * float(peak), size))
        return self.usages[-1]

    def clear(self) -> None:
        """Delete old results: nobody is timed while they are thrown away, or while those of others reach the disk."""
        if self.result and self.result.suffix:
            self.result.unlink(missing_ok=True)
        elif self.result:
            shutil.rmtree(self.result, ignore_errors=True)
            self.result.mkdir()
            os.sync()

    def files(self) -> list[Path]:
        """The results."""
        if not self.result:
            return []
        return [self.result] if self.result.suffix else [*self.result.iterdir()]

    def environment(self) -> dict[str, str]:
        """The variables that it is run with."""
        environment = {
            **os.environ,
            "CNNKIT_CACHE_DIR": str(self.cache or self.folder / "loops"),
            "CNNKIT_STATE_DIR": str(self.folder / "state"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return environment

    def typical(self) -> Usage:
        """Medians of all runs but the first, which may have compiled and read from the disk."""
        return Usage(*map(statistics.median, zip(*(self.usages[1:] or self.usages), strict=True)))


def last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "nothing was said")


def memory_of(process: Process) -> Memory:
    """Run it once more, and look all the time at what it and those that it started hold, where Linux says."""
    process.clear()
    most = most_together = 0.0
    with subprocess.Popen(
        process.arguments,
        cwd=process.folder,
        env=process.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        while child.poll() is None:
            held = [resident(number) for number in family(child.pid)]
            most, most_together = max(most, held[0]), max(most_together, sum(held))
            time.sleep(LOOK_SECONDS)
    if child.returncode:
        raise RuntimeError(f"exit {child.returncode}")
    return Memory(most, most_together)


def family(number: int) -> list[int]:
    """A process, and all that it and its children started and that still run."""
    members = [number]
    for member in members:  # which grows meanwhile
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            with suppress(OSError):
                members += map(int, children.read_text().split())
    return members


def resident(number: int) -> float:
    """The bytes that a process holds; none if it has ended."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * float(Path(f"/proc/{number}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0


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
