"""Boxes over bytes: sums of 16 bits as long as they fit, and few passes over a row.

Down the columns sums run: a row of bytes is added, another one subtracted. Along the rows, sums of 2, 4 ... neighbours
are made from each other, a few times; the rest is added up in registers, and multiplied, or divided, before it is
written. All is exact until then.

Index letters: i j output row and column, y padded row, n image. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.geometry.blocks import Blocks
from cnnkit.loops import llvm
from cnnkit.loops.convolution.direct import RESULTS
from cnnkit.loops.laying import lay
from cnnkit.loops.llvm import Array, plus
from cnnkit.loops.machine.compile import Piece, compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES

VECTORS = 4
WIDTH = VECTORS * VECTOR_BYTES // 2
"""Results that are made at a time. Rows of sums are as many times as long, so that no loop has a rest."""


class Total(llvm.Intrinsic):
    """Sums of a few sums, as numbers of the result.

    For the x below ``blocks * WIDTH``

        total = sum of sums[begin + place + x] for the places
        out[out_at + x] = total * numbers[0] + numbers[1]

    with float32 numbers, converted to the type of `out` as `llvm.converted` does. Totals have 16 bits, or, if they are
    `is_wide`, 32. With a ``division[0]`` above 0, bytes are instead ``(total + division[1]) * division[0] >> 16``, and
    that ``>> division[2]``.
    """

    def __init__(self, *, is_wide: bool) -> None:
        self.name = self.__name__ = "wide" if is_wide else "narrow"
        self.is_wide = is_wide

    def __call__(
        self, sums: Any, begin: int, places: Any, terms: int, numbers: Any, division: Any,
        out: Any, out_at: int, blocks: int,
    ) -> None:  # fmt: skip
        """The plain Python."""
        count = blocks * WIDTH
        total = np.zeros(count, np.int64)
        for place in places[:terms]:
            total += sums[begin + place :][:count]
        if division[0] > 0:
            found = (total + division[1]) * division[0] >> 16 >> division[2]
        else:
            found = arrays.convert(total.astype(np.float32) * numbers[0] + numbers[1], out.dtype)
        out[out_at : out_at + count] = found

    def emit(
        self, builder: Any, sums: Array, begin: Any, places: Array, terms: Any, numbers: Array, division: Array,
        out: Array, out_at: Any, blocks: Any,
    ) -> None:  # fmt: skip
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        whole, lanes = ir.IntType(64), WIDTH // VECTORS
        short, long = (ir.VectorType(ir.IntType(bits), lanes) for bits in (16, 32))
        floats = ir.VectorType(ir.FloatType(), lanes)
        vector = long if self.is_wide else short
        totals = [cgutils.alloca_once(builder, vector) for _ in range(VECTORS)]

        def add_up(x: Any) -> list[Any]:
            for total in totals:
                builder.store(ir.Constant(vector, None), total)
            with cgutils.for_range(builder, terms, intp=whole) as loop:
                place = builder.add(builder.add(begin, places.load(loop.index)), x)
                for n, total in enumerate(totals):
                    term = sums.load_vector(plus(builder, place, n * lanes), lanes)
                    term = builder.zext(term, vector) if self.is_wide else term
                    builder.store(builder.add(builder.load(total), term), total)
            return [builder.load(total) for total in totals]

        def write(change: Any) -> None:
            with cgutils.for_range(builder, blocks, intp=whole) as loop:
                x = builder.mul(loop.index, ir.Constant(whole, WIDTH))
                for n, total in enumerate(add_up(x)):
                    out.store_vector(plus(builder, builder.add(out_at, x), n * lanes), change(total))

        def number(n: int, kind: Any, values: Array) -> Any:
            return llvm.broadcast(builder, values.load(ir.Constant(whole, n)), kind)

        factor, bias = (number(n, floats, numbers) for n in range(2))

        def scaled(total: Any) -> Any:
            values = builder.sitofp(total if self.is_wide else builder.zext(total, long), floats)
            found = llvm.add(builder, builder.fmul(values, factor), bias)
            return llvm.converted(builder, found, numbers.number, out.number, out.pointer)

        if self.is_wide or out.number.bitwidth > 8:
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
def add_row(column: Any, row: Any, length: int) -> None:
    """Add a row of bytes to sums."""
    for x in range(length):
        column[x] += np.uint16(row[x])


@Piece
def move(column: Any, entering: Any, leaving: Any, length: int) -> None:
    """Add a row of bytes to sums, and subtract another."""
    for x in range(length):
        column[x] += np.uint16(np.uint16(entering[x]) - np.uint16(leaving[x]))


@Piece
def add_neighbours(sums: Any, others: Any, step: int, length: int) -> None:
    """Write to `sums` those of `others` with those `step` further on."""
    ahead = others[step:]
    for x in range(length):
        sums[x] = np.uint16(others[x] + ahead[x])


@compiled(
    "u1[1], i8[1], i8[1], f8, i8[1], f4[1], i8[1], O[1], Blocks, i8, i8, i8, u1[1], u2[1], O[1], i8, i8",
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_bytes(
    total: Any,
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    places: Any, numbers: Any, division: Any, out: Any, blocks: Blocks, levels: int, line: int, length: int,
    padded: Any, sums: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve every channel by itself with a box.

    Sums of 2^k neighbours, k up to `levels`, begin at ``k * line`` of `sums` and are `length` each, a multiple of
    `WIDTH`; `Total` says what is made of those at the `places`. `first` and `last` count the strips of all images
    together.
    """
    unit = blocks.unit
    column = sums[:length]
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * blocks.columns * blocks.depth
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            lay(image, at, blocks, outside_rows, outside_columns, constant,
                i0, i1 - 1 + blocks.reach_rows, j0, j1 - 1 + blocks.reach_columns, padded)  # fmt: skip
            column[:] = 0
            for y in range(blocks.reach_rows - 1):
                add_row(column, padded[y * blocks.row_stride :], length)
            for i in range(i0, i1):
                start = (i - i0) * blocks.row_stride
                entering = padded[start + (blocks.reach_rows - 1) * blocks.row_stride :]
                if i == i0:
                    add_row(column, entering, length)
                else:
                    move(column, entering, padded[start - blocks.row_stride :], length)
                for k in range(levels):
                    add_neighbours(sums[(k + 1) * line :][:length], sums[k * line :][:line], unit << k, length)
                count = (j1 - j0) * unit
                target = ((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit
                terms = places.shape[0]
                total(sums, 0, places, terms, numbers, division, out, target, count // WIDTH)
                rest = count - WIDTH
                if rest >= 0:
                    total(sums, rest, places, terms, numbers, division, out, target + rest, 1)
                else:
                    total(sums, 0, places, terms, numbers, division, aside, 0, 1)
                    for x in range(count):
                        out[target + x] = aside[x]
