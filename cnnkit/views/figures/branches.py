"""The lines between the boxes of a network with branches: to the neighbour, or through lanes above the boxes of a row.

A line to a box in another row ends at the edge, and begins again at the other with the same name, as on plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.network.shape import Stack

LANE, ASIDE = 0.12, 0.04  # inches from line to line, and from the middle of a box to where one leaves it
LINES: dict[str, Any] = {"color": "0.35", "linewidth": 0.8, "solid_capstyle": "butt", "clip_on": False}


class Edge(NamedTuple):
    """From one box to another, by their places in the row of all boxes; the name is that of what is taken."""

    source: int
    target: int
    name: str


class Run(NamedTuple):
    """The part of an edge that lies in one row: from a box, or the left edge, to a box, or the right edge."""

    source: int | None
    target: int | None
    name: str
    lane: int


def edges_of(stack: Stack, groups: Sequence[Sequence[int]]) -> list[Edge]:
    """The edges between boxes, each of which stands for the layers of some numbers; none of a chain."""
    if not stack.is_graph:
        return []
    box = {number: place for place, numbers in enumerate(groups) for number in numbers}
    found = []
    for target, (number, *_) in enumerate(groups):
        for source in stack.layers[number - 1].wire.sources if number else ():
            marks = stack.layers[source - 1].wire.marks if source else stack.marks
            found.append(Edge(box[source], target, marks[0].partition(":")[2] if marks else ""))
    return found


def runs_of(edges: Iterable[Edge], row: range) -> list[Run]:
    """What lies above the boxes of one row, each part in the lowest lane that is free; the lowest is 0."""
    found: list[Run] = []
    free: list[int] = []  # up to which box each lane is taken
    parts = [
        (edge.source if edge.source in row else None, edge.target if edge.target in row else None, edge.name)
        for edge in edges
        if (edge.source in row or edge.target in row)
        and not (edge.target - edge.source == 1 and edge.target in row[1:])
    ]
    for source, target, name in sorted(parts, key=lambda part: row.start if part[0] is None else part[0]):
        first = row.start - 1 if source is None else source
        last = row.stop if target is None else target
        lane = next((lane for lane, until in enumerate(free) if until < first), len(free))
        free[lane : lane + 1] = [last]
        found.append(Run(source, target, name, lane))
    return found


def draw_runs(
    axes: Axes, runs: Sequence[Run], tops: dict[int, tuple[float, float]], ceiling: float, width: float, size: float
) -> None:
    """Draw the lanes of one row, whose highest is just below `ceiling`; `tops` are the places where boxes are met."""
    lanes = max((run.lane for run in runs), default=0)
    for source, target, name, lane in runs:
        y = ceiling + LANE * (lanes - lane + 1)
        start = [(0.0, y)] if source is None else [(tops[source][0] + ASIDE, place) for place in (tops[source][1], y)]
        end = [(width, y)] if target is None else [(tops[target][0] - ASIDE, place) for place in (y, tops[target][1])]
        axes.plot(*zip(*start, *end, strict=True), **LINES)
        if target is not None:
            axes.plot(*end[-1], marker="v", markersize=3, **LINES)
        for x, place, side in ((0.0, source, "left"), (width, target, "right")):
            if place is None:
                axes.text(x, y, name, fontsize=size, ha=side, va="bottom", color="0.35")


def draw_neighbour(axes: Axes, left: float, right: float, y: float) -> None:
    """Draw a line from one box to the next."""
    axes.plot([left, right], [y, y], **LINES)
    axes.plot(right, y, marker=">", markersize=3, **LINES)
