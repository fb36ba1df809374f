"""Grids of numbers as text, for people who want to follow the arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.preset import Preset
from cnnkit.geometry.pair import pair_text

MOST_COLUMNS = 25
"""Columns of a grid that still fit a page; a wider one is told by its size."""


MOST_PARTS = 1024
"""The largest denominator weights are shown over."""

WHOLE = 1e-12
"""How far a weight may lie from a fraction for rounding to be the reason."""


def number_text(value: float) -> str:
    """A number as short as it can be said: 4 digits, no trailing zeros, no negative zero.

    >>> number_text(0.0625), number_text(-1.0), number_text(-0.0), number_text(1020)
    ('0.0625', '-1', '0', '1020')
    """
    return str(int(value)) if np.isfinite(value) and value == int(value) else f"{value:.4g}"


def grid_lines(grid: npt.NDArray[Any], *, gaps: tuple[int, int] | None = None) -> list[str]:
    """The rows of a 2-D array, right-aligned; with `gaps` (rows, columns) a blank after every so many.

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
    """Blocks of lines side by side, each headed by its first line.

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


def kernel_text(kernel: Kernel) -> str:
    """A kernel's name, size, sum, grids, and what is known about it."""
    weights = kernel.weights
    total = number_text(round(float(weights.sum()), 10))
    head = f"{kernel.name}  {pair_text(weights.shape)}, sum {total}"
    lines = [head, *(f"  {line}" for line in _grids(weights))]
    lines += [f"  {kernel.detects}"] if kernel.detects else []
    lines += [f"  source: {kernel.source}"] if kernel.source else []
    return "\n".join(lines)


def preset_text(preset: Preset) -> str:
    """A preset as `kernel_text` shows it with its default settings, and the settings it takes."""
    text = kernel_text(preset.kernel())
    settings = ", ".join(f"{name}={number_text(default)}" for name, (_, default) in preset.parameters.items())
    return f"{text}\n  settings: {settings}" if settings else text


def _grids(weights: npt.NDArray[Any]) -> list[str]:
    if weights.ndim > 2 or weights.shape[1] > MOST_COLUMNS or weights.shape[0] > MOST_COLUMNS:
        return [f"weights from {number_text(weights.min())} to {number_text(weights.max())}"]
    is_plain = all(len(number_text(abs(weight)).partition(".")[2]) <= 1 for weight in weights.flat)
    denominator = 1 if is_plain else common_denominator(weights)
    return [f"1/{denominator} *"] * (denominator > 1) + grid_lines(
        np.rint(weights * denominator) if denominator > 1 else weights
    )


def common_denominator(weights: npt.NDArray[Any]) -> int:
    """The smallest number up to 1024 that makes all weights whole; 1 if there is none.

    >>> common_denominator(np.array([1 / 16, 1 / 8])), common_denominator(np.array([0.3, np.pi]))
    (16, 1)
    """
    smallest = np.abs(weights[weights != 0]).min(initial=1.0)
    for denominator in range(max(int(0.5 / smallest), 1), MOST_PARTS + 1):
        scaled = weights * denominator
        if np.abs(scaled - np.rint(scaled)).max() < WHOLE * denominator:
            return denominator
    return 1
