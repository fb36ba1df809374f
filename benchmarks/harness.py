"""The harness: results are checked, those that agree are timed side by side, and the rows make tables.

A feature has a file of cases (what is measured, the true results, the bars) and a file of rivals (who does it, and by
which call). Both are handed in here. Rows in which cnnkit loses are printed like the others; if a result of cnnkit is
wrong, the run ends.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple, Protocol, TypeVar

from report import machine, milliseconds, table, versions
from timing import Clock, others_share, processor_seconds, seconds_of, settled, turn

from cnnkit import CnnkitError

THREADS = 2  # for everybody
OURS = "cnnkit"
OURS_ONE = "cnnkit, 1 thread"
COPY = "copy"  # of as many bytes as a work moves
IMPORTS = "imports"  # a process that only imports what a command cannot do without
YARDSTICKS = (COPY, IMPORTS)  # no rivals: they do not do the work
BEST = "best peer"

FAR = 3.0  # a peer this many times slower than the best one does not set the ratio and is not timed in every round
HOPELESS = 20.0  # a peer this many times slower at its first call gets no second one to show that it is faster
SHORT_SECONDS = 0.1  # below this, every peer is timed in full all the same
IN_PROCESS = Clock(seconds_of, turn, row_seconds=1.5, slow_seconds=1.5, threads=f"{THREADS} threads each")

Calls = dict[str, Callable[[], Any]]


class Difference(NamedTuple):
    """How far a result is from the truth, how far it may be, and what else is wrong with it."""

    largest: float
    allowed: float
    problem: str = ""


class Case(Protocol):
    """One row."""

    @property
    def name(self) -> str:
        """What is done, and on what."""

    @property
    def bars(self) -> Mapping[str, float | None]:
        """For a peer, or for the best one, the largest ratio to its time; none where it is for orientation."""

    def check(self) -> Callable[[str, Any], Difference]:
        """A function that compares results, each with its maker's name; cnnkit's comes first."""


AnyCase = TypeVar("AnyCase", bound=Case, contravariant=True)  # noqa: PLC0105


class Rivals(Protocol[AnyCase]):
    """What a file of rivals holds."""

    @property
    def MODULES(self) -> Mapping[str, str]:  # noqa: N802
        """Their names, and the modules they are imported as."""

    def calls(self, case: AnyCase, /) -> Calls:
        """The call of each that does the work, cnnkit's first."""

    def skipped(self, case: AnyCase, names: Iterable[str], /) -> dict[str, str]:
        """Those who are not called, and why."""


def is_ours(name: str) -> bool:
    return name.startswith(OURS)


@dataclass(frozen=True)
class Row:
    """What was measured of a case."""

    case: str
    bars: Mapping[str, float | None]
    times: dict[str, float]  # seconds
    far: dict[str, float]  # seconds of one call or two
    notes: dict[str, str]  # why others have no time
    shares: dict[str, float]  # the largest difference as a share of the allowed one

    def peer(self, bar: str) -> str:
        """Whom a bar is against: a peer by its name, or the best one; empty if it has no time."""
        if bar != BEST:
            return bar if bar in self.times else ""
        peers = [name for name in self.times if name not in YARDSTICKS and not is_ours(name)]
        return min(peers, key=self.times.__getitem__, default="")

    def ratios(self, bar: str) -> dict[str, float]:
        """Our time as a share of the peer's, with two threads and, where it is timed, with one."""
        if OURS in self.notes:
            return {OURS: inf}
        peer = self.peer(bar)
        names = [name for name in (OURS, OURS_ONE) if peer and name in self.times]
        return {name: self.times[name] / self.times[peer] for name in names}

    def verdict(self, bar: str) -> str:
        """Whether a bar is met; where one thread is timed, it has to meet it."""
        ratios, largest = self.ratios(bar), self.bars[bar]
        if OURS in self.notes or not ratios or largest is None:
            return "**cannot**" if OURS in self.notes else ""
        if ratios.get(OURS_ONE, ratios[OURS]) <= largest:
            return f"{largest:g} met"
        return f"{largest:g} by 2 threads" if ratios[OURS] <= largest else f"{largest:g} **missed**"

    def cells(self, ours: list[str], rated: list[str], bars: list[str]) -> list[str]:
        """The row as it is printed."""
        times = {name: milliseconds(seconds) for name, seconds in self.times.items()}
        cells = [self.case, *(times.get(name, "") for name in ours)]
        for bar in bars:
            peer, ratios = self.peer(bar), self.ratios(bar)
            if bar == COPY:
                cells.append(f"{ratios[OURS]:.2f}" if ratios else "")
                continue
            cells.append(f"{peer} {times[peer]}" if peer and bar == BEST else times.get(peer, "-"))
            cells += [f"{ratios[name]:.2f}" if name in ratios else "" for name in rated]
            cells.append(self.verdict(bar) if bar in self.bars else "")
        shown = {*ours, *map(self.peer, bars)}
        others = sorted(self.times.keys() - shown, key=self.times.__getitem__)
        words = [f"{name} {times[name]}" for name in others]
        words += [f"{name} ~{milliseconds(seconds)}" for name, seconds in self.far.items()]
        return [*cells, ", ".join([*words, *(f"{name} {why}" for name, why in self.notes.items())])]


def measure(case: AnyCase, rivals: Rivals[AnyCase], rounds: int, clock: Clock) -> Row:
    calls = rivals.calls(case)
    notes = rivals.skipped(case, calls)
    check = case.check()
    once: dict[str, float] = {}
    shares: dict[str, float] = {}
    for name in [name for name in calls if name not in notes]:
        try:
            once[name], result = clock.timed(calls[name])
        except (CnnkitError, TypeError, ValueError, RuntimeError) as error:
            notes[name] = f"cannot: {str(error).splitlines()[0]}"
            if name == OURS:
                return Row(case.name, case.bars, {}, {}, notes, {})
            continue
        if name not in YARDSTICKS:
            largest, allowed, problem = check(name, result)
            if not largest <= allowed or problem:
                del once[name]
                notes[name] = f"differs by {largest:.3g} of {allowed:.3g} allowed{problem}"
                if is_ours(name):
                    raise AssertionError(f"{case.name}: {name} {notes[name]}")
            elif allowed:
                shares[name] = largest / allowed
        del result
    del check
    gc.collect()

    peers = {name: seconds for name, seconds in once.items() if name not in YARDSTICKS and not is_ours(name)}
    for name in far_behind(peers) - far_behind(peers, HOPELESS):
        # A first call makes plans and takes memory; it condemns nobody.
        peers[name] = min(peers[name], clock.timed(calls[name])[0])
    far = {name: peers[name] for name in sorted(far_behind(peers)) if name not in case.bars}
    slow = {}
    for name in once.keys() - far.keys():
        again = clock.timed(calls[name])[0] if once[name] > clock.slow_seconds else 0
        if again > clock.slow_seconds:
            slow[name] = min(once[name], again)
    in_full = {name: calls[name] for name in once if name not in far and name not in slow}
    times = slow | settled(in_full, rounds=rounds, seconds=clock.row_seconds, one_turn=clock.turn)
    return Row(case.name, case.bars, {name: times[name] for name in once if name in times}, far, notes, shares)


def far_behind(seconds: dict[str, float], times: float = FAR) -> set[str]:
    """Peers too slow to set the ratio, and too slow to be called often."""
    bound = max(times * min(seconds.values(), default=0.0), SHORT_SECONDS)
    return {name for name, taken in seconds.items() if taken > bound}


def measured(cases: Iterable[AnyCase], rivals: Rivals[AnyCase], rounds: int, match: str, clock: Clock) -> list[Row]:
    """The rows of the cases whose names contain `match`, each printed to stderr when it is done."""
    rows = []
    for case in cases:
        if match in case.name:
            taken, row = seconds_of(lambda case=case: measure(case, rivals, rounds, clock))  # type: ignore[misc]
            rows.append(row)
            cells = row.cells(*columns([row]))
            print(f"{taken:5.1f} s  {' | '.join(cells)}", file=sys.stderr, flush=True)
    return rows


def columns(rows: list[Row]) -> tuple[list[str], list[str], list[str]]:
    """Our variants, those of them that are rated, and whom the bars are against."""
    ours = list(dict.fromkeys(name for row in rows for name in row.times if is_ours(name))) or [OURS]
    rated = [name for name in (OURS, OURS_ONE) if name in ours]
    return ours, rated, list(dict.fromkeys(bar for row in rows for bar in row.bars))


def section(title: str, rows: list[Row]) -> str:
    ours, rated, bars = columns(rows)
    head = ["work", *(f"{name}, ms" for name in ours)]
    for bar in bars:
        if bar == COPY:
            head.append("copies")
            continue
        head += [f"{bar}, ms", *(f"ratio{name.removeprefix(OURS)}" for name in rated), "bar"]
    text = table([*head, "other peers, ms"], [row.cells(ours, rated, bars) for row in rows])
    names = dict.fromkeys(name for row in rows for name in row.shares)
    shares = {name: max(100 * row.shares.get(name, 0) for row in rows) for name in names}
    line = ", ".join(f"{name} {share:.2g}" for name, share in shares.items() if share)
    return f"### {title}\n\n{text}" + (f"\n\nLargest differences, in % of those allowed: {line}." if line else "")


def summary(sections: Mapping[str, list[Row]]) -> str:
    """How often each bar is met, and half of it; the middle and the worst ratio."""
    lines = []
    for title, rows in sections.items():
        groups: dict[tuple[float, str, str], list[tuple[float, str]]] = {}
        for row in rows:
            for bar, largest in row.bars.items():
                for name, ratio in row.ratios(bar).items() if largest is not None else ():
                    groups.setdefault((largest or 0, bar, name), []).append((ratio, row.case))
        for (largest, bar, name), ratios in sorted(groups.items()):
            met, half = (sum(ratio <= most for ratio, _ in ratios) for most in (largest, largest / 2))
            worst, where = max(ratios)
            middle = statistics.median(ratio for ratio, _ in ratios)
            cells = [f"{largest:g}", f"{met} of {len(ratios)}", f"{half}", f"{middle:.2f}", f"{worst:.2f} ({where})"]
            lines.append([title + name.removeprefix(OURS), bar, *cells])
    return table(["work", "against", "bar", "met", "half of it", "median ratio", "worst ratio"], lines)


def report(
    works: Mapping[str, Iterable[AnyCase]],
    rivals: Rivals[AnyCase],
    *,
    rounds: int,
    match: str = "",
    more: Sequence[Callable[[], str]] = (),
    clock: Clock = IN_PROCESS,
) -> str:
    """Measure all works, by the titles of their sections, and what makes its own section; put the tables together."""
    before, began = processor_seconds(), time.perf_counter()
    done = {title: measured(cases, rivals, rounds, match, clock) for title, cases in works.items()}
    done = {title: rows for title, rows in done.items() if rows}
    others = [text for make in more if (text := make())]
    meanwhile = others_share(before, time.perf_counter() - began)
    line = f"{machine()}; {clock.threads}, interleaved, medians of up to {rounds} rounds; {meanwhile}"
    bars = [f"### Bars\n\n{summary(done)}"] if done else []
    sections = [section(title, rows) for title, rows in done.items()]
    return "\n\n".join([line, versions(rivals.MODULES), *bars, *sections, *others])
