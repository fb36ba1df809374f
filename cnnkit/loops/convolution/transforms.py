"""Small fixed matrices applied to many samples at once: the transforms of Winograd's convolution.

A few rows of samples that lie apart, each `lanes` long, are mixed into a few others. Written as LLVM code, since the
many rows keep Numba from seeing that they do not overlap; the plain Python beside it says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.machine import processor


class Transform:
    """A matrix that mixes rows of samples.

    Called inside a loop as ``transform(source, at, apart, base, at, target, at, apart, rows, length)``:

        target[at + r * apart + x] = base[at + x] + sum of matrix[r][k] * source[at + k * apart + x]

    for the first `rows` of the r and each x below `length`. All arrays are flat and of one type. Samples are read in
    whole vectors: there must be a vector more beyond the last one, of `base` too.

    Parameters
    ----------
    matrix : sequence of sequence of float
    """

    def __init__(self, matrix: Sequence[Sequence[float]]) -> None:
        self.matrix = matrix
        self._intrinsic: Any = None

    def __call__(self, *arguments: Any) -> None:
        """The plain Python of the transform."""
        source, at, apart, base, base_at, target, target_at, target_apart, rows, length = arguments
        given = np.stack([source[at + k * apart :][:length] for k in range(len(self.matrix[0]))])
        mixed = np.array(self.matrix, dtype=source.dtype) @ given
        for r in range(min(rows, len(self.matrix))):
            begin = target_at + r * target_apart
            target[begin : begin + length] = base[base_at : base_at + length] + mixed[r]

    def for_numba(self) -> Any:
        """The transform as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = _intrinsic(self)
        return self._intrinsic


def _intrinsic(transform: Transform) -> Any:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def numba_transform(context, source, at, apart, base, base_at, target, target_at, target_apart, rows, length):  # type: ignore[no-untyped-def]
        given = (source, at, apart, base, base_at, target, target_at, target_apart, rows, length)
        wanted = [kind if isinstance(kind, types.Array) else types.intp for kind in given]

        def emit(context, builder, signature, values):  # type: ignore[no-untyped-def]
            pointers = [
                context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
                for kind, value in zip(wanted, values, strict=True)
            ]
            _emit(transform, builder, pointers, source.dtype)
            return context.get_dummy_value()

        return types.void(*wanted), emit

    return numba_transform


def _emit(transform: Transform, builder: Any, values: list[Any], number: Any) -> None:
    """Write the transform as LLVM code."""
    from llvmlite import ir
    from numba.core import cgutils

    source, at, apart, base, base_at, target, target_at, target_apart, rows, length = values
    whole = ir.IntType(64)
    lanes = processor.VECTOR_BYTES * 8 // number.bitwidth
    vector = ir.VectorType(source.type.pointee, lanes)

    def place(pointer: Any, begin: Any, step: Any, k: int, x: Any) -> Any:
        index = builder.add(builder.add(begin, builder.mul(step, ir.Constant(whole, k))), x)
        return builder.gep(pointer, [index])

    def load(pointer: Any) -> Any:
        return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=number.bitwidth // 8)

    with cgutils.for_range_slice(builder, ir.Constant(whole, 0), length, ir.Constant(whole, lanes), whole) as (x, _):
        given = [load(place(source, at, apart, k, x)) for k in range(len(transform.matrix[0]))]
        start = load(builder.gep(base, [builder.add(base_at, x)]))
        left = builder.sub(length, x)
        is_whole = builder.icmp_signed(">=", left, ir.Constant(whole, lanes))
        mask = llvm.first_lanes(builder, left, 0, lanes)
        for r, factors in enumerate(transform.matrix):
            total = start
            for factor, sample in zip(factors, given, strict=True):
                if factor:
                    spread = llvm.broadcast(builder, ir.Constant(vector.element, factor), vector)
                    total = llvm.multiply_add(builder, sample, spread, total)
            with builder.if_then(builder.icmp_signed("<", ir.Constant(whole, r), rows)):
                to = place(target, target_at, target_apart, r, x)
                with builder.if_else(is_whole) as (all_lanes, some_lanes):
                    with all_lanes:
                        llvm.store(builder, total, to, None, number)
                    with some_lanes:
                        llvm.store(builder, total, to, mask, number)
