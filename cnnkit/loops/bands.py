"""Bands of rows, worked on by several threads; the machine code holds no lock of Python's while it runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from cnnkit.loops.compile import Loop

BANDS_PER_THREAD = 4
"""More bands than threads, so that one slow band does not leave the others waiting."""

WORTH_A_THREAD = 200_000
"""Inner steps of a loop that take about as long as starting a thread: with fewer, one thread is faster."""

LONGEST = 100_000_000
"""Inner steps of a band, unless one row has more: an interrupt is heard between bands, not in machine code."""


def available_threads() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_bands(loop: Loop, rows: int, steps: int, threads: int | None, *arguments: Any) -> None:
    """Call ``loop(*arguments, first, last)`` over bands that together are rows 0 to `rows`.

    Parameters
    ----------
    loop : Loop
        Writes the output rows from `first` up to, not including, `last`, and no others.
    rows : int
        Output rows in all.
    steps : int
        Inner steps in all, by which small work is left to one thread.
    threads : int or None
        How many threads; None means one for each available processor.
    """
    if rows == 0:
        return
    most = min(rows, max(steps // WORTH_A_THREAD, 1))
    workers = min(available_threads() if threads is None else threads, most)
    bands = max(workers * BANDS_PER_THREAD if workers > 1 else 1, -(-steps // LONGEST))
    height = -(-rows // min(bands, rows))
    firsts = range(0, rows, height)

    def work(band: int) -> None:
        loop(*arguments, firsts[band], min(firsts[band] + height, rows))

    share(work, len(firsts), workers)


def share(work: Callable[[int], None], count: int, threads: int | None) -> None:
    """Call ``work(0)`` to ``work(count - 1)``, shared among threads, each taking the next number when it is free.

    The first failure, an interrupt included, leaves nothing more to begin, and is raised when all threads are done.
    """
    numbers = iter(range(count))  # taking the next one is a single step in Python
    failures: list[BaseException] = []

    def take() -> None:
        try:
            for number in numbers:
                if failures:
                    break
                work(number)
        except BaseException as failure:
            failures.append(failure)

    wanted = min(available_threads() if threads is None else threads, count)
    others = [threading.Thread(target=take) for _ in range(wanted - 1)]
    for thread in others:
        thread.start()
    take()
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]
