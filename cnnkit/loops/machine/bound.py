"""A loop with the arguments that were checked for it: what is called, again and again, in machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Entry = Callable[..., None]

ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
"""A loop as C calls it, with its arguments in memory, 8 bytes each; see `numba_target`."""


class Bound:
    """A loop with its checked arguments; called with the whole numbers that follow them."""

    def __init__(self, entry: Entry, arguments: tuple[Any, ...], slots: Any, rest: int) -> None:
        self._entry = entry
        self._arguments = arguments  # arrays must live as long as their addresses are used
        self._slots = slots  # None for plain Python
        self._rest = rest

    def __call__(self, *numbers: int) -> None:
        """Run the loop."""
        if self._slots is not None:
            self._entry(self._with(numbers) if self._rest or numbers else self._slots)
        else:
            with np.errstate(all="ignore"):
                self._entry(*self._arguments, *numbers)

    def bind(self, *arrays: np.ndarray[Any, Any]) -> Bound:
        """The same loop with other last arrays: flat, contiguous and of the same types."""
        others = self._arguments[: len(self._arguments) - len(arrays)]
        slots = self._slots
        if slots is not None:
            slots = type(slots).from_buffer_copy(slots)
            last = [number for array in arrays for number in (address_of(array), array.size)]
            end = len(slots) - self._rest
            slots[end - len(last) : end] = last
        return Bound(self._entry, (*others, *arrays), slots, self._rest)

    def release(self, array: np.ndarray[Any, Any]) -> list[tuple[Any, int]]:
        """Keep an array no longer, and return where its address is to be written before the next call.

        That is in what, and at which place; nowhere, if there is no machine code.
        """
        address = address_of(array)
        self._arguments = tuple(one for one in self._arguments if not _is_at(one, address))
        slots = self._slots if isinstance(self._entry, ENTRY) else ()
        return [(slots, place) for place in range(len(slots) - 1) if slots[place : place + 2] == [address, array.size]]

    def drop(self, count: int) -> None:
        """Keep so many of the last arrays no longer: others are to take their places before the next call."""
        self._arguments = self._arguments[: len(self._arguments) - count]

    def replace(self, arrays: Sequence[np.ndarray[Any, Any]]) -> None:
        """Take other last arrays of the same sizes, for whoever alone has it; they are kept by the caller."""
        slots = self._slots
        end = len(slots) - self._rest
        for place, array in zip(range(end - 2 * len(arrays), end, 2), arrays, strict=True):
            slots[place] = address_of(array)

    def again(self, numbers: tuple[int, ...]) -> None:
        """Run the loop in machine code, for whoever alone has it."""
        slots = self._slots
        slots[len(slots) - self._rest :] = numbers
        self._entry(slots)

    def entry(self) -> tuple[int, int, int]:
        """The address of the machine code and that of its arguments, and how many: the last ones are to be set.

        These addresses hold as long as this `Bound` is there.
        """
        address = ctypes.cast(self._entry, ctypes.c_void_p).value  # type: ignore[arg-type]
        return address or 0, ctypes.addressof(self._slots), len(self._slots)

    def _with(self, numbers: tuple[int, ...]) -> Any:
        if len(numbers) != self._rest:
            raise TypeError(f"{self._rest} more numbers are needed, not {len(numbers)}")
        slots = type(self._slots).from_buffer_copy(self._slots)
        slots[len(slots) - self._rest :] = numbers
        return slots


def _is_at(value: Any, address: int) -> bool:
    return isinstance(value, np.ndarray) and value.size > 0 and address_of(value) == address


def address_of(array: np.ndarray[Any, Any]) -> int:
    """The address of its samples; found five times as fast where they may be written."""
    if array.flags.writeable and array.size:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    address: int = array.__array_interface__["data"][0]
    return address
