"""Poolings that are trained through."""

from __future__ import annotations

import numpy as np

from cnnkit.errors import ArgumentError
from cnnkit.loops.learning.pooling import GIVES, Pooled, spread
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.network.stacks import pool
from cnnkit.operations.network.work import WorkList
from cnnkit.operations.pooling.extremes import neutral
from cnnkit.operations.pooling.merge import merge
from cnnkit.operations.pooling.settings import read_pooling


class Pooling(Layer):
    """maxpool, avgpool, and those to a size."""

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        settings = read_pooling(**dict(pool(self.step).settings))  # type: ignore[arg-type]
        self.kind = settings.kind
        self.windows = settings.windows(self.given.shape[1:3])
        if not self.windows.hold_samples.all():
            problem = f"{self.step.word} has windows of padding alone, whose {self.kind} is no number to learn from"
            raise ArgumentError(problem, hint="take less padding, or larger windows")

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        kind, dtype = self.kind, self.given.dtype
        how = {"sum_type": dtype} if kind == "average" else {"fill": neutral(kind, dtype)}
        merge(kind, self.given, self.windows, dtype, work.threads, out=self.made, start=work, **how)

    def backward(self, work: WorkList) -> None:
        if self.wanted is None:
            return
        rows, columns = self.windows.axes
        images, *size = self.given.shape
        how = Pooled(size[0], size[1], size[2], rows.step, columns.step)
        given, made, slope, wanted = (one.reshape(-1) for one in (self.given, self.made, self.slope, self.wanted))
        shares = np.ones(self.windows.output, np.float32)
        if self.kind == "average":
            shares /= np.multiply.outer(rows.divisors, columns.divisors)
        work(
            spread.of(GIVES[self.kind]), images, images * self.windows.taps * size[2], work.threads, given, made, slope,
            shares.reshape(-1), rows.table, columns.table, wanted, how, scratch=((size[2], np.float32),),
        )  # fmt: skip
