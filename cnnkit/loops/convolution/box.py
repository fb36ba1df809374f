"""Boxes, whose weights are all the same: the cost hardly grows with their size.

Along the rows, sums of 2, 4, 8 ... neighbours are made from each other, and those in the binary digits of the box's
width are added up: eight additions for 31 columns. Down the columns, whole numbers have running sums: a row is added,
another one subtracted. Other numbers are summed as in a separable convolution, so that no rounding errors accumulate
and a NaN stays where its windows are.

Index letters: i j output row and column, y x padded row and column, n image. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.direct import PAIR_BYTES, RESULTS, SOURCES, SUMS, pair
from cnnkit.loops.convolution.separable import LINE_BYTES, line
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled


@Piece
def sum_neighbours(row: Any, size: int, unit: int, length: int, powers: Any, sums: Any) -> None:
    """Write to ``sums[x]`` the sum of `size` samples of `row`, `unit` apart, from x on; for x below `length`."""
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
def add_row(column: Any, row: Any, sign: int) -> None:
    """Add a row of samples to sums, or subtract it."""
    if sign > 0:
        for x in range(column.shape[0]):
            column[x] += row[x]
    else:
        for x in range(column.shape[0]):
            column[x] -= row[x]


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], i8[1], i8[1], S[1], i8[1], i8[1], S[1], O[1], Blocks, i8, i8, "
    "S[1], S[1], S[1], S[1], S[1], i8, i8",
    T=SOURCES,
    S=SUMS,
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_box(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    column_weights: Any, column_segments: Any, column_chunks: Any,
    weight: Any, weight_segments: Any, weight_chunks: Any, bias: Any, out: Any,
    blocks: Blocks, size: int, is_running: int,
    padded: Any, middle: Any, powers: Any, sums: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve every channel by itself with a box of `size` columns.

    `column_weights` are applied first, `weight` to the sums. `bias` begins with as many zeros as a tile is wide.
    `is_running`: samples and weights are whole numbers. `first` and `last` count the strips of all images together.
    """
    unit = blocks.unit
    lanes = PAIR_BYTES // padded.itemsize
    line_lanes = LINE_BYTES // padded.itemsize
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
                    add_row(column, padded[y * blocks.row_stride :], 1)
            for i in range(i0, i1, tall):
                rows = min(tall, i1 - i)
                start = (i - i0) * blocks.row_stride
                if is_running == 1:
                    add_row(column, padded[start + (blocks.reach_rows - 1) * blocks.row_stride :], 1)
                else:
                    for x in range(0, blocks.row_stride, lanes):
                        pair(padded, start + x, blocks.row_stride, column_weights, 0, 2, 1, column_segments,
                             column_chunks, bias, 0, 0, aside, middle, x, blocks.row_stride, rows, blocks.row_stride - x)  # fmt: skip
                for m in range(rows):
                    sum_neighbours(middle[m * blocks.row_stride :], size, unit, length, powers, sums)
                    target = ((n * blocks.out_rows + i + m) * blocks.out_columns + j0) * unit
                    for x in range(0, length, line_lanes):
                        line(sums, x, 1, weight, 0, 1, 0, weight_segments, weight_chunks, bias, lanes, 0, aside,
                             out, target + x, 0, 1, length - x)  # fmt: skip
                if is_running == 1:
                    add_row(column, padded[start:], -1)
