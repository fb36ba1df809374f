"""Bands of rows, worked on by several threads; the machine code holds no lock of Python's while it runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

from cnnkit.loops.compile import Loop

BANDS_PER_THREAD = 4
"""More bands than threads, so that one slow band does not leave the others waiting, and an interrupt is heard."""

WORTH_A_THREAD = 200_000
"""Inner steps of a loop that take about as long as starting a thread: with fewer, one thread is faster."""


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
    wanted = min(available_threads() if threads is None else threads, rows, max(steps // WORTH_A_THREAD, 1))
    if wanted <= 1 and steps < WORTH_A_THREAD * BANDS_PER_THREAD:
        loop(*arguments, 0, rows)
        return
    height = -(-rows // (max(wanted, 1) * BANDS_PER_THREAD))
    firsts = iter(range(0, rows, height))
    failures: list[BaseException] = []
    work = (loop, firsts, rows, height, arguments, failures)
    others = [threading.Thread(target=_work, args=work) for _ in range(wanted - 1)]
    for thread in others:
        thread.start()
    _work(*work)
    if failures:
        list(firsts)  # an interrupt leaves the other threads nothing more to begin
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]


def _work(
    loop: Loop,
    firsts: Iterator[int],
    rows: int,
    height: int,
    arguments: tuple[Any, ...],
    failures: list[BaseException],
) -> None:
    """Take one band after the other; taking the next one from a shared iterator is a single step in Python."""
    try:
        for first in firsts:
            loop(*arguments, first, min(first + height, rows))
    except BaseException as failure:
        failures.append(failure)
