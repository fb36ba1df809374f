"""What frames are drawn on: lines of text, rectangles and grids of numbers, as indices into a palette.

The colours are told apart by the colour-blind: vermilion and blue, and tints of them that differ from grey in
brightness too. Source: Okabe and Ito, Color Universal Design.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.geometry.pair import Pair
from cnnkit.views.frames.glyphs import ROWS, STEP, drawn, width

Indices = npt.NDArray[np.uint8]
Texts = npt.NDArray[np.object_]


class Colour(IntEnum):
    """Colours by what they are for."""

    WHITE = 0
    INK = 1
    LINE = 2
    SHADE = 3  # padding
    WINDOW = 4
    UNDER = 5  # samples under the window
    UNDER_SHADE = 6  # and padding
    BEFORE = 7  # where the window was
    RESULT = 8
    FILLED = 9


COLOURS = "FFFFFF 202020 BEBEBE DEDEDE D55E00 FFD9A8 E2BC8E F0AA6E 0072B2 D6EAF8"
PALETTE: Indices = np.frombuffer(bytes.fromhex(COLOURS), np.uint8).reshape(-1, 3)

SCALE, MARGIN, GAP, CELL_MARGIN, TEXT_LINE = 2, 12, 20, 5, 24
"""Pixels of a dot; around all, between grids, around the number in a cell, and from one line of text to the next."""

WIDEST = 620
"""Pixels across, so that numbers can be read on a phone."""

TALLEST = 1400
"""Pixels of a frame from top to bottom."""

LETTER, CELL_HEIGHT = STEP * SCALE, ROWS * SCALE + 2 * CELL_MARGIN + 1
TITLE_LETTERS = 16

Box = tuple[int, int, int, int]
"""Pixels: top, left, bottom, right."""


class Grid(NamedTuple):
    """Cells with numbers below a title, or room for them."""

    title: str
    first: Pair  # row and column of its first cell
    size: Pair
    cell_width: int  # pixels, with the line at its left
    at: Pair = (0, 0)  # pixels down and across to its title

    @property
    def extent(self) -> Pair:
        """Pixels down and across."""
        across = max(self.size[1] * self.cell_width + 1, width(self.title[:TITLE_LETTERS], SCALE))
        return TEXT_LINE + self.size[0] * CELL_HEIGHT + 1, across

    def box(self, place: Pair, size: Pair = (1, 1)) -> Box:
        """The pixels of some cells with the lines around them."""
        top = self.at[0] + TEXT_LINE + (place[0] - self.first[0]) * CELL_HEIGHT
        left = self.at[1] + (place[1] - self.first[1]) * self.cell_width
        return top, left, top + size[0] * CELL_HEIGHT + 1, left + size[1] * self.cell_width + 1


def cell_width(texts: Texts) -> int:
    """The pixels of a cell that holds any of these words, at least as wide as it is high."""
    return max(width("0" * max(map(len, texts.flat)), SCALE) + 2 * CELL_MARGIN + 1, CELL_HEIGHT)


def placed(rows: Sequence[Sequence[Sequence[Grid]]]) -> tuple[list[list[Grid]], Pair]:
    """Rows of columns of grids with their places, and the pixels of all: columns go below where they are too wide."""
    top, widest, found = GAP // 2, 0, []
    for row in rows:
        left, tall, grids = MARGIN, 0, []
        for column in filter(None, row):
            wide = max(grid.extent[1] for grid in column)
            if left > MARGIN and left + wide > MARGIN + WIDEST:
                top, left, tall = top + tall, MARGIN, 0
            down = top
            for grid in column:
                grids.append(grid._replace(at=(down, left)))
                down += grid.extent[0] + GAP
            left, tall, widest = left + wide + GAP, max(tall, down - top), max(widest, left + wide - MARGIN)
        top += tall
        found.append(grids)
    return found, (top, widest)


class Page:
    """A frame that is being drawn."""

    def __init__(self, pixels: Indices) -> None:
        self.pixels = pixels

    def text(self, top: int, left: int, text: str) -> None:
        """Write a line of text."""
        dots = drawn(text, SCALE)
        self.pixels[top : top + dots.shape[0], left : left + dots.shape[1]][dots] = Colour.INK

    def fill(self, box: Box, colour: int) -> None:
        """Fill a rectangle."""
        self.pixels[box[0] : box[2], box[1] : box[3]] = colour

    def frame(self, box: Box, colour: int, thickness: int) -> None:
        """Draw lines over the edge of a rectangle."""
        out, rest = thickness // 2, thickness - thickness // 2
        top, left, bottom, right = box[0] - out, box[1] - out, box[2] + out, box[3] + out
        wide = out + rest
        for edge in (
            (top, left, top + wide, right),
            (bottom - wide, left, bottom, right),
            (top, left, bottom, left + wide),
            (top, right - wide, bottom, right),
        ):
            self.fill(edge, colour)

    def cell(self, grid: Grid, place: Pair, text: str, colour: int) -> None:
        """Draw a cell with a number in its middle."""
        top, left, bottom, right = box = grid.box(place)
        self.fill(box, Colour.LINE)
        self.fill((top + 1, left + 1, bottom - 1, right - 1), colour)
        self.text(top + 1 + CELL_MARGIN, left + 1 + (right - left - 2 - width(text, SCALE)) // 2, text)

    def cells(self, grid: Grid, texts: Texts, colours: Indices) -> None:
        """Draw all cells of a grid below its title."""
        self.text(*grid.at, grid.title[:TITLE_LETTERS])
        for (row, column), text in np.ndenumerate(texts):
            self.cell(grid, (grid.first[0] + row, grid.first[1] + column), text, int(colours[row, column]))


def lines_of(texts: Sequence[str], columns: int) -> Indices:
    """Lines of text below each other."""
    page = Page(np.zeros((len(texts) * TEXT_LINE, columns), np.uint8))
    for number, text in enumerate(texts):
        page.text(number * TEXT_LINE, MARGIN, text)
    return page.pixels
