"""Pooling: cnnkit beside OpenCV, NumPy, SciPy, scikit-image, PyTorch and ONNX Runtime, the outputs compared first.

    python benchmarks/bench_pooling.py [--rounds N] [--only images|growth|maps|median|others] [--size 1 ...] [--write]

Prints Markdown. A size is a number of Mpixel, 1, 12 or 20, or "small" for a trial.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pooling_cases as cases
import pooling_rivals as who
from convolution_rivals import HOPELESS, OURS, THREADS, far_behind, seconds_of, set_threads
from pooling_cases import AIM, BAR, COPIES, DEFAULT_SIZES, SIZES, Case
from timing import machine, settled, table, write_generated

PAGE = Path(__file__).with_name("README.md")
PARTS = ("images", "growth", "maps", "median", "others")
SECONDS = 1.0
"""What the rounds of a row may take."""
COPY = "copy"
HEAD = ["cnnkit ms", "best peer", "its ms", "ratio", "copies", f"bar {BAR}", "other peers, ms"]


def milliseconds(seconds: float) -> str:
    """Three digits, or whole microseconds."""
    return f"{1e3 * seconds:.{3 if seconds < 1e-3 else 2 if seconds < 0.01 else 1 if seconds < 0.1 else 0}f}"


@dataclass(frozen=True)
class Row:
    """What was measured of a case: seconds of each, and words about those that were not timed in every round."""

    case: str
    timed: dict[str, float]
    far: dict[str, float]
    slow: set[str]
    errors: dict[str, str]

    @property
    def peers(self) -> dict[str, float]:
        """Those who can set the ratio, the best one first."""
        found = {name: seconds for name, seconds in self.timed.items() if name not in (OURS, COPY)}
        return dict(sorted(found.items(), key=lambda item: item[1]))

    @property
    def ratio(self) -> float | None:
        """Our time as a share of the best peer's."""
        ours, best = self.timed.get(OURS), next(iter(self.peers.values()), None)
        return None if ours is None or best is None else ours / best

    @property
    def copies(self) -> float | None:
        """Our time as a number of memory copies."""
        return self.timed[OURS] / self.timed[COPY] if OURS in self.timed else None

    @property
    def verdict(self) -> str:
        """Whether the bar is met; not, where cnnkit cannot do the work."""
        if OURS in self.errors:
            return "**cannot**"
        if self.ratio is None:
            return ""
        return "met" if self.ratio <= BAR else "**missed**"

    @property
    def cells(self) -> list[str]:
        """The row as it is printed."""
        best, *others = [*self.peers, ""]
        told = [f"{name} {milliseconds(self.timed[name])}" for name in others if name]
        told += [f"{name} ~{milliseconds(seconds)}" for name, seconds in self.far.items()]
        told += [f"{name} > {1e3 * who.LONGEST:.0f}" for name in sorted(self.slow)]
        told += [f"{name} differs" for name in self.errors if name != OURS]
        numbers = ["" if value is None else f"{value:.2f}" for value in (self.ratio, self.copies)]
        times = [milliseconds(self.timed[name]) if name in self.timed else "" for name in (OURS, best)]
        return [self.case, times[0], best, times[1], *numbers, self.verdict, ", ".join(told)]


def measure(case: Case, rounds: int) -> Row:
    slow = who.too_slow(case)
    calls = {name: call for name, call in who.rivals(case).items() if name not in slow}
    once, errors = who.agreement(case, calls)
    peers_once = {name: seconds for name, seconds in once.items() if name != OURS}
    for name in far_behind(peers_once) - far_behind(peers_once, HOPELESS):
        # A first call makes plans and takes memory; it condemns nobody.
        peers_once[name] = min(peers_once[name], seconds_of(calls[name])[0])
    far = far_behind(peers_once)
    kept = {name: calls[name] for name in once if name not in far} | {COPY: who.copy(case)}
    seconds_of(kept[COPY])
    timed = settled(kept, rounds=rounds, seconds=SECONDS)
    return Row(case.name, timed, {name: peers_once[name] for name in sorted(far)}, slow, errors)


def measured(works: Iterable[Case], rounds: int) -> list[Row]:
    rows = []
    for case in works:
        began = time.perf_counter()
        row = measure(case, rounds)
        rows.append(row)
        taken = time.perf_counter() - began
        print(f"{taken:5.1f} s  {' | '.join(row.cells)}", file=sys.stderr, flush=True)
        for name, error in row.errors.items():
            print(f"         {name} {error}", file=sys.stderr, flush=True)
    return rows


def section(title: str, rows: list[Row]) -> str:
    notes = [f"- {name} {error}: {row.case}." for row in rows for name, error in row.errors.items()]
    text = table(["work", *HEAD], [row.cells for row in rows])
    return "\n".join([f"### {title}\n", text, *([""] if notes else []), *notes])


def summary(parts: dict[str, list[Row]]) -> str:
    """How many rows meet the bar and the aims, and the worst one."""
    lines = []
    for title, rows in parts.items():
        held = [(row.ratio, row.case) for row in rows if row.ratio is not None]
        copies = [row.copies for row in rows if row.copies is not None]
        cells = [f"{sum(row.verdict == 'met' for row in rows)} of {len(rows)}"]
        cells.append(f"{sum(ratio <= AIM for ratio, _ in held)}")
        cells.append(f"{sum(value <= COPIES for value in copies)}")
        cells.append(f"{statistics.median(ratio for ratio, _ in held):.2f}" if held else "")
        cells.append(f"{max(held)[0]:.2f} ({max(held)[1]})" if held else "")
        lines.append([title, *cells])
    head = ["work", f"bar {BAR} met", f"ratio up to {AIM}", f"up to {COPIES} copies", "median ratio", "worst ratio"]
    return table(head, lines)


def planned(parts: list[str], sizes: list[str]) -> dict[str, Iterable[Case]]:
    """The sections, by their titles; growth and the rarer kinds are measured at one size."""
    works: dict[str, Iterable[Case]] = {}
    one = "12" if "12" in sizes else sizes[0]
    for size in sizes if "images" in parts else ():
        works[f"Images, {size_name(size)}"] = cases.images(size)
    if "growth" in parts:
        works[f"Growth with the window, {size_name(one)}"] = cases.growth(one)
    if "maps" in parts:
        works["Feature maps, float32"] = cases.feature_maps()
    for size in sizes if "median" in parts else ():
        if size != "20":
            works[f"Medians, {size_name(size)}"] = cases.medians(size)
    if "others" in parts:
        works[f"Minimum and Lp, {size_name(one)}"] = cases.others(one)
    return works


def size_name(size: str) -> str:
    return f"{size} Mpixel" if size.isdigit() else size


def report(parts: list[str], sizes: list[str], rounds: int) -> str:
    set_threads()
    done = {title: measured(works, rounds) for title, works in planned(parts, sizes).items()}
    line = f"{machine()}; {THREADS} threads each, interleaved, medians of up to {rounds} rounds"
    sections = [section(title, rows) for title, rows in done.items()]
    return "\n\n".join([line, who.versions(), f"### Bars and aims\n\n{summary(done)}", *sections])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25, help="most rounds for a row (25)")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    parser.add_argument("--size", nargs="+", choices=SIZES, default=list(DEFAULT_SIZES), help="sizes of the images")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md: all of them")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("--rounds takes 1 or more")
    if asked.write and (asked.only or asked.size != list(DEFAULT_SIZES)):
        parser.error("--write replaces all tables: leave out --only and --size")
    text = report([asked.only] if asked.only else list(PARTS), asked.size, asked.rounds)
    print(text)
    if asked.write:
        write_generated(PAGE, "pooling", text)


if __name__ == "__main__":
    main()
