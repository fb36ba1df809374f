"""What becomes of the samples under a window, two at a time: the larger, the smaller, the sum; and whole rows of them.

`merge` in the pieces below stands for one of these, `read` for what is made of a sample first.
"""

from __future__ import annotations

import math
from typing import Any

from cnnkit.loops.machine.compile import Piece
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.pooling.moving import move16, move_evens


@Piece
def larger(a: Any, b: Any) -> Any:
    """The larger of two, NaN if one is."""
    return a if (a > b) | (a != a) else b  # noqa: PLR0124 (true for NaN)


@Piece
def smaller(a: Any, b: Any) -> Any:
    """The smaller of two, NaN if one is."""
    return a if (a < b) | (a != a) else b  # noqa: PLR0124


@Piece
def total(a: Any, b: Any) -> Any:
    """The sum of two."""
    return a + b


@Piece
def itself(sample: Any, power: float) -> Any:
    """The sample."""
    return sample


@Piece
def magnitude_power(sample: Any, power: float) -> Any:
    """The power of its magnitude."""
    if power == 1:
        return abs(sample)
    if power == 2:
        return sample * sample
    return abs(sample) ** power


@Piece
def kept(merged: Any, divisor: Any, reciprocal: Any, quarter: Any, power: float) -> Any:
    """What was merged."""
    return merged


@Piece
def mean(merged: Any, divisor: Any, reciprocal: Any, quarter: Any, power: float) -> Any:
    """A sum over its divisor: by its reciprocal, whose error is then made good, which is faster and no less exact.

    Source: P. Markstein, "Computation of elementary functions on the IBM RISC System/6000 processor", IBM Journal of
    Research and Development, 1990.
    """
    quotient = merged * reciprocal
    rest = merged - quotient * divisor
    return quotient + rest * reciprocal if rest == rest else quotient  # noqa: PLR0124 (an infinity leaves no rest)


@Piece
def rounded_mean(merged: Any, divisor: Any, reciprocal: Any, quarter: Any, power: float) -> Any:
    """A sum of whole numbers over its divisor, and what makes cutting off behind the point round it half up; 0 where
    there is none.

    The quotient lies a whole number of half divisors from the next half; a quarter more outweighs the error of the
    reciprocal.
    """
    return (merged + (divisor * (quarter + quarter) + quarter)) * reciprocal if divisor > 0 else merged


@Piece
def root(merged: Any, divisor: Any, reciprocal: Any, quarter: Any, power: float) -> Any:
    """The root of a sum of powers."""
    if power == 1:
        return merged
    if power == 2:
        return math.sqrt(merged)
    return merged ** (1 / power)


@Piece
def merge_rows(merge: Any, read: Any, power: float, source: Any, apart: int, count: int, target: Any) -> None:
    """Merge `count` rows, 1 or more, of which each begins `apart` samples after the one before it."""
    kind = target.dtype.type
    b = source[apart:]
    done = 2
    if count == 1:
        for x in range(target.shape[0]):
            target[x] = read(kind(source[x]), power)
    elif count % 2 == 0:
        for x in range(target.shape[0]):
            target[x] = merge(read(kind(source[x]), power), read(kind(b[x]), power))
    else:
        done = 3
        c = source[2 * apart :]
        for x in range(target.shape[0]):
            pair = merge(read(kind(source[x]), power), read(kind(b[x]), power))
            target[x] = merge(pair, read(kind(c[x]), power))
    for row in range(done, count, 2):
        b = source[row * apart :]
        c = source[(row + 1) * apart :]
        for x in range(target.shape[0]):
            target[x] = merge(merge(target[x], read(kind(b[x]), power)), read(kind(c[x]), power))


@Piece
def merge_pass(
    merge: Any, passes: Any, number: int, source: Any, lines: Any, line_apart: int, apart: int, target: Any
) -> None:
    """Do one of the passes of `geometry.merges` for as many samples as the target has; positions are `apart` samples
    apart.

    Line 0 is `source`, line n begins at ``(n - 1) * line_apart`` of `lines`.
    """
    a = _line(source, lines, line_apart, passes[number, 3], passes[number, 4] * apart)
    b = _line(source, lines, line_apart, passes[number, 5], passes[number, 6] * apart)
    if passes[number, 0] == 2:
        for x in range(target.shape[0]):
            target[x] = merge(a[x], b[x])
    else:
        c = _line(source, lines, line_apart, passes[number, 7], passes[number, 8] * apart)
        for x in range(target.shape[0]):
            target[x] = merge(merge(a[x], b[x]), c[x])


@Piece
def _line(source: Any, lines: Any, line_apart: int, number: int, shift: int) -> Any:
    return source[shift:] if number == 0 else lines[(number - 1) * line_apart + shift :]


@Piece
def merge_passes(
    merge: Any, passes: Any, count: int, source: Any, lines: Any, line_apart: int, step: int, unit: int, positions: int
) -> None:
    """Do the first `count` passes over `positions` of `unit` samples; positions merged are `step` apart."""
    for number in range(count):
        length = (positions - (passes[number, 2] - 1) * step) * unit
        target = lines[(passes[number, 1] - 1) * line_apart :][:length]
        merge_pass(merge, passes, number, source, lines, line_apart, step * unit, target)


@Piece
def merge_into(
    merge: Any, passes: Any, source: Any, lines: Any, line_apart: int, step: int, unit: int, positions: int, target: Any
) -> int:
    """Do all passes, the last one straight into the result; 0 if there is none."""
    last = passes.shape[0] - 1
    if last < 0:
        return 0
    merge_passes(merge, passes, last, source, lines, line_apart, step, unit, positions)
    merge_pass(merge, passes, last, source, lines, line_apart, step * unit, target)
    return 1


@Piece
def leave(
    merge: Any, passes: Any, source: Any, lines: Any, line_apart: int, step: int, unit: int, positions: int, target: Any
) -> int:
    """Do nothing: something is to be made of what is merged."""
    return 0


@Piece
def take(line: Any, step: int, unit: int, target: Any) -> None:
    """Copy pixels of `unit` samples, of which each begins `step` samples after the one before it."""
    wide = unit * line.itemsize
    count = target.shape[0] // unit
    done = 0
    if unit == 1 and step == 2:
        lanes = VECTOR_BYTES // line.itemsize
        done = count - count % lanes
        for j in range(0, done, lanes):
            move_evens(line, 2 * j, target, j)
    elif 2 < wide <= 16:
        # A pixel is copied with what follows it, which is then written over: not the last ones, which nothing follows.
        done = max(count - 16 // wide, 0)
        for j in range(done):
            move16(line, j * step, target, j * unit)
    for j in range(done, count):
        for c in range(unit):
            target[j * unit + c] = line[j * step + c]


@Piece
def finish_row(
    finish: Any, line: Any, row_divisor: Any, divisors: Any, begin: int, end: int, power: float, target: Any
) -> None:
    """Write what is made of a merged row; the divisors of its samples from `begin` up to `end` are all the same."""
    _finish_each(finish, line, row_divisor, divisors, power, target[:begin])
    _finish_each(finish, line[end:], row_divisor, divisors[end:], power, target[end:])
    if begin < end:
        kind = divisors.dtype.type
        divisor = row_divisor * divisors[begin]
        reciprocal = kind(1) / divisor
        quarter = kind(0.25)
        known = line[begin:]
        even = target[begin:end]
        for x in range(even.shape[0]):
            even[x] = finish(kind(known[x]), divisor, reciprocal, quarter, power)


@Piece
def _finish_each(finish: Any, line: Any, row_divisor: Any, divisors: Any, power: float, target: Any) -> None:
    kind = divisors.dtype.type
    for x in range(target.shape[0]):
        divisor = row_divisor * divisors[x]
        target[x] = finish(kind(line[x]), divisor, kind(1) / divisor, kind(0.25), power)
