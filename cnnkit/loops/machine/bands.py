"""Bands of rows, worked on by several threads; the machine code holds no lock of Python's while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.loops.machine.compile import Bound, Loop
from cnnkit.loops.machine.threads import MOST, available_threads, share

BANDS_PER_THREAD = 16
"""More bands than threads, so that one slow band does not leave the others waiting."""

WORTH_A_THREAD = 200_000
"""Inner steps of a loop that take longer than waking a thread: with fewer, one thread is faster."""

BANDS_WORTH_A_THREAD = 4
"""Bands that together take as long as waking a thread."""

LONGEST = 100_000_000
"""Inner steps of a band, unless one row has more: an interrupt is heard between bands, not in machine code."""

MOST_KEPT = 4 * 1024 * 1024
"""Bytes of an array that is kept for a thread's next work."""


def run_bands(
    loop: Loop | Bound,
    rows: int,
    steps: int,
    threads: int | None,
    *arguments: Any,
    scratch: Sequence[tuple[int, Any]] = (),
    worth: int = WORTH_A_THREAD,
    begin: int = 0,
) -> None:
    """Call ``loop(*arguments, *scratch, first, last)`` over bands that together are `rows` rows from `begin` on.

    Parameters
    ----------
    loop : Loop or Bound
        Writes what belongs to the rows from `first` up to, not including, `last`, and nothing else. One that is bound
        takes its last arrays from here.
    rows : int
        Output rows in all, or strips of them.
    steps : int
        Inner steps in all, by which small work is left to one thread.
    threads : int or None
        How many threads; None means one for each available processor.
    scratch : sequence of (int, dtype)
        Sizes and types of arrays that each thread works in.
    worth : int
        Inner steps that are worth a thread.
    """
    if rows == 0:
        return
    most = min(rows, max(steps // worth, 1))
    workers = min(available_threads() if threads is None else threads, most, MOST)
    # A band is worth beginning: each waits for the one lock of Python.
    many = max(min(workers * BANDS_PER_THREAD, BANDS_WORTH_A_THREAD * steps // worth), workers)
    bands = max(many if workers > 1 else 1, -(-steps // LONGEST))
    height = -(-rows // min(bands, rows))
    firsts = range(begin, begin + rows, height)

    # What each thread works with is made ready here, so that those that wake begin at once.
    bound = loop.bind(*arguments, *_scratch(scratch))
    ready = [bound, *(bound.bind(*_scratch(scratch, number)) for number in range(1, min(workers, len(firsts))))]

    if len(firsts) == 1:
        bound(begin, begin + rows)
        return

    def begin_one() -> Callable[[int], None]:
        mine = ready.pop()  # a single step in Python
        return lambda band: mine(firsts[band], min(firsts[band] + height, begin + rows))

    try:
        share(begin_one, len(firsts), workers)
    except BaseException:
        _kept.sets = []  # a thread that was left behind may still write there
        raise


_kept = threading.local()
"""The scratch of the threads that work for one: fresh memory at every call would cost small images more than sums."""


def _scratch(wanted: Sequence[tuple[int, Any]], number: int = 0) -> list[np.ndarray[Any, Any]]:
    """Arrays of these sizes and types for thread `number`, the last ones where they are large enough."""
    sets: list[list[np.ndarray[Any, Any]]] = getattr(_kept, "sets", [])
    sets += [[] for _ in range(number + 1 - len(sets))]
    kept, found = sets[number], []
    for place, (size, kind) in enumerate(wanted):
        wide = size * np.dtype(kind).itemsize
        if place == len(kept):
            kept.append(arrays.aligned(wide, np.uint8))
        elif kept[place].size < wide:
            kept[place] = arrays.aligned(wide, np.uint8)
        found.append(kept[place][:wide].view(kind))
    sets[number] = [array for array in kept if array.size <= MOST_KEPT]
    _kept.sets = sets
    return found
