"""How the samples of a window are merged in few passes over a whole row, whatever the window's size.

Sums, largest and smallest samples may be merged in any order. So neighbours are merged three at a time, then the
results, three at a time again: a window of 27 takes three passes over a row, not 26. A largest or smallest sample may
be merged twice, so for other sizes the parts overlap; a sum adds each sample once, so its size is split into powers of
three. `merging.merge_passes` does the passes.
"""

from __future__ import annotations

from typing import NamedTuple


class Pass(NamedTuple):
    """One pass over a row: ``target[x]`` is merged from ``a[x + a_shift]``, ``b[x + b_shift]`` and perhaps c."""

    terms: int  # 2 or 3
    target: int  # a line; line 0 is the samples themselves
    extent: int  # samples that the result covers
    a: int  # a line
    a_shift: int
    b: int
    b_shift: int
    c: int = 0
    c_shift: int = 0


class Merges(NamedTuple):
    """The passes that merge a window, the line of the result, and the number of lines."""

    passes: tuple[Pass, ...]
    result: int
    lines: int


def merges(size: int, *, is_idempotent: bool) -> Merges:
    """The passes for windows of `size` neighbours; in idempotent ones (largest, not sum), a sample may be merged twice.

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
    # The widest first: its part begins where the window does.
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
