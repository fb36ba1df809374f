"""From the sums of a band to levels, and what is said of them, while they are in cache."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops.machine.compile import compiled

MAGNITUDE_SHIFT = 14
"""Bits of a float32 that a bin of magnitudes leaves out: whole numbers below 1024 have bins of their own."""

MAGNITUDE_BINS = 1 << (31 - MAGNITUDE_SHIFT)
INFINITE_BIN = 0x7F800000 >> MAGNITUDE_SHIFT


@compiled("T[1], K[1], S[1], i8, O[1], i8[1]", T=("f4", "f8"), K=("i4", "i8"), S=("f4", "f8"), O=("u1", "u2"))
def level_samples(values: Any, bits: Any, mapping: Any, is_magnitude: int, out: Any, account: Any) -> None:
    """Write (v - black) scale for each value v, or for its magnitude, rounded half away from zero, and 0 for NaN.

    `bits` are the same numbers as integers; `mapping` is black, scale, white and a half, in the type to compute in.
    `account` takes the smallest and the largest number as `ordered` integers, how many levels were clipped to 0 or
    white, and how many values are NaN. No number is wider than it has to be, so that a vector takes more of them.
    """
    black, scale, white, half = mapping[0], mapping[1], mapping[2], mapping[3]
    integer, level, real, zero = bits.dtype.type, out.dtype.type, mapping.dtype.type, half - half
    size = 8 * values.itemsize - 1
    most = integer((1 << size) - 1)
    least = integer(-1 - most)
    low, high = most, least
    clipped = lost = integer(0)
    for i in range(values.shape[0]):
        value = values[i]
        pattern = bits[i]
        order = integer(pattern ^ (integer(pattern >> size) & most))
        is_number = value == value  # noqa: PLR0124
        low = integer(min(low, order if is_number else most))
        high = integer(max(high, order if is_number else least))
        lost = integer(lost + (0 if is_number else 1))
        x = ((abs(value) if is_magnitude else value) - black) * scale
        clipped = integer(clipped + (1 if x <= -half or x >= white + half else 0))
        x = x if x > zero else zero
        x = x if x < white else white
        whole = np.int32(x)
        out[i] = level(whole + (1 if x - real(whole) >= half else 0))
    account[0] = low
    account[1] = high
    account[2] = clipped
    account[3] = lost


@compiled("i4[2], i8, i8, i8[1]")
def count_magnitudes(bits: Any, first: int, last: int, counts: Any) -> None:
    """Count the magnitudes of float32 in the columns from `first` up to `last` of each row, by their upper bits."""
    for row in range(bits.shape[0]):
        line = bits[row]
        for x in range(first, last):
            counts[(line[x] & 0x7FFFFFFF) >> MAGNITUDE_SHIFT] += 1
