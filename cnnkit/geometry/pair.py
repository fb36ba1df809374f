"""Pairs of whole numbers, always (rows, columns), and how they are written: ``3`` or ``3x5``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from operator import index
from typing import SupportsIndex

from cnnkit.errors import ArgumentError

Pair = tuple[int, int]
PairLike = int | str | Sequence[int]

LARGEST = 2**31 - 1
"""No size, stride or count beyond this is meant: an axis of an array in memory stays far below it."""


def whole_numbers(text: str, name: str) -> tuple[int, ...]:
    """Read ``3``, ``3x5`` or ``0x1x0x1``.

    Raises
    ------
    ArgumentError
        If a part is not a whole number or is too large to be meant.

    >>> whole_numbers("3x5", "size")
    (3, 5)
    """
    parts = text.split("x")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ArgumentError(
            f"{name} {text!r} is not whole numbers", hint=f"write {name} as 2, or 2x3 for rows x columns"
        )
    if any(len(part) > len(str(LARGEST)) for part in parts):
        raise ArgumentError(f"{name} {text[:40]!r} is too large to be meant", hint=f"the largest is {LARGEST}")
    return tuple(int(part) for part in parts)


def pair(value: PairLike, name: str, *, least: int = 1) -> Pair:
    """Make (rows, columns) from one number, two numbers or their text.

    Raises
    ------
    ArgumentError
        If there are not one or two whole numbers, or one is below `least`.

    >>> pair(3, "stride"), pair((1, 2), "stride"), pair("2x3", "stride")
    ((3, 3), (1, 2), (2, 3))
    """
    if type(value) is int and least <= value <= LARGEST:  # most are, and small images are done in a few microseconds
        return value, value
    numbers = whole_numbers(value, name) if isinstance(value, str) else given_numbers(value, name)
    if len(numbers) == 1:
        numbers = (numbers[0], numbers[0])
    if len(numbers) != 2:
        raise ArgumentError(f"{name} has {len(numbers)} numbers, not 1 or 2", hint=f"give {name} as rows x columns")
    for number in numbers:
        if number < least:
            raise ArgumentError(f"{name} {number} is below {least}", hint=f"use {name} {least} or more")
        if number > LARGEST:
            raise ArgumentError(f"{name} {number} is too large to be meant", hint=f"the largest is {LARGEST}")
    return numbers[0], numbers[1]


def whole(value: SupportsIndex, name: str, *, unit: str = "", least: int = 1) -> int:
    """One whole number of `least` or more.

    Raises
    ------
    ArgumentError
        If it is not whole, or below `least`.

    >>> whole(2, "threads")
    2
    """
    try:
        number = index(value)
    except TypeError:
        raise ArgumentError(f"{name} {value!r} is not a whole number", hint=f"give {name} as a whole number") from None
    if number < least:
        raise ArgumentError(f"{name} {number} is below {least}", hint=f"use {f'{least} {unit}'.strip()} or more")
    return number


def given_numbers(value: SupportsIndex | Iterable[SupportsIndex], name: str) -> tuple[int, ...]:
    """One whole number or several, as Python's own integers.

    Raises
    ------
    ArgumentError
        If one is not whole.
    """
    if type(value) is tuple and all(type(number) is int for number in value):
        return value
    with suppress(TypeError):
        return (index(value),)  # type: ignore[arg-type]
    try:
        return tuple(index(number) for number in value)  # type: ignore[union-attr]
    except TypeError:
        raise ArgumentError(f"{name} {value!r} is not whole numbers", hint=f"give {name} as whole numbers") from None


def pair_text(value: Sequence[int]) -> str:
    """Write sizes as they are read: rows x columns.

    >>> pair_text((3, 5))
    '3x5'
    """
    return "x".join(map(str, value))
