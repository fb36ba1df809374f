"""Features as a picture with axes, drawn by matplotlib, which is not needed otherwise.

Nothing of a user's own settings for matplotlib goes into the picture, and nothing of it stays behind: no pyplot, no
window, no word on stderr about fonts and caches. Sizes, numbers and words come from `cnnkit.data.heatmap`.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

from cnnkit.data.heatmap import Heatmap, shortened
from cnnkit.geometry.ticks import Tick

DOTS = 100
"""Pixels in an inch, as matplotlib counts."""

POINTS = 10.5
"""The size of the letters."""

LETTER, LINE = 9, 20
"""The room in pixels that a digit takes, and a line."""

EDGE, MARKS = 16, 10
BAR_GAP, BAR = 28, 18
"""From the map to the colour bar, and its width."""

DRAWN = ("axes.", "figure.", "font.", "image.", "lines.", "mathtext.", "patch.", "path.", "savefig.", "text", "xtick.")
"""The settings that show in a picture, by how their names begin."""


def is_installed() -> bool:
    """Whether there is a matplotlib that can be imported."""
    try:
        with _quiet():
            import matplotlib.backends.backend_agg
            import matplotlib.figure  # noqa: F401
    except Exception:  # it raises whatever its settings and parts stumble over, and is not needed
        return False
    return True


def write_plot(stream: BinaryIO, heatmap: Heatmap, note: str) -> None:
    """Write a PNG with a map of features, its axes and a colour bar; the note is kept as the text ``Software``."""
    import matplotlib

    content = io.BytesIO()
    with _quiet():
        settings = {name: value for name, value in matplotlib.rcParamsDefault.items() if name.startswith(DRAWN)}
        with matplotlib.rc_context({**settings, "font.size": POINTS}):
            _draw(heatmap).print_png(content, metadata={"Software": note})
    stream.write(content.getbuffer())


def _draw(heatmap: Heatmap) -> Any:
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, columns = heatmap.size
    left = EDGE + LINE + _room(heatmap.columns) + MARKS
    bar_left = left + columns + BAR_GAP
    width = bar_left + BAR + MARKS + _room(heatmap.values) + (LINE if heatmap.value_name else 0) + EDGE
    bottom = EDGE + 2 * LINE + MARKS
    height = bottom + rows + (LINE if heatmap.title else 0) + EDGE
    figure = Figure(figsize=(width / DOTS, height / DOTS), dpi=DOTS)
    canvas = FigureCanvasAgg(figure)
    low, high = heatmap.low, heatmap.high
    colours = colormaps["viridis"].with_extremes(bad="0.627")

    axes = figure.add_axes((left / width, bottom / height, columns / width, rows / height))
    image = axes.imshow(
        heatmap.cells,
        cmap=colours,
        vmin=low,
        vmax=high,
        aspect="auto",
        interpolation="nearest",
        extent=(0, columns, 0, rows),
    )
    _set_ticks(axes.xaxis, heatmap.times)
    _set_ticks(axes.yaxis, heatmap.columns)
    axes.set_xlabel(heatmap.time_name, parse_math=False)
    axes.set_ylabel(heatmap.column_name, parse_math=False)
    title = axes.set_title(heatmap.title, loc="left", fontsize=POINTS, parse_math=False)

    beside = figure.add_axes((bar_left / width, bottom / height, BAR / width, rows / height))
    figure.colorbar(image, cax=beside)
    beside.set_yticks([low + tick.place / rows * (high - low) for tick in heatmap.values])
    beside.set_yticklabels([tick.label for tick in heatmap.values])
    beside.set_ylabel(heatmap.value_name, parse_math=False)
    title.set_text(shortened(heatmap.title, width - EDGE - left, partial(_width, title, canvas)))
    return canvas


def _set_ticks(axis: Any, ticks: tuple[Tick, ...]) -> None:
    axis.set_ticks([tick.place for tick in ticks], [tick.label for tick in ticks])


def _room(ticks: tuple[Tick, ...]) -> int:
    return max((len(tick.label) for tick in ticks), default=0) * LETTER


def _width(title: Any, canvas: Any, text: str) -> float:
    """How many pixels a title takes."""
    title.set_text(text)
    return float(title.get_window_extent(canvas.get_renderer()).width)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep matplotlib's warnings, and its words about fonts and folders, off stderr."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
