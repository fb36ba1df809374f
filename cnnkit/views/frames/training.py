"""The first layer of a network in motion: its kernels after each epoch, above the loss so far.

Kernels of 3 channels are drawn in colours, where grey is 0, all others in blue below 0 and red above it. A kernel has
one scale of its own in all frames, as the faint ones have shapes too.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from textwrap import wrap

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.data.kernels.course import Course
from cnnkit.data.learning.first_layer import COLOURS, Kernels, changed_most, patterns
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.views.frames.learning import (
    CURVE,
    MOST_FRAMES,
    TINTED,
    TINTS,
    draw_curve,
    durations,
    heights,
)
from cnnkit.views.frames.page import (
    LETTER,
    MARGIN,
    PALETTE,
    TALLEST,
    TEXT_LINE,
    WIDEST,
    Colour,
    Indices,
    Page,
)
from cnnkit.views.frames.run import LETTERS, Animation
from cnnkit.views.text.grids import number_text

MOST_KERNELS = 64

LARGEST_TILE, LARGEST_CELL, BETWEEN = 240, 48, 6
"""Pixels: of the longer side of a kernel, of a weight, and between kernels."""

LEVELS = (7, 7, 5)
"""Of red, green and blue, odd so that grey is among them: with the page's own, as many colours as frames can have."""

MIXED: Indices = (
    np.stack(np.meshgrid(*(np.linspace(0, 255, count).round() for count in LEVELS), indexing="ij"), axis=-1)
    .reshape(-1, COLOURS)
    .astype(np.uint8)
)


def animate_training(title: str, points: Sequence[Kernels]) -> Animation:
    """Draw frames of the first layer as it changes.

    Parameters
    ----------
    title : str
        What the network learns from: the first lines of each frame.
    points : sequence of Kernels
        The layer at the start and after some of the epochs, in their order.

    Returns
    -------
    Animation
        At most `MOST_FRAMES` frames, no larger than a page, their palette, and how long each is shown. Of many points
        each of the first ones has a frame, and later fewer and fewer have one.
    """
    first, last = points[0].weights, points[-1].weights
    epochs, losses = np.array([one.epoch for one in points]), np.array([one.loss for one in points], np.float64)
    course = Course((1, 1), epochs, np.zeros(len(points)), losses)
    chosen = [points[place] for place in course.spread(MOST_FRAMES)]
    kernels = changed_most(first, last, MOST_KERNELS)
    shape, count = first.shape[:3], first.shape[3]
    across, step, side = _arranged(len(kernels), shape[:2])
    weights = np.array([patterns(one.weights[::step, ::step][..., kernels]) for one in chosen])
    sheets = [_sheet(colours, across, side) for colours in _colours(weights)]
    wide = max(sheets[0].shape[1], LETTERS * LETTER)
    heading = [title, f"first layer: {counted(count, 'kernel')} {pair_text(shape)}, own scales"]
    heading += [f"the {len(kernels)} that changed most are shown"] * (len(kernels) < count)
    heading += [f"of every {step} weights one is shown"] * (step > 1)
    heading += ["sums of the channels"] * (shape[2] not in (1, COLOURS))
    lines = [line for text in heading for line in wrap(text, wide // LETTER)][:8]
    curve = heights(epochs, losses, wide)
    frames = [_frame(lines, sheet, one, int(epochs[-1]), curve) for sheet, one in zip(sheets, chosen, strict=True)]
    palette = np.concatenate((PALETTE, MIXED if shape[2] == COLOURS else TINTED))
    return Animation(frames, palette, durations(len(frames)))


def _arranged(count: int, size: tuple[int, int]) -> tuple[int, int, int]:
    """How many kernels stand in a row, every how many weights one is shown, and the pixels of its side."""
    rows, columns = size
    about = min(ceil(sqrt(count * rows / columns)), count)  # as high as wide, without gaps in the last row if it can be
    across = next((one for one in range(about, about * 3 // 2 + 1) if count % one == 0), about)
    tallest = TALLEST - 2 * MARGIN - 12 * TEXT_LINE - CURVE
    tall = min(tallest // -(-count // across) - BETWEEN, LARGEST_TILE)
    wide = min(WIDEST // across - BETWEEN, LARGEST_TILE)
    step = max(1, -(-rows // tall), -(-columns // wide))
    side = min(tall // -(-rows // step), wide // -(-columns // step), LARGEST_CELL)
    return across, step, side


def _colours(weights: Floats) -> Indices:
    """Numbers of colours in the palette for (points, rows, columns, channels, kernels), without the channels."""
    ends = np.abs(weights).max(axis=(0, 1, 2, 3))
    scaled = weights / np.where(ends > 0, ends, 1)
    if weights.shape[3] != COLOURS:
        return (np.rint(scaled[:, :, :, 0] * TINTS) + TINTS + len(PALETTE)).astype(np.uint8)
    found = np.zeros(scaled[:, :, :, 0].shape)
    for channel, count in enumerate(LEVELS):
        found = found * count + np.rint((scaled[:, :, :, channel] + 1) / 2 * (count - 1))
    return (found + len(PALETTE)).astype(np.uint8)


def _sheet(colours: Indices, across: int, side: int) -> Indices:
    """Kernels side by side, (rows, columns, kernels) with cells of some pixels, each with a line around it."""
    tiles = colours.repeat(side, axis=0).repeat(side, axis=1)
    rows, columns, count = tiles.shape
    down = -(-count // across)
    page = Page(np.full((down * (rows + BETWEEN), across * (columns + BETWEEN)), Colour.WHITE, np.uint8))
    for number in range(count):
        top, left = number // across * (rows + BETWEEN) + 2, number % across * (columns + BETWEEN) + 2
        page.frame((top, left, top + rows, left + columns), Colour.LINE, 2)
        page.pixels[top : top + rows, left : left + columns] = tiles[..., number]
    return page.pixels


def _frame(lines: Sequence[str], sheet: Indices, point: Kernels, last: int, curve: list[int]) -> Indices:
    """The kernels at a point below the heading, and the loss up to it."""
    top = MARGIN + len(lines) * TEXT_LINE
    below = top + len(sheet) + TEXT_LINE // 2
    page = Page(np.zeros((below + 3 * TEXT_LINE + CURVE + MARGIN, len(curve) + 2 * MARGIN), np.uint8))
    for number, line in enumerate(lines):
        page.text(MARGIN + number * TEXT_LINE, MARGIN, line)
    page.pixels[top : top + sheet.shape[0], MARGIN : MARGIN + sheet.shape[1]] = sheet
    is_known = np.isfinite(point.accuracy)
    accuracy = f", accuracy {number_text(100 * point.accuracy, 3)}%" if is_known else ""
    page.text(below, MARGIN, f"epoch {point.epoch} of {last}{accuracy}")
    loss = "" if np.isnan(point.loss) else f"loss {number_text(point.loss, 3)} "
    page.text(below + TEXT_LINE, MARGIN, f"{loss}(logarithmic curve)")
    draw_curve(page, below + 2 * TEXT_LINE, curve, point.epoch / max(last, 1))
    return page.pixels
