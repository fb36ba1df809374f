"""The maps that the figure of a run is made of: images, kernels, grids of numbers, each with its title and scale.

Colours that mean a sign are blue below 0 and red above it, which the colour-blind tell apart. An image with more
samples than pixels is merged band by band: it is never copied as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.data.raster import Raster
from cnnkit.data.trace import Mask, Numbers
from cnnkit.geometry.pair import Pair
from cnnkit.views.figures.canvas import LARGEST_VALUE, entitle, value_range
from cnnkit.views.figures.features import merged
from cnnkit.views.text.grids import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, MARGIN, GAP = 8.0, 0.15, 0.25
TITLE_POINTS, MARK_POINTS, LINE = 8.0, 7.0, 0.15
BAR, BAR_ROOM = 0.09, 0.6
"""All in inches, but for letters."""

SIGNED, LEVELS = "RdBu_r", "gray"
PADDING = "#FBE5B6"
HOLE, MIDDLE = "#56B4E9", 0.5
"""The colour of what is no number, which no map of greys has, and the level above which letters are black."""

MOST_BEYOND = 0.2
"""The share of colours beyond the levels from which on a result has a scale of its own."""

PIXELS_PER_INCH = 150
"""At most as many cells are drawn."""

BAND_SAMPLES = 1 << 20
"""Samples that are merged at a time."""

TRIMMED, MANY = 0.5, 1000
"""The percentage of many values at either end that is beyond the colours: few are far larger than all others."""

EXTENDS = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}

LARGEST_LETTERS, SMALLEST_LETTERS = 9.0, 4.5
"""Points; numbers that need smaller ones are left out."""

POINTS_PER_INCH, LETTER_SHARE, MEAN_LETTER = 72, 0.65, 0.5
"""The last two are widths of a digit with its room, and of a letter, as shares of their height."""

THICK, THIN = 1.5, 0.3
"""Points; of lines around many windows, those around small ones are thinner."""

Size = tuple[float, float]
"""Width and height in inches."""

Extremes = tuple[float, float]
Box = tuple[float, float, float, float]

Frame = tuple[float, float, float, float, str]
"""A rectangle around samples: its first row and column, rows and columns, and its colour."""


class Cells(NamedTuple):
    """What is drawn of an image, and how."""

    values: Floats  # (rows, columns), or colours as (rows, columns, 3 or 4) from 0 to 1
    size: Pair  # of the image
    low: float
    high: float
    colours: str = LEVELS
    extremes: Extremes = (0.0, 0.0)  # of all samples
    note: str = ""  # what a cell is, where it is no sample
    extend: str = "neither"  # where there are values beyond the colours


class Map(NamedTuple):
    """One map of a figure: what is above, in and over it."""

    lines: tuple[str, ...]
    size: Size = (1.0, 0.01)
    cells: Cells | None = None
    texts: Numbers | None = None  # in the cells
    is_padding: Mask | None = None
    frames: Sequence[Frame] = ()
    has_bar: bool = False
    extent: Box | None = None  # left, right, bottom, top
    mark: Callable[[Axes], None] | None = None  # draws what else there is, and marks the axes
    above: float = 0.0  # room above the title and below the map, in inches
    below: float = 0.0

    @property
    def height(self) -> float:
        """All the height that it takes, in inches."""
        return self.above + LINE * len(self.lines) + 0.05 + self.size[1] + self.below + GAP


Row = list[tuple[float, list[Map]]]
"""Lists of maps above each other, each with its distance from the left edge."""


def cells_of(
    image: Raster,
    size: Size,
    scale: Extremes | None = None,
    *,
    is_colour: bool = False,
    is_signed: bool = False,
    inside: tuple[range, range] | None = None,
) -> Cells:
    """What is drawn of an image in a map of a size; of several channels that are no colours, one number.

    `scale` is where colours end, and grey values that lie between; others have a scale of their own. The scale of
    differences is of the results `inside`: what padding makes of the rim may be far larger than all others.
    """
    merge = "strongest" if is_signed else "mean"
    values, block, (least, most) = _merged(image, size, merge)
    of = [f"{block[0]}x{block[1]} samples"] if max(block) > 1 else []
    if not is_colour or is_signed:
        values = values[..., : image.colours]
        of += [f"{'R, G, B' if is_colour else f'{image.colours} channels'}"] * (image.colours > 1)
    shape, note, extremes = image.shape[:2], f"shown: {merge} of {' and '.join(of)}" if of else "", (least, most)
    if np.isnan(values).any():
        note += f"{'; ' if note else ''}sky blue: no number"
    if scale and is_colour and not is_signed:
        if ((values < scale[0]) | (values > scale[1])).mean() > MOST_BEYOND:
            scale = value_range(values)
        beyond = "both" if least < scale[0] or most > scale[1] else "neither"
        colours = np.nan_to_num((values - scale[0]) / (scale[1] - scale[0]), nan=0.5).clip(0, 1)
        return Cells(colours, shape, *scale, "", extremes, note, beyond)
    if is_signed:
        strongest = np.abs(np.nan_to_num(values)).argmax(axis=2)[..., None]
        values = np.take_along_axis(values, strongest, axis=2)[..., 0]
        down, across = (
            slice(one.start // n, -(-one.stop // n)) for one, n in zip(inside or map(range, shape), block, strict=True)
        )
        seen = values[down, across]
        sizes = np.abs(seen[np.isfinite(seen)])
        end = float(np.percentile(sizes, 100 - 2 * TRIMMED)) if sizes.size > MANY else 0.0
        end = min(end or float(sizes.max(initial=0.0)) or 1.0, LARGEST_VALUE)
        low, shades = (-end, SIGNED) if least < 0 else (0.0, LEVELS)
        return Cells(values, shape, low, end, shades, extremes, note, EXTENDS[least < low, most > end])
    values = values.mean(axis=2)
    low, high = value_range(values)
    if scale is not None and scale[0] <= least and most <= scale[1]:
        low, high = scale
    elif scale is not None and values.size > MANY:
        finite = values[np.isfinite(values)]
        low, high = value_range(np.percentile(finite, (TRIMMED, 100 - TRIMMED)) if finite.size else finite)
    return Cells(values, shape, low, high, LEVELS, extremes, note, EXTENDS[least < low, most > high])


def _merged(image: Raster, size: Size, merge: str) -> tuple[Floats, Pair, Extremes]:
    """Blocks of an image that are no smaller than pixels, how large they are, and the extremes of all colours."""
    rows, columns, depth = image.shape
    across, up = (max(1, ceil(n / (PIXELS_PER_INCH * inches))) for n, inches in zip((columns, rows), size, strict=True))
    step = up * max(1, BAND_SAMPLES // (up * columns * depth))
    parts, low, high = [], np.inf, -np.inf
    for first in range(0, rows, step):
        band = image.samples[first : first + step]
        parts.append(merged(band, up, across, merge))
        colour = band[..., : image.colours]
        finite = colour if colour.dtype.kind in "bui" else colour[np.isfinite(colour)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return np.concatenate(parts), (up, across), (low, high)


def number_texts(values: Numbers) -> Numbers:
    """Numbers as they stand in cells; what is none is a hole."""
    texts = ["hole" if np.isnan(one) else number_text(float(one), 3) for one in values.flat]
    return np.array(texts).reshape(values.shape)


def fitted(shape: Pair, most: Size, least: float = 0.3) -> Size:
    """The size of a map in the form of its image, as large as fits; a line is not thinner than `least`.

    >>> fitted((100, 200), (3, 3)), fitted((1, 6000), (3, 3))
    ((3.0, 1.5), (3.0, 0.3))
    """
    scale = min(most[0] / shape[1], most[1] / shape[0])
    return max(shape[1] * scale, least), max(shape[0] * scale, least)


def figure_of(rows: Sequence[Row]) -> Figure:
    """Put every map in its place: below those before it, beside its neighbours, and none over another."""
    from matplotlib.figure import Figure

    heights = []
    for row in rows:
        most = max(len(maps[0].lines) for _, maps in row)
        for _, maps in row:  # those side by side begin below as many lines
            maps[0] = maps[0]._replace(above=LINE * (most - len(maps[0].lines)))
        heights.append(max(sum(one.height for one in maps) for _, maps in row))
    top = sum(heights)
    figure = Figure(figsize=(WIDTH, top + MARGIN))
    for row, height in zip(rows, heights, strict=True):
        ends = [*(x - GAP for x, _ in row[1:]), WIDTH - MARGIN]
        for (x, maps), end in zip(row, ends, strict=True):
            bottom = top
            for one in maps:
                bottom -= one.height
                _draw_map(figure, one, x, bottom + one.below + GAP, end - x)
        top -= height
    return figure


def _draw_map(figure: Figure, one: Map, left: float, bottom: float, room: float) -> None:
    """Draw a map at a place, in inches; its title has `room` to the right."""
    width, height = figure.get_size_inches()
    across, up = one.size[0] / width, one.size[1] / height
    axes = figure.add_axes((left / width, bottom / height, across, up))
    if one.mark is None:
        axes.set_xticks([])
        axes.set_yticks([])
    if one.cells is not None:
        bar = (left + one.size[0] + BAR / 2) / width, bottom / height, BAR / width, up
        _draw_cells(figure, axes, one, one.cells, bar)
    elif one.mark is None:
        axes.set_axis_off()
    if one.mark is not None:
        one.mark(axes)
    axes.tick_params(labelsize=MARK_POINTS)
    if one.lines:
        longest = int(room * POINTS_PER_INCH / (MEAN_LETTER * TITLE_POINTS))
        entitle(axes, one.lines[0], room / width, *one.lines[1:], size=TITLE_POINTS, longest=longest)


def _draw_cells(figure: Figure, axes: Axes, one: Map, cells: Cells, bar: Box) -> None:
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    rows, columns = cells.size
    extent = one.extent or (-0.5, columns - 0.5, rows - 0.5, -0.5)
    if cells.values.ndim == 3:
        axes.imshow(cells.values, interpolation="nearest", aspect="auto", extent=extent)
    else:
        shown = axes.imshow(
            cells.values.clip(cells.low, cells.high),
            cmap=colormaps[cells.colours].with_extremes(bad=HOLE),
            vmin=cells.low,
            vmax=cells.high,
            interpolation="nearest",
            aspect="auto",
            extent=extent,
        )
        if one.texts is not None:
            _write_numbers(axes, one, one.texts, shown.to_rgba(cells.values)[..., :3] @ [0.299, 0.587, 0.114])
        if one.has_bar:
            marks = MaxNLocator(max(1, min(6, int(2.5 * one.size[1]))))
            scale = figure.colorbar(shown, cax=figure.add_axes(bar), extend=cells.extend, ticks=marks)
            scale.ax.tick_params(labelsize=MARK_POINTS)
    _draw_frames(axes, one, extent)


def _write_numbers(axes: Axes, one: Map, texts: Numbers, shades: Floats) -> None:
    """Write numbers into cells, if letters fit that can be read."""
    points = one.size[0] / shades.shape[1] * POINTS_PER_INCH * 0.9 / (LETTER_SHARE * max(2, *map(len, texts.flat)))
    if points < SMALLEST_LETTERS:
        return
    is_light = shades > MIDDLE if one.is_padding is None else (shades > MIDDLE) | one.is_padding
    how = {"ha": "center", "va": "center", "fontsize": min(points, LARGEST_LETTERS)}
    for (row, column), text in np.ndenumerate(texts):
        axes.text(column, row, text, color="black" if is_light[row, column] else "white", **how)


def _draw_frames(axes: Axes, one: Map, extent: Box) -> None:
    """Lay a shade over padding and a line around the image in it, and draw the frames."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Rectangle

    frames = [*one.frames]
    if one.is_padding is not None and one.is_padding.any():
        shade = ListedColormap([PADDING])
        axes.imshow(np.ma.masked_where(~one.is_padding, one.is_padding), cmap=shade, aspect="auto", extent=extent)
        (top, left), (bottom, right) = (edge(np.argwhere(~one.is_padding), axis=0) for edge in (np.min, np.max))
        frames.insert(0, (top, left, bottom - top + 1, right - left + 1, "black"))
    for row, column, rows, columns, colour in frames:
        points = columns / (extent[1] - extent[0]) * one.size[0] * POINTS_PER_INCH
        line = THICK if len(one.frames) == 1 else min(THICK, max(THIN, points / 16))
        place = column - 0.5, row - 0.5
        axes.add_patch(Rectangle(place, columns, rows, fill=False, edgecolor=colour, linewidth=line, clip_on=False))


def extent_text(cells: Cells) -> str:
    """What the numbers of an image lie between."""
    low, high = cells.extremes
    return f"{number_text(low)} to {number_text(high)}" if low <= high else "no numbers"


def some_lines(*lines: str) -> tuple[str, ...]:
    """Those that say something."""
    return tuple(line for line in lines if line)
