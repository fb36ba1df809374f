"""Bands of rows, worked on by several threads; the machine code holds no lock of Python's while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.loops.compile import Loop
from cnnkit.loops.threads import available_threads, share

BANDS_PER_THREAD = 16
"""More bands than threads, so that one slow band does not leave the others waiting."""

WORTH_A_THREAD = 200_000
"""Inner steps of a loop that take longer than waking a thread: with fewer, one thread is faster."""

LONGEST = 100_000_000
"""Inner steps of a band, unless one row has more: an interrupt is heard between bands, not in machine code."""

MOST_KEPT = 4 * 1024 * 1024
"""Bytes of an array that a thread keeps for its next work."""


def run_bands(
    loop: Loop,
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
    loop : Loop
        Writes what belongs to the rows from `first` up to, not including, `last`, and nothing else.
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
    workers = min(available_threads() if threads is None else threads, most)
    bands = max(workers * BANDS_PER_THREAD if workers > 1 else 1, -(-steps // LONGEST))
    height = -(-rows // min(bands, rows))
    firsts = range(begin, begin + rows, height)

    bound = loop.bind(*arguments, *_scratch(scratch))
    caller = threading.get_ident()

    def ready() -> Callable[[int], None]:
        mine = bound if threading.get_ident() == caller or not scratch else bound.with_last(_scratch(scratch))
        return lambda band: mine(firsts[band], min(firsts[band] + height, begin + rows))

    share(ready, len(firsts), workers)


_kept = threading.local()
"""Each thread's scratch: fresh memory for every call would cost small images more than their sums."""


def _scratch(wanted: Sequence[tuple[int, Any]]) -> list[np.ndarray[Any, Any]]:
    """Arrays of these sizes and types, the thread's last ones where they are large enough."""
    kept: list[np.ndarray[Any, Any]] = getattr(_kept, "arrays", [])
    found = []
    for number, (size, kind) in enumerate(wanted):
        wide = size * np.dtype(kind).itemsize
        if number == len(kept):
            kept.append(arrays.aligned(wide, np.uint8))
        elif kept[number].size < wide:
            kept[number] = arrays.aligned(wide, np.uint8)
        found.append(kept[number][:wide].view(kind))
    _kept.arrays = [array for array in kept if array.size <= MOST_KEPT]
    return found
