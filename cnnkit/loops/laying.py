"""Copies of the samples under one block of output: padded, converted, and in the order the loops read them."""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.machine.compile import Piece


@Piece
def lay_edge(
    image: Any, source: int, blocks: Blocks, outside_columns: Any,
    constant: float, x0: int, first: int, last: int,
    padded: Any, start: int,
) -> None:  # fmt: skip
    """Lay columns `first` to `last` of the padding of a row that begins at `source`; negative: a constant row."""
    for x in range(first, last):
        column = x - blocks.left
        if column < 0:
            column = outside_columns[x]
        elif column >= blocks.columns:
            column = outside_columns[x - blocks.columns]
        target = start + (x - x0) % blocks.phases * blocks.phase_stride + (x - x0) // blocks.phases * blocks.unit
        for c in range(blocks.depth):
            if source < 0 or column < 0:
                padded[target + c * blocks.channel_stride] = constant
            else:
                padded[target + c * blocks.channel_stride] = image[source + column * blocks.depth + c]


@Piece
def lay(
    image: Any, at: int, blocks: Blocks, outside_rows: Any, outside_columns: Any, constant: float,
    y0: int, y1: int, x0: int, x1: int, padded: Any,
) -> None:  # fmt: skip
    """Lay padded rows `y0` to `y1` and columns `x0` to `x1` of the image that begins at `at`, as `Blocks` says.

    `outside_rows` and `outside_columns` hold the row or column that each place of the padding, before and after,
    repeats; -1 for the constant.
    """
    depth = blocks.depth
    unit = blocks.unit
    phases = blocks.phases
    inside = max(x0, min(blocks.left, x1))
    outside = max(inside, min(blocks.left + blocks.columns, x1))
    for y in range(y0, y1):
        row = y - blocks.top
        if row < 0:
            row = outside_rows[y]
        elif row >= blocks.rows:
            row = outside_rows[y - blocks.rows]
        start = (y - y0) * blocks.row_stride
        if row < 0:
            # The row itself, not the number -1, for which Numba would compile the piece a second time.
            lay_edge(image, row, blocks, outside_columns, constant, x0, x0, x1, padded, start)
            continue
        source = at + row * blocks.columns * depth
        lay_edge(image, source, blocks, outside_columns, constant, x0, x0, inside, padded, start)
        lay_edge(image, source, blocks, outside_columns, constant, x0, outside, x1, padded, start)
        known = image[source + (inside - blocks.left) * depth : source + (outside - blocks.left) * depth]
        if phases == 1 and blocks.channel_stride == 1:
            target = padded[start + (inside - x0) * depth :]
            for k in range(known.shape[0]):
                target[k] = known[k]
        elif phases == 1 and depth == 3:
            # A step the compiler knows, so that it shuffles vectors.
            red = padded[start + inside - x0 :]
            green = red[blocks.channel_stride :]
            blue = green[blocks.channel_stride :]
            for k in range(outside - inside):
                red[k] = known[3 * k]
                green[k] = known[3 * k + 1]
                blue[k] = known[3 * k + 2]
        else:
            for c in range(depth):
                for p in range(phases):
                    skip = (p - (inside - x0)) % phases
                    place = (inside + skip - x0) // phases * unit
                    spread = padded[start + p * blocks.phase_stride + place + c * blocks.channel_stride :]
                    for k in range((outside - inside - skip + phases - 1) // phases):
                        spread[k * unit] = known[(skip + k * phases) * depth + c]
