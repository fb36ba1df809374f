"""What ``cnnkit learn`` says: how the kernel changes while it is learned, and what it became."""

from __future__ import annotations

import time
from types import TracebackType

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.cli.looking import rows_text
from cnnkit.cli.report import Report
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.raster import Raster
from cnnkit.geometry.pair import pair_text
from cnnkit.operations.learning.descent import Point
from cnnkit.operations.learning.learn import Learned
from cnnkit.views.text.grids import arranged, grid_lines, number_format, number_text

SECONDS_BETWEEN = 0.05
MOST_ROWS, WIDTH = 12, 79
"""Rows of a kernel that is shown while it changes, and columns of the text."""

MOST_POINTS = 9
LIKE = 0.02
"""How far the weights of a preset may be for its name to be said."""

MOST_OFFSET = 0.8
"""Of the error: an average difference that is more of it is said."""

MOST_GRIDS, MOST_SIDE = 12, 15


class Live:
    """Shows the error and the kernel on the terminal while they change, and wipes them away."""

    def __init__(self, report: Report) -> None:
        self._report, self._last = report, 0.0

    def __enter__(self) -> Live:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._report.clear_progress()

    def show(self, point: Point) -> None:
        """Show a point of the descent, if the last one was shown long enough."""
        now = time.monotonic()
        if now - self._last < SECONDS_BETWEEN:
            return
        self._last = now
        taps, kernels = point.weights.shape
        side = round(taps**0.5)
        lines = [f"step {point.step:,}  error {number_text(point.loss)}"]
        if kernels == 1 and side * side == taps and side <= MOST_ROWS:
            lines += grid_lines(_rounded(point.weights.reshape(side, side)))
        self._report.show_live([line[:WIDTH] for line in lines])


def learned_text(found: Learned, *, is_descent: bool) -> str:
    """The way of the descent, the kernel, and how near it is to least squares."""
    size = pair_text(found.kernel.weights.shape)
    left = f"; {found.left_out:,} clipped or missing results are left out" if found.left_out else ""
    lines = [f"a {size} kernel, learned from {found.windows:,} windows{left}", ""]
    if is_descent:
        lines += [*_path_lines(found.path), ""]
    lines += _kernel_lines(found.kernel.weights)
    if found.kernel.bias:
        lines.append(f"bias {', '.join(map(number_text, found.kernel.bias))}")
    lines += ["", f"error {number_text(found.error)}: the root of the mean squared difference"]
    offset = max(found.offsets, key=abs)
    if not found.kernel.bias and abs(offset) > MOST_OFFSET * found.error:
        lines.append(f"results are {number_text(float(f'{offset:.3g}'))} above the sums on average: --bias learns that")
    if name := like_preset(found.kernel.weights):
        lines.append(name)
    if is_descent:
        lines.append(f"least squares gives the same weights to {number_text(float(f'{found.distance:.1g}'))}")
    return "\n".join(lines)


def numbers_text(kernel: Kernel) -> str:
    """The kernel alone, as a literal has it; a blank line stands between grids, the biases are the last line.

    >>> print(numbers_text(Kernel(np.array([[0, -1.5], [1, 0]]), bias=(0.5,))))
    0 -1.5
    1 0
    bias 0.5
    """
    weights = kernel.weights
    grids = weights.reshape(*weights.shape[:2], -1, weights.shape[3] if weights.ndim == 4 else 1)
    lines = rows_text(Raster(grids.swapaxes(2, 3).reshape(*weights.shape[:2], -1)))
    if kernel.bias:
        lines.append(" ".join(["bias", *(f"{value:.15g}" for value in kernel.bias)]))
    return "\n".join(lines)


def _path_lines(path: tuple[Point, ...]) -> list[str]:
    """Some points of the way, more of its beginning: their steps and errors."""
    numbers = np.unique(np.geomspace(1, len(path), MOST_POINTS).round().astype(int) - 1)
    rows = [("step", "error"), *((f"{path[n].step:,}", number_text(path[n].loss)) for n in numbers)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{step:>{widths[0]}}  {error:>{widths[1]}}" for step, error in rows]


def _kernel_lines(weights: Floats) -> list[str]:
    """The weights as grids, side by side where there are several; of many or large ones, how many there are."""
    if weights.ndim == 2:
        if max(weights.shape) > MOST_SIDE:
            return [f"weights from {number_text(weights.min())} to {number_text(weights.max())}"]
        return grid_lines(_rounded(weights))
    rows, columns = weights.shape[:2]
    layers = weights.reshape(rows, columns, weights.shape[2], -1)
    names = [(c, k) for k in range(layers.shape[3]) for c in range(layers.shape[2])]
    if max(rows, columns) > MOST_SIDE:
        return [f"weights from {number_text(weights.min())} to {number_text(weights.max())}"]
    layers = _rounded(layers)
    text = number_format(layers)
    blocks = []
    for c, k in names[:MOST_GRIDS]:
        title = f"channel {c}" + (f", kernel {k}" if layers.shape[3] > 1 else "")
        cells = [[text(value) for value in row] for row in layers[:, :, c, k]]
        wide = max(len(cell) for row in cells for cell in row)
        blocks.append([title, *("  ".join(f"{cell:>{wide}}" for cell in row) for row in cells)])
    lines = arranged(blocks, WIDTH)
    if len(names) > MOST_GRIDS:
        lines.append(f"and {len(names) - MOST_GRIDS} more grids")
    return lines


def _rounded(weights: Floats) -> Floats:
    """Weights to four digits of the largest, without negative zeros."""
    largest = float(np.abs(weights).max(initial=0.0)) or 1.0
    rounded: Floats = weights.round(3 - int(np.floor(np.log10(largest)))) + 0.0
    return rounded


def like_preset(weights: Floats) -> str:
    """The preset that these weights are, if they are one.

    >>> like_preset(np.array([[0, -1, 0], [-1, 5.001, -1], [0, -1, 0]]))
    'this is sharpen, to 0.001'
    """
    if weights.ndim != 2:
        return ""
    found: list[tuple[float, str]] = []
    for name, preset in PRESETS.items():
        made: Kernel = preset.kernel()
        if made.weights.shape == weights.shape:
            found.append((float(np.abs(made.weights - weights).max()), name))
    distance, name = min(found, key=lambda one: round(one[0], 9), default=(np.inf, ""))
    scale = max(float(np.abs(weights).max()), 1e-12)
    return f"this is {name}, to {number_text(float(f'{distance:.1g}'))}" if distance <= LIKE * min(scale, 1) else ""
