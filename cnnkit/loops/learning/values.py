"""Value by value: weights taken to their places, slopes let through, sums of parts. All arrays are flat."""

from __future__ import annotations

from typing import Any

from cnnkit.loops.machine.compile import compiled


@compiled("f4[1], i8[1], f4[1], i8, i8")
def gather(values: Any, places: Any, out: Any, first: int, last: int) -> None:
    """``out[k] = values[places[k]]``."""
    for k in range(first, last):
        out[k] = values[places[k]]


@compiled("f4[1], f4[1], i8, i8")
def let_through(made: Any, slopes: Any, first: int, last: int) -> None:
    """Of what relu `made`, leave the slopes of values above 0, and set the others to 0."""
    made = made[first:last]
    slopes = slopes[first:last]
    for k in range(slopes.shape[0]):
        slopes[k] = slopes[k] if made[k] > 0 else type(slopes[k])(0.0)


@compiled("f4[1], f4[1], i8, i8, i8, i8")
def add_parts(parts: Any, out: Any, count: int, size: int, first: int, last: int) -> None:
    """Values `first` to `last` of `count` arrays of `size`, added one after the other."""
    out = out[first:last]
    for k in range(out.shape[0]):
        out[k] = 0.0
    for part in range(count):
        one = parts[part * size + first : part * size + last]
        for k in range(out.shape[0]):
            out[k] += one[k]
