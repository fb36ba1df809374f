"""A network as a figure: its volumes as boxes to scale, and the share of each layer in parameters and work.

All lengths are in inches. A box is in oblique projection: its front is rows x depth, and columns run away from it at 45
degrees, half as long. Layers that keep the shape have no box of their own, and equal neighbours share one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, groupby
from math import log2
from textwrap import wrap
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import KEEPING, Wire
from cnnkit.network.text.table import labels
from cnnkit.network.volume import Volume, shape_text
from cnnkit.views.figures.branches import LANE, Edge, Run, draw_neighbour, draw_runs, edges_of, runs_of
from cnnkit.views.figures.canvas import encoded, entitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cnnkit.network.shape import Stack

COLOURS = {"convolution": "#0072B2", "pooling": "#E69F00", "dense": "#009E73", "other": "#999999"}
"""Of Okabe and Ito, Color universal design, 2008: the colour-blind tell them apart."""

KINDS = {
    **dict.fromkeys(("conv", "tconv", "dwconv"), "convolution"),
    **dict.fromkeys(("maxpool", "avgpool", "maxpool-to", "avgpool-to", "gap", "gmp"), "pooling"),
    "fc": "dense",
}

WIDTH, MARGIN, GAP, BAR = 11.0, 0.25, 0.16, 0.17
POINTS, CHARACTER, LINE = 7, 0.065, 0.125  # the size of letters, and the place of one
TALLEST, TALLEST_OF_MANY, MANY = 1.8, 0.9, 40  # boxes; the second where there are more than the third
DOUBLING, SLANT, THINNEST = 0.05, 0.5**1.5, 0.03  # of a box: by a doubled depth, of a column each way, the least side
LARGEST_RATIO = 64  # of sides; beyond, their roots are drawn, or the smallest could not be seen
MOST_BARS, LONGEST_NAMES, LONGEST_LINE = 40, 4.5, 16  # the names beside bars; the characters below a box

SCALE = """\
Height: rows. Away from the front, half as long: columns. To the right: channels. To scale are {} and columns, and
the logarithm of channels + 1. Values in a row, and samples of a sound, lie along the channels."""


class Box(NamedTuple):
    """Equal volumes that follow one another, and the lines below them."""

    kind: str
    volume: Volume  # values in a row are the channels of one row and column
    lines: list[str]
    numbers: tuple[int, ...] = ()  # of the layers; 0 is the input


class _Solid(NamedTuple):
    """A box in its place; y counts downwards."""

    box: Box
    middle: float
    height: float
    length: float
    slant: float  # of its back, to the right and up
    ground: float = 0.0

    @property
    def left(self) -> float:
        return self.middle - (self.length + self.slant) / 2

    @property
    def top(self) -> tuple[float, float]:
        """The middle of the face above."""
        return self.middle, self.ground - self.height - self.slant / 2


class _Row(NamedTuple):
    """Boxes side by side, and the lines above them."""

    first: int  # the place of its first box among all
    solids: list[_Solid]
    runs: list[Run]
    ceiling: float

    def draw_edges(self, axes: Axes, edges: Sequence[Edge]) -> None:
        """Draw the lines to and from its boxes."""
        tops = {place: solid.top for place, solid in enumerate(self.solids, start=self.first)}
        draw_runs(axes, self.runs, tops, self.ceiling, WIDTH - 2 * MARGIN, POINTS - 1)
        for source, target, _ in edges:
            if target - source == 1 and source in tops and target in tops:
                one, other = self.solids[source - self.first], self.solids[target - self.first]
                y = one.ground - min(one.height, other.height) / 2
                draw_neighbour(axes, one.left + one.length, other.left, y)


class Bar(NamedTuple):
    """What a layer has of the parameters of a network, and does of its work."""

    label: str
    kind: str
    parameters: int
    macs: int


def draw_volumes(stack: Stack, file_type: str, note: str) -> Callable[[BinaryIO], None]:
    """Draw a network and return a function that writes the figure; as `encoded`."""
    return encoded(lambda: _figure(stack), file_type, note)


def boxes_of(stack: Stack) -> list[Box]:
    """The volumes that are drawn, the input first."""
    found = [("other", stack.input, "input")]
    numbers = [[0]]
    for number, step in enumerate(stack.layers, start=1):
        name, word = step.layer.name, step.word
        if name in KEEPING and step.wire.sources == (numbers[-1][-1],):
            kind, shape, words = found.pop()
            found.append((kind, shape, f"{words} {word}"))
            numbers[-1].append(number)
        else:
            found.append((KINDS.get(name, "other"), step.output, word))
            numbers.append([number])
    boxes = []
    groups = (
        ((key, list(run)) for key, run in groupby(found)) if not stack.is_graph else ((one, [one]) for one in found)
    )
    for (kind, shape, words), run in groups:
        broken = wrap(words.replace(":", " :"), LONGEST_LINE, break_on_hyphens=False)
        lines = [shape_text(shape, stack.batch, stack.layout), *(line.replace(" :", ":") for line in broken)]
        times = len(run)
        volume = shape if isinstance(shape, Volume) else Volume(1, 1, shape.values)
        within, numbers = numbers[:times], numbers[times:]
        boxes.append(Box(kind, volume, lines + [f"{times} times"] * (times > 1), tuple(chain(*within))))
    return boxes


def bars_of(stack: Stack) -> list[Bar]:
    """The layers with parameters or work, in order; of more than fit, the largest, and the others as one."""
    bars = [
        Bar(label, KINDS.get(step.layer.name, "other"), step.parameters, stack.batch * step.macs)
        for label, step in zip(labels(stack.layers), stack.layers, strict=True)
        if step.parameters or step.macs
    ]
    if len(bars) <= MOST_BARS:
        return bars
    ranked = sorted(bars, key=lambda bar: -max(bar.parameters / stack.parameters, bar.macs / (stack.macs or 1)))
    others = ranked[MOST_BARS - 1 :]
    sums = sum(bar.parameters for bar in others), sum(bar.macs for bar in others)
    return [*(bar for bar in bars if bar not in others), Bar(f"{len(others)} smaller layers", "other", *sums)]


def _figure(stack: Stack) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    boxes, bars = boxes_of(stack), bars_of(stack)
    sides = [side for box in boxes for side in box.volume[:2] if side > 1] or [1]
    power = 0.5 if max(sides) > LARGEST_RATIO * min(sides) else 1.0
    edges = edges_of(stack, [box.numbers for box in boxes])
    rows, above = _placed(boxes, power, edges)
    below = 4 * LINE + (len(bars) + 3) * BAR * bool(bars)
    figure = Figure(figsize=(WIDTH, 2 * MARGIN + LINE + above + below))
    axes = _axes(figure, MARGIN, MARGIN + below, WIDTH - 2 * MARGIN, above)
    axes.set(xlim=(0, WIDTH - 2 * MARGIN), ylim=(above, 0))
    axes.set_axis_off()
    for row in rows:
        for solid in row.solids:
            _draw_box(axes, solid)
        row.draw_edges(axes, edges)
    scale = SCALE.format("rows" if power == 1 else "square roots of rows")
    axes.text(0, above + LINE, scale, fontsize=POINTS, color="0.35", va="top")
    kinds = {box.kind for box in boxes}
    handles = [Patch(color=colour, label=kind) for kind, colour in COLOURS.items() if kind in kinds]
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=POINTS, frameon=False)
    entitle(axes, title(stack), 0.6)
    if bars:
        _draw_bars(figure, bars, stack)
    return figure


def title(stack: Stack) -> str:
    """The stack in words, with the name of a network in place of its layers."""
    words, network = [Wire(marks=stack.marks).text(stack.input.text)], ""
    for step in stack.layers:
        before, network = network, step.layer.spec.word.origin
        if network not in NETWORKS:
            words.append(step.wire.text(str(step.layer.spec)))
        elif network != before:
            words.append(network)
    return " ".join(words)


def _placed(boxes: Sequence[Box], power: float, edges: Sequence[Edge]) -> tuple[list[_Row], float]:
    """The boxes in as many rows as they need, and the height of all rows; `power` is that of their sides."""
    tallest = max(rows**power + SLANT * columns**power for _, (rows, columns, _), *_ in boxes)
    unit = (TALLEST if len(boxes) <= MANY else TALLEST_OF_MANY) / tallest
    rows: list[list[_Solid]] = []
    right = WIDTH
    for box in boxes:
        height, away = (max(THINNEST, unit * side**power) for side in box.volume[:2])
        length, slant = DOUBLING * log2(1 + box.volume.depth), SLANT * away
        width = max(length + slant, CHARACTER * max(map(len, box.lines)))
        if right + width > WIDTH - 2 * MARGIN:
            rows.append([])
            right = 0.0
        rows[-1].append(_Solid(box, right + width / 2, height, length, slant))
        right += width + GAP
    placed: list[_Row] = []
    bottom = 0.0
    first = 0
    for row in rows:
        runs = runs_of(edges, range(first, first + len(row)))
        lanes = LANE * (max(run.lane for run in runs) + 2) if runs else 0.0
        ground = bottom + lanes + max(one.height + one.slant for one in row) + GAP
        placed.append(_Row(first, [one._replace(ground=ground) for one in row], runs, bottom))
        bottom = ground + LINE * (max(len(one.box.lines) for one in row) + 1)
        first += len(row)
    return placed, bottom


def _draw_box(axes: Axes, solid: _Solid) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgb

    box, middle, height, length, slant, y = solid
    x, top = middle - (length + slant) / 2, y - height
    right, (back, far) = x + length, (x + length + slant, top - slant)
    front = [(x, y), (right, y), (right, top), (x, top)]
    above = [(x, top), (right, top), (back, far), (x + slant, far)]
    side = [(right, y), (back, y - slant), (back, far), (right, top)]
    colour = to_rgb(COLOURS[box.kind])
    light, dark = ([share * c + white for c in colour] for share, white in ((0.6, 0.4), (0.7, 0.0)))
    faces = [above, side, front]
    axes.add_collection(PolyCollection(faces, facecolors=[light, dark, colour], edgecolors="w", linewidths=0.4))
    axes.text(middle, y + LINE / 2, "\n".join(box.lines), fontsize=POINTS, ha="center", va="top")


def _draw_bars(figure: Figure, bars: Sequence[Bar], stack: Stack) -> None:
    """Two columns of bars: shares of the parameters, and of the work."""
    names = min(LONGEST_NAMES, CHARACTER * max(len(bar.label) for bar in bars)) + 2 * MARGIN
    width = (WIDTH - names - 2 * MARGIN) / 2
    amounts = [(bar.parameters, bar.macs) for bar in bars]
    wholes = ("parameters", stack.parameters), ("MACs", stack.macs)
    for column, ((what, whole), counts) in enumerate(zip(wholes, zip(*amounts, strict=True), strict=True)):
        axes = _axes(figure, names + column * (width + MARGIN), MARGIN + BAR, width, len(bars) * BAR)
        percents = [100 * count / (whole or 1) for count in counts]
        texts = [_count_text(*pair) for pair in zip(counts, percents, strict=True)]
        drawn = axes.barh(range(len(bars)), percents, height=0.7, color=[COLOURS[bar.kind] for bar in bars])
        axes.bar_label(drawn, texts, padding=3, fontsize=POINTS)
        room = width - CHARACTER * max(map(len, texts)) - GAP
        axes.set(xlim=(0, 100 * width / room), ylim=(len(bars) - 0.5, -0.5))
        axes.set_title(f"{what}: {_count_text(whole, 0.0)}", loc="left", fontsize=POINTS + 2)
        axes.set_xticks(range(0, 101, 25), [f"{mark} %" for mark in range(0, 101, 25)])
        axes.set_yticks(range(len(bars)), [] if column else [bar.label for bar in bars])
        axes.tick_params(labelsize=POINTS, left=False)
        axes.spines[["top", "right", "bottom"]].set_visible(False)


def _axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place in inches, which matplotlib takes in shares of the figure."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def _count_text(count: int, percent: float) -> str:
    """A count and its share.

    >>> _count_text(1792, 0.07), _count_text(3, 1e-9), _count_text(0, 0.0)
    ('1,792 (0.1 %)', '3 (under 0.1 %)', '0')
    """
    share = f" ({percent:.1f} %)" if percent >= 0.05 else " (under 0.1 %)" if percent else ""
    return (f"{count:,}" if count < 10**15 else f"{count:.3e}") + share
