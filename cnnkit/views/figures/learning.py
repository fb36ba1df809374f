"""How a kernel was learned, as a figure: what it makes of the image, how its weights changed, and how wrong it was.

The kernel is drawn at the first step, where half and nine tenths of the way to the last weights are done, and at the
last: at even steps, most would look the same. All lengths are in inches.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, log10
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.data.kernels.course import Course
from cnnkit.data.raster import Raster
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.views.figures.canvas import LARGEST_VALUE, encoded
from cnnkit.views.figures.layers import BLUE, FAINT, RED
from cnnkit.views.figures.maps import (
    GAP,
    MARGIN,
    MARK_POINTS,
    SIGNED,
    WIDTH,
    Cells,
    Map,
    Row,
    cells_of,
    extent_text,
    figure_of,
    fitted,
    some_lines,
)
from cnnkit.views.text.grids import even_texts, number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = (WIDTH - 2 * MARGIN - 3 * GAP) / 4
"""Of the place of an image, and of a kernel: four side by side."""

FEW_GRIDS, SMALL_SIDE = 3, 1.05
"""Of more grids, each is smaller."""

MOST_GRIDS = 6
"""Kernels, or channels of them, below each other."""

CURVE, MARKS_LEFT, MARKS_BELOW = 1.7, 0.55, 0.4
"""The height of the curve, and the room of the numbers at its axes."""

SIGNED_SHARE = 0.1
"""Of samples below 0, from which on an image is blue and red: what a sharpened one has below black is less."""

DIFFERENCE = "difference: made - after"
SMALLEST, LARGEST = 1e-150, 1e150
"""Of errors in the curve; it has room above and below, whose ends must be numbers too."""

MOST_TICKS = 7


class Example(NamedTuple):
    """An image that a kernel was learned from, and what the kernel makes of it.

    Attributes
    ----------
    before, after : Raster
        The pair.
    made : ndarray
        Of the size of `after` and in its units, (rows, columns, depth); NaN where there is no result to compare.
    """

    before: Raster
    after: Raster
    made: Floats


def draw_learning(
    title: str, example: Example, course: Course, error: float, file_type: str, note: str
) -> Callable[[BinaryIO], None]:
    """Draw how a kernel was learned, and return a function that writes the figure; as `encoded`.

    Parameters
    ----------
    title : str
        What the image before is called.
    example : Example
        One pair of images.
    course : Course
        The weights and the errors on the way; one point for a kernel of least squares.
    error : float
        The root of the mean squared error of all results with the last weights, in their units.
    """
    return encoded(lambda: figure_of(_rows(title, example, course, error)), file_type, note)


def _rows(title: str, example: Example, course: Course, error: float) -> list[Row]:
    curve = _curve_map(course, error)
    left = MARGIN if curve.mark is None else MARGIN + MARKS_LEFT
    return [_beside(_image_maps(title, example)), *_kernel_rows(course), [(left, [curve])]]


def _beside(maps: list[Map]) -> Row:
    return [(MARGIN + number * (SIDE + GAP), [one]) for number, one in enumerate(maps)]


def _image_maps(title: str, example: Example) -> list[Map]:
    """The image before and after, what the kernel makes of it in the colours of the image after, and the difference."""
    before, after, made = example.before, example.after, Raster(example.made)
    is_signed = bool((after.samples < 0).mean() > SIGNED_SHARE)
    left, aim, result = (
        _cells(before, before, is_signed=False),
        _cells(after, after, is_signed),
        _cells(made, after, is_signed),
    )
    if result.values.ndim == 2:
        result = result._replace(low=aim.low, high=aim.high, colours=aim.colours)
    drawn = ((f"before: {title}", before, left), ("after", after, aim), ("made by the kernel", made, result))
    return [
        *(_image_map(cells, name, f"{pair_text(image.shape)}, {extent_text(cells)}") for name, image, cells in drawn),
        _difference_map(made, after),
    ]


def _cells(image: Raster, like: Raster, is_signed: bool) -> Cells:
    """What is drawn of an image whose samples are levels if those of another are."""
    scale = (0.0, like.full_scale) if like.is_integer else None
    is_colour = like.is_integer and image.colours == 3
    return cells_of(image, fitted(image.shape[:2], (SIDE, SIDE)), scale, is_colour=is_colour, is_signed=is_signed)


def _image_map(cells: Cells, *lines: str) -> Map:
    return Map(some_lines(*lines, cells.note.removeprefix("shown: ")), fitted(cells.size, (SIDE, SIDE)), cells)


def _difference_map(made: Raster, after: Raster) -> Map:
    """What the kernel makes less the image after: white where they are equal."""
    with np.errstate(over="ignore", invalid="ignore"):
        difference = made.samples - after.samples.astype(np.float64)
    cells = _cells(Raster(difference), Raster(difference), is_signed=True)
    cells = cells._replace(low=-cells.high, colours=SIGNED)
    most = max(map(abs, cells.extremes))
    if not 0 < most < np.inf:
        return _image_map(cells, DIFFERENCE, "no numbers" if most else "none")
    end = number_text(cells.high, 3)
    return _image_map(cells, DIFFERENCE, f"at most {number_text(most, 3)}", f"blue -{end}, red {end}")


def _kernel_rows(course: Course) -> list[Row]:
    """The weights at some steps, all on one scale: a row for each grid, of many the first ones."""
    points = course.at_shares(0.5, 0.1)
    grids = course.grids[points].clip(-LARGEST_VALUE, LARGEST_VALUE)
    rows, columns, count = grids.shape[1:]
    shown = min(count, MOST_GRIDS)
    end = float(np.abs(np.nan_to_num(grids[..., :shown])).max()) or 1.0
    side = SIDE if count <= FEW_GRIDS else SMALL_SIDE
    size = fitted((rows, columns), (SIDE, side))
    texts = even_texts(grids)
    texts = np.char.center(texts.astype(str), max(map(len, texts.flat)))  # so that all letters are of one size
    heads = [f"step {course.steps[point]:,}, error {number_text(course.losses[point], 3)}" for point in points]
    heads[-1] = "least squares" if len(course.steps) == 1 else f"last {heads[-1]}"
    head = f"kernel {pair_text(course.shape)}: blue below 0, red above it, up to {number_text(end, 3)}"
    more = count - shown
    lines = some_lines(head, f"not drawn: {counted(more, 'more grid')}" * bool(more))
    found: list[Row] = [[(MARGIN, [Map(lines, below=-0.6 * GAP)])]]
    for grid, name in enumerate(course.names[:shown]):
        maps = []
        for number, words in enumerate(heads):
            cells = Cells(grids[number, ..., grid], (rows, columns), -end, end, SIGNED)
            title = some_lines(words if grid == 0 else "", name)
            maps.append(Map(title, size, cells, texts[number, ..., grid], below=-0.4 * GAP if grid < shown - 1 else 0))
        found.append(_beside(maps))
    return found


def _curve_map(course: Course, error: float) -> Map:
    """The error at each step, on a logarithmic scale, with dots where the kernel is drawn."""
    said = f"error of all results: {number_text(error, 3)} (root of the mean square)"
    is_drawn = np.isfinite(course.losses) & (course.losses > 0)
    if is_drawn.sum() < 2:
        return Map((said,))

    def mark(axes: Axes) -> None:
        steps, losses = course.steps[is_drawn], course.losses[is_drawn].clip(SMALLEST, LARGEST)
        axes.set_yscale("log")
        axes.plot(steps, losses, color=BLUE, linewidth=1)
        dots = [point for point in course.at_shares(0.5, 0.1) if is_drawn[point]]
        kept = course.losses[dots].clip(SMALLEST, LARGEST)
        axes.plot(course.steps[dots], kept, "o", color=RED, markersize=3.5, clip_on=False, zorder=3)
        low, high = float(losses.min()), float(losses.max())
        around = max((high / low) ** 0.04, 1.05)
        axes.set_ylim(low / around, high * around)
        ticks = log_ticks(low, high)
        axes.set_yticks(ticks, [f"{tick:.3g}" for tick in ticks])
        axes.set_yticks([], minor=True)
        axes.set_xlim(0, course.steps[-1])
        axes.set_xlabel("step", fontsize=MARK_POINTS)
        axes.grid(color="0.9", linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(FAINT)

    size = WIDTH - 2 * MARGIN - MARKS_LEFT - GAP, CURVE
    lines = (f"error of the windows of a step; dots: the kernels above; {said}",)
    return Map(lines, size, mark=mark, below=MARKS_BELOW)


def log_ticks(low: float, high: float) -> list[float]:
    """Numbers that mark a logarithmic axis: powers of ten; 1, 2 and 5 times them where there are few; or else the ends.

    >>> log_ticks(0.002, 300), log_ticks(4, 75), log_ticks(3, 3.5)
    ([0.01, 0.1, 1.0, 10.0, 100.0], [5.0, 10.0, 20.0, 50.0], [3.0, 3.5])
    """
    first, last = floor(log10(low)), floor(log10(high))
    step = -(-(last - first + 1) // MOST_TICKS)
    for digits, least in (((1,), 3), ((1, 2, 5), 2)):
        ticks = [float(f"{digit}e{power}") for power in range(first, last + 1, step) for digit in digits]
        found = [tick for tick in ticks if low <= tick <= high]
        if len(found) >= least:
            return found
    return sorted({float(low), float(high)})
