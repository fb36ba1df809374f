"""A picture as text, for a look at it on a terminal.

A character shows two cells, one above the other: the upper half block has the colour of the upper cell, and that of the
lower one behind it. Where there are no colours, the darkness of a character stands for the mean of both.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats

ALL_COLOURS, XTERM_COLOURS, NO_COLOURS = 1 << 24, 256, 0
HALF_BLOCK = "\N{UPPER HALF BLOCK}"
RESET = "\x1b[0m"

XTERM_PALETTE = np.array([*product((0, 95, 135, 175, 215, 255), repeat=3), *zip(*[range(8, 247, 10)] * 3, strict=True)])
"""The colours of xterm from its 16th on, which no user's settings change: a cube of 6x6x6 and 24 greys."""

RAMP = " .:-=+*#%@"
"""Characters for levels from black to white, by how much of their place they fill."""

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the brightness of a colour (ITU-R BT.601)."""

MAX_LINES = 24

BEHIND = 127.5
"""The grey on which what is transparent is laid."""

Levels = npt.NDArray[Any]


def preview(levels: Levels, width: int, colours: int, *, keeps_aspect: bool = True) -> str:
    """Show an image in at most `width` columns and 24 lines, each of which resets the colours it has set.

    A cell of a large image is the mean of a block of samples; a sample of a small one is a square of cells.

    Parameters
    ----------
    levels : array of uint8 or uint16, (rows, columns) or (rows, columns, channels)
        Grey, or red, green and blue; a second or fourth channel is alpha, and what it lets through is grey.
    width : int
        Characters in a line.
    colours : {0, 256, 2**24}
        Of the terminal: none, for a ramp of ASCII characters, those of xterm, or all.
    keeps_aspect : bool
        Whether rows and columns are scaled alike; else both fill the place there is.

    >>> print(preview(np.array([[0, 255], [255, 0]], np.uint8), 4, NO_COLOURS))
      @@
    @@
    """
    cells = _cells(levels, width, keeps_aspect=keeps_aspect)
    if colours == NO_COLOURS:
        grey = cells @ LUMA if cells.shape[2] == 3 else cells[..., 0]
        means = block_means(grey[..., None], -(-len(grey) // 2), grey.shape[1])[..., 0]
        places = (means * len(RAMP) / 256).astype(int)
        return "\n".join("".join(RAMP[place] for place in row).rstrip() for row in places)
    rounded = np.broadcast_to(np.floor(cells + 0.5).astype(int), (*cells.shape[:2], 3))
    rows = [_xterm(row) if colours == XTERM_COLOURS else [f"2;{r};{g};{b}" for r, g, b in row] for row in rounded]
    below = [*rows[1::2], [""] * len(rows[0])]
    return "\n".join(_line(*pair) for pair in zip(rows[::2], below, strict=False))


def _xterm(row: npt.NDArray[Any]) -> list[str]:
    """The nearest colours of xterm."""
    distances = ((row[:, None] - XTERM_PALETTE) ** 2).sum(axis=2)
    return [f"5;{16 + place}" for place in distances.argmin(axis=1)]


def _line(upper: list[str], lower: list[str]) -> str:
    """Half blocks, after a sequence where colours change; there is nothing below the last of an odd number of rows."""
    text, before = "", ("", "")
    for pair in zip(upper, lower, strict=True):
        if pair != before:
            text += f"\x1b[38;{pair[0]};{f'48;{pair[1]}' if pair[1] else '49'}m"
        text, before = text + HALF_BLOCK, pair
    return text + RESET


def _cells(levels: Levels, width: int, *, keeps_aspect: bool) -> Floats:
    """An image in the cells of a terminal, of one channel or three, from 0 to 255."""
    samples = levels.reshape(*levels.shape[:2], -1)
    scales = [2 * MAX_LINES / samples.shape[0], width / samples.shape[1]]
    if keeps_aspect:
        scales = [min(scales)] * 2
    rows, columns = (
        max(1, int(min(1, scale) * side + 0.5)) for scale, side in zip(scales, samples.shape, strict=False)
    )
    cells = block_means(samples, rows, columns) * (255 / np.iinfo(levels.dtype).max)
    if samples.shape[2] in (2, 4):
        opacity = cells[..., -1:] / 255
        cells = cells[..., :-1] * opacity + BEHIND * (1 - opacity)
    for axis, scale in enumerate(scales):
        cells = cells.repeat(max(1, int(scale)), axis)
    return cells


def block_means(samples: npt.NDArray[Any], rows: int, columns: int) -> Floats:
    """The means of (rows x columns) blocks as equal in size as whole numbers allow, one strip of them after another.

    >>> block_means(np.arange(10).reshape(2, 5, 1), 1, 2)[..., 0].tolist()
    [[3.0, 5.5]]
    """
    edges = np.arange(rows + 1) * samples.shape[0] // rows
    starts = np.arange(columns) * samples.shape[1] // columns
    total = np.float64 if samples.dtype.kind == "f" else np.uint64
    sums = [np.add.reduceat(samples[a:b].sum(axis=0, dtype=total), starts) for a, b in pairwise(edges)]
    counts = np.multiply.outer(np.diff(edges), np.diff(starts, append=samples.shape[1]))
    means: Floats = np.array(sums) / counts[..., None]
    return means
