"""On which types a kind of pooling is held: a loop is compiled for each, for each kind and for each make of windows.

Where windows slide, the largest sample is held on every other type and the smallest on the rest; over bins and over a
whole image it is the other way round. So every two of a type, a kind and a make of windows come together, and no test
compiles what differs from another loop in nothing that was not seen.
"""

from __future__ import annotations

FLOATS = ("f2", "f4", "f8")
SOME = ("u1", "i2", "u4", "i8", *FLOATS, "?")
OTHERS = ("u1", "i1", "u2", "i4", "u8", *FLOATS, "?")
ALL = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", *FLOATS, "?")

TYPES = {"max": (SOME, OTHERS), "min": (OTHERS, SOME), "median": (SOME, SOME)}
"""Of sliding windows, and of bins; sums of any whole numbers but the smallest are taken as float64."""


def types_of(kind: str, *, bins: bool = False) -> tuple[str, ...]:
    """The types on which a kind is held.

    >>> "i1" in types_of("min"), "i1" in types_of("min", bins=True)
    (True, False)
    """
    return TYPES.get(kind, (ALL, ALL))[bins]
