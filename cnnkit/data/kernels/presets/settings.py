"""The domains of a preset's settings, checked before any weight is computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import index
from typing import Any, TypeVar

from cnnkit.errors import ArgumentError

T = TypeVar("T")

MAX_SIDE = 1001
"""Rows or columns of the largest kernel made from a text: a million weights, 8 MB."""

MAX_SIGMA = 10_000.0
"""A Gaussian this wide is flat on the largest kernel, to six digits."""

MIN_DERIVATIVE_SIGMA = 0.3
"""The smallest sigma of a Gaussian's derivative, in samples: below it the neighbours' weights all but vanish."""

_WIDTH = "in samples, from 0.3 to 10000"
_COVERS = "rows and columns, from 3 to 1001; 0 covers 4 sigma on either side"
_TURN = "counter-clockwise in degrees"
_RING = "where brightness rises: multiples of 45, 90 up"
_SOBEL = "rows and columns, odd, from 3 to 31"
MEANINGS = {
    "alpha": "how much the diagonals count, from 0 to 1",
    "amount": "how much of it is added, from 0 to 1000",
    "angle": "where brightness rises: degrees counter-clockwise from the right",
    "centre": "the middle weight of a row, from 0 to 1",
    "columns": "as rows, from 1 to 5, across",
    "gamma": "width over length of what it looks at, from 0.1 to 10",
    "index": "which of nine, from 1 to 9",
    "length": "of the path in samples, from 1 to 1001",
    "phase": "in degrees: 0 bright stripe, 180 dark stripe, -90 edge",
    "radius": "in samples, from 0 to 500",
    "ratio": "of the wider sigma to the narrower, from 1.01 to 100",
    "rows": "from 1 to 5, down: level, edge, spot, wave or ripple",
    "sigma": _WIDTH,
    "size": "rows and columns, from 1 to 1001",
    "wavelength": "of the stripes in samples, from 2.5 to 1000",
    "gaussian sigma": "in samples, from 0.01 to 10000; 2x1 is 2 down the rows, 1 across",
    "unsharp sigma": "in samples, from 0.01 to 10000",
    "gabor sigma": f"{_WIDTH}; 0 is 0.56 wavelengths",
    "gabor angle": f"across the stripes, {_TURN}",
    "line angle": f"of the line, {_TURN}: multiples of 45",
    "motion angle": f"of the motion, {_TURN}: 0 is along the row",
    **dict.fromkeys(("box size", "mean size"), "from 1 to 1001; 3x5 is 3 rows, 5 columns"),
    "gaussian size": "from 1 to 1001, or 5x9; 0 covers 3 sigma on either side",
    "unsharp size": "odd, from 1 to 1001; 0 covers 3 sigma on either side",
    "cross size": "rows and columns, odd, from 1 to 1001",
    "high-pass size": "rows and columns, odd, from 3 to 1001",
    **dict.fromkeys(("log size", "mexican-hat size", "steerable size", "gaussian-x size", "gaussian-y size"), _COVERS),
    "dog size": "rows and columns, from 3 to 1001; 0 covers 3 ratio sigma",
    "gabor size": "rows and columns, from 3 to 1001; 0 covers 3 sigma",
    **dict.fromkeys(("kirsch angle", "robinson angle", "prewitt-compass angle"), _RING),
    **dict.fromkeys(("sobel size", "sobel-x size", "sobel-y size"), _SOBEL),
}
"""What a setting means and may be, for people: by its name, after that of a preset for which it differs."""


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


def both(value: Any, read: Callable[..., T], name: str, **bounds: float) -> tuple[T, T]:
    """Return a setting for rows and for columns, each read by `number`, `whole` or another reader.

    >>> both((2, 1), number, "sigma"), both(3, whole, "size")
    ((2.0, 1.0), (3, 3))
    """
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2:
        raise ArgumentError(f"{name} has {len(pair)} numbers, not 1 or 2", hint=f"give {name} as rows x columns")
    return read(pair[0], name, **bounds), read(pair[1], name, **bounds)


def odd(value: int, name: str, *, least: int = 1, most: int = MAX_SIDE) -> int:
    """Return `value` as an odd int from `least` to `most`, so that the kernel has a centre.

    >>> odd(5, "size")
    5
    """
    count = whole(value, name, least=least, most=most)
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
