"""Threads that go through the same work side by side, in machine code, and wait for each other without sleeping.

Waking a thread, or asking for Python's lock, takes longer than a small layer of a network. So the threads of a team are
woken once, and each goes through a list of calls, in phases: whoever is done with a phase looks again and again whether
the others are. Work in Python stands between such lists, and is the caller's.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array
from cnnkit.loops.machine import rehearsal
from cnnkit.loops.machine import threads as pool
from cnnkit.loops.machine.bands import Bands
from cnnkit.loops.machine.brief import call_entry, look_until
from cnnkit.loops.machine.compile import compiled, is_disabled
from cnnkit.loops.machine.threads import MAX_THREADS, available_threads

SPINS = 1 << 19
"""How often a thread looks for the others before it sleeps: about a millisecond."""

SECONDS_TO_BEGIN = 0.002
"""How long the others may take to wake; then the caller does the work alone."""

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


@compiled("i8[1], i8[1], i8[1], i8[1], i8, i8, i8, i8")
def go_through(
    table: Any, ends: Any, counters: Any, seen: Any, members: int, spins: int, begin: int, end: int
) -> None:  # fmt: skip
    """Go through phases `begin` to `end`: the calls of each up to its end in `ends`, then a meeting.

    ``seen[0]`` is set to the phases that are done. Ends early where the others did not come to a meeting in time, or
    everything is over.
    """
    for number in range(begin, end):
        for k in range(ends[number], ends[number + 1]):
            call_entry(table, k)
        meeting(counters, (number + 1) * members, spins, seen)
        seen[0] = number + 1
        if seen[1] < (number + 1) * members or seen[1] >= OVER:
            return


class Stretch(NamedTuple):
    """Phases in machine code that follow each other, and what the caller does after them."""

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
        self._kept: list[Any] = []  # arguments whose addresses are in tables
        self._tables: list[Any] = []
        self._ends: list[Any] = []
        self._counters = np.zeros(1, np.int64)
        self._seen = [np.zeros(2, np.int64) for _ in range(self._members)]
        self._failures: list[BaseException] = []
        self._has_code = not is_disabled() and not rehearsal.note
        if self._has_code:
            self._lay_out()
        elif rehearsal.note:  # which has to hear of the loop
            nothing = np.zeros(0, np.int64)
            go_through.bind(nothing, nothing, nothing, nothing, 0, 0, 0, 0)

    def _lay_out(self) -> None:
        """Write the tables of calls."""
        calls: list[list[int]] = [[] for _ in range(self._members)]
        ends: list[list[int]] = [[0, 0] for _ in range(self._members)]  # the first phase only brings all together
        phases, steps = 1, 0
        for one in self._work:
            parts = 1
            if isinstance(one, Bands):
                shares, parts = one.shares(self._members), max(-(-one.steps // MAX_STEPS), 1)
                steps += one.steps // parts
            else:  # then an empty phase, so that the others wait until it is done
                shares, steps = [[]] * self._members, 0
                self._stretches.append(Stretch(phases, one))
            for part in range(parts):
                for member, share in enumerate(shares):
                    mine = share[len(share) * part // parts : len(share) * (part + 1) // parts]
                    self._kept += [slots for _, slots in mine]
                    calls[member] += [
                        number for address, slots in mine for number in (address, ctypes.addressof(slots))
                    ]
                    ends[member].append(len(calls[member]) // 2)
                phases += 1
                if steps > MAX_STEPS or part < parts - 1:
                    self._stretches.append(Stretch(phases, None))
                    steps = 0
        self._stretches.append(Stretch(phases, None))
        self._tables = [np.array(one, np.int64) for one in calls]
        self._ends = [np.array(one, np.int64) for one in ends]

    def __call__(self) -> None:
        """Do all of the work; the first failure of any thread is raised when none is at work any more."""
        if not self._has_code:
            for work in self._work:
                work()
            return
        self._counters[0] = 0
        self._failures.clear()
        if self._members == 1:
            self._do(0)
        else:
            self._do_together()
        if self._failures:
            raise self._failures[0]

    def _do_together(self) -> None:
        with pool.staying():
            tasks = pool.hand_over([partial(self._do, member) for member in range(1, self._members)])
            try:
                if _are_begun(tasks):
                    self._do(0)
                    return
            finally:
                self._counters[0] = OVER  # nobody waits for others any more
                for task in tasks:
                    task.finish()
        for work in self._work:
            work()

    def _do(self, member: int) -> None:
        """One member's share of all phases; the caller's has the work between them too."""
        seen, members = self._seen[member], self._members
        seen[:] = 0
        try:
            bound = go_through.bind(
                self._tables[member], self._ends[member], self._counters, seen, members, SPINS
            )  # fmt: skip
            for end, work in self._stretches if member == 0 else [Stretch(self._stretches[-1].end, None)]:
                while seen[0] < end:
                    bound(int(seen[0]), end)
                    while self._counters[0] < seen[0] * members:
                        time.sleep(SECONDS_ASLEEP)
                    if self._failures or self._counters[0] >= OVER:
                        return
                if work is not None:
                    work()
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
