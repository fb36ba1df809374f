"""The windows of a run as frames, over an image and over its results."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

from cnnkit.data.trace import Trace
from cnnkit.geometry.pair import Pair
from cnnkit.views.figures.maps import Frame

ZOOMED = 16
"""Samples along an axis whose windows are drawn where there are too many."""

FIRST, OTHERS = "#D55E00", "#F0E442"
"""The colours of the first window, and of others."""

FIRST_RESULT: list[Frame] = [(0, 0, 1, 1, FIRST)]

Span = tuple[int, int]
"""The first of several samples, and how many."""


def windows_along(trace: Trace, axis: int) -> list[Span]:
    """The samples under the windows along an axis, as far as they are known."""
    placement = trace.placement
    if placement is None:
        return [(first, last - first + 1) for first, last in trace.axes[axis]] if trace.axes else []
    step, before, reach = placement.window.stride[axis], placement.padding.before[axis], placement.window.reach[axis]
    return [(i * step - before, reach) for i in range(placement.output[axis])]


def middle_windows(trace: Trace, axis: int) -> range:
    """Results around the one that is looked at, or the middle, whose windows lie within `ZOOMED` samples."""
    assert trace.placement is not None
    inside, window = trace.placement.inside[axis], trace.placement.window
    count = min(len(inside), max(1, (ZOOMED - window.reach[axis]) // window.stride[axis] + 1))
    middle = trace.spots[0].place[axis] if trace.spots else inside.start + len(inside) // 2
    first = min(max(middle - count // 2, inside.start), inside.stop - count)
    return range(first, first + count)


def singles(places: range) -> list[Span]:
    """Windows of one sample: results."""
    return [(place, 1) for place in places]


def frames_of(down: Sequence[Span], across: Sequence[Span]) -> list[Frame]:
    """Frames around windows, the first on top of the others; of windows that lie over each other, the first alone."""
    is_apart = all(one[0] + one[1] <= two[0] for axis in (down, across) for one, two in pairwise(axis))
    pairs = [*product(down, across)] if is_apart else [(down[0], across[0])]
    frames = [(top, left, rows, columns, OTHERS) for (top, rows), (left, columns) in pairs]
    return [*frames[1:], (*frames[0][:4], FIRST)]


def first_frames(trace: Trace, corner: Pair) -> list[Frame]:
    """The window that is written out, or the first, in a grid that begins at `corner`; and its result."""
    if trace.placement is None:
        return []
    row, column = trace.spots[0].place if trace.spots else (0, 0)
    (top, rows), (left, columns) = windows_along(trace, 0)[row], windows_along(trace, 1)[column]
    return [(top - corner[0], left - corner[1], rows, columns, FIRST), (row, column, 1, 1, FIRST)]
