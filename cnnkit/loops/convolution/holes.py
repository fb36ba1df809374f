"""Sums over the known samples of windows become results."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops.machine.compile import compiled


@compiled("S[1], f4[1], i8[1], K[1], i8[1], f8[1], f8[1], f8[1], u1[1], i8, i8", S=("f4", "f8"), K=("f4", "f8"))
def scale_known(
    sums: Any, holes: Any, hole_maps: Any, weights: Any, weight_maps: Any,
    totals: Any, least: Any, bias: Any,
    lost: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Multiply each sum of a window with holes by its kernel's total over the weights of known samples, in place.

    Flat arrays: `sums` and `lost`, (pixels, maps); `holes`, the number in each window, and `weights`, those of known
    samples, with fewer maps where several share one: `hole_maps` and `weight_maps` say which. For each map, `totals`,
    `least` and `bias`. Where weights are `least` or nearer to 0, the sum becomes NaN and `lost` 1. `first` and `last`
    count pixels.
    """
    maps = len(totals)
    pixels = len(sums) // maps
    hole_step, weight_step = len(holes) // pixels, len(weights) // pixels
    for k in range(maps):
        total, limit, offset = totals[k], least[k], bias[k]
        for pixel in range(first, last):
            if holes[pixel * hole_step + hole_maps[k]] > 0:
                at = pixel * maps + k
                weight = np.float64(weights[pixel * weight_step + weight_maps[k]])
                if abs(weight) > limit:
                    sums[at] = (np.float64(sums[at]) - offset) * total / weight + offset
                else:
                    sums[at] = np.nan
                    lost[at] = 1
