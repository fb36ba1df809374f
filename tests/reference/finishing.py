"""The slow twin of what is done to features: every number by itself, every sum as its definition writes it.

Rows are frames. `sliding` asks for each frame's window anew, as Kaldi's SlidingWindowCmn does in its first frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Rows = Sequence[Sequence[float]]


def deltas(rows: Rows) -> list[list[float]]:
    """HTK Book, equation 5.16, over two frames on either side."""
    last = len(rows) - 1

    def at(t: int, c: int) -> float:
        return rows[min(max(t, 0), last)][c]

    return [
        [sum(k * (at(t + k, c) - at(t - k, c)) for k in (1, 2)) / (2 * (1 + 4)) for c in range(len(rows[0]))]
        for t in range(len(rows))
    ]


def utterance(rows: Rows) -> list[list[float]]:
    """Every column over all rows."""
    return [[scaled(value, [other[c] for other in rows]) for c, value in enumerate(row)] for row in rows]


def sliding(rows: Rows, window: int) -> list[list[float]]:
    """Every column over the rows of the frame's own window."""
    found = []
    for t, row in enumerate(rows):
        start = t - window // 2
        stop = start + window
        if start < 0:
            start, stop = 0, stop - start
        if stop > len(rows):
            start, stop = max(start - (stop - len(rows)), 0), len(rows)
        found.append([scaled(value, [other[c] for other in rows[start:stop]]) for c, value in enumerate(row)])
    return found


def scaled(value: float, values: Sequence[float]) -> float:
    """A value by the mean and the deviation of values."""
    mean = math.fsum(values) / len(values)
    variance = math.fsum((other - mean) ** 2 for other in values) / len(values)
    return (value - mean) / math.sqrt(max(variance, 1e-10))


def fitted(rows: Rows, length: int, fit: str) -> list[list[float]]:
    """So many rows, of which the missing ones are zeros or the first ones again."""
    zeros = [0.0] * len(rows[0])
    return [list(rows[t % len(rows)]) if fit == "loop" or t < len(rows) else zeros for t in range(length)]
