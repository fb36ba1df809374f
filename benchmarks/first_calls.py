"""What is paid at first: by the first command of each kind on a machine, and by a convolution in a process.

A first command compiles its loops. So that the figure holds for other machines, it is divided by the time of a process
in which Numba compiles one plain filter. Calls are measured in processes of their own, which run this file with the
name of a call.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from harness import THREADS
from processes import PROGRAM, Process, Usage, interleaved, python
from report import ROOT, machine, milliseconds, table
from timing import seconds_of

from cnnkit import convolve

FRESH_RUNS, CACHED_RUNS, STEADY_CALLS, STARTS = 3, 5, 7, 15
STACK = (
    # kernel, depth, kernels, groups, stride
    (3, 3, 32, 1, 1),
    (3, 32, 64, 1, 1),
    (5, 64, 64, 1, 2),
    (3, 1, 64, 64, 1),
    (1, 64, 128, 1, 1),
)

UNIT = """
import numba, numpy

@numba.njit
def filter3(image, kernel, out):
    for i in range(1, image.shape[0] - 1):
        for j in range(1, image.shape[1] - 1):
            total = 0.0
            for a in range(3):
                for b in range(3):
                    total += kernel[a, b] * image[i + a - 1, j + b - 1]
            out[i, j] = total

image = numpy.ones((400, 600), numpy.float32)
filter3(image, numpy.ones((3, 3), numpy.float32), numpy.empty_like(image))
"""
"""What Numba needs for a plain 3x3 filter, its import included."""
COMMANDS = {
    "convolve image.png --kernel edge": 2.4,
    "pool image.png --size 2": 2.4,
    "mfcc song.wav": 2.9,
}
"""First commands, and the bars for their ratios to it."""


def calls() -> dict[str, Callable[[], Any]]:
    random = np.random.default_rng(0)
    photo = random.integers(0, 256, (400, 600), dtype=np.uint8)
    sharpen = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    large = random.standard_normal((31, 31))
    samples = random.random((112, 112, 3), dtype=np.float32)
    layers = [
        (random.standard_normal((size, size, depth, kernels)), groups, stride)
        for size, depth, kernels, groups, stride in STACK
    ]

    def stack() -> Any:
        maps = samples
        for weights, groups, stride in layers:
            maps = convolve(maps, weights, groups=groups, stride=stride, threads=THREADS)
        return maps

    return {
        "3x3 on 600x400 uint8": lambda: convolve(photo, sharpen, dtype=np.uint8, threads=THREADS),
        "gaussian on 600x400 uint8": lambda: convolve(photo, "gaussian", dtype=np.uint8, threads=THREADS),
        "31x31 on 600x400 uint8": lambda: convolve(photo, large, threads=THREADS),
        "112x112x3 through conv3-32, conv3-64, conv5-64 s2, depthwise 3x3, conv1-128": stack,
    }


def in_a_process(name: str, folder: Path, cache: Path) -> dict[str, float]:
    """Seconds of the first call and of later ones; imports are done before."""
    process = Process([sys.executable, __file__, name], folder, cache=cache)
    process()
    times: dict[str, float] = json.loads(process.printed)
    return times


def first_commands(rounds: int) -> str:
    """Whole processes, each with a new folder for its loops."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("image.png", "song.wav"):
            shutil.copy(ROOT / "examples" / file, folder)
        caches = (folder / f"loops {number}" for number in count())

        def run(line: str) -> Usage:
            return Process([str(PROGRAM), *line.split(), "-q", "-f"], folder, cache=next(caches))()

        lines: dict[str, Callable[[], Usage]] = {line: lambda line=line: run(line) for line in COMMANDS}  # type: ignore[misc]
        seconds = interleaved({UNIT: Process(python(UNIT), folder), **lines}, rounds=rounds)
    rows = [
        [f"`cnnkit {line}`", f"{seconds[line]:.2f}", f"{seconds[line] / seconds[UNIT]:.2f}", f"{bar}"]
        for line, bar in COMMANDS.items()
    ]
    return (
        "### The first commands on a machine\n\n"
        f"A process in which Numba compiles one plain 3x3 filter: {seconds[UNIT]:.2f} s; medians of {rounds}.\n\n"
        f"{table(['command', 's', 'ratio', 'bar'], rows)}"
    )


def report(rounds: int, match: str = "") -> str:
    fresh_runs, cached_runs = min(rounds, FRESH_RUNS), min(rounds, CACHED_RUNS)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        version = Process([str(PROGRAM), "--version"], folder)
        empty = Process(python("pass"), folder)
        start = interleaved({"version": version, "python": empty}, rounds=min(rounds, STARTS))
        for number, case in enumerate(case for case in calls() if match in case):
            fresh = [in_a_process(case, folder, folder / f"fresh-{number}-{run}") for run in range(fresh_runs)]
            cached = [in_a_process(case, folder, folder / f"fresh-{number}-0") for _ in range(cached_runs)]
            times = [statistics.median(run["first"] for run in runs) for runs in (fresh, cached)]
            times.append(statistics.median(run["steady"] for run in cached))
            rows.append([case, *map(milliseconds, times)])
            print(f"{case}: {rows[-1][1:]}", file=sys.stderr, flush=True)
    head = ["call", "first ever, compiling, ms", "first in a process, ms", "steady, ms"]
    return (
        f"{machine()}; medians of {fresh_runs} processes that compile and {cached_runs} that do not; "
        "imports are not counted\n\n"
        f"Start-up, a whole process: `cnnkit --version` {milliseconds(start['version'])} ms, "
        f"`python -c pass` {milliseconds(start['python'])} ms.\n\n{first_commands(fresh_runs)}\n\n"
        f"### Calls\n\n{table(head, rows)}"
    )


if __name__ == "__main__":
    call = calls()[sys.argv[1]]
    first, _ = seconds_of(call)
    print(json.dumps({"first": first, "steady": statistics.median(seconds_of(call)[0] for _ in range(STEADY_CALLS))}))
