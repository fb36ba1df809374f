"""Small fixed matrices applied to many samples at once: the transforms of Winograd's convolution.

A few rows, each `length` samples long, are mixed into a few others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.convolution.tile import finish, finisher
from cnnkit.loops.llvm import Array, row_at


class Transform(llvm.Intrinsic):
    """A matrix that mixes rows of samples.

        target[at + r * spacing + x] = base[at + x] + sum of matrix[r][k] * source[at + k * spacing + x]

    for the first `rows` of the r and each x below `length`. All arrays are of one type. Samples are read in whole
    vectors: there must be a vector more beyond the last one, of `base` too.
    """

    def __init__(self, matrix: Sequence[Sequence[float]], name: str = "") -> None:
        self.matrix = matrix
        self.name = name

    def __call__(
        self, source: Any, at: int, spacing: int, base: Any, base_at: int,
        target: Any, target_at: int, target_spacing: int, rows: int, length: int,
    ) -> None:  # fmt: skip
        """The plain Python of the transform."""
        given = np.stack([source[at + k * spacing :][:length] for k in range(len(self.matrix[0]))])
        mixed = np.array(self.matrix, dtype=source.dtype) @ given
        for r in range(min(rows, len(self.matrix))):
            target[target_at + r * target_spacing :][:length] = base[base_at : base_at + length] + mixed[r]

    def emit(
        self, builder: Any, source: Array, at: Any, spacing: Any, base: Array, base_at: Any,
        target: Array, target_at: Any, target_spacing: Any, rows: Any, length: Any,
    ) -> None:  # fmt: skip
        """Write the transform as LLVM code."""
        self._emit(
            builder, source, at, spacing, base, base_at, target, target_at, target_spacing, rows, length,
            lambda total, place: total,
        )  # fmt: skip

    def _emit(
        self, builder: Any, source: Array, at: Any, spacing: Any, base: Array, base_at: Any,
        target: Array, target_at: Any, target_spacing: Any, rows: Any, length: Any,
        finished: Callable[[Any, Any], Any],
    ) -> None:  # fmt: skip
        """The same, with what is made of each vector before it is written at its place."""
        from llvmlite import ir
        from numba.core import cgutils

        lanes, vector, whole = source.lanes, source.vector, ir.IntType(64)
        step = ir.Constant(whole, lanes)
        with cgutils.for_range_slice(builder, ir.Constant(whole, 0), length, step, whole) as (x, _):
            given = [
                source.load_vector(builder.add(row_at(builder, at, spacing, k), x)) for k in range(len(self.matrix[0]))
            ]
            start = base.load_vector(builder.add(base_at, x))
            left = builder.sub(length, x)
            is_whole = builder.icmp_signed(">=", left, step)
            mask = llvm.first_lanes(builder, left, 0, lanes)
            for r, factors in enumerate(self.matrix):
                total = start
                for factor, sample in zip(factors, given, strict=True):
                    if factor:
                        spread = llvm.broadcast(builder, ir.Constant(vector.element, factor), vector)
                        total = llvm.multiply_add(builder, sample, spread, total)
                with builder.if_then(builder.icmp_signed("<", ir.Constant(whole, r), rows)):
                    to = builder.add(row_at(builder, target_at, target_spacing, r), x)
                    total = finished(total, to)
                    with builder.if_else(is_whole) as (all_lanes, some_lanes):
                        with all_lanes:
                            target.store_vector(to, total)
                        with some_lanes:
                            target.store_vector(to, total, mask)


class FinishedTransform(Transform):
    """A transform that adds and limits what it writes, as a `FinishedTile` does."""

    def __call__(  # type: ignore[override]
        self, source: Any, at: int, spacing: int, base: Any, base_at: int,
        target: Any, target_at: int, target_spacing: int, rows: int, length: int,
        addend: Any, is_added: int, limits: Any,
    ) -> None:  # fmt: skip
        """The plain Python of the transform."""
        super().__call__(source, at, spacing, base, base_at, target, target_at, target_spacing, rows, length)
        for r in range(min(rows, len(self.matrix))):
            finish(target, target_at + r * target_spacing, length, addend, is_added, limits)

    def emit(  # type: ignore[override]
        self, builder: Any, source: Array, at: Any, spacing: Any, base: Array, base_at: Any,
        target: Array, target_at: Any, target_spacing: Any, rows: Any, length: Any,
        addend: Array, is_added: Any, limits: Array,
    ) -> None:  # fmt: skip
        """Write the transform as LLVM code."""
        self._emit(
            builder, source, at, spacing, base, base_at, target, target_at, target_spacing, rows, length,
            finisher(builder, addend, is_added, limits),
        )  # fmt: skip
