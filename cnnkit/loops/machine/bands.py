"""Bands of rows, shared among threads; the machine code does not hold Python's lock while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.loops.machine.bound import Bound
from cnnkit.loops.machine.brief import Brief
from cnnkit.loops.machine.compile import Loop
from cnnkit.loops.machine.threads import MAX_THREADS, available_threads, share

BANDS_PER_THREAD = 16
"""More bands than threads, so that one slow band does not leave the others waiting."""

STEPS_WORTH_A_THREAD = 200_000
"""Inner steps of a loop that take longer than waking a thread: with fewer, one thread is faster."""

BANDS_WORTH_A_THREAD = 4
"""Bands that together take as long as waking a thread."""

MAX_STEPS_PER_BAND = 100_000_000
"""Inner steps, unless one row has more: an interrupt is heard between bands, not in machine code."""

MOST_BRIEF_STEPS = 100_000_000
"""Inner steps that are gone through without a look at Python."""

Room = Callable[[Sequence[tuple[int, Any]], int], Sequence[np.ndarray[Any, Any]]]

Start = Callable[..., None]
"""Takes what `run_bands` takes, and runs the loop at once or has it run later, again and again."""

MAX_CACHED_BYTES = 4 * 1024 * 1024
"""The largest array that is cached for a thread's next work."""


def run_bands(
    loop: Loop | Bound,
    rows: int,
    steps: int,
    threads: int | None,
    *arguments: Any,
    scratch: Sequence[tuple[int, Any]] = (),
    worth: int | None = None,
    begin: int = 0,
) -> None:
    """Call ``loop(*arguments, *scratch, first, last)`` over bands that together are `rows` rows from `begin` on.

    The loop writes the rows from `first` up to, not including, `last`, and nothing else; a bound one takes its last
    arrays from here. `steps` are inner steps in all, `worth` those that make waking a thread worthwhile. `scratch` are
    sizes and types of arrays that each thread works in. Without `threads`, one for each available processor.
    """
    if rows == 0:
        return
    try:
        Bands(loop, rows, steps, threads, *arguments, scratch=scratch, worth=worth, begin=begin, room=thread_scratch)()
    except BaseException:
        forget_scratch()
        raise


class Bands:
    """A loop over bands with its arguments, ready to be called again and again; see `run_bands`.

    `steps` are inner steps in all. `room` gives the scratch arrays of each thread, which nobody else may use while this
    is called.
    """

    def __init__(
        self,
        loop: Loop | Bound,
        rows: int,
        steps: int,
        threads: int | None,
        *arguments: Any,
        scratch: Sequence[tuple[int, Any]] = (),
        worth: int | None = None,
        begin: int = 0,
        room: Room,
    ) -> None:
        worth = worth or STEPS_WORTH_A_THREAD
        most = min(rows, max(steps // worth, 1))
        workers = min(available_threads() if threads is None else threads, most, MAX_THREADS)
        # Beginning a band takes time: each waits for the one lock of Python.
        many = max(min(workers * BANDS_PER_THREAD, BANDS_WORTH_A_THREAD * steps // worth), workers)
        bands = max(many if workers > 1 else 1, -(-steps // MAX_STEPS_PER_BAND))
        height = -(-rows // min(bands, rows))
        firsts = range(begin, begin + rows, height)
        self._ranges = [(first, min(first + height, begin + rows)) for first in firsts]

        # Scratch arrays are allocated here, so that the threads that wake begin at once.
        bound = loop.bind(*arguments, *room(scratch, 0))
        others = range(1, min(workers, len(firsts)))
        self._bound = [bound, *(bound.bind(*room(scratch, number)) for number in others)]
        self._workers = workers
        self._scratch, self._room = scratch, room
        self._brief: Brief | None = None
        self._seen: object = None  # the state of the room in which the scratch arrays were found
        self.steps = steps

    @property
    def workers(self) -> int:
        """How many threads it is worth."""
        return len(self._bound)

    def runs(self, members: int) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]], list[int]]:
        """For machine code: each thread's `Bound.entry`, the bands, and where each one's own run of them begins.

        There are as many threads as it is worth, but not more than `members`.
        """
        entries, ranges = [bound.entry() for bound in self._bound[:members]], self._ranges
        return entries, ranges, [len(ranges) * run // len(entries) for run in range(len(entries) + 1)]

    def __call__(self) -> None:
        """Run all bands, shared among threads."""
        ranges = self._ranges
        if len(ranges) == 1:
            self._bound[0](*ranges[0])
            return
        ready = [*self._bound]

        def begin_one() -> Callable[[int], None]:
            mine = ready.pop()  # a single step in Python
            return lambda band: mine(*ranges[band])

        share(begin_one, len(ranges), self._workers)

    def leave_scratch(self) -> None:
        """Keep the scratch arrays no longer; `again` finds others."""
        for bound in self._bound:
            bound.drop(len(self._scratch))

    def release(self, array: np.ndarray[Any, Any]) -> list[tuple[Any, int]]:
        """Keep an array no longer, and return where its address is to be written before the next `again`."""
        return [place for bound in self._bound for place in bound.release(array)]

    def again(self) -> None:
        """Run all bands in machine code, for a caller that nobody else runs them beside."""
        ranges, kept = self._ranges, []
        if self._scratch and (self._seen is None or self._seen is not getattr(_cached, "state", None)):
            kept = [self._room(self._scratch, number) for number in range(len(self._bound))]  # as long as this runs
            for bound, arrays in zip(self._bound, kept, strict=True):
                bound.replace(arrays)
            self._seen = getattr(_cached, "state", None)
        if len(ranges) == 1:
            self._bound[0].again(ranges[0])
            return
        if self.steps <= MOST_BRIEF_STEPS:
            self._brief = self._brief or Brief(self._bound, ranges)
            self._brief()
            return
        ready = [*self._bound]

        def begin_one() -> Callable[[int], None]:
            bound = ready.pop()
            return lambda band: bound.again(ranges[band])

        share(begin_one, len(ranges), self._workers)


_cached = threading.local()
"""Scratch arrays of the threads that work for one: for a small image, fresh memory would take longer than the sums.

They are `sets`, one for each thread; their `state` is another object whenever one was replaced, and None where some are
not kept.
"""


def thread_scratch(wanted: Sequence[tuple[int, Any]], number: int = 0) -> list[np.ndarray[Any, Any]]:
    """Arrays of these sizes and types for thread `number`; those of its last work where they are large enough."""
    if not hasattr(_cached, "sets"):
        forget_scratch()
    sets: list[list[np.ndarray[Any, Any]]] = _cached.sets
    sets += [[] for _ in range(number + 1 - len(sets))]
    cached, found = sets[number], []
    for place, (size, dtype) in enumerate(wanted):
        count = size * np.dtype(dtype).itemsize
        if place == len(cached) or cached[place].size < count:
            cached[place : place + 1] = [arrays.aligned(count, np.uint8)]
            _cached.state = object()
        found.append(cached[place][:count].view(dtype))
    if any(array.size > MAX_CACHED_BYTES for array in cached):
        sets[number] = [array for array in cached if array.size <= MAX_CACHED_BYTES]
        _cached.state = None
    return found


def forget_scratch() -> None:
    """Leave the scratch arrays to whoever may still write there."""
    _cached.sets, _cached.state = [], None
