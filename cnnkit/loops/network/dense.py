"""Fully connected layers: weights are read once, from wherever they lie, since reading them is all the work.

A row of weights may hold all units of one value, or all values of one unit. Index letters: n image, v value, u unit.
All arrays are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array, plus
from cnnkit.loops.machine.compile import compiled

UNITS = 64
"""Units of a block, which one thread sums."""

VALUES = 64
"""Values whose products are summed before they are added to those before."""

VECTORS = 4


class Dot(llvm.Intrinsic):
    """The sum of products of two rows: ``out[at] = base[at] + sum of a[a_at + v] * b[b_at + v]``."""

    def __call__(
        self, a: Any, a_at: int, b: Any, b_at: int, count: int, base: Any, base_at: int, out: Any, at: int
    ) -> None:
        """The plain Python of the sum."""
        out[at] = base[base_at] + np.dot(a[a_at : a_at + count], b[b_at : b_at + count])

    def emit(
        self, builder: Any, a: Array, a_at: Any, b: Array, b_at: Any, count: Any, base: Array, base_at: Any,
        out: Array, at: Any,
    ) -> None:  # fmt: skip
        """Write the sum as LLVM code: a few vectors of sums side by side, then what is left one by one."""
        from llvmlite import ir
        from numba.core import cgutils

        whole, lanes = ir.IntType(64), a.lanes
        width = ir.Constant(whole, VECTORS * lanes)
        sums = [cgutils.alloca_once_value(builder, ir.Constant(a.vector, None)) for _ in range(VECTORS)]
        end = builder.mul(builder.sdiv(count, width), width)
        with cgutils.for_range_slice(builder, ir.Constant(whole, 0), end, width, whole) as (v, _):
            for n, one in enumerate(sums):
                place = plus(builder, v, n * lanes)
                left, right = a.load_vector(builder.add(a_at, place)), b.load_vector(builder.add(b_at, place))
                builder.store(llvm.multiply_add(builder, left, right, builder.load(one)), one)
        total = builder.load(sums[0])
        for one in sums[1:]:
            total = llvm.add(builder, total, builder.load(one))
        rest = cgutils.alloca_once_value(builder, ir.Constant(a.vector.element, 0.0))
        with cgutils.for_range_slice(builder, end, count, ir.Constant(whole, 1), whole) as (v, _):
            product = builder.fmul(a.load(builder.add(a_at, v)), b.load(builder.add(b_at, v)))
            builder.store(builder.fadd(builder.load(rest), product), rest)
        found = builder.fadd(base.load(base_at), builder.load(rest))
        for n in range(lanes):
            found = builder.fadd(found, builder.extract_element(total, ir.Constant(ir.IntType(32), n)))
        builder.store(found, builder.gep(out.pointer, [at]))


dot = Dot()


@compiled("f4[1], f4[1], f4[1], f4[1], i8, i8, i8, i8, i8")
def sum_rows(
    values: Any, weights: Any, bias: Any, out: Any, images: int, count: int, units: int, first: int, last: int
) -> None:
    """Sum blocks `first` to `last` of units; a row of weights is one unit's."""
    for u in range(first * UNITS, min(last * UNITS, units)):
        for n in range(images):
            dot(weights, u * count, values, n * count, count, bias, u, out, n * units + u)


@compiled("f4[1], f4[1], f4[1], f4[1], i8, i8, i8, f4[1], i8, i8")
def sum_columns(
    values: Any, weights: Any, bias: Any, out: Any, images: int, count: int, units: int,
    part: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Sum blocks `first` to `last` of units; a row of weights is one value's. `part` holds the units of a band."""
    u0 = first * UNITS
    width = min(last * UNITS, units) - u0
    for n in range(images):
        total = out[n * units + u0 : n * units + u0 + width]
        start = bias[u0 : u0 + width]
        for u in range(width):
            total[u] = start[u]
    for v0 in range(0, count, VALUES):
        for n in range(images):
            for u in range(width):
                part[u] = 0.0
            for v in range(v0, min(v0 + VALUES, count)):
                x = values[n * count + v]
                row = weights[v * units + u0 : v * units + u0 + width]
                for u in range(width):
                    part[u] += x * row[u]
            total = out[n * units + u0 : n * units + u0 + width]
            for u in range(width):
                total[u] += part[u]
