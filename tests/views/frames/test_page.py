"""What frames are drawn on: cells with their numbers, lines around them, and grids that lie beside each other."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cnnkit.views.frames.glyphs import ROWS, drawn
from cnnkit.views.frames.page import (
    CELL_HEIGHT,
    COLOURS,
    GAP,
    MARGIN,
    PALETTE,
    SCALE,
    TEXT_LINE,
    WIDEST,
    Colour,
    Grid,
    Page,
    cell_width,
    placed,
)


def page(rows: int = 120, columns: int = 200) -> Page:
    return Page(np.zeros((rows, columns), np.uint8))


def test_a_cell_holds_its_number_in_the_middle() -> None:
    frame, grid = page(), Grid("t", (3, 5), (2, 2), 50, at=(10, 20))
    frame.cell(grid, (4, 6), "-18", Colour.FILLED)
    top, left, bottom, right = grid.box((4, 6))
    assert (top, left, bottom, right) == (10 + TEXT_LINE + CELL_HEIGHT, 70, 10 + TEXT_LINE + 2 * CELL_HEIGHT + 1, 121)
    inside = frame.pixels[top + 1 : bottom - 1, left + 1 : right - 1]
    assert set(np.unique(inside)) == {Colour.INK, Colour.FILLED}
    ink = np.argwhere(inside == Colour.INK)
    (above, before), (below, after) = ink.min(axis=0), inside.shape - ink.max(axis=0) - 1
    assert abs(above - below) <= 1
    assert abs(before - after) <= 1
    dots = drawn("-18", SCALE)[: ROWS * SCALE]
    assert (inside == Colour.INK).sum() == dots.sum()
    frame.pixels[top:bottom, left:right] = Colour.WHITE
    assert not frame.pixels.any()  # nothing is drawn beyond the cell and its lines


def test_a_frame_lies_over_the_edge_alone() -> None:
    frame = page()
    frame.frame((20, 30, 60, 90), Colour.WINDOW, 4)
    found = np.argwhere(frame.pixels)
    assert found.min(axis=0).tolist() == [18, 28]
    assert found.max(axis=0).tolist() == [61, 91]
    assert not frame.pixels[22:58, 32:88].any()


def test_cells_are_as_wide_as_their_longest_number_and_never_narrower_than_high() -> None:
    assert cell_width(np.array([["1", "22"]], object)) == max(CELL_HEIGHT, cell_width(np.array(["22"], object)))
    assert cell_width(np.array(["1"], object)) == CELL_HEIGHT
    assert cell_width(np.array(["12345", ""], object)) > CELL_HEIGHT


def test_grids_lie_beside_each_other_as_long_as_there_is_room() -> None:
    wide, small = Grid("image", (0, 0), (3, 8), 50), Grid("kernel", (0, 0), (3, 3), 30)
    rows, extent = placed([[[wide], [small, small], [wide]], [[wide]]])
    grids = [grid for row in rows for grid in row]
    boxes = [(*grid.at, grid.at[0] + grid.extent[0], grid.at[1] + grid.extent[1]) for grid in grids]
    for (a, b, c, d), (e, f, g, h) in combinations(boxes, 2):
        assert c <= e or g <= a or d <= f or h <= b
    assert rows[0][0].at[0] == rows[0][1].at[0] == GAP // 2
    assert rows[0][3].at[1] == MARGIN  # it would have been too wide beside the others
    assert extent[1] == max(box[3] for box in boxes) - MARGIN <= WIDEST


@pytest.mark.parametrize(("one", "two"), [(Colour.SHADE, Colour.UNDER), (Colour.FILLED, Colour.UNDER)])
def test_tints_differ_for_every_kind_of_eye(one: Colour, two: Colour) -> None:
    """Seen without red, green or blue cones. Source: Machado, Oliveira and Fernandes 2009, severity 1."""
    simulations = {
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    }
    for matrix in simulations.values():
        seen = (PALETTE / 255.0) ** 2.2 @ np.array(matrix).T
        shown = seen.clip(0, 1) ** (1 / 2.2)
        assert np.abs(shown[one] - shown[two]).max() > 0.06
        assert np.abs(shown[Colour.WINDOW] - shown[Colour.RESULT]).max() > 0.3


def test_there_is_a_colour_for_each_purpose() -> None:
    assert len(COLOURS.split()) == len(PALETTE) == len(Colour) <= 16
    assert len({*map(tuple, PALETTE.tolist())}) == len(PALETTE)
