"""Features: cnnkit beside psf, librosa, kaldi-native-fbank, PyTorch and asrfront, the outputs compared first.

    python benchmarks/bench_features.py [--quick] [--only PART ...] [--seconds 60 ...] [--rounds N] [--write]

Prints Markdown. A part is a job (psf, librosa, kaldi, logmel, whisper), stages, or command. --quick takes sounds of
10 s, few rounds, and half an hour instead of three for memory.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import features_command as command
import features_rivals as who
from features_cases import JOBS, LENGTHS, Job, Sound
from features_rivals import ALL_OURS, OURS, OURS_ONE, THREADS
from timing import machine, others_share, processor_seconds, settled, table, write_generated

from cnnkit import CnnkitError

PAGE = Path(__file__).with_name("README.md")
PARTS = (*JOBS, "stages", "command")
SECONDS = 1.5
"""What the rounds of a row may take."""
SLOW = 1.5
"""Seconds of a call from which on it is made two times only, the first of them to compare; the faster one counts."""
SHARE = 0.6
"""Of the memory that is free, what a call may need."""


@dataclass
class Row:
    """What was measured of a job on a sound: seconds of each, the largest differences from cnnkit, and who cannot."""

    job: Job
    sound: str
    times: dict[str, float] = field(default_factory=dict)
    apart: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def ratio(self, peer: str, of: str = OURS) -> float | None:
        """Our time as a share of a peer's, with two threads or with one."""
        return self.times[of] / self.times[peer] if {of, peer} <= self.times.keys() else None

    def verdict(self, peer: str) -> str:
        """Whether a peer's bar is met: by one thread, by two only, or not."""
        one, two, bar = self.ratio(peer, OURS_ONE), self.ratio(peer), self.job.bars[peer]
        if one is None or two is None:
            return ""
        if one <= bar:
            return "met"
        return "met by 2 threads" if two <= bar else "**missed**"

    @property
    def cells(self) -> list[str]:
        """The row as it is printed."""
        told = [milliseconds(self.times[name]) if name in self.times else "" for name in ALL_OURS]
        for peer in self.job.bars:
            ratios = [self.ratio(peer), self.ratio(peer, OURS_ONE)]
            ms = milliseconds(self.times[peer]) if peer in self.times else "-"
            told += [ms, *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios), self.verdict(peer)]
        others = [name for name in self.times if name not in (*ALL_OURS, *self.job.bars)]
        notes = [f"{name} {milliseconds(self.times[name])}" for name in others]
        return [self.sound, *told, ", ".join([*notes, *(f"{name} {why}" for name, why in self.errors.items())])]


def milliseconds(seconds: float) -> str:
    """Three digits."""
    ms = 1e3 * seconds
    return f"{ms:.2f}" if ms < 10 else f"{ms:.1f}" if ms < 100 else f"{ms:,.0f}"


def seconds_of(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def free_memory() -> float:
    """Bytes that may still be taken, where the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return float("inf")


def measure(job: Job, sound: Sound, rounds: int) -> Row:
    row = Row(job, sound.name)
    calls = who.ours(job, sound)
    _, result = seconds_of(calls[OURS])
    expected = who.as_rows(result, result.shape[1])
    del result
    for name, call in who.peers(job, sound).items():
        if who.needed(name, job, sound) > SHARE * free_memory():
            row.errors[name] = f"needs about {who.needed(name, job, sound) / 2**30:.0f} GB"
        else:
            calls[name] = call
    fast = {}
    for name, call in calls.items():
        taken, result = seconds_of(call)
        row.apart[name] = who.difference(who.as_rows(result, expected.shape[1]), expected)
        del result
        if not row.apart[name] <= job.within:
            if name in ALL_OURS:
                raise AssertionError(f"{job.name}, {row.sound}: {name} differs by {row.apart[name]:.3g}")
            row.errors[name] = f"differs by {row.apart[name]:.3g}"
        elif taken < SLOW:
            fast[name] = call
        else:
            row.times[name] = min(taken, seconds_of(call)[0])
    del expected
    gc.collect()
    timed = row.times | settled(fast, rounds=rounds, seconds=SECONDS)
    row.times = {name: timed[name] for name in calls if name in timed}
    return row


def measured(job: Job, lengths: list[int], rounds: int) -> list[Row]:
    rows: list[Row] = []
    for seconds in lengths:
        for rate in job.rates:
            began = time.perf_counter()
            try:
                row = measure(job, Sound(seconds, rate), rounds)
            except CnnkitError as error:
                print(f"cnnkit cannot: {job.name}: {error}", file=sys.stderr, flush=True)
                return rows
            rows.append(row)
            apart = ", ".join(f"{name} {value:.1g}" for name, value in row.apart.items() if value)
            taken = time.perf_counter() - began
            print(f"{taken:5.1f} s  {job.name}: {' | '.join(row.cells)} ({apart})", file=sys.stderr, flush=True)
    return rows


def section(job: Job, rows: list[Row]) -> str:
    other = {"float32": "float64", "float64": "float32"}[job.precision]
    head = ["sound", f"cnnkit ms, {THREADS} threads", "1 thread", f"in {other}, {THREADS} threads"]
    for peer, bar in job.bars.items():
        head += [f"{peer} ms", "ratio", "with 1 thread", f"bar {bar:g}"]
    text = table([*head, "others, ms"], [row.cells for row in rows])
    names = dict.fromkeys(name for row in rows for name in row.apart if name != OURS)
    apart = {name: max(row.apart.get(name, 0) for row in rows) for name in names}
    told = ", ".join(f"{name} {value:.1g}" for name, value in apart.items() if name != OURS_ONE)
    return f"### {job.name}\n\n{text}\n\nLargest differences from cnnkit, which may be {job.within:g}: {told}."


def summary(done: list[tuple[Job, list[Row]]]) -> str:
    """How often each bar is met, and the worst ratio."""
    lines = []
    for job, rows in done:
        for peer, bar in job.bars.items():
            held = [row for row in rows if row.ratio(peer) is not None]
            if not held:
                continue
            cells = [job.name, peer, f"{bar:g}"]
            for of in (OURS_ONE, OURS):
                ratios = [(row.times[of] / row.times[peer], row.sound) for row in held]
                met = sum(ratio <= bar for ratio, _ in ratios)
                worst, where = max(ratios)
                middle = statistics.median(ratio for ratio, _ in ratios)
                cells += [f"{met} of {len(ratios)}", f"{middle:.2f}", f"{worst:.2f} ({where})"]
            lines.append(cells)
    one = ["met by 1 thread", "median ratio", "worst"]
    return table(["job", "against", "bar", *one, "met by 2 threads", *one[1:]], lines)


def report(parts: list[str], lengths: list[int], rounds: int, *, quick: bool) -> str:
    before, began = processor_seconds(), time.perf_counter()
    done = [(JOBS[part], measured(JOBS[part], lengths, rounds)) for part in parts if part in JOBS]
    done = [(job, rows) for job, rows in done if rows]
    sections = [f"### Bars\n\n{summary(done)}"] if done else []
    sections += [section(job, rows) for job, rows in done]
    if "stages" in parts:
        sections.append(command.stages(10 if quick else 60, rounds))
    if "command" in parts:
        sections += [command.whole(5 if quick else 15), command.memory((10, 1800) if quick else (10, 600, 3 * 3600))]
    line = f"{machine()}; {THREADS} threads for all but one column, interleaved, medians of up to {rounds} rounds"
    meanwhile = others_share(before, time.perf_counter() - began)
    return "\n\n".join([f"{line}; {meanwhile}", who.versions(), *sections])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a trial of a minute")
    parser.add_argument("--rounds", type=int, help="most rounds for a row (25, quick: 5)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="some parts instead of all")
    parser.add_argument("--seconds", nargs="+", type=int, help="lengths of the sounds (10 60 600 3600)")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md: all of them")
    asked = parser.parse_args()
    rounds = asked.rounds or (5 if asked.quick else 25)
    lengths = asked.seconds or ([10] if asked.quick else list(LENGTHS))
    if rounds < 1 or min(lengths) < 1:
        parser.error("--rounds and --seconds take 1 or more")
    if asked.write and (asked.quick or asked.only != list(PARTS) or lengths != list(LENGTHS)):
        parser.error("--write replaces all tables: leave out --quick, --only and --seconds")
    text = report(asked.only, lengths, rounds, quick=asked.quick)
    print(text)
    if asked.write:
        write_generated(PAGE, "features", text)


if __name__ == "__main__":
    main()
