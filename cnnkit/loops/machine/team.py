"""Threads that go through the same work side by side: between its phases they wait for each other without sleeping.

Waking a thread takes longer than a small layer of a network. So the threads of a team are woken once; whoever is done
with a phase looks again and again, in machine code and without Python's lock, whether the others are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array
from cnnkit.loops.machine import threads as pool
from cnnkit.loops.machine.bands import Bands
from cnnkit.loops.machine.compile import compiled, is_disabled
from cnnkit.loops.machine.threads import MAX_THREADS, available_threads

SPINS = 1 << 18
"""How often a thread looks for the others before it sleeps: about a millisecond."""

SECONDS_TO_BEGIN = 0.002
"""How long the others may take to wake; then one thread does the work alone."""

SECONDS_ASLEEP = 5e-5
OVER = 1 << 62  # a count that lets everybody go on

Work = Callable[[], object]


class Meeting(llvm.Intrinsic):
    """Count oneself in ``counters[0]``, and look up to `spins` times whether `wanted` have been counted there."""

    def __call__(self, counters: Any, wanted: int, spins: int) -> None:
        """The plain Python: for one thread, which waits for nobody."""
        counters[0] += 1

    def emit(self, builder: Any, counters: Array, wanted: Any, spins: Any) -> None:
        """Write it as LLVM code, with atomic operations."""
        from llvmlite import ir

        whole = ir.IntType(64)
        builder.atomic_rmw("add", counters.pointer, ir.Constant(whole, 1), "seq_cst")
        before = builder.basic_block
        look, again, done = (builder.append_basic_block(name) for name in ("look", "again", "done"))
        builder.branch(look)
        builder.position_at_end(look)
        turn = builder.phi(whole)
        turn.add_incoming(ir.Constant(whole, 0), before)
        counted = builder.load_atomic(counters.pointer, "acquire", 8)
        builder.cbranch(builder.icmp_signed(">=", counted, wanted), done, again)
        builder.position_at_end(again)
        following = builder.add(turn, ir.Constant(whole, 1))
        turn.add_incoming(following, again)
        builder.cbranch(builder.icmp_signed("<", following, spins), look, done)
        builder.position_at_end(done)


meeting = Meeting()


@compiled("i8[1], i8, i8")
def meet(counters: Any, wanted: int, spins: int) -> None:
    """Be counted, and wait for the others for a while."""
    meeting(counters, wanted, spins)


class Phase(NamedTuple):
    """What is done between two meetings: the work of each member, the first of whom is the caller."""

    parts: tuple[tuple[Work, ...], ...]


class Team:
    """Work that is done again and again, in order, by a team of threads.

    Bands are shared among them; anything else is done by the caller while the others wait.
    """

    def __init__(self, work: Sequence[Work], threads: int | None) -> None:
        wanted = min(available_threads() if threads is None else threads, MAX_THREADS)
        self._members = 1 if is_disabled() else max(1, min(wanted, max(map(_members, work), default=1)))
        self._phases: list[Phase] = []
        alone: list[Work] = []
        nothing = ((),) * (self._members - 1)
        for one in work:
            if _members(one) > 1 and self._members > 1:
                assert isinstance(one, Bands)
                self._phases += [Phase((tuple(alone), *nothing))] * bool(alone)
                self._phases.append(Phase(tuple(map(tuple, one.shares(self._members)))))
                alone = []
            else:
                alone.append(one)
        self._phases += [Phase((tuple(alone), *nothing))] * bool(alone)
        self._counters = np.zeros(1, np.int64)
        self._failures: list[BaseException] = []

    def __call__(self) -> None:
        """Do all of the work; the first failure of any thread is raised when none is at work any more."""
        if self._members == 1:
            self._do_alone()
            return
        self._counters[0] = 0
        self._failures.clear()
        with pool.staying():
            tasks = pool.hand_over([partial(self._do, member) for member in range(1, self._members)])
            try:
                if self._are_begun(tasks):
                    self._do(0)
                else:
                    self._counters[0] = OVER
                    self._failures.append(_NoTeamError())
            finally:
                for task in tasks:
                    task.finish()
        if self._failures and isinstance(self._failures[0], _NoTeamError):
            self._do_alone()
        elif self._failures:
            raise self._failures[0]

    def _are_begun(self, tasks: Sequence[Any]) -> bool:
        end = time.monotonic() + SECONDS_TO_BEGIN
        while not all(task.has_begun for task in tasks):
            if time.monotonic() > end:
                return False
            time.sleep(0)
        return True

    def _do_alone(self) -> None:
        for phase in self._phases:
            for part in phase.parts:
                for work in part:
                    work()

    def _do(self, member: int) -> None:
        """One member's share of all phases."""
        counters, members = self._counters, self._members
        try:
            for number, phase in enumerate(self._phases, start=1):
                for work in phase.parts[member]:
                    work()
                meet(counters, number * members, SPINS)
                while counters[0] < number * members:
                    time.sleep(SECONDS_ASLEEP)
                if self._failures:
                    return
        except BaseException as failure:
            self._failures.append(failure)
            counters[0] = OVER


class _NoTeamError(Exception):
    """The other threads are at work elsewhere."""


def _members(work: Work) -> int:
    """How many threads a piece of work is worth."""
    return work.workers if isinstance(work, Bands) else 1
