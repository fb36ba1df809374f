"""The domains of a preset's settings, checked before any weight is computed."""

from __future__ import annotations

import math
from operator import index

from cnnkit.errors import ArgumentError

MAX_SIDE = 1001
"""Rows or columns of the largest kernel made from a text: a million weights, 8 MB."""

MAX_SIGMA = 10_000.0
"""A Gaussian this wide is flat on the largest kernel, to six digits."""

MIN_DERIVATIVE_SIGMA = 0.3
"""The smallest sigma of a Gaussian's derivative, in samples: below it the neighbours' weights all but vanish."""


def number(value: float, name: str, *, least: float = -math.inf, most: float = math.inf) -> float:
    """Return `value` as a finite float from `least` to `most`, or raise an `ArgumentError`.

    >>> number(2, "sigma", least=0.01)
    2.0
    """
    try:
        real = float(value)
    except (TypeError, ValueError, OverflowError):
        real = math.nan
    if not math.isfinite(real):
        raise ArgumentError(f"{name} is not a finite number", hint=f"give {name} as a number{_bounds(least, most)}")
    if not least <= real <= most:
        side = f"below {least:g}" if real < least else f"above {most:g}"
        raise ArgumentError(f"{name} {real:.10g} is {side}", hint=f"use {name}{_bounds(least, most)}")
    return real


def whole(value: int, name: str, *, least: int = 1, most: int = MAX_SIDE) -> int:
    """Return `value` as an int from `least` to `most`, or raise an `ArgumentError`.

    >>> whole(5, "size")
    5
    """
    try:
        count = index(value)
    except TypeError:
        raise ArgumentError(f"{name} is not a whole number", hint=f"use {name}{_bounds(least, most)}") from None
    if not least <= count <= most:
        side = f"below {least}" if count < least else f"above {most}"
        raise ArgumentError(f"{name} {count:.6g} is {side}", hint=f"use {name}{_bounds(least, most)}")
    return count


def odd(value: int, name: str, *, least: int = 1) -> int:
    """Return `value` as an odd int from `least` to `MAX_SIDE`, so that the kernel has a centre.

    >>> odd(5, "size")
    5
    """
    count = whole(value, name, least=least)
    if count % 2 == 0:
        raise ArgumentError(f"{name} {count} is even, and has no centre", hint=f"use {count - 1} or {count + 1}")
    return count


def size_for(reach: float, size: int, *, least: int = 1) -> int:
    """Return `size`, or if that is 0 the odd size that covers `reach` samples on both sides of the centre.

    >>> size_for(3.0, 0), size_for(3.1, 0), size_for(3.0, 4)
    (7, 9, 4)
    """
    if size != 0:
        return whole(size, "size", least=least)
    needed = 2 * math.ceil(reach) + 1
    if needed > MAX_SIDE:
        raise ArgumentError(
            f"the kernel would have {needed} rows or columns, more than {MAX_SIDE}",
            hint=f"make it narrower, or cut it off with size={MAX_SIDE}",
        )
    return needed


def _bounds(least: float, most: float) -> str:
    if math.isinf(least) and math.isinf(most):
        return ""
    return f" {least:g} or more" if math.isinf(most) else f" from {least:g} to {most:g}"
