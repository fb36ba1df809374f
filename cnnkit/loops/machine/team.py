"""Threads that go through the same work side by side, in machine code, and wait for each other without sleeping.

Waking a thread, or asking for Python's lock, takes longer than a small layer of a network. So the threads of a team are
woken once, and each goes through phases: in each, its own run of bands, then what is left of the others' runs, as one
of them may be held up. Whoever is done with a phase looks again and again whether the others are. Work in Python stands
between phases, and is the caller's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from cnnkit.interruption import interruptions_wait
from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array
from cnnkit.loops.machine import rehearsal
from cnnkit.loops.machine import threads as pool
from cnnkit.loops.machine.bands import Bands
from cnnkit.loops.machine.brief import ENTRY_NUMBERS, LINE, call_bands, count, look_until
from cnnkit.loops.machine.compile import compiled, is_disabled
from cnnkit.loops.machine.threads import MAX_THREADS, available_threads

SPINS = 1 << 19
"""How often a thread looks for the others before it sleeps: about a millisecond."""

SECONDS_TO_BEGIN = 0.002
"""How long the others may take to wake after the first phase is done; then the caller does the rest alone."""

SECONDS_ASLEEP = 5e-5
MAX_STEPS = 2_000_000_000
"""Inner steps of phases that are gone through without a look at Python: an interrupt is heard between."""

OVER = 1 << 62  # a count that lets everybody go on

Work = Callable[[], object]


class Meeting(llvm.Intrinsic):
    """Count oneself in ``counters[0]``, look up to `spins` times whether there are `wanted`, and set ``seen[1]``."""

    def __call__(self, counters: Any, wanted: int, spins: int, seen: Any) -> None:
        """The plain Python: for one thread, which waits for nobody."""
        counters[0] += 1
        seen[1] = counters[0]

    def emit(self, builder: Any, counters: Array, wanted: Any, spins: Any, seen: Array) -> None:
        """Write it as LLVM code, with atomic operations."""
        from llvmlite import ir

        whole = ir.IntType(64)
        builder.atomic_rmw("add", counters.pointer, ir.Constant(whole, 1), "seq_cst")
        place = builder.gep(seen.pointer, [ir.Constant(whole, 1)])

        def is_done() -> Any:
            counted = builder.load_atomic(counters.pointer, "acquire", 8)
            builder.store(counted, place)
            return builder.icmp_signed(">=", counted, wanted)

        look_until(builder, spins, is_done)


meeting = Meeting()


@compiled("i8[1], i8[1], i8[1], i8[1], i8[1], i8[1], i8[1], i8[1], i8, i8, i8, i8, i8")
def go_through(
    table: Any, loops: Any, ranges: Any, ends: Any, cursors: Any, counters: Any, seen: Any, taken: Any,
    members: int, own: int, spins: int, begin: int, end: int,
) -> None:  # fmt: skip
    """Go through phases `begin` to `end`: in each, bands of a loop until none is left, then a meeting.

    Bands are taken from one's `own` run first, then from the others' runs, up to their `ends` in this phase, which are
    0 where this member has no part; `cursors`, `LINE` numbers apart, are those to be taken next. ``seen[0]`` is set to
    the phases that are done. Ends early where the others did not come to a meeting in time, or everything is over.
    """
    for number in range(begin, end):
        for k in range(members):
            run = number * members + (own + k) % members
            if cursors[run * LINE] < ends[run]:
                count(cursors, run * LINE, taken)
                while taken[0] < ends[run]:
                    band = 2 * taken[0]
                    call_bands(table, loops[number], ranges[band], ranges[band + 1])
                    count(cursors, run * LINE, taken)
        meeting(counters, (number + 1) * members, spins, seen)
        seen[0] = number + 1
        if seen[1] < (number + 1) * members or seen[1] >= OVER:
            return


class Stretch(NamedTuple):
    """Phases in machine code that follow each other, and what the caller does before the next, an empty one."""

    end: int
    work: Work | None


class Team:
    """Work that is done again and again, in order, by a team of threads.

    Bands are shared among them; anything else is done by the caller while the others wait.
    """

    def __init__(self, work: Sequence[Work], threads: int | None) -> None:
        self._work = list(work)
        wanted = min(available_threads() if threads is None else threads, MAX_THREADS)
        bands = [one for one in work if isinstance(one, Bands)]
        self._members = max(1, min(wanted, max((one.workers for one in bands), default=1)))
        self._stretches: list[Stretch] = []
        self._counters = np.zeros(1, np.int64)
        self._seen = [np.zeros(2, np.int64) for _ in range(self._members)]
        self._failures: list[BaseException] = []
        self._has_code = not is_disabled() and not rehearsal.note
        if self._has_code:
            self._lay_out()
        elif rehearsal.note:  # which has to hear of the loop
            go_through.bind(*[np.zeros(0, np.int64)] * 8, 0, 0, 0, 0, 0)

    def _lay_out(self) -> None:
        """Write down the phases, their bands, and the loops of each member."""
        nothing = [0] * self._members
        loops: list[int] = []
        starts: list[int] = []
        ends: list[list[int]] = [[] for _ in nothing]
        tables: list[list[int]] = [[] for _ in nothing]
        ranges: list[tuple[int, int]] = []
        steps = 0
        for one in self._work:
            if not isinstance(one, Bands):  # an empty phase, so that the others wait until it is done
                self._stretches.append(Stretch(len(loops), one))
                self._add_phase(loops, starts, ends, 0, [], 0)
                steps = 0
                continue
            entries, bands, cuts = one.runs(self._members)
            parts = max(-(-one.steps // MAX_STEPS), 1)
            steps += one.steps // parts
            for part in range(parts):
                runs = [
                    tuple(len(ranges) + begin + (end - begin) * k // parts for k in (part, part + 1))
                    for begin, end in pairwise(cuts)
                ]
                self._add_phase(loops, starts, ends, len(tables[0]) // ENTRY_NUMBERS, runs, len(entries))
                if steps > MAX_STEPS or part < parts - 1:
                    self._stretches.append(Stretch(len(loops), None))
                    steps = 0
            ranges += bands
            for member, table in enumerate(tables):
                table.extend(entries[member] if member < len(entries) else [0] * ENTRY_NUMBERS)
        self._stretches.append(Stretch(len(loops), None))
        self._starts = np.zeros(len(starts) * LINE, np.int64)
        self._starts[::LINE] = starts
        self._cursors = self._starts.copy()
        shared = np.array(loops, np.int64), np.array(ranges, np.int64).reshape(-1)
        self._bound = [
            go_through.bind(
                np.array(table, np.int64), *shared, np.array(end, np.int64), self._cursors, self._counters,
                self._seen[own], np.zeros(1, np.int64), self._members, own, SPINS,
            )
            for own, (table, end) in enumerate(zip(tables, ends, strict=True))
        ]  # fmt: skip
        self._others = [partial(self._follow, member) for member in range(1, self._members)]

    def _add_phase(
        self, loops: list[int], starts: list[int], ends: list[list[int]], loop: int, runs: Sequence[Any], workers: int
    ) -> None:  # fmt: skip
        """Add a phase: row `loop` of the tables goes over runs of bands, by the first `workers` members."""
        empty = [(0, 0)] * (self._members - len(runs))
        loops.append(loop)
        starts += [begin for begin, _ in (*runs, *empty)]
        for member, mine in enumerate(ends):
            mine += [end if member < workers else 0 for _, end in (*runs, *empty)]

    def __call__(self) -> None:
        """Do all of the work; the first failure of any thread is raised when none is at work any more."""
        if not self._has_code:
            for work in self._work:
                work()
            return
        self._counters[0] = 0
        self._cursors[:] = self._starts
        self._failures.clear()
        tasks: list[Any] = []
        try:
            with interruptions_wait():  # so that whoever is called is known
                tasks += pool.hand_over_briefly(self._others)
            self._lead(tasks)
        except BaseException as failure:
            self._failures.append(failure)
        finally:
            self._dismiss(tasks)
        if self._failures:
            raise self._failures[0]

    def _lead(self, tasks: list[Any]) -> None:
        """The caller's share of all phases, and the work between them; all of it, if the others do not come."""
        seen, is_alone = self._seen[0], False
        seen[:] = 0
        for end, work in self._stretches:
            while seen[0] < end:
                # The first phase is begun before the others are awake, and gone through alone if they do not come.
                self._bound[0](int(seen[0]), end if seen[0] else 1)
                if seen[0] == 1 and not _are_begun(tasks):
                    self._dismiss(tasks)
                    is_alone = True
                while self._counters[0] < seen[0] * self._members:
                    time.sleep(SECONDS_ASLEEP)
                if self._failures:
                    return
                if self._counters[0] >= OVER and not is_alone:
                    return
            if work is not None:
                work()

    def _dismiss(self, tasks: list[Any]) -> None:
        """Nobody waits for others any more; wait until none of them is at work."""
        self._counters[0] = OVER
        with interruptions_wait():  # what they write to must be there as long as they are at work
            while tasks:
                tasks.pop().finish()

    def _follow(self, member: int) -> None:
        """Another member's share of all phases."""
        seen, end = self._seen[member], self._stretches[-1].end
        seen[:] = 0
        try:
            while seen[0] < end:
                self._bound[member](int(seen[0]), end)
                while self._counters[0] < seen[0] * self._members:
                    time.sleep(SECONDS_ASLEEP)
                if self._counters[0] >= OVER:
                    return
        except BaseException as failure:
            self._failures.append(failure)
            self._counters[0] = OVER


def _are_begun(tasks: Sequence[Any]) -> bool:
    end = time.monotonic() + SECONDS_TO_BEGIN
    while not all(task.has_begun for task in tasks):
        if time.monotonic() > end:
            return False
        time.sleep(0)
    return True
