"""The samples under a window merged, two at a time, into the larger, the smaller or the sum; and whole rows of them.

In the pieces below, `read` is applied to a sample first, `merge` to two of them, and `finish` to what was merged.
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
def unchanged(merged: Any, divisor: Any, reciprocal: Any, quarter: Any, power: float) -> Any:
    """The merged sample."""
    return merged


@Piece
def mean(merged: Any, divisor: Any, reciprocal: Any, quarter: Any, power: float) -> Any:
    """A sum over its divisor: by its reciprocal, whose error is then corrected, which is faster and no less exact.

    Source: P. Markstein, "Computation of elementary functions on the IBM RISC System/6000 processor", IBM Journal of
    Research and Development, 1990.
    """
    quotient = merged * reciprocal
    rest = merged - quotient * divisor
    return quotient + rest * reciprocal if rest == rest else quotient  # noqa: PLR0124 (an infinity leaves no rest)


@Piece
def rounded_mean(merged: Any, divisor: Any, reciprocal: Any, quarter: Any, power: float) -> Any:
    """A sum of whole numbers over its divisor and a half more, so that truncating it rounds half up; 0 for divisor 0.

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
def merge_rows(merge: Any, read: Any, power: float, source: Any, spacing: int, count: int, target: Any) -> None:
    """Merge `count` rows, 1 or more, each of which begins `spacing` samples after the one before it."""
    number = target.dtype.type
    b = source[spacing:]
    done = 2
    if count == 1:
        for x in range(target.shape[0]):
            target[x] = read(number(source[x]), power)
    elif count % 2 == 0:
        for x in range(target.shape[0]):
            target[x] = merge(read(number(source[x]), power), read(number(b[x]), power))
    else:
        done = 3
        c = source[2 * spacing :]
        for x in range(target.shape[0]):
            pair = merge(read(number(source[x]), power), read(number(b[x]), power))
            target[x] = merge(pair, read(number(c[x]), power))
    for row in range(done, count, 2):
        b = source[row * spacing :]
        c = source[(row + 1) * spacing :]
        for x in range(target.shape[0]):
            target[x] = merge(merge(target[x], read(number(b[x]), power)), read(number(c[x]), power))


@Piece
def merge_pass(
    merge: Any, passes: Any, number: int, source: Any, lines: Any, line_length: int, step: int, target: Any
) -> None:
    """Do one `passes.Pass` for as many samples as the target has; positions are `step` samples apart.

    Line 0 is `source`, line n begins at ``(n - 1) * line_length`` of `lines`.
    """
    a = _line(source, lines, line_length, passes[number, 3], passes[number, 4] * step)
    b = _line(source, lines, line_length, passes[number, 5], passes[number, 6] * step)
    if passes[number, 0] == 2:
        for x in range(target.shape[0]):
            target[x] = merge(a[x], b[x])
    else:
        c = _line(source, lines, line_length, passes[number, 7], passes[number, 8] * step)
        for x in range(target.shape[0]):
            target[x] = merge(merge(a[x], b[x]), c[x])


@Piece
def _line(source: Any, lines: Any, line_length: int, number: int, shift: int) -> Any:
    return source[shift:] if number == 0 else lines[(number - 1) * line_length + shift :]


@Piece
def merge_passes(
    merge: Any, passes: Any, count: int, source: Any, lines: Any, line_length: int, step: int, unit: int, positions: int
) -> None:
    """Do the first `count` passes over `positions` of `unit` samples; merged positions are `step` apart."""
    for number in range(count):
        length = (positions - (passes[number, 2] - 1) * step) * unit
        target = lines[(passes[number, 1] - 1) * line_length :][:length]
        merge_pass(merge, passes, number, source, lines, line_length, step * unit, target)


@Piece
def merge_into(
    merge: Any,
    passes: Any,
    source: Any,
    lines: Any,
    line_length: int,
    step: int,
    unit: int,
    positions: int,
    target: Any,
) -> int:
    """Do all passes, the last one straight into the target; 0 if there is none, and nothing is done."""
    last = passes.shape[0] - 1
    if last < 0:
        return 0
    merge_passes(merge, passes, last, source, lines, line_length, step, unit, positions)
    merge_pass(merge, passes, last, source, lines, line_length, step * unit, target)
    return 1


@Piece
def leave_to_finish(
    merge: Any,
    passes: Any,
    source: Any,
    lines: Any,
    line_length: int,
    step: int,
    unit: int,
    positions: int,
    target: Any,
) -> int:
    """Do nothing: what is merged has to be finished."""
    return 0


@Piece
def take(line: Any, step: int, unit: int, target: Any) -> None:
    """Copy pixels of `unit` samples, each of which begins `step` samples after the one before it."""
    pixel_bytes = unit * line.itemsize
    count = target.shape[0] // unit
    done = 0
    if unit == 1 and step == 2:
        lanes = VECTOR_BYTES // line.itemsize
        done = count - count % lanes
        for j in range(0, done, lanes):
            move_evens(line, 2 * j, target, j)
    elif 2 < pixel_bytes <= 16:
        # A pixel is copied with those after it, which are overwritten in turn: not the last ones.
        done = max(count - 16 // pixel_bytes, 0)
        for j in range(done):
            move16(line, j * step, target, j * unit)
    for j in range(done, count):
        for c in range(unit):
            target[j * unit + c] = line[j * step + c]


@Piece
def finish_row(
    finish: Any, line: Any, row_divisor: Any, divisors: Any, begin: int, end: int, power: float, target: Any
) -> None:
    """Finish one merged row (divide, take the root). Divisors are equal in begin..end."""
    _finish_each(finish, line, row_divisor, divisors, power, target[:begin])
    _finish_each(finish, line[end:], row_divisor, divisors[end:], power, target[end:])
    if begin < end:
        number = divisors.dtype.type
        divisor = row_divisor * divisors[begin]
        reciprocal = number(1) / divisor
        quarter = number(0.25)
        known = line[begin:]
        even = target[begin:end]
        for x in range(even.shape[0]):
            even[x] = finish(number(known[x]), divisor, reciprocal, quarter, power)


@Piece
def _finish_each(finish: Any, line: Any, row_divisor: Any, divisors: Any, power: float, target: Any) -> None:
    number = divisors.dtype.type
    for x in range(target.shape[0]):
        divisor = row_divisor * divisors[x]
        target[x] = finish(number(line[x]), divisor, number(1) / divisor, number(0.25), power)
