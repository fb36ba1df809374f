"""Loops that ran before on images of the same size and type: only the image and the result are others.

Finding bands and arguments takes longer than a small image, so they are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from cnnkit.arrays import Array
from cnnkit.loops.machine import rehearsal
from cnnkit.loops.machine.bands import STEPS_WORTH_A_THREAD, Bands, forget_scratch, thread_scratch
from cnnkit.loops.machine.bound import address_of
from cnnkit.loops.machine.compile import is_disabled

WORTH_LESS = 8
"""The share of the work worth a thread that is enough where all bands are taken in machine code."""


def has_machine_code() -> bool:
    """Whether loops are machine code that runs, so that they can run again."""
    return not is_disabled() and not rehearsal.note


class Again:
    """The loops of some work, with all that is known of it but the samples."""

    def __init__(self, samples: Array, out: Array, record: Callable[[Again], None]) -> None:
        """Find what the loops take: `record` starts each by calling what it is given. Nothing is computed or kept."""
        self._lock = threading.Lock()
        self.is_lost = False  # after an interrupt
        self._steps: list[Bands | Callable[[Array, Array], None]] = []
        record(self)
        bands = [step for step in self._steps if isinstance(step, Bands)]
        for one in bands:
            one.leave_scratch()
        self._samples = [place for one in bands for place in one.release(samples)]
        self._out = [place for one in bands for place in one.release(out)]

    def __call__(self, loop: Any, rows: int, steps: int, threads: int | None, *arguments: Any, **settings: Any) -> None:
        """Take what `run_bands` takes."""
        settings["worth"] = settings.get("worth", STEPS_WORTH_A_THREAD) // WORTH_LESS
        if rows:
            self._steps.append(Bands(loop, rows, steps, threads, *arguments, room=thread_scratch, **settings))

    def then(self, work: Callable[[Array, Array], None]) -> None:
        """Do some work with the samples and the result after the loops so far."""
        self._steps.append(work)

    def run(self, samples: Array, out: Array) -> bool:
        """Fill `out`; where another thread does the same, or was interrupted, nothing is done, and False returned."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            for places, array in ((self._samples, samples), (self._out, out)):
                address = address_of(array)
                for arguments, place in places:
                    arguments[place] = address
            for step in self._steps:
                if isinstance(step, Bands):
                    step.again()
                else:
                    step(samples, out)
        except BaseException:  # a thread that was left behind may still be at work, so the lock stays as it is
            forget_scratch()
            self.is_lost = True
            raise
        self._lock.release()
        return True
