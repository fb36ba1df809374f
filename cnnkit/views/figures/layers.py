"""A run of a network as a figure: the input, and a row of feature maps for each layer.

Of many maps, a row shows the strongest, by the mean of their magnitudes. Each map has a scale of its own, as the faint
ones have shapes too: from black to white, or, where the layer has values below 0, from blue over white to red around
it. Values in a row are bars, and maps of one row of samples are lines. Of sounds, time runs to the right and frequency
upwards. All lengths are in inches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from textwrap import wrap
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np

from cnnkit.arrays import Array, Floats
from cnnkit.data.raster import Raster
from cnnkit.network.notation.spec import KEEPING
from cnnkit.network.stack import StackShape
from cnnkit.views.figures.canvas import encoded, value_range, write_text
from cnnkit.views.figures.features import merged
from cnnkit.views.text.grids import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, MARGIN, NAMES, GAP = 10.0, 0.2, 1.75, 0.08
HEAD, TALLEST, THINNEST, LINE, BETWEEN = 2.3, 1.1, 0.12, 0.14, 0.16
"""The largest side of the input, the height of maps at most and at least, of a line of text and between rows."""

ACROSS = 8
"""Maps in a row."""

ALONE, MOST_ROWS = 14, 36
"""Layers up to which each has a row, and rows of a figure; of more layers, activations stand with what they follow."""

PIXELS_PER_INCH, PERCENT, MANY = 150, 99.7, 1000
"""Cells are no smaller than pixels; of many values, the scale leaves out the largest few."""

SOUND_HEIGHT = 0.7
"""Of features of a sound, whatever their number."""

BAR_HEIGHT, MOST_BARS, NAMED = 0.55, 200, 3
"""Of values in a row: how tall the largest bar is, bars that stand apart, and values that are named."""

BLUE, RED, HOLE, FRAME, FAINT = "#0072B2", "#D55E00", "#F0E442", "0.75", "0.4"


class Drawn(NamedTuple):
    """A row of the figure: the layers in it, the last of which is shown, by its number from 1."""

    number: int
    words: str
    size: str


class LayerMaps(NamedTuple):
    """What a row shows: maps of (rows, columns, depth), or (values,)."""

    row: Drawn
    values: Array


def drawn_layers(stack: StackShape) -> list[Drawn]:
    """The layers that have a row: all of few; of many, each with the activations behind it, some left out."""
    rows: list[Drawn] = []
    joins = len(stack.layers) > ALONE
    for number, step in enumerate(stack.layers, start=1):
        name, is_last = step.layer.name, number == len(stack.layers)
        if name in ("flatten", "dropout") and not is_last:  # the same values
            continue
        row = Drawn(number, f"{number}  {step.word}", step.output.text)
        if joins and rows and name in KEEPING and step.wire.sources == (rows[-1].number,):
            row = row._replace(words=f"{rows[-1].words} {step.word}")
            rows.pop()
        rows.append(row)
    if len(rows) > MOST_ROWS:
        kept = sorted({round(place) for place in np.linspace(0, len(rows) - 1, MOST_ROWS)})
        rows = [rows[place] for place in kept]
    return rows


def draw_layers(
    title: str, network: str, image: Raster, rows: Sequence[LayerMaps], file_type: str, note: str
) -> Callable[[BinaryIO], None]:
    """Draw the layers of a run and return a function that writes the figure; as `encoded`."""
    return encoded(lambda: _figure(title, network, image, rows), file_type, note)


def strongest(values: Array, most: int = ACROSS) -> list[int]:
    """The maps that are shown, in their order: all of few, else those with the largest mean magnitudes.

    >>> strongest(np.array([[[0.0, -3.0, 1.0]]]), 2)
    [1, 2]
    """
    means = np.abs(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)).mean(axis=(0, 1), dtype=np.float64)
    return sorted(np.argsort(-means, kind="stable")[:most].tolist())


class _Panel(NamedTuple):
    """A map, and the size that it has in its row."""

    cells: Floats
    width: float
    height: float

    @property
    def is_line(self) -> bool:
        """Whether the cells are one row of samples, drawn as a curve."""
        return self.cells.ndim == 2 and len(self.cells) == 1 and self.height == BAR_HEIGHT


def _figure(title: str, network: str, image: Raster, rows: Sequence[LayerMaps]) -> Figure:
    from matplotlib.figure import Figure

    is_sound = image.sound is not None
    head = _input_panel(image)
    lines = wrap(network, 84, break_on_hyphens=False)
    lines = lines if len(lines) <= 8 else [*lines[:7], f"{lines[7]} ..."]
    top = max(head.height, LINE * (len(lines) + 6)) + 2 * MARGIN
    heights = [_height(one.values, is_sound) for one in rows]
    total = top + sum(heights) + MARGIN
    figure = Figure(figsize=(WIDTH, total), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    _draw(axes, head, MARGIN, MARGIN, *value_range(head.cells) if head.is_line else (0.0, 1.0), is_signed=False)
    has_holes = any(bool(np.isnan(one.values).any()) for one in rows)
    _write_head(axes, title, image, lines, MARGIN + head.width + 0.3, has_holes=has_holes)
    for one, height in zip(rows, heights, strict=True):
        axes.plot([MARGIN, WIDTH - MARGIN], [top, top], color="0.9", linewidth=0.6)
        _draw_row(axes, one, top + BETWEEN, is_sound)
        top += height
    axes.set(xlim=(0, WIDTH), ylim=(total, 0))
    return figure


def _write_head(axes: Axes, title: str, image: Raster, lines: Sequence[str], left: float, *, has_holes: bool) -> None:
    room, y = WIDTH - MARGIN - left, MARGIN + LINE
    write_text(axes, left, y, title, 11, room)
    size = "x".join(map(str, image.shape))
    if image.sound is not None and image.shape[0] == 1:
        size = f"{image.shape[1]:,} samples, {image.sound.sample_rate:,} Hz"
    write_text(axes, left, y + 1.4 * LINE, f"input {size}", 8, room)
    y += 3.2 * LINE
    for line in lines:
        write_text(axes, left, y, line, 8, room)
        y += 1.15 * LINE
    caption = "Each map has its own scale, up to the number above it: black to white, or blue below 0 and red above."
    caption += " Yellow is no number (NaN)." * has_holes
    axes.text(left, y + LINE, "\n".join(wrap(caption, 84)), fontsize=7, color=FAINT, va="top")


def _input_panel(image: Raster) -> _Panel:
    """The input as grey or colours from 0 to 1, in the form that it has."""
    samples, is_sound = image.colour, image.sound is not None
    if is_sound and image.shape[0] == 1:
        return _Panel(_line(samples[0, :, 0]), HEAD, BAR_HEIGHT)
    rows, columns = samples.shape[:2]
    scale = HEAD / max(rows, columns)
    step = max(1, ceil(1 / (PIXELS_PER_INCH * scale)))
    if samples.shape[2] not in (1, 3):
        samples = samples.mean(axis=2, keepdims=True, dtype=np.float64)
    cells = merged(samples, step, step, "mean")
    low, high = (0.0, 255.0) if image.dtype == np.uint8 else value_range(cells)
    cells = ((cells - low) / (high - low)).clip(0, 1)
    cells = cells[..., 0] if cells.shape[2] == 1 else np.nan_to_num(cells, nan=0.5)
    if is_sound:
        return _Panel(_turned(cells), 1.5 * HEAD, SOUND_HEIGHT)
    return _Panel(cells, max(columns * scale, THINNEST), max(rows * scale, THINNEST))


def _turned(cells: Floats) -> Floats:
    """Features of a sound with time to the right and frequency upwards."""
    turned: Floats = cells.swapaxes(0, 1)[::-1]
    return turned


def _line(samples: Array) -> Floats:
    """Samples along a row as a few hundred numbers, those farthest from 0."""
    step = max(1, ceil(len(samples) / (HEAD * PIXELS_PER_INCH)))
    return merged(samples[None, :], 1, step, "strongest")


def _size(shape: tuple[int, ...], is_sound: bool) -> tuple[float, float]:
    """Width and height of a map in its row; frames and bands of sounds have no common measure."""
    rows, columns = shape[:2]
    width = (WIDTH - MARGIN - NAMES - MARGIN - (ACROSS - 1) * GAP) / ACROSS
    if is_sound:
        return width, SOUND_HEIGHT
    scale = min(width / columns, TALLEST / rows)
    return max(columns * scale, THINNEST), max(rows * scale, THINNEST)


def _is_row(values: Array) -> bool:
    """Whether values stand in a row: a vector, or maps of one sample each."""
    return values.ndim == 1 or values.shape[:2] == (1, 1)


def _height(values: Array, is_sound: bool) -> float:
    is_line = _is_row(values) or values.shape[0] == 1
    content = BAR_HEIGHT if is_line else _size(values.shape, is_sound)[1]
    return max(content + LINE, 4.6 * LINE) + 2 * BETWEEN


def _draw_row(axes: Axes, one: LayerMaps, top: float, is_sound: bool) -> None:
    row, values = one
    shown = values.ravel() if _is_row(values) else values
    finite = shown[np.isfinite(shown)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    words = wrap(row.words, 25, break_on_hyphens=False) or [""]
    words = words if len(words) < 3 else [words[0], f"{' '.join(words[1:])[:22]}..."]
    y = top + LINE * 0.75
    for line in words:
        text = axes.text(MARGIN, y, line, fontsize=8, fontweight="bold", va="center", parse_math=False)
        text.set_clip_on(True)
        y += LINE
    axes.text(MARGIN, y, row.size, fontsize=7.5, color=FAINT, va="center")
    extent = f"{number_text(low)} to {number_text(high)}" if finite.size else "no finite number"
    axes.text(MARGIN, y + LINE, extent, fontsize=7.5, color=FAINT, va="center")
    left = MARGIN + NAMES
    if _is_row(values):
        _draw_bars(axes, shown, left, top, low, high)
        return
    numbers = strongest(values)
    width = (WIDTH - 2 * MARGIN - NAMES - (ACROSS - 1) * GAP) / ACROSS
    for number in numbers:
        one_map = values[..., number]
        is_line = values.shape[0] == 1
        panel = _Panel(_line(one_map[0]), width, BAR_HEIGHT) if is_line else _map_panel(one_map, is_sound)
        least, most = _ends(one_map, is_signed=low < 0)
        _draw(axes, panel, left, top + LINE, least, most, is_signed=low < 0)
        axes.text(left, top + 0.6 * LINE, f"map {number}", fontsize=6.5, color=FAINT, va="center")
        if panel.width > 0.8 * width and np.isfinite(one_map).any():
            extent = "±" * (low < 0) + number_text(most)
            place = left + panel.width, top + 0.6 * LINE
            axes.text(*place, extent, fontsize=6, color=FAINT, va="center", ha="right")
        left += width + GAP if len(numbers) == ACROSS or panel.width > 0.8 * width else max(panel.width, 0.42) + 2 * GAP
    if values.shape[2] > len(numbers):
        more = f"the strongest {len(numbers)} of {values.shape[2]}"
        axes.text(MARGIN, y + 2 * LINE, more, fontsize=7.5, color=FAINT, va="center")


def _ends(values: Array, *, is_signed: bool) -> tuple[float, float]:
    """Where the scale of a map ends: at its largest value, or as far below 0."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    most = float(np.percentile(np.abs(finite), PERCENT)) if finite.size > MANY else float(np.abs(finite).max())
    most = most or float(np.abs(finite).max())
    return (-most, most) if is_signed else (min(float(finite.min()), most), most)


def _map_panel(values: Array, is_sound: bool) -> _Panel:
    width, height = _size(values.shape, is_sound)
    across, up = (width, height) if not is_sound else (height, width)
    step_rows = max(1, ceil(values.shape[0] / (PIXELS_PER_INCH * up)))
    step_columns = max(1, ceil(values.shape[1] / (PIXELS_PER_INCH * across)))
    cells = merged(values, step_rows, step_columns, "mean")
    return _Panel(_turned(cells) if is_sound else cells, width, height)


def _draw(axes: Axes, panel: _Panel, left: float, top: float, low: float, high: float, *, is_signed: bool) -> None:
    """Draw cells with a frame; one row of them as a line."""
    from matplotlib import colormaps

    right, bottom = left + panel.width, top + panel.height
    cells = panel.cells
    if panel.is_line:
        most = max(abs(low), abs(high)) or 1.0
        xs = np.linspace(left, right, cells.shape[1])
        axes.plot([left, right], [(top + bottom) / 2] * 2, color=FRAME, linewidth=0.4)
        axes.plot(
            xs, (top + bottom) / 2 - cells[0].clip(-most, most) / most * panel.height / 2, color=BLUE, linewidth=0.5
        )
    else:
        colours = colormaps["RdBu_r" if is_signed else "gray"].with_extremes(bad=HOLE)
        most, extent = high if high > low else low + 1, (left, right, bottom, top)
        axes.imshow(cells, colours, interpolation="nearest", aspect="auto", extent=extent, vmin=low, vmax=most)
    axes.plot([left, right, right, left, left], [top, top, bottom, bottom, top], color=FRAME, linewidth=0.4)


def _draw_bars(axes: Axes, values: Array, left: float, top: float, low: float, high: float) -> None:
    """Values as bars, up from 0 and down from it, the largest with their numbers."""
    from matplotlib.collections import LineCollection

    room = WIDTH - MARGIN - left
    low, high = min(low, 0.0), max(high, 0.0)
    unit = BAR_HEIGHT / ((high - low) or 1.0)
    zero = top + LINE + high * unit
    step = min(room / len(values), 0.3)
    known = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=high, neginf=low)
    places = left + (np.arange(len(known)) + 0.5) * step
    ends = zero - known * unit
    thick = step * 72 * (0.75 if len(known) <= MOST_BARS else 1.0)
    lines = [[(x, zero), (x, y)] for x, y in zip(places.tolist(), ends.tolist(), strict=True)]
    shades = [RED if value < 0 else BLUE for value in known]
    axes.add_collection(LineCollection(lines, colors=shades, linewidths=max(thick, 0.4), capstyle="butt"))
    axes.plot([left, left + step * len(known)], [zero, zero], color=FRAME, linewidth=0.4)
    written: list[float] = []
    for number in np.argsort(-known, kind="stable")[:NAMED].tolist():
        if known[number] > 0.01 * high and all(abs(places[number] - other) > 0.35 for other in written):
            written.append(float(places[number]))
            axes.text(places[number], ends[number] - 0.02, str(number), fontsize=6.5, ha="center", va="bottom")
