"""Images laid with zeros around and between their samples, or without their edges.

Index letters: n image, y x its row and column, i j those of the result. All arrays are flat.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.loops.machine.compile import compiled


class Spreading(NamedTuple):
    """Sample y x goes to ``top + y * row_step``, ``left + x * column_step`` of the result, if that has such a place."""

    rows: int
    columns: int
    depth: int
    out_rows: int
    out_columns: int
    top: int
    left: int
    row_step: int
    column_step: int


@compiled("f4[1], f4[1], Spreading, i8, i8", Spreading=Spreading)
def spread_images(image: Any, out: Any, how: Spreading, first: int, last: int) -> None:
    """Copy rows `first` to `last` of all images; nothing else is written."""
    for row in range(first, last):
        n = row // how.rows
        i = how.top + (row - n * how.rows) * how.row_step
        if i < 0 or i >= how.out_rows:
            continue
        target = (n * how.out_rows + i) * how.out_columns
        source = row * how.columns
        if how.column_step == 1:
            x0 = max(-how.left, 0)
            x1 = max(min(how.columns, how.out_columns - how.left), x0)
            known = image[(source + x0) * how.depth : (source + x1) * how.depth]
            spread = out[(target + how.left + x0) * how.depth :]
            for k in range(known.shape[0]):
                spread[k] = known[k]
            continue
        for x in range(how.columns):
            j = how.left + x * how.column_step
            if 0 <= j < how.out_columns:
                for c in range(how.depth):
                    out[(target + j) * how.depth + c] = image[(source + x) * how.depth + c]
