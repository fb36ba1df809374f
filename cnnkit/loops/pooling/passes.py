"""How the samples of a window are merged in few passes, whatever the window's size.

A sum, or the largest of many, is made of pairs in any order. So neighbours are merged three at a time, then what came
of it, three at a time again: a window of 27 takes three passes over a row, not 26. A largest or smallest may count a
sample twice, so that windows of other sizes overlap what they are made of; a sum counts each sample once and adds up
the powers of three its size is made of.

Standard library only.
"""

from __future__ import annotations

from typing import NamedTuple


class Pass(NamedTuple):
    """One pass over a row of positions: line `target` at x is made of two or three lines, each a few positions on.

    Attributes
    ----------
    terms : int
        Two or three.
    target : int
        The line that is written. Line 0 is the samples themselves.
    extent : int
        Positions that the result covers.
    a, a_shift, b, b_shift, c, c_shift : int
        Lines, and how many positions on they are read; `c` only where there are three.
    """

    terms: int
    target: int
    extent: int
    a: int
    a_shift: int
    b: int
    b_shift: int
    c: int = 0
    c_shift: int = 0


class Merges(NamedTuple):
    """The passes that merge a window of some size, the line its result stands in, and how many lines there are."""

    passes: tuple[Pass, ...]
    result: int
    lines: int


def merges(size: int, *, is_idempotent: bool) -> Merges:
    """Plan the passes for windows of `size` neighbours.

    Parameters
    ----------
    size : int
    is_idempotent : bool
        Whether a sample may be merged more than once: of a largest, not of a sum.

    Examples
    --------
    >>> [one[:3] for one in merges(7, is_idempotent=True).passes]
    [(3, 1, 3), (3, 2, 7)]
    >>> merges(1, is_idempotent=False)
    Merges(passes=(), result=0, lines=1)
    """
    return _covered(size) if is_idempotent else _summed(size)


def _covered(size: int) -> Merges:
    passes: list[Pass] = []
    line, extent = 0, 1
    while extent < size:
        target = 2 if line == 1 else 1
        wide = min(3 * extent, size)
        if wide <= 2 * extent:
            passes.append(Pass(2, target, wide, line, 0, line, wide - extent))
        else:
            passes.append(Pass(3, target, wide, line, 0, line, extent, line, wide - extent))
        line, extent = target, wide
    return Merges(tuple(passes), line, 1 + min(len(passes), 2))


def _summed(size: int) -> Merges:
    passes: list[Pass] = []
    extents = [1]
    while 3 * extents[-1] <= size:
        level, extent = len(extents) - 1, extents[-1]
        extents.append(3 * extent)
        passes.append(Pass(3, level + 1, 3 * extent, level, 0, level, extent, level, 2 * extent))
    # The widest first, so that a result is read at the same place.
    terms: list[tuple[int, int]] = []
    covered = 0
    for level in range(len(extents) - 1, -1, -1):
        while covered + extents[level] <= size:
            terms.append((level, covered))
            covered += extents[level]
    (line, _), *rest = terms
    extent = extents[line]
    free = len(extents)
    while rest:
        (b, b_shift), *others = rest[:2]
        target = free + (line == free)
        if others:
            ((c, c_shift),) = others
            extent = c_shift + extents[c]
            passes.append(Pass(3, target, extent, line, 0, b, b_shift, c, c_shift))
        else:
            extent = b_shift + extents[b]
            passes.append(Pass(2, target, extent, line, 0, b, b_shift))
        line, rest = target, rest[2:]
    return Merges(tuple(passes), line, max((one.target for one in passes), default=0) + 1)
