"""The loops of a convolution that was computed before: only the image and the result are others.

Finding blocks, products and arguments takes longer than the sums of a small image, so they are kept with the settings.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.loops.machine import rehearsal
from cnnkit.loops.machine.bands import STEPS_WORTH_A_THREAD, Bands, forget_scratch, thread_scratch
from cnnkit.loops.machine.bound import address_of
from cnnkit.loops.machine.compile import is_disabled
from cnnkit.operations.convolution.problem import Problem

WORTH_LESS = 8
"""The share of the work worth a thread that is enough where all bands are taken in machine code."""


def run(problem: Problem) -> None:
    """Fill the result by the algorithm of the plan."""
    import_module(f"cnnkit.operations.convolution.{problem.plan.algorithm}").run(problem, *problem.plan.details)


def has_machine_code() -> bool:
    """Whether loops are machine code that runs, so that they can run again."""
    return not is_disabled() and not rehearsal.note


class Again:
    """A convolution of images of one size, type and number of threads."""

    def __init__(self, problem: Problem) -> None:
        """Find all that is known but the samples; nothing is computed."""
        self._lock = threading.Lock()
        self._steps: list[Bands | Callable[[Problem], None]] = []
        run(problem._replace(later=self))
        bands = [step for step in self._steps if isinstance(step, Bands)]
        for one in bands:
            one.leave_scratch()
        self._samples = [place for one in bands for place in one.release(problem.samples)]
        self._out = [place for one in bands for place in one.release(problem.out)]
        self.dtype = problem.out.dtype
        # Of the arrays themselves nothing is kept.
        samples, out = (np.broadcast_to(np.zeros(1, one.dtype), one.shape) for one in (problem.samples, problem.out))
        self._problem = problem._replace(samples=samples, out=out)

    def __call__(self, loop: Any, rows: int, steps: int, threads: int | None, *arguments: Any, **settings: Any) -> None:
        """Take what `run_bands` takes."""
        settings["worth"] = settings.get("worth", STEPS_WORTH_A_THREAD) // WORTH_LESS
        if rows:
            self._steps.append(Bands(loop, rows, steps, threads, *arguments, room=thread_scratch, **settings))

    def then(self, work: Callable[[Problem], None], problem: Problem) -> None:
        """Do some work after the loops so far."""
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
                    step(self._problem._replace(samples=samples, out=out))
        except BaseException:  # a thread that was left behind may still be at work, so the lock stays as it is
            forget_scratch()
            raise
        self._lock.release()
        return True
