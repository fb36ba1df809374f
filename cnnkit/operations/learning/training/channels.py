"""Sums over the places of each channel, and channels times numbers of their own, made ready."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnkit.arrays import Array, Floats
from cnnkit.loops.learning.channels import LINE, blend_channels, sum_channels
from cnnkit.operations.learning.training.rooms import Room
from cnnkit.operations.network.work import WorkList

PARTS = 16


def line_length(depth: int) -> int:
    """Values of a line: whole places."""
    return depth * -(-LINE // depth)


def with_sums(work: WorkList, a: Array, b: Array | None, then: Callable[[Floats], object]) -> None:
    """Have `then` called with the sums of `a`, and of `a` times `b`, for each channel: (2, depth)."""
    depth = a.shape[-1]
    sums = np.zeros((PARTS, 2, depth))
    line = line_length(depth)
    work(
        sum_channels,
        PARTS,
        a.size // 4,
        work.threads,
        a.reshape(-1),
        (a if b is None else b).reshape(-1),
        sums.reshape(-1),
        a.size,
        depth,
        line,
        PARTS,
        int(b is not None),
        scratch=((2 * line, np.float64),),
    )
    work.then(lambda: then(sums.sum(axis=0)))


def sum_bias(work: WorkList, slope: Room, out: Array) -> None:
    """Have the slopes of biases be summed into `out`: those of all places of each channel."""
    with_sums(work, slope.array, None, lambda sums: np.copyto(out, sums[0], casting="same_kind"))


class Blend:
    """``out = a * factors[0] + b * factors[1] + factors[2]`` for each channel, with factors that change."""

    def __init__(self, depth: int) -> None:
        self.line, self.depth = line_length(depth), depth
        self._factors = np.zeros(3 * self.line, np.float32)

    def set(self, *factors: Floats) -> None:
        """Set the factors, three of (depth,)."""
        self._factors[:] = np.tile(np.stack(factors), self.line // self.depth).reshape(-1)

    def work(self, work: WorkList, a: Array, b: Array, out: Array) -> None:
        """Add the work."""
        work(
            blend_channels,
            -(-a.size // self.line),
            a.size // 4,
            work.threads,
            a.reshape(-1),
            b.reshape(-1),
            self._factors,
            out.reshape(-1),
            a.size,
            self.line,
        )
