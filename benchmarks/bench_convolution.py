"""Convolution: cnnkit beside OpenCV, SciPy, PyTorch and ONNX Runtime, the outputs compared first.

    python benchmarks/bench_convolution.py [--rounds N] [--only filters|layers|compile] [--size 600x400 ...] [--write]

Prints Markdown. A size other than 600x400 is a number of Mpixel: 1, 12 or 20.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import convolution_rivals as who
import first_calls
from convolution_cases import SIZES, Case, filters, layers
from start_up import PROGRAM, process
from timing import interleaved, machine, settled, table, write_generated

PAGE = Path(__file__).with_name("README.md")
FIRST_CALLS = Path(__file__).with_name("first_calls.py")
PARTS = ("filters", "layers", "compile")
SECONDS = 1.2
"""What the rounds of a row may take."""
FRESH_RUNS, CACHED_RUNS = 3, 5


@dataclass(frozen=True)
class Row:
    """What was measured of a case; a cell says a peer's milliseconds, or why there are none."""

    case: str
    bar: float | None
    ratio: float | None
    cells: dict[str, str]
    best: str
    disagreements: dict[str, float]

    @property
    def verdict(self) -> str:
        """Whether the bar is met, where there is one."""
        if self.bar is None or self.ratio is None:
            return ""
        return "yes" if self.ratio <= self.bar else "**no**"


def milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.{2 if seconds < 0.01 else 1 if seconds < 0.1 else 0}f}"


def measure(case: Case, rounds: int) -> Row:
    slow = who.too_slow(case)
    calls = {name: call for name, call in who.rivals(case).items() if name not in slow}
    once, errors = who.agreement(case, calls)
    peers_once = {name: seconds for name, seconds in once.items() if name != who.OURS}
    for name in who.far_behind(peers_once) - who.far_behind(peers_once, who.HOPELESS):
        # A first call makes plans and takes memory; it condemns nobody.
        peers_once[name] = min(peers_once[name], who.seconds_of(calls[name])[0])
    far = who.far_behind(peers_once)
    timed = settled({name: calls[name] for name in once if name not in far}, rounds=rounds, seconds=SECONDS)
    cells = {name: milliseconds(seconds) for name, seconds in timed.items()}
    cells |= {name: f"~{milliseconds(peers_once[name])}" for name in far}
    cells |= dict.fromkeys(slow, f"> {who.LONGEST:.0f} s") | dict.fromkeys(errors, "differs")
    peers = {name: seconds for name, seconds in timed.items() if name != who.OURS}
    best = min(peers, key=peers.__getitem__, default="")
    ratio = timed[who.OURS] / peers[best] if best else None
    return Row(case.name, case.bar, ratio, cells, best, errors)


def measured(cases: Iterable[Case], rounds: int) -> list[Row]:
    rows = []
    for case in cases:
        rows.append(measure(case, rounds))
        row = rows[-1]
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"{row.case}: {ratio} ({row.best}), met: {row.verdict}", file=sys.stderr, flush=True)
    return rows


def ratio_table(first: str, rows: list[Row], rivals: tuple[str, ...]) -> str:
    head = [first, *(f"{name} ms" for name in rivals), "best peer", "ratio", "bar", "met"]
    lines = []
    for row in rows:
        bar, ratio = ("" if value is None else f"{value:.2f}" for value in (row.bar, row.ratio))
        lines.append([row.case, *(row.cells.get(name, "") for name in rivals), row.best, ratio, bar, row.verdict])
    notes = [
        f"- {name} differs by up to {error:.3g} on {row.case}, and is left out there."
        for row in rows
        for name, error in row.disagreements.items()
    ]
    return "\n".join([table(head, lines), *([""] if notes else []), *notes])


def summary(parts: dict[str, list[Row]]) -> str:
    lines = []
    for name, rows in parts.items():
        for bar in sorted({row.bar for row in rows if row.bar is not None}):
            held = [(row.ratio, row.case) for row in rows if row.bar == bar and row.ratio is not None]
            if held:
                met = sum(ratio <= bar for ratio, _ in held)
                middle = statistics.median(ratio for ratio, _ in held)
                worst = f"{max(held)[0]:.2f} ({max(held)[1]})"
                lines.append([name, f"{bar:.2f}", f"{met} of {len(held)}", f"{middle:.2f}", worst])
    return table(["work", "bar", "met", "median ratio", "worst ratio"], lines)


def size_name(size: str) -> str:
    return size if "x" in size else f"{size} Mpixel"


def first_call(case: str, folder: Path, cache: Path) -> dict[str, float]:
    environment = {**os.environ, "CNNKIT_CACHE_DIR": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    printed = subprocess.run(
        [sys.executable, str(FIRST_CALLS), case],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    times: dict[str, float] = json.loads(printed)
    return times


def compile_section(rounds: int) -> str:
    """Start-up, first call ever, first call in a process, and steady: apart."""
    fresh_runs, cached_runs = min(rounds, FRESH_RUNS), min(rounds, CACHED_RUNS)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        version = process([str(PROGRAM), "--version"], folder, folder / "none")
        empty = process([sys.executable, "-c", "pass"], folder, folder / "none")
        start = interleaved({"version": version, "python": empty}, rounds=min(rounds, 15))
        for number, case in enumerate(first_calls.cases()):
            fresh = [first_call(case, folder, folder / f"fresh-{number}-{run}") for run in range(fresh_runs)]
            cached = [first_call(case, folder, folder / f"fresh-{number}-0") for _ in range(cached_runs)]
            times = [statistics.median(run[key] for run in runs) for runs, key in ((fresh, "first"), (cached, "first"))]
            times.append(statistics.median(run["steady"] for run in cached))
            rows.append([case, *map(milliseconds, times)])
            print(f"{case}: {rows[-1][1:]}", file=sys.stderr, flush=True)
    head = ["call", "first ever, compiling, ms", "first in a process ms", "steady ms"]
    return (
        f"Start-up, a whole process: `cnnkit --version` {milliseconds(start['version'])} ms, "
        f"`python -c pass` {milliseconds(start['python'])} ms.\n"
        f"Medians of {fresh_runs} processes that compile and {cached_runs} that do not; imports are not counted.\n\n"
        f"{table(head, rows)}"
    )


def report(parts: list[str], sizes: list[str], rounds: int) -> str:
    who.set_threads()
    sections: list[str] = []
    done: dict[str, list[Row]] = {}
    if "filters" in parts:
        for size in sizes:
            rows = measured(filters([size]), rounds)
            done[f"filters, {size_name(size)}"] = rows
            sections.append(
                f"### Filters, {size_name(size)}\n\n{ratio_table('image, kernel', rows, who.FILTER_RIVALS)}"
            )
    if "layers" in parts:
        done["layers"] = measured(layers(), rounds)
        text = ratio_table("in, kernel, kernels out", done["layers"], who.LAYER_RIVALS)
        sections.append(f"### Layers\n\n{text}")
    if "compile" in parts:
        sections.append(f"### First calls\n\n{compile_section(rounds)}")
    line = f"{machine()}; {who.THREADS} threads each, interleaved, medians of up to {rounds} rounds"
    heads = [line, who.versions()]
    if done:
        heads.append(f"### Bars\n\n{summary(done)}")
    return "\n\n".join([*heads, *sections])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25, help="most rounds for a row (25)")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all three")
    parser.add_argument("--size", nargs="+", choices=SIZES, default=list(SIZES), help="sizes of the filters' images")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md: all of them")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("--rounds takes 1 or more")
    if asked.write and (asked.only or asked.size != list(SIZES)):
        parser.error("--write replaces all tables: leave out --only and --size")
    text = report([asked.only] if asked.only else list(PARTS), asked.size, asked.rounds)
    print(text)
    if asked.write:
        write_generated(PAGE, "convolution", text)


if __name__ == "__main__":
    main()
