"""Direct convolution along the columns: a padded block is laid in cache and summed by register tiles.

Vectors are neighbouring samples of a row, and each weight is spread over all lanes. For one kernel applied to every
channel by itself, and for one that sums over a few channels. Index letters: i j output row and column, y x padded row
and column, c channel, n image. All arrays are flat; `geometry.blocks.Blocks` describes their layout.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.tile import Tile
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import REGISTERS

SOURCES = ("u1", "i2", "u2", "f4", "f8")
"""Types of samples that loops read."""

SUMS = ("i2", "f4", "f8")
"""Types of sums."""

RESULTS = ("u1", "i2", "u2", "f4", "f8")
"""Types of results, to which sums are converted in the registers."""

pair = Tile(2, REGISTERS // 4, is_partial=True)
"""Two rows of output, and four vectors across where there are sixteen registers."""

PAIR_BYTES = pair.bytes


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], i8[1], i8[1], S[1], O[1], Blocks, i8, S[1], S[1], i8, i8",
    T=SOURCES,
    S=SUMS,
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_rows(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    weights: Any, segments: Any, chunks: Any, bias: Any,
    out: Any, blocks: Blocks, step: int,
    padded: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve with one kernel; channels are interleaved in rows, or planes that are summed.

    Two output rows are summed at a time: `segments` and `weights` (products, 2) are for both of them. `step` goes from
    the samples of one product to those of the next. `bias` holds as many equal numbers as a tile is wide. `first` and
    `last` count the strips of all images together.
    """
    unit = blocks.unit
    lanes = PAIR_BYTES // padded.itemsize
    columns = blocks.out_columns * unit
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
                target = ((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit
                for x in range(0, (j1 - j0) * unit, lanes):
                    pair(padded, start + x, step, weights, 0, 2, 1, segments, chunks, bias, 0, 0, aside,
                         out, target + x, columns, min(2, i1 - i), (j1 - j0) * unit - x)  # fmt: skip
