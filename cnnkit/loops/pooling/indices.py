"""The largest or smallest sample of every window, and its place.

Letters: n image, i j output row and column, y x row and column of the image, c channel.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.pooling.windows import TYPES


@compiled("T[1], i8[2], i8[2], T[1], i8[1], T[1], Blocks, i8, i8, i8, i8, i8, i8", T=TYPES, Blocks=Blocks)
def pool_indices(
    image: Any, rows: Any, columns: Any, fill: Any,
    found: Any, out: Any, blocks: Blocks,
    row_step: int, column_step: int, is_smallest: int, skips_nan: int,
    first: int, last: int,
) -> None:  # fmt: skip
    """Find the first of the largest, or smallest, samples in reading order; NaN comes before all, or is skipped.

    `image` and `out` are flat, (n, rows, columns, depth). `rows` and `columns`, (2, windows), hold the first sample of
    each window and their number; a window without a sample gives `fill`, and index -1. `found`, like `out`, holds
    places counted through images, channels, rows and columns. `first` and `last` count the output rows of all images.
    """
    depth = blocks.depth
    plane = blocks.rows * blocks.columns
    for row in range(first, last):
        n = row // blocks.out_rows
        i = row - n * blocks.out_rows
        for j in range(blocks.out_columns):
            for c in range(depth):
                best = fill[0]
                place = -1
                for a in range(rows[1, i]):
                    y = rows[0, i] + a * row_step
                    for b in range(columns[1, j]):
                        x = columns[0, j] + b * column_step
                        sample = image[((n * blocks.rows + y) * blocks.columns + x) * depth + c]
                        is_nan = sample != sample  # noqa: PLR0124
                        is_beyond = sample < best if is_smallest == 1 else sample > best
                        is_first_nan = is_nan & (best == best)  # noqa: PLR0124
                        if (is_beyond | is_first_nan | (place < 0)) & ((skips_nan == 0) | (not is_nan)):
                            best = sample
                            place = y * blocks.columns + x
                target = (row * blocks.out_columns + j) * depth + c
                out[target] = best
                found[target] = place + (n * depth + c) * plane if place >= 0 else -1


@compiled("T[1], i8[1], T[1], i8[1], i8, i8, i8, i8", T=TYPES)
def unpool(values: Any, indices: Any, out: Any, wrong: Any, results: int, plane: int, depth: int, images: int) -> None:
    """Write every value to the place of its index; -1 is nowhere.

    `values` and `indices` are flat, (images, results, depth), and `out`, which holds zeros, (images, plane, depth).
    `wrong`, (1,), becomes the number of a value whose index is not in its own channel of its own image.
    """
    for n in range(images):
        for result in range(results):
            for c in range(depth):
                number = (n * results + result) * depth + c
                index = indices[number]
                if index != -1:
                    place = index - (n * depth + c) * plane
                    if place < 0 or place >= plane:
                        wrong[0] = number
                    else:
                        out[(n * plane + place) * depth + c] = values[number]
