"""Sums over all places of each channel, and channels multiplied by numbers of their own.

A line is a few places side by side, so that shallow images fill vectors too. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops.machine.compile import compiled

LINE = 64
"""Values of a line, at least."""


@compiled("f4[1], f4[1], f8[1], i8, i8, i8, i8, i8, f8[1], i8, i8")
def sum_channels(
    a: Any, b: Any, sums: Any, values: int, depth: int, line: int, parts: int, has_products: int, lines: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Sum `a`, and `a` times `b` if it `has_products`, over parts `first` to `last`: `sums` is (parts, 2, depth).

    `line` is a multiple of `depth`, and `lines` holds two of them.
    """
    whole = values // line
    left = lines[:line]
    right = lines[line : 2 * line]
    for part in range(first, last):
        for k in range(line):
            left[k] = 0.0
            right[k] = 0.0
        for number in range(whole * part // parts, whole * (part + 1) // parts):
            x = a[number * line : number * line + line]
            y = b[number * line : number * line + line]
            for k in range(line):
                left[k] += x[k]
            if has_products == 1:
                for k in range(line):
                    right[k] += np.float64(x[k]) * y[k]
        if part == parts - 1:
            for k in range(values - whole * line):
                left[k] += a[whole * line + k]
                right[k] += np.float64(a[whole * line + k]) * b[whole * line + k]
        for c in range(2 * depth):
            sums[part * 2 * depth + c] = 0.0
        for k in range(line):
            sums[part * 2 * depth + k % depth] += left[k]
            sums[(part * 2 + 1) * depth + k % depth] += right[k]


@compiled("f4[1], f4[1], f4[1], f4[1], i8, i8, i8, i8")
def blend_channels(
    a: Any, b: Any, factors: Any, out: Any, values: int, line: int, first: int, last: int
) -> None:  # fmt: skip
    """``out = a * factors[0] + b * factors[1] + factors[2]``, lines `first` to `last`; `factors` is (3, line)."""
    for number in range(first, last):
        begin = number * line
        length = min(line, values - begin)
        x = a[begin : begin + length]
        y = b[begin : begin + length]
        target = out[begin : begin + length]
        left = factors[:length]
        right = factors[line : line + length]
        more = factors[2 * line : 2 * line + length]
        for k in range(length):
            target[k] = x[k] * left[k] + y[k] * right[k] + more[k]
