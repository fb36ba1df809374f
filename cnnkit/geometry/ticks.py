"""Where the marks of an axis go, and what stands beside them: round numbers, as one would draw them by hand.

Standard library only. Places are whole multiples of a step of 1, 2 or 5 times a power of ten and are computed as such,
so that a mark at 0.3 is 0.3 and not 0.30000000000000004.
"""

from __future__ import annotations

import math
from itertools import count
from typing import NamedTuple

LONGEST = 6
"""Digits before the point that are still written out; longer numbers get an exponent."""

FINEST = 4
"""Digits after the point, likewise."""


class Tick(NamedTuple):
    """A mark: where it stands on the axis, in the unit of the axis, and what is written there."""

    place: float
    label: str


def nice_ticks(low: float, high: float, most: int, *, whole: bool = False) -> tuple[Tick, ...]:
    """Round numbers from `low` to `high`, evenly spaced: as many as there can be, up to `most`.

    Parameters
    ----------
    low, high : float
        The ends of the axis, low < high, further apart than rounding errors; marks lie between them or on them.
    most : int
        At least 4, so that there is always a mark.
    whole : bool
        Whether only whole numbers have a place on the axis, such as the numbers of coefficients.

    >>> [tick.label for tick in nice_ticks(0, 2.3, 6)]
    ['0.0', '0.5', '1.0', '1.5', '2.0']
    >>> [tick.label for tick in nice_ticks(-0.5, 12.5, 20, whole=True)]
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']
    """
    smallest = math.floor(math.log10((high - low) / most))
    for power in count(max(smallest, 0) if whole else smallest):
        for mantissa in (1, 2, 5):
            first = -_steps_below(-low, mantissa, power)
            last = _steps_below(high, mantissa, power)
            if last - first < most:
                return _ticks(range(first * mantissa, (last + 1) * mantissa, mantissa), power)
    raise AssertionError("steps grow until they fit")


def _steps_below(end: float, mantissa: int, power: int) -> int:
    """How many whole steps go into `end`, which is one itself where only a rounding error says otherwise."""
    steps = end / mantissa / 10.0**power
    nearest = round(steps)
    return nearest if abs(steps - nearest) <= 1e-9 * max(1, abs(steps)) else math.floor(steps)


def _ticks(multiples: range, power: int) -> tuple[Tick, ...]:
    largest = max((abs(multiple) for multiple in multiples), default=0)
    digits = len(str(largest)) - 1  # after the first one
    is_long = digits + 1 + power > LONGEST or -power > FINEST
    ticks = []
    for multiple in multiples:
        place = float(f"{multiple}e{power}")  # the nearest to it; a product with 0.1 is not
        label = f"{place:.{digits}e}" if is_long else f"{place:.{max(0, -power)}f}"
        ticks.append(Tick(place, "0" if is_long and multiple == 0 else label))
    return tuple(ticks)
