"""A picture on the terminal, read back as a terminal would show it: every cell the mean of its block."""

from __future__ import annotations

import re
import tracemalloc
from typing import Any

import numpy as np
import pytest

from cnnkit.views.text.preview import (
    ALL_COLOURS,
    HALF_BLOCK,
    MAX_LINES,
    NO_COLOURS,
    RAMP,
    RESET,
    XTERM_COLOURS,
    XTERM_PALETTE,
    block_means,
    preview,
)

RANDOM = np.random.default_rng(5)
UNSET = (-1, -1, -1)


def colour(words: list[str]) -> tuple[int, int, int]:
    """Take a colour off the words of a sequence, behind 38 or 48."""
    if words.pop(0) == "5":
        red, green, blue = XTERM_PALETTE[int(words.pop(0)) - 16]
    else:
        red, green, blue = (int(words.pop(0)) for _ in range(3))
    return int(red), int(green), int(blue)


def shown(text: str) -> Any:
    """The cells that a terminal shows, two to a character; what has no colour is -1."""
    rows: list[list[tuple[int, int, int]]] = []
    for line in text.split("\n"):
        assert line.endswith(RESET)
        upper, lower, above, below = [], [], UNSET, UNSET
        for sequence, block in re.findall(r"\x1b\[([\d;]*)m|(.)", line):
            if block:
                assert block == HALF_BLOCK
                upper.append(above)
                lower.append(below)
            words = sequence.split(";") if sequence else []
            while words:
                what = words.pop(0)
                if what in ("0", "49"):
                    below = UNSET
                    above = UNSET if what == "0" else above
                elif what == "38":
                    above = colour(words)
                else:
                    assert what == "48"
                    below = colour(words)
        rows += [upper, lower]
    return np.array(rows)


def samples(*shape: int, dtype: str = "uint8") -> Any:
    return RANDOM.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("shape", [(6, 6), (6, 6, 3), (1, 1), (5, 9, 3), (24, 40), (1, 80), (48, 3, 1)])
def test_a_small_grid_is_enlarged_by_a_whole_factor(shape: tuple[int, ...]) -> None:
    levels = samples(*shape)
    cells = shown(preview(levels, 80, ALL_COLOURS))
    factor = min(48 // shape[0], 80 // shape[1])
    expected = np.broadcast_to(levels.reshape(*shape[:2], -1), (*shape[:2], 3)).repeat(factor, 0).repeat(factor, 1)
    np.testing.assert_array_equal(cells[: len(expected)], expected)
    assert (cells[len(expected) :] == -1).all()  # below the last of an odd number of rows


def test_a_cell_of_a_large_image_is_the_mean_of_its_block() -> None:
    levels = samples(96, 160, 3)
    means = levels.reshape(48, 2, 80, 2, 3).mean(axis=(1, 3))
    np.testing.assert_array_equal(shown(preview(levels, 80, ALL_COLOURS)), np.floor(means + 0.5))


@pytest.mark.parametrize("shape", [(101, 77, 3), (333, 1000, 3), (50, 4, 3), (2, 900, 3)])
def test_blocks_cover_all_samples_whatever_their_number(shape: tuple[int, ...]) -> None:
    levels = samples(*shape, dtype="uint16")
    cells = shown(preview(levels, 60, ALL_COLOURS))
    scale = min(48 / shape[0], 60 / shape[1])
    rows, columns = (max(1, round(scale * side)) for side in shape[:2])
    assert cells.shape == (rows + rows % 2, columns, 3)
    for i in range(rows):
        for j in range(columns):
            down = slice(i * shape[0] // rows, (i + 1) * shape[0] // rows)
            across = slice(j * shape[1] // columns, (j + 1) * shape[1] // columns)
            np.testing.assert_allclose(cells[i, j], levels[down, across].mean(axis=(0, 1)) / 257, atol=0.501)


def test_means_of_blocks_are_those_of_a_loop() -> None:
    levels = samples(7, 11, 2)
    expected = [[levels[a:b, c:d].mean(axis=(0, 1)) for c, d in ((0, 3), (3, 7), (7, 11))] for a, b in ((0, 3), (3, 7))]
    np.testing.assert_allclose(block_means(levels, 2, 3), expected)


def test_a_map_fills_the_place_it_has() -> None:
    levels = samples(13, 400)
    cells = shown(preview(levels, 100, ALL_COLOURS, keeps_aspect=False))
    expected = np.floor(levels.reshape(13, 100, 4).mean(axis=2) + 0.5).repeat(3, 0)
    np.testing.assert_array_equal(cells[:39, :, 0], expected)
    assert len(shown(preview(levels, 100, ALL_COLOURS))) == 4  # 13 rows to 3, of the same scale


def test_colours_of_xterm_are_the_nearest_there_are() -> None:
    levels = samples(12, 20, 3)
    cells = shown(preview(levels, 20, XTERM_COLOURS))
    for cell, level in zip(cells[:12].reshape(-1, 3), levels.reshape(-1, 3), strict=True):
        distances = ((XTERM_PALETTE - level.astype(int)) ** 2).sum(axis=1)
        assert ((cell - level.astype(int)) ** 2).sum() == distances.min()


def test_the_palette_is_that_of_xterm() -> None:
    assert XTERM_PALETTE.shape == (240, 3)
    known = {16: (0, 0, 0), 196: (255, 0, 0), 67: (95, 135, 175), 231: (255, 255, 255), 232: (8, 8, 8), 255: (238,) * 3}
    for number, expected in known.items():
        assert tuple(XTERM_PALETTE[number - 16]) == expected


def test_the_ramp_has_ascii_alone_and_grows_darker_with_the_level() -> None:
    levels = (25.6 * np.arange(10) + 13).astype(np.uint8)
    assert preview(levels[None].repeat(2, 0), 10, NO_COLOURS) == RAMP
    assert preview(np.full((4, 4, 3), 255, np.uint8), 4, NO_COLOURS) == "@@@@\n@@@@"
    red, green = np.zeros((2, 2, 2, 3), np.uint8)
    red[..., 0] = green[..., 1] = 255
    assert RAMP.index(preview(red, 2, NO_COLOURS)[0]) < RAMP.index(preview(green, 2, NO_COLOURS)[0])


def test_a_character_of_the_ramp_is_the_mean_of_two_rows() -> None:
    levels = np.array([[255, 0], [0, 0], [255, 255], [255, 0]], np.uint8)
    assert preview(levels, 2, NO_COLOURS) == "=\n@="


@pytest.mark.parametrize("channels", [2, 4])
def test_what_is_transparent_is_grey(channels: int) -> None:
    levels = np.full((2, 2, channels), 200, np.uint8)
    levels[..., -1] = [[255, 0], [0, 255]]
    cells = shown(preview(levels, 2, ALL_COLOURS))
    assert cells[:2, :, 0].tolist() == [[200, 128], [128, 200]]


@pytest.mark.parametrize("colours", [ALL_COLOURS, XTERM_COLOURS, NO_COLOURS])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 3, 3), (700, 500, 3), (49, 81)])
@pytest.mark.parametrize("width", [1, 7, 80, 200])
def test_nothing_is_wider_or_higher_than_there_is_place(shape: tuple[int, ...], width: int, colours: int) -> None:
    lines = preview(samples(*shape), width, colours).split("\n")
    assert len(lines) <= MAX_LINES
    for line in lines:
        assert len(re.sub(r"\x1b\[[\d;]*m", "", line)) <= width
        assert line.endswith(RESET) == bool(colours)


def test_a_photograph_is_not_copied_as_a_whole() -> None:
    levels = np.zeros((2000, 3000, 3), np.uint8)
    tracemalloc.start()
    preview(levels, 80, ALL_COLOURS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < levels.nbytes / 4
