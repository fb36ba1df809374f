"""Grids of numbers and the sizes of results as text, for people who want to follow the arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.geometry.pair import counted
from cnnkit.geometry.window import Placement

MIN_SIDE, MAX_SIDE = 6, 12
"""Rows and columns of the grid of a worked example: six, or as many as the window needs, up to twelve."""

MAX_RESULT_SIDE = 20
"""Rows and columns of a result that a worked example still shows as a grid."""

MAX_PRODUCTS = 9
"""Products or samples that still fit a line."""


def number_text(value: float) -> str:
    """A number as short as it can be said: 4 digits, no trailing zeros, no negative zero.

    >>> number_text(0.0625), number_text(-1.0), number_text(-0.0), number_text(1020)
    ('0.0625', '-1', '0', '1020')
    """
    return str(int(value)) if np.isfinite(value) and value == int(value) else f"{value:.4g}"


def grid_lines(grid: npt.NDArray[Any], *, gaps: tuple[int, int] | None = None) -> list[str]:
    """The rows of a 2-D array, right-aligned; with `gaps` (rows, columns) a blank between groups of that size.

    >>> grid_lines(np.array([[1, -2], [10, 4]]))
    [' 1  -2', '10   4']
    """
    cells = [[number_text(float(value)) for value in row] for row in grid]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for i, row in enumerate(cells):
        if gaps and i and i % gaps[0] == 0:
            lines.append("")
        words = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        if gaps:
            words = [(" " if j and j % gaps[1] == 0 else "") + word for j, word in enumerate(words)]
        lines.append("  ".join(words).rstrip())
    return lines


def beside(*blocks: list[str], gap: int = 4) -> list[str]:
    """Blocks of lines side by side.

    >>> beside(["a", "1"], ["b", "2", "3"], gap=2)
    ['a  b', '1  2', '   3']
    """
    height = max(map(len, blocks))
    widths = [max(map(len, block)) for block in blocks]
    rows = []
    for line in range(height):
        parts = [(b[line] if line < len(b) else "").ljust(w) for b, w in zip(blocks, widths, strict=True)]
        rows.append((" " * gap).join(parts).rstrip())
    return rows


def total_text(kernel: Kernel) -> str:
    """The sum of a kernel's weights, without their rounding."""
    return number_text(round(float(kernel.weights.sum()), 10))


def size_lines(placement: Placement, *, fill: str, ceil: bool = False) -> list[str]:
    """The size of a result: the formula, and its numbers for rows and columns."""
    window, padding = placement.window, placement.padding
    brackets = "ceil" if ceil else "floor"
    lines = [
        f"padding: {padding.top} above, {padding.bottom} below, {padding.left} left, {padding.right} right"
        + (f", filled with {fill}" if padding.widest and fill else ""),
        f"size: {brackets}((input + before + after - reach) / stride) + 1, reach = dilation * (size - 1) + 1",
    ]
    sides = ((padding.top, padding.bottom), (padding.left, padding.right))
    for axis, name in enumerate(("rows", "columns")):
        before, after = sides[axis]
        room = placement.input[axis] + before + after - window.reach[axis]
        count = (-(-room // window.stride[axis]) if ceil else room // window.stride[axis]) + 1
        terms = f"{placement.input[axis]} + {before} + {after} - {window.reach[axis]}"
        lines.append(f"  {name}: {brackets}(({terms}) / {window.stride[axis]}) + 1 = {count}")
        if count != placement.output[axis]:
            lines[-1] += f", the last of which would begin after the image and is dropped: {placement.output[axis]}"
    missed = zip(placement.unseen, ("row", "column"), strict=True)
    unseen = [counted(n, word) for n, word in missed if n]
    return lines + ([f"  the last {' and '.join(unseen)} of the input are never looked at"] if unseen else [])
