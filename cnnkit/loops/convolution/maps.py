"""A few kernels that sum over channels, each along the columns: a layer's tile would have most of its lanes idle.

The rows of all maps are summed as those of one kernel are, and then put side by side. Index letters as in `direct`, m
map. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.direct import PAIR_BYTES, RESULTS, SOURCES, SUMS, pair
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled


@Piece
def interleave(rows: Any, spacing: int, maps: int, count: int, out: Any) -> None:
    """Put `count` samples of some rows, `spacing` apart, side by side, in steps that the compiler knows."""
    second, third, fourth = rows[spacing:], rows[2 * spacing :], rows[3 * spacing :]
    if maps == 2:
        for x in range(count):
            out[2 * x] = rows[x]
            out[2 * x + 1] = second[x]
    elif maps == 3:
        for x in range(count):
            out[3 * x] = rows[x]
            out[3 * x + 1] = second[x]
            out[3 * x + 2] = third[x]
    else:
        for x in range(count):
            out[4 * x] = rows[x]
            out[4 * x + 1] = second[x]
            out[4 * x + 2] = third[x]
            out[4 * x + 3] = fourth[x]


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], i8[1], i8[1], S[1], O[1], Blocks, i8, i8, S[1], S[1], O[1], i8, i8",
    T=SOURCES,
    S=SUMS,
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_maps(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    weights: Any, segments: Any, chunks: Any, bias: Any,
    out: Any, blocks: Blocks, step: int, maps: int,
    padded: Any, aside: Any, lines: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve with 2 to 4 kernels, whose maps lie side by side; channels are planes that are summed.

    `weights` and `bias` are those of `convolve_rows` for one kernel after the other, with the same `segments`. `lines`
    holds two rows of each map, and a map more.
    """
    lanes = PAIR_BYTES // padded.itemsize
    packed = weights.shape[0] // maps
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
                for m in range(maps):
                    for x in range(0, j1 - j0, lanes):
                        pair(padded, start + x, step, weights, m * packed, 2, 1, segments, chunks, bias, m * lanes, 0,
                             aside, lines, m * blocks.width + x, maps * blocks.width, rows, j1 - j0 - x)  # fmt: skip
                for r in range(rows):
                    target = out[((n * blocks.out_rows + i + r) * blocks.out_columns + j0) * maps :]
                    interleave(lines[r * maps * blocks.width :], blocks.width, maps, j1 - j0, target)
