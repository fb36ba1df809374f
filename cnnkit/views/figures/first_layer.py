"""The kernels of a network's first layer, after it learned and before, beside presets that some of them are like.

Kernels of 3 channels are drawn in colours, where grey is 0, all others in blue below 0 and red above it. A kernel has
one scale of its own before and after, as the faint ones have shapes too. All lengths are in inches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

from cnnkit.arrays import Array, Floats
from cnnkit.data.learning.first_layer import COLOURS, changed_most, patterns
from cnnkit.data.learning.likeness import Likeness, most_alike, references, wavelength
from cnnkit.geometry.pair import Pair, counted, pair_text
from cnnkit.views.figures.canvas import encoded, write_text
from cnnkit.views.figures.layers import FRAME
from cnnkit.views.figures.maps import LINE, MARGIN, SIGNED, WIDTH
from cnnkit.views.text.grids import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_KERNELS, ACROSS, FEW = 32, 8, 4
"""Kernels that are drawn, and those in a row: eight, or four where there are no more, which are larger."""

GAP, SMALL = 0.14, 0.6
"""The room between kernels, and the side of one before it learned as a share of that after."""

PRESET, PRESETS_ACROSS = 0.6, 9

LETTERS, POINTS, SMALL_POINTS = 125, 8.0, 6.5


class _Pair(NamedTuple):
    """A kernel after it learned and before, as (rows, columns, depth), and what it is most like."""

    number: int
    after: Floats
    before: Floats
    like: Likeness | None
    was_like: Likeness | None

    @property
    def end(self) -> float:
        """Where the scale of both ends."""
        return float(max(np.abs(self.after).max(), np.abs(self.before).max()))


def draw_first_layer(title: str, start: Array, end: Array, file_type: str, note: str) -> Callable[[BinaryIO], None]:
    """Draw kernels before and after they learned, and return a function that writes the figure; as `encoded`.

    Parameters
    ----------
    title : str
        What the network learned from.
    start, end : ndarray
        The kernels before and after, (rows, columns, depth, kernels). Of many, those that changed most are drawn.
    """
    return encoded(lambda: _figure(title, start, end), file_type, note)


def _figure(title: str, start: Array, end: Array) -> Figure:
    """Panels at places in inches from the top left corner of the one axes that cover the figure."""
    from matplotlib.figure import Figure

    presets = references(end.shape[:2])
    pairs = _pairs(start, end, presets)
    across = ACROSS if len(pairs) > FEW else FEW
    side = (WIDTH - 2 * MARGIN + GAP) / across - GAP
    scale = side / max(end.shape[:2])
    tall = 2 * LINE * bool(presets) + LINE + (1 + SMALL) * end.shape[0] * scale + 2 * GAP
    lines = _lines(end.shape, pairs)
    top = MARGIN + LINE * (len(lines) + 2.5)
    below = top + -(-len(pairs) // across) * tall
    total = below + (PRESET + 3.5 * LINE) * bool(presets) + MARGIN
    figure = Figure(figsize=(WIDTH, total), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    write_text(axes, MARGIN, MARGIN + LINE, title, POINTS + 2, WIDTH - 2 * MARGIN)
    axes.text(MARGIN, MARGIN + 1.4 * LINE, "\n".join(lines), fontsize=POINTS, va="top", linespacing=1.25)
    for place, pair in enumerate(pairs):
        left = MARGIN + place % across * (side + GAP)
        _draw_pair(axes, pair, left, top + place // across * tall, scale, side)
    if presets:
        _draw_presets(axes, presets, end.shape[:2], below)
    axes.set(xlim=(0, WIDTH), ylim=(total, 0))
    axes.axis("off")
    return figure


def _pairs(start: Array, end: Array, presets: Mapping[str, Floats]) -> list[_Pair]:
    numbers = changed_most(start, end, MOST_KERNELS)
    before, after = patterns(start[..., numbers]), patterns(end[..., numbers])
    return [
        _Pair(
            number,
            after[..., place],
            before[..., place],
            most_alike(end[..., number], presets),
            most_alike(start[..., number], presets),
        )
        for place, number in enumerate(numbers)
    ]


def _lines(shape: tuple[int, ...], pairs: Sequence[_Pair]) -> list[str]:
    """What is drawn, and how far a likeness can be trusted."""
    depth, count = shape[2:]
    said = [f"The first layer: {counted(count, 'kernel')} of {pair_text(shape[:3])}"]
    said[0] += f"; the {len(pairs)} that changed most are drawn." if count > len(pairs) else "."
    colours = "blue below 0, white 0, red above it"
    if depth == COLOURS:
        colours = "the weights of red, green and blue as one colour, grey is 0"
    elif depth > 1:
        colours = f"the sum of the {depth} channels, {colours}"
    said[0] += f" Large: learned; small, below it: before learning. {colours[0].upper()}{colours[1:]}."
    said[0] += " Each kernel has a scale of its own, which ends at the number after ±."
    likes = [pair.like for pair in pairs if pair.like]
    if likes:
        means = [
            float(np.mean([abs(one.cosine) for one in found if one] or [0.0]))
            for found in ([pair.was_like for pair in pairs], likes)
        ]
        channels = ", the preset in every channel" * (depth > 1)
        said += [
            f"Under a kernel stands the preset at the bottom that it is most like, with the cosine of both{channels}, "
            "without their means: 1 is the same pattern, 0 no likeness; a minus: like the preset with its sign turned. "
            f"On average it is {means[1]:.2f}, and was {means[0]:.2f} before learning: as some preset is always the "
            "most alike, only what is clearly above that means something."
        ]
    return [line for text in said for line in wrap(text, LETTERS)]


def _draw_pair(axes: Axes, pair: _Pair, left: float, top: float, scale: float, side: float) -> None:
    """Draw a kernel below its name, what it is like, and the same kernel before."""
    rows = len(pair.after)
    y = top + LINE
    name = f"{pair.number}: ±{number_text(pair.end, 2)}"
    write_text(axes, left, y - 0.04, name, SMALL_POINTS, side)
    _draw_grid(axes, pair.after, (left, y), scale, pair.end)
    y += rows * scale
    if pair.like is not None:
        y += LINE
        write_text(axes, left, y - 0.02, _like_text(pair.like), SMALL_POINTS, side)
    y += 0.06
    _draw_grid(axes, pair.before, (left, y), SMALL * scale, pair.end)
    if pair.was_like is not None:
        y += SMALL * rows * scale + LINE
        write_text(axes, left, y - 0.02, _like_text(pair.was_like), SMALL_POINTS - 0.5, side)


def _like_text(like: Likeness) -> str:
    return f"{'-' if like.cosine < 0 else ''}{like.name} {abs(like.cosine):.2f}"


def _draw_presets(axes: Axes, presets: Mapping[str, Floats], size: Pair, top: float) -> None:
    """Draw all presets in a row below their names."""
    room = (WIDTH - 2 * MARGIN + GAP) / PRESETS_ACROSS
    text = f"Presets of {pair_text(size)}, each less its mean: edges (sobel), stripes (gabor, with wavelength="
    text += f"{wavelength(size):g}) and a spot (gaussian)"
    axes.text(MARGIN, top + LINE, text, fontsize=POINTS)
    for place, (name, weights) in enumerate(presets.items()):
        left = MARGIN + place * room
        write_text(axes, left, top + 2.5 * LINE, name, SMALL_POINTS, room - 0.05)
        grid = (weights - weights.mean())[..., None]
        _draw_grid(axes, grid, (left, top + 2.8 * LINE), PRESET / max(size), float(np.abs(grid).max()))


def _draw_grid(axes: Axes, grid: Floats, place: tuple[float, float], scale: float, end: float) -> None:
    """Draw weights as cells of `scale` inches, with a frame."""
    rows, columns, depth = grid.shape
    (left, top), scaled = place, grid / (end or 1.0)
    right, bottom = left + columns * scale, top + rows * scale
    how: dict[str, Any] = {"interpolation": "nearest", "aspect": "auto", "extent": (left, right, bottom, top)}
    if depth == COLOURS:
        axes.imshow((scaled + 1) / 2, **how)
    else:
        axes.imshow(scaled[..., 0], SIGNED, vmin=-1, vmax=1, **how)
    axes.plot([left, right, right, left, left], [top, top, bottom, bottom, top], color=FRAME, linewidth=0.5)
