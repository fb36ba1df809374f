"""The types of a loop's arguments, as text: ``T[3], T[2], i8`` is two arrays and a number.

``f4[3]`` is a C-contiguous array of three dimensions of float32, ``i8`` a 64-bit integer, ``f8`` a double.
A letter such as ``T`` stands for each type it is declared with, and gives one variant of the loop for each. A word such
as ``Blocks`` stands for a NamedTuple of whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

_PARAMETER = re.compile(r"([A-Z][a-z]*|[a-z]+\d)(?:\[(\d)\])?$")


class Parameter(NamedTuple):
    """One argument: a NumPy type code with the dimensions of an array, 0 for a number; or a record of numbers."""

    type: str
    dimensions: int = 0
    record: Any = None

    @property
    def text(self) -> str:
        """The parameter as text."""
        if self.record is not None:
            return f"{self.type}({', '.join(self.record._fields)})"
        return f"{self.type}[{self.dimensions}]" if self.dimensions else self.type


class Signature(NamedTuple):
    """The arguments of one variant of a loop."""

    parameters: tuple[Parameter, ...]

    @property
    def text(self) -> str:
        """The signature as text."""
        return ", ".join(parameter.text for parameter in self.parameters)

    @property
    def array_types(self) -> tuple[str, ...]:
        """The type codes of the arrays, by which a call finds its variant."""
        return tuple(parameter.type for parameter in self.parameters if parameter.dimensions)


class Template:
    """A signature with letters, and what each of them stands for: types, or a NamedTuple of whole numbers.

    >>> template = Template("T[1], i8", {"T": ("f4", "f8")})
    >>> template.signature(("f8",)).text
    'f8[1], i8'
    >>> template.signature(("u1",)) is None
    True
    """

    def __init__(self, text: str, meanings: Mapping[str, tuple[str, ...] | type]) -> None:
        self.text = text
        self.meanings = meanings

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters with their letters; records are known already."""
        parameters = []
        for word in self.text.split(","):
            match = _PARAMETER.match(word.strip())
            if match is None:
                raise TypeError(f"{word.strip()!r} in the signature {self.text!r} is not a parameter")
            meaning = self.meanings.get(match[1])
            parameters.append(Parameter(match[1], int(match[2] or 0), meaning if isinstance(meaning, type) else None))
        return tuple(parameters)

    def signature(self, types: tuple[str, ...]) -> Signature | None:
        """The signature for arrays of these types, in order; None if there is none."""
        arrays = [parameter.type for parameter in self.parameters if parameter.dimensions]
        if len(arrays) != len(types):
            return None
        chosen: dict[str, str] = {}
        for letter, dtype in zip(arrays, types, strict=True):
            if chosen.setdefault(letter, dtype) != dtype or dtype not in self.meanings.get(letter, (letter,)):  # type: ignore[operator]
                return None
        return Signature(tuple(p._replace(type=chosen.get(p.type, p.type)) for p in self.parameters))
