"""Boxes, whose weights are all the same: the cost hardly grows with their size.

Along the rows, sums of 2, 4, 8 ... neighbours are made from each other, and those in the binary digits of the box's
width are added up: eight additions for 31 columns. Down the columns, whole numbers have running sums: a row is added,
another one subtracted. Other numbers are summed as in a separable convolution, so that no rounding errors accumulate
and a NaN stays where its windows are.

Index letters: i j output row and column, y x padded row and column, n image. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

from cnnkit import arrays
from cnnkit.geometry.blocks import Blocks
from cnnkit.loops import llvm
from cnnkit.loops.convolution.direct import PAIR_BYTES, RESULTS, SOURCES, pair
from cnnkit.loops.laying import lay
from cnnkit.loops.llvm import Array
from cnnkit.loops.machine.compile import Piece, compiled


@Piece
def sum_neighbours(row: Any, size: int, unit: int, length: int, powers: Any, sums: Any) -> None:
    """Write to ``sums[x]`` the sum of `size` samples of `row`, `unit` apart, from x on; for x below `length`."""
    if size in (3, 5):
        second, third, fourth, fifth = row[unit:], row[2 * unit :], row[3 * unit :], row[4 * unit :]
        if size == 3:
            for x in range(length):
                sums[x] = row[x] + second[x] + third[x]
        else:
            for x in range(length):
                sums[x] = row[x] + second[x] + third[x] + fourth[x] + fifth[x]
        return
    half = powers.shape[0] // 2
    one, other = row, powers[:half]
    doubled = 1
    done = 0
    left = length + (size - 1) * unit
    while True:
        if size & doubled:
            skip = one[done * unit :]
            if done == 0:
                for x in range(length):
                    sums[x] = skip[x]
            else:
                for x in range(length):
                    sums[x] += skip[x]
            done += doubled
        if done == size:
            return
        ahead = one[doubled * unit :]
        left -= doubled * unit
        for x in range(left):
            other[x] = one[x] + ahead[x]
        doubled *= 2
        # Two buffers in turn: the sums of one step are read for those of the next.
        if doubled & 0x55555555:
            one, other = powers[half:], powers[:half]
        else:
            one, other = powers[:half], powers[half:]


@Piece
def add_row(column: Any, row: Any) -> None:
    """Add a row of samples to sums."""
    for x in range(column.shape[0]):
        column[x] += row[x]


@Piece
def move(column: Any, entering: Any, leaving: Any) -> None:
    """Add a row of samples to sums, and subtract another."""
    for x in range(column.shape[0]):
        column[x] += entering[x] - leaving[x]


class Scale(llvm.Intrinsic):
    """``out[out_at + x] = sums[x] * numbers[0] + numbers[1]`` for the x below `count`, a vector at a time.

    An `out` of another type is converted to, as `llvm.converted` does. A whole vector of `sums` is read beyond the
    last one.
    """

    def __call__(self, sums: Any, numbers: Any, out: Any, out_at: int, count: int) -> None:
        """The plain Python."""
        found = sums[:count] * numbers[0] + numbers[1]
        out[out_at : out_at + count] = arrays.convert(found, out.dtype)

    def emit(self, builder: Any, sums: Array, numbers: Array, out: Array, out_at: Any, count: Any) -> None:
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        whole, lanes = ir.IntType(64), numbers.lanes
        factor, bias = (numbers.load_spread(ir.Constant(whole, n)) for n in range(2))
        with cgutils.for_range_slice(builder, ir.Constant(whole, 0), count, ir.Constant(whole, lanes), whole) as (x, _):
            found = llvm.add(builder, builder.fmul(sums.load_vector(x), factor), bias)
            found = llvm.converted(builder, found, numbers.number, out.number, out.pointer)
            place, left = builder.add(out_at, x), builder.sub(count, x)
            is_whole = builder.icmp_signed(">=", left, ir.Constant(whole, lanes))
            with builder.if_else(is_whole) as (all_lanes, some_lanes):
                with all_lanes:
                    out.store_vector(place, found)
                with some_lanes:
                    out.store_vector(place, found, llvm.first_lanes(builder, left, 0, lanes))


scale = Scale()


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], i8[1], i8[1], S[1], O[1], Blocks, i8, i8, S[1], S[1], S[1], S[1], S[1], i8, i8",
    T=SOURCES,
    S=("f4", "f8"),
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_box(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    weights: Any, segments: Any, chunks: Any, numbers: Any, out: Any,
    blocks: Blocks, size: int, is_running: int,
    padded: Any, middle: Any, powers: Any, sums: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve every channel by itself with a box of `size` columns.

    `is_running`: samples are whole numbers, and columns have running sums; others are summed anew, by `weights` all the
    same. `numbers` are what the sums are multiplied with, and what is added then. `first` and `last` count the strips
    of all images together.
    """
    unit = blocks.unit
    lanes = PAIR_BYTES // padded.itemsize
    zeros = middle[2 * blocks.row_stride + 2 * lanes :]
    zeros[:lanes] = 0
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * blocks.columns * blocks.depth
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            length = (j1 - j0) * unit
            lay(image, at, blocks, outside_rows, outside_columns, constant,
                i0, i1 - 1 + blocks.reach_rows, j0, j1 - 1 + blocks.reach_columns, padded)  # fmt: skip
            tall = 1 if is_running == 1 else 2
            column = middle[: blocks.row_stride]
            if is_running == 1:
                column[:] = 0
                for y in range(blocks.reach_rows - 1):
                    add_row(column, padded[y * blocks.row_stride :])
            for i in range(i0, i1, tall):
                rows = min(tall, i1 - i)
                start = (i - i0) * blocks.row_stride
                if is_running == 1:
                    entering = padded[start + (blocks.reach_rows - 1) * blocks.row_stride :]
                    if i == i0:
                        add_row(column, entering)
                    else:
                        move(column, entering, padded[start - blocks.row_stride :])
                else:
                    for x in range(0, blocks.row_stride, lanes):
                        pair(padded, start + x, blocks.row_stride, weights, 0, 2, 1, segments, chunks, zeros, 0, 0,
                             aside, middle, x, blocks.row_stride, rows, blocks.row_stride - x)  # fmt: skip
                for m in range(rows):
                    sum_neighbours(middle[m * blocks.row_stride :], size, unit, length, powers, sums)
                    target = ((n * blocks.out_rows + i + m) * blocks.out_columns + j0) * unit
                    scale(sums, numbers, out, target, length)
