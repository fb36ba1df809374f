"""Bands: some rows of a result at a time, with the rows of the input that lie under their windows.

An image that comes row by row, from a file or a decoder, is worked through band by band; each band is an image of its
own, placed so that its results are those of the whole to the bit. Standard library only.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.geometry.blocks import rounded_up
from cnnkit.geometry.padding import PadMode
from cnnkit.geometry.window import Placement

FEWEST_BANDS = 4
"""For several threads, where an image is worth more than one."""

LEAST_BYTES, MOST_BYTES = 3 << 18, 1 << 20
"""Of the results of a band: worth the start of a loop, and still in a processor's cache when they are encoded."""


class Band(NamedTuple):
    """Rows of a result, and the part of the input under their windows."""

    first: int  # rows of the result, from `first` up to `last`
    last: int
    begin: int  # rows of the input, from `begin` up to `end`
    end: int
    placement: Placement  # of the windows over these rows alone


def band(placement: Placement, first: int, last: int) -> Band:
    """The band of the results from row `first` up to `last`; see `least_rows`.

    >>> from cnnkit.geometry.window import Window, place
    >>> whole = place((100, 9), Window((3, 3)), "same")
    >>> band(whole, 0, 8).end, band(whole, 8, 16)[2:4], band(whole, 0, 8).placement.padding.top
    (9, (7, 17), 1)
    """
    window, padding, (rows, columns) = placement.window, placement.padding, placement.input
    low = first * window.stride[0] - padding.top
    high = (last - 1) * window.stride[0] + window.reach[0] - padding.top
    begin, end = max(low, 0), min(high, rows)
    above, below = begin - low, high - end
    if last == placement.output[0]:  # the last one has the rows that no window looks at, so that each is read
        end = rows
    if begin >= end:  # padding alone: all of it above one row that no window looks at
        begin, above, below = 0 if high <= 0 else rows - 1, high - low, 0
        end = begin + 1
    sides = padding._replace(top=above, bottom=below)
    own = placement._replace(input=(end - begin, columns), padding=sides, output=(last - first, placement.output[1]))
    return Band(first, last, begin, end, own)


def edges(rows: int, row_bytes: int, step: int = 1, least: int = 1) -> list[tuple[int, int]]:
    """Where the bands of `rows` results begin and end: at multiples of `step`, with at least `least` rows where it can.

    They depend on nothing else, the number of threads least of all.

    >>> edges(10, 1 << 19)
    [(0, 2), (2, 4), (4, 6), (6, 8), (8, 10)]
    >>> edges(10, 100), edges(10, 1 << 19, least=3)
    ([(0, 10)], [(0, 3), (3, 6), (6, 10)])
    """
    wanted = min(max(rows * row_bytes // FEWEST_BANDS, LEAST_BYTES), MOST_BYTES) // max(row_bytes, 1)
    height = rounded_up(max(wanted, least, 1), step)
    firsts = [*range(0, rows, height)]
    if len(firsts) > 1 and rows - firsts[-1] < least:
        firsts.pop()
    return list(zip(firsts, [*firsts[1:], rows], strict=True))


def least_rows(placement: Placement, mode: PadMode) -> int:
    """The fewest rows of results in a band whose padding copies nothing but its own rows: all, if it wraps around."""
    window, padding = placement.window, placement.padding
    if mode.is_constant or not (padding.top or padding.bottom):
        return 1
    if mode.word == "wrap":
        return placement.output[0]
    return min(
        -(-2 * (window.reach[0] + max(padding.top, padding.bottom)) // window.stride[0]) + 1, placement.output[0]
    )
