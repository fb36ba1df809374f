"""How all benchmarks measure: side by side in one run, interleaved, medians, as ratios."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def interleaved(rivals: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Median seconds of each, called in turn, so that a busy moment of the machine falls on all alike."""
    for call in rivals.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, call in rivals.items():
            began = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


LONG = 0.02
"""Seconds of a call above which it is not repeated within a turn."""
QUIET = 0.006
"""Seconds of one look whether the machine is quiet: longer than the 4 ms in which Linux may count processor time."""


def settled(rivals: Mapping[str, Callable[[], object]], *, rounds: int, seconds: float) -> dict[str, float]:
    """Median seconds of each, called in turn, each turn begun when no thread of the last one is busy any more.

    Thread pools wait for more work by spinning: for some 30 ms after a call of PyTorch or ONNX Runtime, one of two
    cores is still theirs. A turn is one call, or for short work several after one that is not counted, which
    finds its own threads asleep. There are at most `rounds`, and about as many as fit into `seconds`, but not below
    five, or three where a round takes more than a second.

    Each rival must have been called before.
    """
    times: dict[str, list[float]] = {name: [] for name in rivals}
    began = time.perf_counter()
    done, wanted = 0, rounds
    while done < wanted:
        for name, call in rivals.items():
            wait_until_quiet()
            times[name] += turn(call)
        done += 1
        taken = (time.perf_counter() - began) / done
        wanted = min(rounds, max(3 if taken > 1 else 5, int(seconds / taken)))
    return {name: statistics.median(values) for name, values in times.items()}


def turn(call: Callable[[], object], *, most: int = 10, seconds: float = 0.005) -> list[float]:
    """Seconds of one call, or of up to `most` after it that together take about `seconds`."""
    times: list[float] = []
    while not times or (len(times) <= most and times[0] < LONG and (len(times) == 1 or sum(times[1:]) < seconds)):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times if len(times) == 1 else times[1:]


def wait_until_quiet(*, longest: float = 0.2) -> None:
    """Sleep until this process uses no processor, but no longer than `longest` seconds."""
    began = time.perf_counter()
    while time.perf_counter() - began < longest:
        before = time.process_time()
        time.sleep(QUIET)
        if time.process_time() - before < QUIET / 4:
            return


def processor_seconds() -> tuple[float, float] | None:
    """How long all processors have worked, and how long for this process and its children; where Linux tells."""
    try:
        user, nice, system, _, _, *more = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    except (OSError, ValueError):
        return None
    busy = (user + nice + system + sum(more[:3])) / os.sysconf("SC_CLK_TCK")
    return busy, sum(os.times()[:4])


def others_share(before: tuple[float, float] | None, elapsed: float) -> str:
    """What other programs, and other machines on the same processors, took meanwhile, in words.

    A table made beside busy neighbours says more about them.
    """
    after = processor_seconds()
    if before is None or after is None or elapsed <= 0:
        return "nothing is known of other programs"
    others = (after[0] - before[0]) - (after[1] - before[1])
    return f"other programs took {max(0.0, 100 * others / elapsed):.0f} % of one processor meanwhile"


def machine() -> str:
    """One line about where this was measured."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        flags = next(line.split() for line in lines if line.startswith("flags"))
        # What a layer's peak follows from: eight or sixteen products at a time.
        model += " with AVX-512" if "avx512f" in flags else " with AVX2" if "avx2" in flags else ""
    except (OSError, StopIteration):
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, Python {platform.python_version()}, {platform.system()}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table with aligned columns."""
    everything = [head, *rows]
    widths = [max(len(row[column]) for row in everything) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in everything
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def write_generated(page: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- NAME: generated -->`` and the next ``<!-- end -->``."""
    begin, end = f"<!-- {name}: generated -->", "<!-- end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{page.name} has no {begin} followed by {end}")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
