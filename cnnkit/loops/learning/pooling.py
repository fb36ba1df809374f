"""The slopes of pooled windows, given back to the samples they were made of.

`rows` and `columns` hold the first sample of each window and their number, (2, windows). Index letters: n image, i j
window, y x sample, c channel. Other arrays are flat.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.loops.machine.compile import compiled


class Pooled(NamedTuple):
    """The size of an image, and the steps from one sample of a window to the next."""

    rows: int
    columns: int
    depth: int
    row_step: int
    column_step: int


@compiled("f4[1], f4[1], f4[1], i8[2], i8[2], f4[1], Pooled, f4[1], i8, i8", Pooled=Pooled)
def spread_largest(
    image: Any, largest: Any, slopes: Any, rows: Any, columns: Any, out: Any, how: Pooled, rest: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Images `first` to `last`: the slope of a window is its largest sample's, the first of several that are equal."""
    depth = how.depth
    size = how.rows * how.columns * depth
    for n in range(first, last):
        whole = out[n * size : n * size + size]
        for k in range(size):
            whole[k] = 0.0
        for i in range(rows.shape[1]):
            for j in range(columns.shape[1]):
                window = ((n * rows.shape[1] + i) * columns.shape[1] + j) * depth
                most = largest[window : window + depth]
                slope = slopes[window : window + depth]
                for c in range(depth):
                    rest[c] = slope[c]
                for a in range(rows[1, i]):
                    y = rows[0, i] + a * how.row_step
                    for b in range(columns[1, j]):
                        place = (y * how.columns + columns[0, j] + b * how.column_step) * depth
                        sample = image[n * size + place : n * size + place + depth]
                        target = whole[place : place + depth]
                        for c in range(depth):
                            taken = rest[c] if sample[c] == most[c] else type(rest[c])(0.0)
                            target[c] += taken
                            rest[c] -= taken


@compiled("f4[1], i8[2], i8[2], f4[1], f4[1], Pooled, i8, i8", Pooled=Pooled)
def spread_means(
    slopes: Any, rows: Any, columns: Any, shares: Any, out: Any, how: Pooled, first: int, last: int
) -> None:
    """Images `first` to `last`: the slope of a window times its share, (rows, columns), is that of its samples."""
    depth = how.depth
    size = how.rows * how.columns * depth
    for n in range(first, last):
        whole = out[n * size : n * size + size]
        for k in range(size):
            whole[k] = 0.0
        for i in range(rows.shape[1]):
            for j in range(columns.shape[1]):
                window = ((n * rows.shape[1] + i) * columns.shape[1] + j) * depth
                slope = slopes[window : window + depth]
                share = shares[i * columns.shape[1] + j]
                for a in range(rows[1, i]):
                    y = rows[0, i] + a * how.row_step
                    for b in range(columns[1, j]):
                        place = (y * how.columns + columns[0, j] + b * how.column_step) * depth
                        target = whole[place : place + depth]
                        for c in range(depth):
                            target[c] += slope[c] * share
