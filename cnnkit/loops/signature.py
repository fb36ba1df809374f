"""The types of a loop's arguments, as text: ``T[3], T[2], i8`` is two arrays and a number.

``f4[3]`` is a C-contiguous array of three dimensions of float32, ``i8`` a 64-bit integer, ``f8`` a double.
A letter such as ``T`` stands for each type it is declared with, and gives one variant of the loop for each.
"""

from __future__ import annotations

import re
from itertools import product
from typing import NamedTuple

_PARAMETER = re.compile(r"([A-Z]|[a-z]+\d)(?:\[(\d)\])?$")


class Parameter(NamedTuple):
    """One argument: a NumPy type code, and how many dimensions it has if it is an array."""

    type: str
    dimensions: int = 0

    @property
    def text(self) -> str:
        """The parameter as it is written."""
        return f"{self.type}[{self.dimensions}]" if self.dimensions else self.type


class Signature(NamedTuple):
    """The arguments of one variant of a loop."""

    parameters: tuple[Parameter, ...]

    @property
    def text(self) -> str:
        """The signature as it is written, with every letter replaced."""
        return ", ".join(parameter.text for parameter in self.parameters)

    @property
    def array_types(self) -> tuple[str, ...]:
        """The type codes of the arrays, by which a call finds its variant."""
        return tuple(parameter.type for parameter in self.parameters if parameter.dimensions)


def variants(text: str, letters: dict[str, tuple[str, ...]]) -> tuple[Signature, ...]:
    """Every signature that `text` stands for.

    >>> [signature.text for signature in variants("T[1], i8", {"T": ("f4", "f8")})]
    ['f4[1], i8', 'f8[1], i8']
    """
    parameters = []
    for word in text.split(","):
        match = _PARAMETER.match(word.strip())
        if match is None:
            raise TypeError(f"{word.strip()!r} in the signature {text!r} is no parameter")
        parameters.append(Parameter(match[1], int(match[2] or 0)))
    found = []
    for types in product(*letters.values()):
        chosen = dict(zip(letters, types, strict=True))
        found.append(Signature(tuple(Parameter(chosen.get(p.type, p.type), p.dimensions) for p in parameters)))
    return tuple(found)
