"""Each channel of a value times a number of its own, plus another, and limited: a batch normalisation and its relu."""

from __future__ import annotations

from typing import Any

from cnnkit.loops.machine.compile import compiled


@compiled("f4[1], f4[1], f4[1], f4[1], f4[1], i8, i8, i8, i8")
def scale_pixels(
    image: Any, factors: Any, offsets: Any, limits: Any, out: Any, depth: int, step: int, first: int, last: int
) -> None:
    """Scale pixels `first` to `last` of `depth` samples; those of the image begin `step` samples after each other.

    `limits` are the smallest and the largest result; a NaN stays one. `out` may be where the image is.
    """
    low, high = limits[0], limits[1]
    for p in range(first, last):
        given = image[p * step : p * step + depth]
        row = out[p * depth : (p + 1) * depth]
        for c in range(depth):
            value = given[c] * factors[c] + offsets[c]
            value = low if value < low else value
            row[c] = high if value > high else value
