"""A convolution that was computed before: what was planned, cut and prepared for it is kept with its settings."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from cnnkit.loops.machine.again import Again
from cnnkit.operations.convolution.problem import Problem


def run(problem: Problem) -> None:
    """Fill the result by the algorithm of the plan."""
    import_module(f"cnnkit.operations.convolution.{problem.plan.algorithm}").run(problem, *problem.plan.details)


class _Later(NamedTuple):
    """What a problem's loops are recorded by, and the problem without its arrays."""

    again: Again
    known: Problem

    def __call__(self, *loop: Any, **settings: Any) -> None:
        self.again(*loop, **settings)

    def then(self, work: Callable[[Problem], None], problem: Problem) -> None:
        self.again.then(lambda samples, out: work(self.known._replace(samples=samples, out=out)))


def recorded(problem: Problem) -> Again:
    """The loops of a problem, for all images of its size and type."""
    samples, out = (np.broadcast_to(np.zeros(1, one.dtype), one.shape) for one in (problem.samples, problem.out))
    known = problem._replace(samples=samples, out=out)
    return Again(problem.samples, problem.out, lambda again: run(problem._replace(later=_Later(again, known))))
