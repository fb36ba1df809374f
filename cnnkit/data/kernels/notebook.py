"""How a kernel shows itself in a notebook: a table of its weights, shaded by sign and size, as plain HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from cnnkit.data.kernels.kernel import Kernel

MAX_SIDE, MAX_GRIDS = 15, 6
"""Rows and columns of a grid, and grids of a layer, that are shown."""

POSITIVE, NEGATIVE = "178,24,43", "33,102,172"
"""Red and blue that colour-blind people tell apart; as shades, they suit light and dark pages."""


def kernel_html(kernel: Kernel) -> str:
    """The weights as tables, the middle of large ones and the first of many, and what is known about the kernel."""
    weights, (rows, columns) = kernel.weights, kernel.size
    grids = np.moveaxis(weights.reshape(rows, columns, *(weights.shape[2:] or (1,))), (0, 1), (-2, -1))
    flat = grids.swapaxes(0, -3).reshape(-1, rows, columns)  # the channels of the first kernel before those of the next
    down, across = (slice(max(side - MAX_SIDE, 0) // 2, (side + MAX_SIDE) // 2) for side in kernel.size)
    shown = flat[:MAX_GRIDS, down, across]
    denominator = kernel.denominator if weights.size <= MAX_GRIDS * MAX_SIDE**2 else 1
    total = round(float(weights.sum()), 10) + 0.0
    lines = [f"<b>{escape(kernel.name)}</b> {'x'.join(map(str, weights.shape))}, sum {total:.6g}"]
    lines += [f"the middle {shown.shape[1]}x{shown.shape[2]} of each grid"] * (shown.shape[1:] != kernel.size)
    lines += [f"the first {len(shown)} of {len(flat)} grids, channel by channel"] * (len(flat) > len(shown))
    lines += [f"1/{denominator} times"] * (denominator > 1)
    most = float(np.abs(shown).max()) or 1.0
    tables = "".join(f'<td style="vertical-align:top">{_table(grid, denominator, most)}</td>' for grid in shown)
    about = [text for text in (kernel.detects, f"source: {kernel.source}" if kernel.source else "") if text]
    return f"<div>{'<br>'.join(lines)}<table><tr>{tables}</tr></table>{'<br>'.join(map(escape, about))}</div>"


def _table(grid: npt.NDArray[np.float64], denominator: int, most: float) -> str:
    def cell(weight: float) -> str:
        text = f"{weight * denominator:.0f}" if denominator > 1 else f"{weight + 0.0:.4g}"
        shade = f"rgba({POSITIVE if weight > 0 else NEGATIVE},{0.6 * abs(weight) / most:.2f})"
        return f'<td style="text-align:right;background:{shade}">{text}</td>'

    rows = ["".join(map(cell, row)) for row in grid.tolist()]
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
