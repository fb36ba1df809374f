"""The largest, the smallest, or the sum of what lies under every window.

Rows are merged first, whole, then their columns. Where windows share many rows a strip of the image is laid with its
padding, and its rows are merged in the passes that `geometry.merges` plans; where they share few, the rows of each
window are merged straight from the image. Columns are merged in passes along the row, or, where windows differ in
size, one by one.

Letters: i j output row and column, y x padded row and column.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.compile import Piece, compiled
from cnnkit.loops.laying import lay
from cnnkit.loops.merging import (
    finish_row,
    itself,
    kept,
    larger,
    magnitude_power,
    mean,
    merge_pass,
    merge_passes,
    merge_rows,
    root,
    rounded_mean,
    smaller,
    take,
    total,
)

INTEGERS_AND_FLOATS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")
READ = ("u1", "u2", "i2", "f4", "f8")
FLOATS = ("f4", "f8")
SUMS = ("u2", "f4", "f8")
LEVELS = ("u1", "u2")


class Sliding(NamedTuple):
    """What all windows have in common.

    Attributes
    ----------
    row_step, column_step : int
        From one sample of a window to the next.
    row_line, column_line : int
        The line in which the passes leave their result.
    line_apart : int
        Samples of a line of the passes over columns.
    spare_line : int
        A line of which no pass makes use.
    even_begin, even_end : int
        Output columns whose divisors are all the same.
    is_uneven : int
        1 where windows differ in size or are best merged one by one: no passes over columns.
    is_kept : int
        1 where nothing is made of what was merged.
    """

    row_step: int
    column_step: int
    row_line: int
    column_line: int
    line_apart: int
    spare_line: int
    even_begin: int
    even_end: int
    is_uneven: int
    is_kept: int


@Piece
def slide(
    merge: Any,
    read: Any,
    finish: Any,
    power: float,
    rows: Any,
    columns: Any,
    fill: Any,
    outside: Any,
    row_passes: Any,
    column_passes: Any,
    row_divisors: Any,
    divisors: Any,
    blocks: Blocks,
    sliding: Sliding,
    image: Any,
    out: Any,
    laid: Any,
    lines: Any,
    first: int,
    last: int,
) -> None:
    """Fill the output rows of the strips from `first` up to `last`; strips of all images are counted together.

    Parameters
    ----------
    merge, read, finish : piece
    power : float
        Is handed to `read` and `finish`.
    rows, columns : (2, windows)
        The first sample of the image, and how many, in each window.
    fill : (1,)
        Stands for padding.
    outside : (places,)
        -1 for as many places as there is padding.
    row_passes, column_passes : (passes, 9)
    row_divisors : (output rows,)
    divisors : (output columns * depth,)
    image, out : flat, (n, rows, columns, depth)
    laid, lines : flat
        To work in: strips of the image, and rows of merged samples.
    """
    unit = blocks.depth
    apart = blocks.columns * unit
    stride = blocks.stride_columns
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * apart
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            x0 = j0 * stride
            x1 = (j1 - 1) * stride + blocks.reach_columns
            if sliding.is_uneven == 1:
                x0 = blocks.columns
                x1 = 0
                for j in range(j0, j1):
                    if columns[1, j] > 0:
                        x0 = min(x0, columns[0, j])
                        x1 = max(x1, columns[0, j] + (columns[1, j] - 1) * sliding.column_step + 1)
                x0 = min(x0, x1) + blocks.left
                x1 += blocks.left
            length = (x1 - x0) * unit
            if row_passes.shape[0] > 0:
                y0 = i0 * blocks.stride_rows
                y1 = (i1 - 1) * blocks.stride_rows + blocks.reach_rows
                lay(image, at, blocks, outside, outside, fill[0], y0, y1, x0, x1, laid)
                for x in range((y1 - y0) * blocks.row_apart):
                    laid[x] = read(laid[x], power)
                merge_passes(merge, row_passes, row_passes.shape[0], laid, laid[blocks.laid :], blocks.laid,
                             sliding.row_step, blocks.row_apart, y1 - y0)  # fmt: skip
            begin = (max(sliding.even_begin, j0) - j0) * unit
            end = max((min(sliding.even_end, j1) - j0) * unit, begin)
            inside = max(x0, min(blocks.left, x1))
            beyond = max(inside, min(blocks.left + blocks.columns, x1))
            for i in range(i0, i1):
                line = lines[:length]
                if row_passes.shape[0] > 0:
                    line = laid[sliding.row_line * blocks.laid + (i - i0) * blocks.stride_rows * blocks.row_apart :][
                        :length
                    ]
                elif rows[1, i] == 0:
                    line[:] = read(fill[0], power)
                else:
                    line[: (inside - x0) * unit] = read(fill[0], power)
                    line[(beyond - x0) * unit :] = read(fill[0], power)
                    source = image[at + rows[0, i] * apart + (inside - blocks.left) * unit :]
                    merge_rows(merge, read, power, source, sliding.row_step * apart, rows[1, i],
                               line[(inside - x0) * unit : (beyond - x0) * unit])  # fmt: skip
                target = out[((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit :][: (j1 - j0) * unit]
                shares = divisors[j0 * unit :]
                if sliding.is_uneven == 1:
                    row = lines[sliding.line_apart :]
                    for j in range(j0, j1):
                        merged = row[(j - j0) * unit : (j - j0 + 1) * unit]
                        if columns[1, j] == 0:
                            merged[:] = read(fill[0], power)
                        else:
                            merge_rows(merge, itself, power, line[(columns[0, j] + blocks.left - x0) * unit :],
                                       sliding.column_step * unit, columns[1, j], merged)  # fmt: skip
                    finish_row(finish, row, row_divisors[i], shares, begin, end, power, target)
                    continue
                passes = column_passes.shape[0]
                rest = lines[sliding.line_apart :]
                if stride == 1 and sliding.is_kept == 1 and passes > 0:
                    merge_passes(merge, column_passes, passes - 1, line, rest, sliding.line_apart,
                                 sliding.column_step, unit, x1 - x0)  # fmt: skip
                    merge_pass(merge, column_passes, passes - 1, line, rest, sliding.line_apart,
                               sliding.column_step * unit, target)  # fmt: skip
                    continue
                merge_passes(merge, column_passes, passes, line, rest, sliding.line_apart,
                             sliding.column_step, unit, x1 - x0)  # fmt: skip
                if sliding.column_line > 0:
                    line = lines[sliding.column_line * sliding.line_apart :]
                if stride > 1:
                    taken = lines[sliding.spare_line * sliding.line_apart :][: target.shape[0]]
                    take(line, stride * unit, unit, taken)
                    line = taken
                finish_row(finish, line, row_divisors[i], shares, begin, end, power, target)


@compiled(
    "i8[2], i8[2], T[1], i8[1], i8[2], i8[2], T[1], T[1], Blocks, Sliding, T[1], T[1], T[1], T[1], i8, i8",
    T=INTEGERS_AND_FLOATS, Blocks=Blocks, Sliding=Sliding,
)  # fmt: skip
def pool_maximum(
    rows: Any, columns: Any, fill: Any, outside: Any, row_passes: Any, column_passes: Any,
    row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding, image: Any, out: Any, laid: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """The largest sample of each window; NaN if it holds one. Divisors are not looked at; see `slide`."""
    slide(larger, itself, kept, 1.0, rows, columns, fill, outside, row_passes, column_passes,
          row_divisors, divisors, blocks, sliding, image, out, laid, lines, first, last)  # fmt: skip


@compiled(
    "i8[2], i8[2], T[1], i8[1], i8[2], i8[2], T[1], T[1], Blocks, Sliding, T[1], T[1], T[1], T[1], i8, i8",
    T=INTEGERS_AND_FLOATS, Blocks=Blocks, Sliding=Sliding,
)  # fmt: skip
def pool_minimum(
    rows: Any, columns: Any, fill: Any, outside: Any, row_passes: Any, column_passes: Any,
    row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding, image: Any, out: Any, laid: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """The smallest sample of each window; NaN if it holds one. Divisors are not looked at; see `slide`."""
    slide(smaller, itself, kept, 1.0, rows, columns, fill, outside, row_passes, column_passes,
          row_divisors, divisors, blocks, sliding, image, out, laid, lines, first, last)  # fmt: skip


@compiled(
    "i8[2], i8[2], S[1], i8[1], i8[2], i8[2], D[1], D[1], Blocks, Sliding, T[1], U[1], S[1], S[1], i8, i8",
    T=READ, S=SUMS, D=FLOATS, U=FLOATS, Blocks=Blocks, Sliding=Sliding,
)  # fmt: skip
def pool_mean(
    rows: Any, columns: Any, fill: Any, outside: Any, row_passes: Any, column_passes: Any,
    row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding, image: Any, out: Any, laid: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """The sum of each window over both its divisors; NaN where they are 0. See `slide`."""
    slide(total, itself, mean, 1.0, rows, columns, fill, outside, row_passes, column_passes,
          row_divisors, divisors, blocks, sliding, image, out, laid, lines, first, last)  # fmt: skip


@compiled(
    "i8[2], i8[2], S[1], i8[1], i8[2], i8[2], D[1], D[1], Blocks, Sliding, T[1], U[1], S[1], S[1], i8, i8",
    T=READ, S=SUMS, D=FLOATS, U=LEVELS, Blocks=Blocks, Sliding=Sliding,
)  # fmt: skip
def pool_rounded_mean(
    rows: Any, columns: Any, fill: Any, outside: Any, row_passes: Any, column_passes: Any,
    row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding, image: Any, out: Any, laid: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """The sum of each window over both its divisors; rounded, half up; 0 where they are. No sample is
    negative. See `slide`."""
    slide(total, itself, rounded_mean, 1.0, rows, columns, fill, outside, row_passes, column_passes,
          row_divisors, divisors, blocks, sliding, image, out, laid, lines, first, last)  # fmt: skip


@compiled(
    "f8, i8[2], i8[2], S[1], i8[1], i8[2], i8[2], S[1], S[1], Blocks, Sliding, T[1], U[1], S[1], S[1], i8, i8",
    T=READ, S=("f8",), U=FLOATS, Blocks=Blocks, Sliding=Sliding,
)  # fmt: skip
def pool_root(
    power: float, rows: Any, columns: Any, fill: Any, outside: Any, row_passes: Any, column_passes: Any,
    row_divisors: Any, divisors: Any, blocks: Blocks, sliding: Sliding, image: Any, out: Any, laid: Any, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """The root of the sum of the powers of the magnitudes in each window. Divisors are not looked at; see `slide`."""
    slide(total, magnitude_power, root, power, rows, columns, fill, outside, row_passes, column_passes,
          row_divisors, divisors, blocks, sliding, image, out, laid, lines, first, last)  # fmt: skip
