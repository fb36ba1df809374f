"""Boxes, whose weights are all the same: the cost hardly grows with their size.

Along the rows, sums of 2, 4 ... neighbours are made from each other, a few times, and the rest is added up in
registers. Down the columns, rows are divided into groups as tall as the box: every window is the end of one group and
the beginning of the next, so two rows of sums are added, one made from below and one from above. Nothing is
subtracted: no rounding errors accumulate, and a NaN stays where its windows are. Blocks hold whole groups.

Index letters: i j output row and column, y x padded row and column, n image. All arrays are flat.

Source: van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels",
Pattern Recognition Letters, 1992, for the division into groups.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.direct import RESULTS, SOURCES
from cnnkit.loops.convolution.totals import double, write_row
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled


@Piece
def add_up(below: Any, row: Any, weight: float, sums: Any) -> None:
    """Write to `sums` a row times a weight, added to the sums of the rows below."""
    for x in range(sums.shape[0]):
        sums[x] = below[x] + row[x] * weight


@Piece
def add_on(above: Any, row: Any, weight: float, ends: Any, sums: Any) -> None:
    """Add a row times a weight to the sums of the rows above, and write to `sums` these and the ends of others."""
    for x in range(sums.shape[0]):
        above[x] += row[x] * weight
        sums[x] = ends[x] + above[x]


@compiled(
    "T[1], i8[1], i8[1], f8, i8[1], S[1], i8[1], O[1], Blocks, i8, i8, i8, S[1], S[1], S[1], S[1], O[1], i8, i8",
    T=SOURCES,
    S=("f4", "f8"),
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_box(
    total: Any,
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    places: Any, numbers: Any, division: Any, out: Any, blocks: Blocks, levels: int, line: int, length: int,
    padded: Any, ends: Any, above: Any, sums: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve every channel by itself with a box.

    Rows are multiplied by ``numbers[2]`` first. Sums of 2^k neighbours, k up to `levels`, begin at ``k * line`` of
    `sums` and are `length` each; `Total` says what is made of those at the `places`. `first` and `last` count the
    strips of all images together.
    """
    unit = blocks.unit
    tall = blocks.reach_rows
    weight = numbers[2]
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * blocks.columns * blocks.depth
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            lay(image, at, blocks, outside_rows, outside_columns, constant,
                i0, i1 - 1 + tall, j0, j1 - 1 + blocks.reach_columns, padded)  # fmt: skip
            for i in range(i0, i1):
                y = i - i0
                part = y % tall
                if part == 0:
                    above[:length] = 0
                    below = above[:length]
                    for group in range(tall - 1, -1, -1):
                        row = padded[(y + group) * blocks.row_stride :]
                        add_up(below, row, weight, ends[group * line :][:length])
                        below = ends[group * line :][:length]
                    for x in range(length):
                        sums[x] = below[x]
                else:
                    row = padded[(y + tall - 1) * blocks.row_stride :]
                    add_on(above, row, weight, ends[part * line :], sums[:length])
                double(sums, levels, line, unit, length)
                target = ((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit
                write_row(total, sums, 0, places, numbers, division, out, target, (j1 - j0) * unit, aside)
