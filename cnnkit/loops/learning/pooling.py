"""The slopes of pooled windows, given back to the samples they were made of.

`rows` and `columns` hold the first sample of each window and their number, (2, windows). Index letters: n image, i j
window, y x sample, c channel. Other arrays are flat.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.loops.machine.compile import Piece, compiled


class Pooled(NamedTuple):
    """The size of an image, and the steps from one sample of a window to the next."""

    rows: int
    columns: int
    depth: int
    row_step: int
    column_step: int


@Piece
def to_largest(sample: Any, most: Any, rest: Any, target: Any) -> None:
    """The largest sample of a window, the first of several that are equal, has all of the slope."""
    for c in range(rest.shape[0]):
        taken = rest[c] if sample[c] == most[c] else type(rest[c])(0.0)
        target[c] += taken
        rest[c] -= taken


@Piece
def to_each(sample: Any, most: Any, rest: Any, target: Any) -> None:
    """Each sample of a window has the same."""
    for c in range(rest.shape[0]):
        target[c] += rest[c]


GIVES = {"max": to_largest, "average": to_each}
"""Which samples of a window have its slope, by the kind of the pooling."""


@compiled("f4[1], f4[1], f4[1], f4[1], i8[2], i8[2], f4[1], Pooled, f4[1], i8, i8", Pooled=Pooled)
def spread(
    give: Any,
    image: Any, made: Any, slopes: Any, shares: Any, rows: Any, columns: Any, out: Any, how: Pooled, rest: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Images `first` to `last`: the slope of a window times its share, (rows, columns), goes to its samples.

    `give`, of `GIVES`, says to which, by the `image` and the pooled maps that were `made` of it. `rest`, (depth,), is
    scratch.
    """
    depth = how.depth
    size = how.rows * how.columns * depth
    for n in range(first, last):
        whole = out[n * size : n * size + size]
        for k in range(size):
            whole[k] = 0.0
        for i in range(rows.shape[1]):
            for j in range(columns.shape[1]):
                window = ((n * rows.shape[1] + i) * columns.shape[1] + j) * depth
                most = made[window : window + depth]
                slope = slopes[window : window + depth]
                share = shares[i * columns.shape[1] + j]
                for c in range(depth):
                    rest[c] = slope[c] * share
                for a in range(rows[1, i]):
                    y = rows[0, i] + a * how.row_step
                    for b in range(columns[1, j]):
                        place = (y * how.columns + columns[0, j] + b * how.column_step) * depth
                        sample = image[n * size + place : n * size + place + depth]
                        give(sample, most, rest, whole[place : place + depth])
