"""A sheet of kernels: each as a heat map with its weights, beside what it makes of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.views.figures.canvas import encoded, write_text
from cnnkit.views.text.grids import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 8.0
"""Of the sheet, in inches."""

MAX_WRITTEN = 5
"""Rows and columns of a grid whose weights are written into its cells."""

MAX_ALONE = 3
"""Kernels that have a row each; of more, three stand in a row."""

MARGIN, GAP, HEAD, POINTS = 0.12, 0.1, 0.3, 72

Levels = npt.NDArray[np.uint8]
Ends = tuple[float, float]


class Response(NamedTuple):
    """A kernel, and what it makes of the image as levels, (rows, columns, depth 1 or 3)."""

    kernel: Kernel
    levels: Levels


def draw_kernels(
    image: Levels, title: str, responses: Sequence[Response], file_type: str, note: str
) -> Callable[[BinaryIO], None]:
    """Draw the image and all kernels with their responses, and return a function that writes them; as `encoded`."""
    return encoded(lambda: _figure(image, title, responses), file_type, note)


def _figure(image: Levels, title: str, responses: Sequence[Response]) -> Figure:
    """Panels at places in inches from the top left corner of the one axes that cover the figure."""
    from matplotlib.figure import Figure

    across = 1 if len(responses) <= MAX_ALONE else 3
    panels = 3 if across == 1 else 2  # the image itself stands in each row, or alone in the first place
    cell = (WIDTH - 2 * MARGIN + GAP) / across
    side = cell / panels - GAP
    count = len(responses) + (across > 1)
    height = 2 * MARGIN + -(-count // across) * (side + HEAD + GAP)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    points = min(10.0, 5 + 4 * side)
    for place in range(count):
        left = MARGIN + place % across * cell
        top = MARGIN + place // across * (side + HEAD + GAP) + HEAD
        number = place - (across > 1)
        if number < 0:
            _picture(axes, image, left, top, side)
            write_text(axes, left, top - 0.07, title, points, cell - GAP)
            continue
        kernel, levels = responses[number]
        if across == 1:
            _picture(axes, image, left, top, side)
            left += side + GAP
        _heat_map(axes, kernel, left, top, side)
        _picture(axes, levels, left + side + GAP, top, side)
        factor = f"   1/{kernel.denominator} ×" if _is_written(kernel) and kernel.denominator > 1 else ""
        write_text(axes, left, top - 0.07, f"{kernel.name}{factor}", points, side if across == 1 else 2 * side)
        if across == 1:
            write_text(axes, MARGIN, top - 0.07, title, points, side)
            write_text(axes, left + side + GAP, top - 0.07, kernel.detects, points, side)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    return figure


def _is_written(kernel: Kernel) -> bool:
    return max(kernel.size) <= MAX_WRITTEN


def _picture(axes: Axes, levels: Levels, left: float, top: float, side: float) -> None:
    """An image in the middle of a square place."""
    rows, columns = levels.shape[:2]
    scale = side / max(rows, columns)
    _panel(axes, levels[:, :, 0] if levels.shape[2] == 1 else levels, left, top, side, scale, "gray", (0, 255))


def _heat_map(axes: Axes, kernel: Kernel, left: float, top: float, side: float) -> None:
    """The weights as colours around 0, and as numbers where there is room."""
    rows, columns = kernel.size
    scale = side / max(rows, columns, 3)
    most = float(np.abs(kernel.weights).max()) or 1.0
    x, y = _panel(axes, kernel.weights, left, top, side, scale, "RdBu_r", (-most, most))
    if not _is_written(kernel):
        return
    numbers = kernel.weights * kernel.denominator
    is_whole = np.abs(numbers).max() < 1e5 and np.abs(numbers - np.rint(numbers)).max() < 1e-6
    words = [[number_text(np.rint(number)) if is_whole else f"{number + 0:.2g}" for number in row] for row in numbers]
    longest = max(len(word) for row in words for word in row)
    size = min(POINTS * scale * 0.4, POINTS * scale * 0.9 / (0.6 * longest))
    for i, row in enumerate(words):
        for j, word in enumerate(row):
            is_dark = abs(kernel.weights[i, j]) > 0.6 * most
            place = x + (j + 0.5) * scale, y + (i + 0.5) * scale
            colour = "white" if is_dark else "black"
            axes.text(*place, word, ha="center", va="center_baseline", fontsize=size, color=colour)


def _panel(
    axes: Axes, cells: npt.NDArray[Any], left: float, top: float, side: float, scale: float, colours: str, ends: Ends
) -> Ends:
    """Draw cells of `scale` inches in the middle of a square place, with a frame; its left and top edge."""
    rows, columns = cells.shape[:2]
    x, y = left + (side - columns * scale) / 2, top + (side - rows * scale) / 2
    right, bottom = x + columns * scale, y + rows * scale
    extent, (low, high) = (x, right, bottom, y), ends
    axes.imshow(cells, colours, vmin=low, vmax=high, interpolation="nearest", aspect="auto", extent=extent)
    axes.plot([x, right, right, x, x], [y, y, bottom, bottom, y], color="0.5", linewidth=0.5)
    return x, y
