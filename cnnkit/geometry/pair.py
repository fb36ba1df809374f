"""Pairs of whole numbers, always (rows, columns), and how they are written: ``3`` or ``3x5``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from operator import index
from typing import SupportsIndex

from cnnkit.errors import MAX_WORD_LENGTH, ArgumentError, quoted

Pair = tuple[int, int]
PairLike = int | str | Sequence[int]

LARGEST = 2**31 - 1
"""The largest size, stride or count: an axis of an array in memory stays far below it."""


def whole_numbers(
    value: str | SupportsIndex | Iterable[SupportsIndex], name: str, *, least: int = 1, hint: str = ""
) -> tuple[int, ...]:
    """Read whole numbers from `least` to `LARGEST`; `hint` is for what is not a whole number.

    >>> whole_numbers("3x5", "size"), whole_numbers((3, 5), "size"), whole_numbers(3, "size")
    ((3, 5), (3, 5), (3,))
    """
    numbers = _read(value, name, hint) if isinstance(value, str) else _integers(value, name, hint)
    for number in numbers:
        if number < least:
            raise ArgumentError(f"{name} {number} is below {least}", hint=f"use {name} {least} or more")
        if number > LARGEST:
            raise too_large(name, number)
    return numbers


def _read(text: str, name: str, hint: str) -> tuple[int, ...]:
    parts = text.split("x")
    if not all(part.isascii() and part.removeprefix("-").isdigit() for part in parts):
        numbers = "".join(each if each in "0123456789" else " " for each in text).split()
        if (
            len(numbers) in (2, 4) and set(text) <= set("0123456789 ,xX*()[]") and text.strip("()[] ")[-1].isdigit()
        ):  # as other tools write them
            hint = f"write {'x'.join(numbers)}"
        raise ArgumentError(
            f"{name} {quoted(text)} is not whole numbers", hint or f"write {name} as 2, or 2x3 for rows x columns"
        )
    if any(len(part) > MAX_WORD_LENGTH for part in parts):  # Python refuses to read thousands of digits
        raise too_large(name, quoted(text)[1:-1])
    return tuple(map(int, parts))


def _integers(value: SupportsIndex | Iterable[SupportsIndex], name: str, hint: str) -> tuple[int, ...]:
    with suppress(TypeError):
        return (index(value),)  # type: ignore[arg-type]
    try:
        return tuple(index(number) for number in value)  # type: ignore[union-attr]
    except TypeError:
        raise ArgumentError(f"{name} {value!r} is not whole numbers", hint or f"give {name} as whole numbers") from None


def too_large(name: str, value: object) -> ArgumentError:
    """The error for a number above `LARGEST`."""
    return ArgumentError(f"{name} {value} is too large", hint=f"the largest is {LARGEST}")


def pair(value: PairLike, name: str, *, least: int = 1) -> Pair:
    """Make (rows, columns) from one number, two numbers or their text.

    >>> pair(3, "stride"), pair((1, 2), "stride"), pair("2x3", "stride")
    ((3, 3), (1, 2), (2, 3))
    """
    # The usual forms first: small images are done in a few microseconds.
    rows, columns = value if type(value) is tuple and len(value) == 2 else (value, value)
    if type(rows) is int and type(columns) is int and least <= rows <= LARGEST and least <= columns <= LARGEST:
        return rows, columns
    numbers = whole_numbers(value, name, least=least)
    if len(numbers) not in (1, 2):
        raise ArgumentError(f"{name} has {len(numbers)} numbers, not 1 or 2", hint=f"give {name} as rows x columns")
    return numbers[0], numbers[-1]


def whole(value: SupportsIndex, name: str, *, unit: str = "", least: int = 1) -> int:
    """One whole number of `least` or more.

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


def pair_text(value: Sequence[int]) -> str:
    """Write sizes as they are read: rows x columns.

    >>> pair_text((3, 5))
    '3x5'
    """
    return "x".join(map(str, value))


def brief(value: Pair) -> int | Pair:
    """One number for two that are equal.

    >>> brief((3, 3)), brief((3, 5))
    (3, (3, 5))
    """
    return value[0] if value[0] == value[1] else value


def brief_text(value: Pair) -> str:
    """Write a size as briefly as it can be read.

    >>> brief_text((3, 3)), brief_text((3, 5))
    ('3', '3x5')
    """
    return str(value[0]) if value[0] == value[1] else pair_text(value)


def counted(count: int, word: str, form: str = "") -> str:
    """A count with its word; `form` is how the number is formatted.

    >>> counted(1, "row"), counted(2000, "row"), counted(2000, "row", ",")
    ('1 row', '2000 rows', '2,000 rows')
    """
    return f"{count:{form}} {word}{'' if count == 1 else 's'}"
