"""Boxes over bytes: sums of 16 bits as long as they fit, and few passes over a row.

Down the columns sums run: a row of bytes is added, another one subtracted. Along the rows, sums of 2, 4 ... neighbours
are made from each other, a few times; the rest is added up in registers, and multiplied, or divided, before it is
written. All is exact until then.

Index letters: i j output row and column, y padded row, n image. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.direct import RESULTS
from cnnkit.loops.convolution.totals import double, write_row
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled


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

    Sums of 2^k neighbours, k up to `levels`, begin at ``k * line`` of `sums` and are `length` each; `Total` says what
    is made of those at the `places`. `first` and `last` count the strips of all images together.
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
                double(sums, levels, line, unit, length)
                target = ((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit
                write_row(total, sums, 0, places, numbers, division, out, target, (j1 - j0) * unit, aside)
