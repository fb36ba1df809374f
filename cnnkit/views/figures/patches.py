"""The parts of inputs that excite a feature map most, side by side, beside the whole input of the strongest.

Patches are drawn at one scale for each, sample by sample; of sounds, time runs to the right and frequency upwards. All
lengths are in inches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.views.figures.canvas import encoded, write_text
from cnnkit.views.figures.windows import FIRST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, MARGIN, GAP, LINE = 10.0, 0.2, 0.12, 0.14
ACROSS, SIDE, WHOLE = 3, 1.75, 3.9
"""Patches in a row, the side of the place for one, and that for the whole input."""

POINTS, FAINT = 7.0, "0.35"

Levels = npt.NDArray[np.uint8]
Box = Sequence[int]


class Patch(NamedTuple):
    """A part of an input, (rows, columns, depth 1 or 3), and the lines below it."""

    levels: Levels
    lines: tuple[str, ...]
    is_sound: bool = False


def draw_patches(
    title: str, network: str, whole: Patch, box: Box, patches: Sequence[Patch], file_type: str, note: str
) -> Callable[[BinaryIO], None]:
    """Draw the whole input with a box (first row and column, rows, columns), and all patches; as `encoded`."""
    return encoded(lambda: _figure((title, network), whole, box, patches), file_type, note)


def _figure(titles: tuple[str, str], whole: Patch, box: Box, patches: Sequence[Patch]) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    down = -(-len(patches) // ACROSS)
    below = LINE * (max(len(one.lines) for one in patches) + 0.6)
    top = MARGIN + 3.2 * LINE + GAP
    sides = whole.levels.shape[1::-1] if whole.is_sound else whole.levels.shape[:2]
    height = top + max(down * (SIDE + below), WHOLE * min(1.0, sides[0] / sides[1]) + 4 * LINE) + MARGIN
    figure = Figure(figsize=(WIDTH, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    write_text(axes, MARGIN, MARGIN + LINE, titles[0], 11, WIDTH - 2 * MARGIN)
    write_text(axes, MARGIN, MARGIN + 2.4 * LINE, titles[1], 8, WIDTH - 2 * MARGIN)
    left, first, scale = _picture(axes, whole, MARGIN, top, WHOLE, is_middle=False)
    row, column, rows, columns = box
    if whole.is_sound:
        row, column, rows, columns = whole.levels.shape[1] - column - columns, row, columns, rows
    place = left + column * scale[0], first + row * scale[1]
    size = columns * scale[0], rows * scale[1]
    axes.add_patch(Rectangle(place, *size, fill=False, edgecolor="white", linewidth=3.2))
    axes.add_patch(Rectangle(place, *size, fill=False, edgecolor=FIRST, linewidth=1.6))
    for line, text in enumerate(whole.lines):
        write_text(axes, MARGIN, first + sides[0] * scale[1] + LINE * (1.2 + 1.2 * line), text, 8, WHOLE)
    start = MARGIN + WHOLE + 0.35
    step = (WIDTH - MARGIN - start + GAP) / ACROSS
    for number, one in enumerate(patches):
        x, y = start + number % ACROSS * step, top + number // ACROSS * (SIDE + below)
        corner = _picture(axes, one, x, y, min(SIDE, step - GAP))
        for line, text in enumerate(one.lines):
            write_text(axes, corner[0], y + SIDE + LINE * (line + 0.9), text, POINTS, step - GAP)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    return figure


def _picture(
    axes: Axes, one: Patch, left: float, top: float, side: float, *, is_middle: bool = True
) -> tuple[float, float, tuple[float, float]]:
    """Draw a patch in a square place; where its corner is, and how large a sample is."""
    cells = one.levels[:, :, 0] if one.levels.shape[2] == 1 else one.levels
    if one.is_sound:
        cells = cells.swapaxes(0, 1)[::-1]
    rows, columns = cells.shape[:2]
    unit = side / max(rows, columns)
    width, height = max(columns * unit, 0.08), max(rows * unit, 0.08)
    y = top + (side - height if is_middle else 0.0)
    extent = left, left + width, y + height, y
    is_coarse = max(rows, columns) < side * 150
    axes.imshow(
        cells,
        "gray",
        vmin=0,
        vmax=255,
        aspect="auto",
        extent=extent,
        interpolation="nearest" if is_coarse else "antialiased",
    )
    right, bottom = left + width, y + height
    axes.plot([left, right, right, left, left], [y, y, bottom, bottom, y], color="0.7", linewidth=0.4)
    return left, y, (width / columns, height / rows)
