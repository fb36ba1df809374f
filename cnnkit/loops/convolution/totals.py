"""The last step of a box: a few sums of neighbours added up in registers, and what is written of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array, plus
from cnnkit.loops.machine.compile import Piece
from cnnkit.loops.machine.processor import VECTOR_BYTES

VECTORS = 4
WIDE_BYTES = VECTORS * VECTOR_BYTES
"""Bytes of the sums that are added up at a time. Rows of sums are as many times as long, so that no loop has a rest."""


class Total(llvm.Intrinsic):
    """Sums of a few sums, as numbers of the result.

    For the x below `blocks` times as many as there are in `WIDE_BYTES`,

        total = sum of sums[begin + place + x] for the places
        out[out_at + x] = total * numbers[0] + numbers[1]

    converted to the type of `out` as `llvm.converted` does. Sums are floats, or whole numbers of 16 bits; of these,
    totals have as many bits, or, if they are `is_wide`, 32, and `numbers` are float32. With a ``division[0]`` above 0,
    bytes are instead ``(total + division[1]) * division[0] >> 16``, and that ``>> division[2]``.
    """

    def __init__(self, *, is_wide: bool) -> None:
        self.name = self.__name__ = "wide" if is_wide else "narrow"
        self.is_wide = is_wide

    def __call__(
        self, sums: Any, begin: int, places: Any, terms: int, numbers: Any, division: Any,
        out: Any, out_at: int, blocks: int,
    ) -> None:  # fmt: skip
        """The plain Python."""
        count = blocks * WIDE_BYTES // sums.itemsize
        total = np.zeros(count, sums.dtype if sums.dtype.kind == "f" else np.int64)
        for place in places[:terms]:
            total += sums[begin + place :][:count]
        if division[0] > 0:
            found = (total + division[1]) * division[0] >> 16 >> division[2]
        else:
            found = arrays.convert(total.astype(numbers.dtype) * numbers[0] + numbers[1], out.dtype)
        out[out_at : out_at + count] = found

    def emit(
        self, builder: Any, sums: Array, begin: Any, places: Array, terms: Any, numbers: Array, division: Array,
        out: Array, out_at: Any, blocks: Any,
    ) -> None:  # fmt: skip
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils, types

        whole, lanes, width = ir.IntType(64), sums.lanes, VECTORS * sums.lanes
        short, long = (ir.VectorType(ir.IntType(bits), lanes) for bits in (16, 32))
        are_floats = isinstance(sums.number, types.Float)
        floats = ir.VectorType(numbers.vector.element, lanes)
        vector = long if self.is_wide else sums.vector
        totals = [cgutils.alloca_once(builder, vector) for _ in range(VECTORS)]

        def add_up(x: Any) -> list[Any]:
            for total in totals:
                builder.store(ir.Constant(vector, None), total)
            with cgutils.for_range(builder, terms, intp=whole) as loop:
                place = builder.add(builder.add(begin, places.load(loop.index)), x)
                for n, total in enumerate(totals):
                    term = sums.load_vector(plus(builder, place, n * lanes), lanes)
                    term = builder.zext(term, vector) if self.is_wide else term
                    builder.store(llvm.add(builder, builder.load(total), term), total)
            return [builder.load(total) for total in totals]

        def write(change: Any) -> None:
            with cgutils.for_range(builder, blocks, intp=whole) as loop:
                x = builder.mul(loop.index, ir.Constant(whole, width))
                for n, total in enumerate(add_up(x)):
                    out.store_vector(plus(builder, builder.add(out_at, x), n * lanes), change(total))

        def number(n: int, kind: Any, values: Array) -> Any:
            return llvm.broadcast(builder, values.load(ir.Constant(whole, n)), kind)

        factor, bias = (number(n, floats, numbers) for n in range(2))

        def scaled(total: Any) -> Any:
            if not are_floats:
                total = builder.sitofp(total if self.is_wide else builder.zext(total, long), floats)
            found = llvm.add(builder, builder.fmul(total, factor), bias)
            return llvm.converted(builder, found, numbers.number, out.number, out.pointer)

        if are_floats or self.is_wide or out.number.bitwidth > 8:
            write(scaled)
            return
        multiplier, half, shift = (
            llvm.broadcast(builder, builder.trunc(division.load(ir.Constant(whole, n)), short.element), short)
            for n in range(3)
        )

        def divided(total: Any) -> Any:
            dividend, sixteen = builder.add(total, half), ir.Constant(ir.IntType(32), 16)
            high = llvm.call(builder, f"llvm.umul.fix.v{lanes}i16", short, dividend, multiplier, sixteen)
            return builder.trunc(builder.lshr(high, shift), ir.VectorType(ir.IntType(8), lanes))

        is_divided = builder.icmp_signed(">", division.load(ir.Constant(whole, 0)), ir.Constant(whole, 0))
        with builder.if_else(is_divided) as (dividing, scaling):
            with dividing:
                write(divided)
            with scaling:
                write(scaled)


narrow, wide = Total(is_wide=False), Total(is_wide=True)


@Piece
def add_neighbours(sums: Any, others: Any, step: int, length: int) -> None:
    """Write to `sums` those of `others` with those `step` further on."""
    number = sums.dtype.type
    ahead = others[step:]
    for x in range(length):
        sums[x] = number(others[x] + ahead[x])


@Piece
def double(sums: Any, levels: int, line: int, unit: int, length: int) -> None:
    """Make sums of 2, 4 ... neighbours, `unit` apart, each kind a line after the one before."""
    for k in range(levels):
        add_neighbours(sums[(k + 1) * line :][:length], sums[k * line :][:line], unit << k, length)


@Piece
def write_row(
    total: Any, sums: Any, begin: int, places: Any, numbers: Any, division: Any, out: Any, target: int, count: int,
    aside: Any,
) -> None:  # fmt: skip
    """Write a row of the result from `target` on; its last block begins where it fits."""
    width = WIDE_BYTES // sums.itemsize
    terms = places.shape[0]
    total(sums, begin, places, terms, numbers, division, out, target, count // width)
    rest = count - width
    if rest >= 0:
        total(sums, begin + rest, places, terms, numbers, division, out, target + rest, 1)
    else:
        total(sums, begin, places, terms, numbers, division, aside, 0, 1)
        for x in range(count):
            out[target + x] = aside[x]
