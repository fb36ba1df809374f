"""The largest, the smallest, or the sum of the samples under every window.

Rows are merged first, whole, then their columns, in one of three ways: `pool_rows` merges the rows of each window
straight from the image; `pool_strips` lays a strip of the image with its padding and merges its rows in the passes that
`passes.merges` plans, where windows share many rows; `pool_bins` merges column by column, where windows differ in size
or are far apart. The pieces in `KINDS` say how samples are merged and finished.

Letters: n image, i j output row and column, y x padded row and column.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled
from cnnkit.loops.pooling.merging import (
    finish_row,
    itself,
    larger,
    leave_to_finish,
    magnitude_power,
    mean,
    merge_into,
    merge_passes,
    merge_rows,
    root,
    rounded_mean,
    smaller,
    take,
    total,
    unchanged,
)

KINDS = {
    "max": (larger, merge_into, itself, unchanged),
    "min": (smaller, merge_into, itself, unchanged),
    "average": (total, leave_to_finish, itself, mean),
    "rounded average": (total, leave_to_finish, itself, rounded_mean),
    "lp": (total, leave_to_finish, magnitude_power, root),
}
"""The merge of two samples, the passes whose last may write the result, the reading of a sample, and the finish."""

TYPES = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")
"""Of images, merged samples, divisors and results."""


class Sliding(NamedTuple):
    """Parameters common to all windows."""

    row_step: int  # from one sample of a window to the next
    column_step: int
    row_line: int  # the line of the passes' result
    column_line: int
    line_length: int  # of the passes over columns
    spare_line: int  # one that no pass uses
    equal_begin: int  # output columns begin..end have equal divisors
    equal_end: int


@Piece
def merge_line(
    merge: Any, straight: Any, finish: Any, power: float, passes: Any, row_divisor: Any, divisors: Any, blocks: Blocks,
    sliding: Sliding, line: Any, lines: Any, j0: int, target: Any,
) -> None:  # fmt: skip
    """Merge the columns of a row whose rows are merged, and finish it: output from column `j0` on."""
    unit = blocks.depth
    stride = blocks.stride_columns
    rest = lines[sliding.line_length :]
    positions = line.shape[0] // unit
    if stride == 1 and straight(merge, passes, line, rest, sliding.line_length, sliding.column_step, unit, positions,
                                target) == 1:  # fmt: skip
        return
    merge_passes(merge, passes, passes.shape[0], line, rest, sliding.line_length, sliding.column_step, unit, positions)
    merged = line
    if sliding.column_line > 0:
        merged = lines[sliding.column_line * sliding.line_length :]
    if stride > 1:
        taken = lines[sliding.spare_line * sliding.line_length :][: target.shape[0]]
        take(merged, stride * unit, unit, taken)
        merged = taken
    finish_line(finish, power, merged, row_divisor, divisors, unit, sliding, j0, target)


@Piece
def finish_line(
    finish: Any, power: float, merged: Any, row_divisor: Any, divisors: Any, unit: int, sliding: Sliding, j0: int,
    target: Any,
) -> None:  # fmt: skip
    """Finish a merged row: the output from column `j0` on."""
    j1 = j0 + target.shape[0] // unit
    begin = (min(max(sliding.equal_begin, j0), j1) - j0) * unit
    end = max((min(sliding.equal_end, j1) - j0) * unit, begin)
    finish_row(finish, merged, row_divisor, divisors[j0 * unit :], begin, end, power, target)


SIGNATURE = "f8, i8[2], i8[2], S[1], i8[1], i8[2], i8[2], D[1], D[1], Blocks, Sliding, T[1], U[1], S[1], S[1], i8, i8"


@compiled(SIGNATURE, T=TYPES, S=TYPES, D=TYPES, U=TYPES, Blocks=Blocks, Sliding=Sliding)
def pool_rows(
    merge: Any, straight: Any, read: Any, finish: Any,
    power: float, rows: Any, columns: Any, fill: Any, outside: Any,
    row_passes: Any, column_passes: Any, row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding,
    image: Any, out: Any, padded: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Fill the output rows of the strips from `first` up to `last`; strips of all images are counted together.

    All three ways have the same arguments. Pieces: see `KINDS`; `read` and `finish` are given `power`. `rows` and
    `columns`, (2, windows), hold the first sample of each window and their number; padding counts as `fill`, (1,), and
    `outside` holds a -1 for each place of it. Passes are (passes, 9), `row_divisors` (output rows,), `divisors`
    (output columns * depth,). `image` and `out` are flat, (n, rows, columns, depth). `padded` (a strip of the image)
    and `lines` (rows of merged samples) are scratch.
    """
    unit = blocks.depth
    row_length = blocks.columns * unit
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            x0 = j0 * blocks.stride_columns
            x1 = (j1 - 1) * blocks.stride_columns + blocks.reach_columns
            inside = max(x0, min(blocks.left, x1))
            beyond = max(inside, min(blocks.left + blocks.columns, x1))
            at = n * blocks.rows * row_length + (inside - blocks.left) * unit
            line = lines[: (x1 - x0) * unit]
            for i in range(i0, i1):
                if rows[1, i] == 0:
                    line[:] = read(fill[0], power)
                else:
                    line[: (inside - x0) * unit] = read(fill[0], power)
                    line[(beyond - x0) * unit :] = read(fill[0], power)
                    merge_rows(merge, read, power, image[at + rows[0, i] * row_length :], sliding.row_step * row_length,
                               rows[1, i], line[(inside - x0) * unit : (beyond - x0) * unit])  # fmt: skip
                target = out[((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit :][: (j1 - j0) * unit]
                merge_line(merge, straight, finish, power, column_passes, row_divisors[i], divisors, blocks, sliding,
                           line, lines, j0, target)  # fmt: skip


@compiled(SIGNATURE, T=TYPES, S=TYPES, D=TYPES, U=TYPES, Blocks=Blocks, Sliding=Sliding)
def pool_strips(
    merge: Any, straight: Any, read: Any, finish: Any,
    power: float, rows: Any, columns: Any, fill: Any, outside: Any,
    row_passes: Any, column_passes: Any, row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding,
    image: Any, out: Any, padded: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Fill the output rows of some strips, each padded and merged as a whole; see `pool_rows`."""
    unit = blocks.depth
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        y0 = i0 * blocks.stride_rows
        y1 = (i1 - 1) * blocks.stride_rows + blocks.reach_rows
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            x0 = j0 * blocks.stride_columns
            x1 = (j1 - 1) * blocks.stride_columns + blocks.reach_columns
            lay(
                image,
                n * blocks.rows * blocks.columns * unit,
                blocks,
                outside,
                outside,
                fill[0],
                y0,
                y1,
                x0,
                x1,
                padded,
            )
            for x in range((y1 - y0) * blocks.row_stride):
                padded[x] = read(padded[x], power)
            merge_passes(merge, row_passes, row_passes.shape[0], padded, padded[blocks.buffer_size :],
                         blocks.buffer_size, sliding.row_step, blocks.row_stride, y1 - y0)  # fmt: skip
            merged = padded[sliding.row_line * blocks.buffer_size :]
            for i in range(i0, i1):
                line = merged[(i - i0) * blocks.stride_rows * blocks.row_stride :][: (x1 - x0) * unit]
                target = out[((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit :][: (j1 - j0) * unit]
                merge_line(merge, straight, finish, power, column_passes, row_divisors[i], divisors, blocks, sliding,
                           line, lines, j0, target)  # fmt: skip


@compiled(SIGNATURE, T=TYPES, S=TYPES, D=TYPES, U=TYPES, Blocks=Blocks, Sliding=Sliding)
def pool_bins(
    merge: Any, straight: Any, read: Any, finish: Any,
    power: float, rows: Any, columns: Any, fill: Any, outside: Any,
    row_passes: Any, column_passes: Any, row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding,
    image: Any, out: Any, padded: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Fill the output rows of some strips, column by column; see `pool_rows`."""
    unit = blocks.depth
    row_length = blocks.columns * unit
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            x0 = blocks.columns
            x1 = 0
            for j in range(j0, j1):
                if columns[1, j] > 0:
                    x0 = min(x0, columns[0, j])
                    x1 = max(x1, columns[0, j] + (columns[1, j] - 1) * sliding.column_step + 1)
            line = lines[: max(x1 - x0, 0) * unit]
            row = lines[sliding.line_length :]
            for i in range(i0, i1):
                if rows[1, i] > 0:
                    source = image[((n * blocks.rows + rows[0, i]) * blocks.columns + x0) * unit :]
                    merge_rows(merge, read, power, source, sliding.row_step * row_length, rows[1, i], line)  # fmt: skip
                for j in range(j0, j1):
                    merged = row[(j - j0) * unit : (j - j0 + 1) * unit]
                    if rows[1, i] == 0 or columns[1, j] == 0:
                        merged[:] = read(fill[0], power)
                    else:
                        source = line[(columns[0, j] - x0) * unit :]
                        merge_rows(merge, itself, power, source, sliding.column_step * unit, columns[1, j], merged)
                target = out[((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit :][: (j1 - j0) * unit]
                finish_line(finish, power, row, row_divisors[i], divisors, unit, sliding, j0, target)
