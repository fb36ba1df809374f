"""The middle sample of every window of an 8-bit image, by counting how often each level occurs.

Of an even number of samples the middle is the lower of two. Letters: n image, i j output row and column, y x row and
column of the image, c channel.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.machine.compile import Piece, compiled

LEVELS = 256
COARSE = 16  # counts, each of 16 levels

COUNTS = LEVELS + COARSE


@Piece
def count_row(image: Any, at: int, step: int, columns: int, change: int, counts: Any) -> None:
    """Add the levels of a row of samples to the counts of their columns, or subtract them."""
    for x in range(columns):
        level = x * COUNTS + int(image[at + x * step])
        group = x * COUNTS + LEVELS + int(image[at + x * step]) // COARSE
        counts[level] = int(counts[level]) + change
        counts[group] = int(counts[group]) + change


@Piece
def middle_level(counts: Any, before: int) -> int:
    """The level of the sample that has `before` samples before it."""
    group = 0
    left = before
    while left >= counts[LEVELS + group]:
        left -= counts[LEVELS + group]
        group += 1
    level = group * COARSE
    while left >= counts[level]:
        left -= counts[level]
        level += 1
    return level


@compiled("u1[1], i8[2], i8[2], u1[1], Blocks, N[1], N[1], i8, i8", N=("u2", "u4"), Blocks=Blocks)
def pool_median_levels(
    image: Any, rows: Any, columns: Any, out: Any, blocks: Blocks, counts: Any, window: Any, first: int, last: int
) -> None:
    """Fill the output rows of the strips from `first` up to `last`, by counting how often each level occurs.

    Each column has counts of its own, which lose a row and gain one from one output row to the next; those of a window
    lose a column and gain one. Windows come in order and have no dilation. A window without a sample gives 0.

    `image` and `out` are flat, (n, rows, columns, depth). `rows` and `columns`, (2, windows), hold the first sample of
    each window and their number. `counts` (of columns of the image) and `window` (272,) are scratch.

    Source: S. Perreault and P. Hebert, "Median filtering in constant time", IEEE Transactions on Image Processing,
    2007.
    """
    unit = blocks.depth
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
                    x1 = max(x1, columns[0, j] + columns[1, j])
            wide = max(x1 - x0, 0)
            for c in range(unit):
                counts[: wide * COUNTS] = 0
                y0 = 0
                y1 = 0
                for i in range(i0, i1):
                    begin = rows[0, i]
                    end = begin + rows[1, i]
                    if rows[1, i] == 0:
                        begin = y0
                        end = y0
                    if begin >= y1:
                        counts[: wide * COUNTS] = 0
                        y0 = begin
                        y1 = begin
                    for y in range(y1, end):
                        at = ((n * blocks.rows + y) * blocks.columns + x0) * unit + c
                        count_row(image, at, unit, wide, 1, counts)
                    for y in range(y0, begin):
                        at = ((n * blocks.rows + y) * blocks.columns + x0) * unit + c
                        count_row(image, at, unit, wide, -1, counts)
                    for y in range(end, y1):
                        at = ((n * blocks.rows + y) * blocks.columns + x0) * unit + c
                        count_row(image, at, unit, wide, -1, counts)
                    y0 = begin
                    y1 = end
                    window[:] = 0
                    counted0 = x0
                    counted1 = x0
                    for j in range(j0, j1):
                        left = columns[0, j]
                        right = left + columns[1, j]
                        taken = columns[1, j] * rows[1, i]
                        place = ((n * blocks.out_rows + i) * blocks.out_columns + j) * unit + c
                        if taken == 0:
                            out[place] = 0
                            continue
                        if left >= counted1:
                            window[:] = 0
                            counted0 = left
                            counted1 = left
                        if (left == counted0 + 1) & (right == counted1 + 1):
                            gone = counts[(counted0 - x0) * COUNTS :]
                            come = counts[(counted1 - x0) * COUNTS :]
                            for v in range(COUNTS):
                                window[v] += come[v] - gone[v]
                        else:
                            for x in range(counted1, right):
                                come = counts[(x - x0) * COUNTS :]
                                for v in range(COUNTS):
                                    window[v] += come[v]
                            for x in range(counted0, left):
                                gone = counts[(x - x0) * COUNTS :]
                                for v in range(COUNTS):
                                    window[v] -= gone[v]
                            for x in range(right, counted1):
                                gone = counts[(x - x0) * COUNTS :]
                                for v in range(COUNTS):
                                    window[v] -= gone[v]
                        counted0 = left
                        counted1 = right
                        out[place] = middle_level(window, (taken - 1) // 2)
