"""Separable convolution: columns first, then rows, two output rows at a time, which never leave the cache.

A kernel that is the product of a column and a row is applied as a column, whose results go to a narrow buffer, and
as a row to these. Index letters: i j output row and column, y x padded row and column, n image. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.direct import PAIR_BYTES, RESULTS, SOURCES, SUMS, pair
from cnnkit.loops.convolution.tile import Tile
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import compiled

line = Tile(1, 2 * pair.width)
"""One row of output."""

LINE_BYTES = line.bytes


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], i8[1], i8[1], S[1], i8[1], i8[1], S[1], O[1], Blocks, i8, i8, "
    "S[1], S[1], S[1], i8, i8",
    T=SOURCES,
    S=SUMS,
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_separable(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    column_weights: Any, column_segments: Any, column_chunks: Any,
    row_weights: Any, row_segments: Any, row_chunks: Any, bias: Any,
    out: Any, blocks: Blocks, row_step: int, step: int,
    padded: Any, middle: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve every channel by itself with the column, then with the row.

    `row_step` and `step` go from the samples of one product of the column, and of the row, to those of the next.
    `middle` holds two rows. `bias` begins with as many zeros as a tile is wide. `first` and `last` count the strips of
    all images together.
    """
    unit = blocks.unit
    lanes = PAIR_BYTES // padded.itemsize
    line_lanes = LINE_BYTES // padded.itemsize
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * blocks.columns * blocks.depth
        y0 = i0 * blocks.stride_rows
        y1 = (i1 - 1) * blocks.stride_rows + blocks.reach_rows
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            x0 = j0 * blocks.stride_columns
            x1 = (j1 - 1) * blocks.stride_columns + blocks.reach_columns
            lay(image, at, blocks, outside_rows, outside_columns, constant, y0, y1, x0, x1, padded)
            for i in range(i0, i1, 2):
                start = (i - i0) * blocks.stride_rows * blocks.row_stride
                rows = min(2, i1 - i)
                for x in range(0, blocks.row_stride, lanes):
                    pair(padded, start + x, row_step, column_weights, 0, 2, 1, column_segments, column_chunks,
                         bias, 0, 0, aside, middle, x, blocks.row_stride, rows, blocks.row_stride - x)  # fmt: skip
                for m in range(rows):
                    target = ((n * blocks.out_rows + i + m) * blocks.out_columns + j0) * unit
                    for x in range(0, (j1 - j0) * unit, line_lanes):
                        line(middle, m * blocks.row_stride + x, step, row_weights, 0, 1, 0, row_segments, row_chunks,
                             bias, lanes, 0, aside, out, target + x, 0, 1, (j1 - j0) * unit - x)  # fmt: skip
