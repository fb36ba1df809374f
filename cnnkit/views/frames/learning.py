"""A kernel that is learned in motion: its weights, tinted by sign and size, above the error so far.

The first steps change the weights most: of many, each of the first ones has a frame, and later fewer and fewer have
one. Weights are written into their cells where all can be read. Larger kernels, and more of them, are tinted squares,
of which as many are shown as there is room for; of a side too long even for these, every so many weights.
"""

from __future__ import annotations

from textwrap import wrap
from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Floats, Integers
from cnnkit.data.kernels.course import Course
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.views.frames.glyphs import width
from cnnkit.views.frames.page import (
    GAP,
    LETTER,
    MARGIN,
    PALETTE,
    SCALE,
    TALLEST,
    TEXT_LINE,
    TITLE_LETTERS,
    WIDEST,
    Colour,
    Grid,
    Indices,
    Page,
    Texts,
    cell_width,
    placed,
)
from cnnkit.views.frames.run import LETTERS, Animation
from cnnkit.views.text.grids import even_texts, number_text

MOST_FRAMES = 60

MOST_SIDE, MOST_NUMBERED = 9, 6
"""Rows and columns of a kernel with numbers, and kernels, or channels of them."""

DIGITS = (4, 3, 2)
"""Of weights: the first with which a frame can be read on a phone."""

LARGEST_SQUARE, TALLEST_SQUARES, FEW_SQUARES = 24, 480, 150
"""Pixels: the side of a cell without a number, and of all those of a kernel; of many kernels, each is smaller."""

CURVE = 120
"""Pixels from the lowest error to the highest."""

FIRST_MS, SLOW_MS, FAST_MS, PAUSE_MS, SLOW_FRAMES = 1500, 600, 150, 3000, 12
"""How long the first frame is shown, the next few, those after them, and the last."""

TINTS = 12
"""On either side of white."""

BLUE, RED = (86, 180, 233), (236, 112, 60)
"""The strongest tints; black letters can be read on them. The colour-blind tell them apart."""

TINTED: Indices = np.array(
    [
        [round(255 + (level - 255) * abs(tint) / TINTS) for level in (BLUE if tint < 0 else RED)]
        for tint in range(-TINTS, TINTS + 1)
    ],
    np.uint8,
)


class _Squares(Grid):
    """Cells without numbers, whose size is in pixels."""

    @property
    def extent(self) -> Pair:
        return TEXT_LINE + self.size[0], max(self.size[1], width(self.title[:TITLE_LETTERS], SCALE))


def animate_learning(title: str, course: Course) -> Animation:
    """Draw frames of a kernel as it changes.

    Parameters
    ----------
    title : str
        What is learned from what: the first lines of each frame.
    course : Course
        The weights and the errors on the way.

    Returns
    -------
    Animation
        At most `MOST_FRAMES` frames, no larger than a page, their palette, and how long each is shown.
    """
    points = course.spread(MOST_FRAMES)
    film = _Film(title, course, points)
    frames = [film.frame(number) for number in range(len(points))]
    return Animation(frames, np.concatenate((PALETTE, TINTED)), durations(len(points)))


def durations(count: int) -> list[int]:
    """How long each of so many frames is shown, in milliseconds: the first and the last longest, the next ones slowly.

    >>> durations(1), durations(4)
    ([3000], [1500, 562, 525, 3000])
    """
    slow = [max(round(SLOW_MS - (SLOW_MS - FAST_MS) * place / SLOW_FRAMES), FAST_MS) for place in range(count)]
    return [FIRST_MS, *slow[1:-1], PAUSE_MS] if count > 1 else [PAUSE_MS]


class _View(NamedTuple):
    """Grids in their places, the numbers in them if there is room, (points, rows, columns, grids), and their pixels."""

    grids: list[Grid]
    texts: Texts | None
    size: Pair


class _Film:
    """What all frames have in common: where grids and curve are, and one scale for all."""

    def __init__(self, title: str, course: Course, points: list[int]) -> None:
        self.course, self.points = course, points
        weights = course.grids[points]
        step = max(1, -(-weights.shape[1] // TALLEST_SQUARES), -(-weights.shape[2] // WIDEST))
        weights = weights[:, ::step, ::step]
        self.view = _numbered(weights, course.names) or _tinted(weights, course.names)
        wide = max(self.view.size[1], LETTERS * LETTER)
        shown, count = len(self.view.grids), weights.shape[3]
        heading = [title, f"kernel {pair_text(course.shape)}"]
        heading += [f"{shown} of {count} grids are shown"] * (shown < count)
        heading += [f"of every {step} weights one is shown"] * (step > 1)
        self.heading = [line for text in heading for line in wrap(text, wide // LETTER)][:8]
        self.colours = _tints(weights[..., :shown])
        self.top = MARGIN + len(self.heading) * TEXT_LINE
        self.below = self.top + self.view.size[0]
        self.size = self.below + 3 * TEXT_LINE + CURVE + MARGIN, wide + 2 * MARGIN
        self.curve = heights(course.steps, course.losses, wide)

    def frame(self, number: int) -> Indices:
        """The weights at a point, its step and error, and the error up to it."""
        page, point = Page(np.zeros(self.size, np.uint8)), self.points[number]
        for line, text in enumerate(self.heading):
            page.text(MARGIN + line * TEXT_LINE, MARGIN, text)
        for index, grid in enumerate(self.view.grids):
            here = grid._replace(at=(grid.at[0] + self.top, grid.at[1]))
            colours = self.colours[number, ..., index]
            if self.view.texts is not None:
                page.cells(here, self.view.texts[number, ..., index], colours)
            else:
                _draw_squares(page, here, colours)
        steps = self.course.steps
        page.text(self.below, MARGIN, f"step {steps[point]} of {steps[-1]}" if len(steps) > 1 else "least squares")
        error = number_text(self.course.losses[point], 3)
        page.text(self.below + TEXT_LINE, MARGIN, f"error {error}" + " (logarithmic curve)" * (len(steps) > 1))
        draw_curve(page, self.below + 2 * TEXT_LINE, self.curve, int(steps[point]) / max(int(steps[-1]), 1))
        return page.pixels


def draw_curve(page: Page, top: int, curve: list[int], share: float) -> None:
    """Draw a curve, as `heights`, below a line of a page up to a share of its length, and a square at its end."""
    top, last = top + GAP // 2, round(share * (len(curve) - 1))
    floor = top + CURVE + 2
    page.fill((floor, MARGIN, floor + 1, MARGIN + len(curve)), Colour.LINE)
    for x in range(last + 1):
        y, before = curve[x], curve[max(x - 1, 0)]
        page.fill((top + min(y, before), MARGIN + x, top + max(y, before) + 2, MARGIN + x + 1), Colour.RESULT)
    y = top + curve[last]
    page.fill((y - 2, MARGIN + last - 3, y + 4, MARGIN + last + 3), Colour.WINDOW)


def _numbered(weights: Floats, names: tuple[str, ...]) -> _View | None:
    """All grids with their numbers, if these can be read and fit a page."""
    rows, columns, count = weights.shape[1:]
    if max(rows, columns) > MOST_SIDE or count > MOST_NUMBERED:
        return None
    for digits in DIGITS:
        texts = even_texts(weights, digits)
        wide = cell_width(texts)
        grids, size = placed([[[Grid(name, (0, 0), (rows, columns), wide)] for name in names]])
        if max(size[1], columns * wide) <= WIDEST and size[0] <= TALLEST - _around():
            return _View(grids[0], texts, size)
    return None


def _tinted(weights: Floats, names: tuple[str, ...]) -> _View:
    """As many grids without numbers as fit a page."""
    rows, columns, count = weights.shape[1:]
    tall, wide = (TALLEST_SQUARES, WIDEST) if count == 1 else (FEW_SQUARES, FEW_SQUARES)
    side = max(1, min(LARGEST_SQUARE, tall // rows, wide // columns))
    pixels = rows * max(side, LARGEST_SQUARE // rows), columns * max(side, LARGEST_SQUARE // columns)
    for shown in range(count, 0, -1):
        grids, size = placed([[[_Squares(name, (0, 0), pixels, 1)] for name in names[:shown]]])
        if size[0] <= TALLEST - _around():
            break
    return _View(grids[0], None, size)


def _around() -> int:
    """Pixels of a frame above and below the grids, at most."""
    return 2 * MARGIN + 11 * TEXT_LINE + CURVE


def _tints(weights: Floats) -> Indices:
    """The colours of weights: white is 0, and the strongest tint the largest of all."""
    finite = np.nan_to_num(weights)
    scaled = finite / (float(np.abs(finite).max(initial=0.0)) or 1.0) * TINTS
    return (np.rint(scaled) + TINTS + len(PALETTE)).astype(np.uint8)


def _draw_squares(page: Page, grid: Grid, colours: Indices) -> None:
    """Draw cells without numbers below their title, with a line around all."""
    page.text(*grid.at, grid.title[:TITLE_LETTERS])
    down, across = (pixels // cells for pixels, cells in zip(grid.size, colours.shape, strict=True))
    top, left = grid.at[0] + TEXT_LINE, grid.at[1]
    box = top, left, top + grid.size[0], left + grid.size[1]
    page.frame(box, Colour.LINE, 2)
    page.pixels[box[0] : box[2], box[1] : box[3]] = colours.repeat(down, axis=0).repeat(across, axis=1)


def heights(steps: Integers, losses: Floats, wide: int) -> list[int]:
    """How far below the highest error the curve is at each of so many places: its logarithm from 0 to `CURVE`.

    >>> heights(np.array([0, 2]), np.array([10.0, 1.0]), 3)
    [0, 60, 120]
    """
    is_shown = np.isfinite(losses) & (losses > 0)
    if not is_shown.any():
        return [CURVE] * wide
    logs = np.log(losses[is_shown])
    places = np.linspace(0, steps[-1], wide)
    found = np.interp(places, steps[is_shown], logs)
    low, high = float(logs.min()), float(logs.max())
    return [round((high - one) / ((high - low) or 1.0) * CURVE) for one in found.tolist()]
