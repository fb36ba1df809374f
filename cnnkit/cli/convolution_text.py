"""The arithmetic of convolution, written out: on a built-in grid, or for the user's own image.

Every number here is computed by the operation it explains, on the settings the user gave.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.cli.grids import beside, grid_lines, number_text
from cnnkit.geometry.padding import PadMode
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.geometry.window import Placement
from cnnkit.operations.convolution import convolve as convolution
from cnnkit.operations.convolution import planner
from cnnkit.operations.convolution.settings import Convolution

SMALLEST, LARGEST, WIDEST = 6, 12, 20
"""Rows and columns of the built-in grid: at least six, and as many more as the window needs, up to twelve. A result of
more than twenty is told by its size."""

MOST_PRODUCTS = 9
"""Products in a sum that still fit a line."""

Grid = npt.NDArray[Any]


def convolution_example(asked: Convolution) -> str:
    """A worked example of convolution: a grid with an edge, the kernel, the sums, the first of them written out."""
    kernel = asked.kernel.weights
    side = max(SMALLEST, *asked.window.reach)
    placement = asked.place((side, side))
    if kernel.ndim != 2 or side > LARGEST or max(placement.output) > WIDEST:
        side = max(224, *asked.window.reach)
        head = f"A worked example: the kernel {asked.kernel.name} laid over an image of {side}x{side}."
        return "\n".join([head, "", *_convolution_lines(asked, asked.place((side, side)))])
    grid = np.full((side, side), 1)
    grid[side // 3 :, side // 2 :] = 9
    sums = convolution.run(asked, grid[None, :, :, None], 1)[0, :, :, 0]
    lines = [
        f"A worked example: the kernel {asked.kernel.name} laid over a grid with a corner of bright samples.",
        "",
        *beside(
            [f"image {side}x{side}", *grid_lines(grid)],
            [f"kernel {pair_text(kernel.shape)}", *grid_lines(kernel)],
            [f"result {pair_text(sums.shape)}", *grid_lines(sums)],
            gap=6,
        ),
        "",
        *_written_sums(asked, placement, grid, sums),
        "",
        *_convolution_lines(asked, placement),
    ]
    return "\n".join(lines)


def _written_sums(asked: Convolution, placement: Placement, grid: Grid, sums: Grid) -> list[str]:
    """The sums of a few windows as products: the first one, and the one with the largest magnitude."""
    largest = np.unravel_index(int(np.abs(sums).argmax()), sums.shape)
    padded = arrays.pad(grid[None, :, :, None], placement, asked.pad_mode, np.float64)[0, :, :, 0]
    rows, columns = asked.window.reach
    lines = []
    for i, j in dict.fromkeys([(0, 0), (int(largest[0]), int(largest[1]))]):
        y, x = i * asked.window.stride[0], j * asked.window.stride[1]
        under = padded[y : y + rows : asked.window.dilation[0], x : x + columns : asked.window.dilation[1]]
        pairs = zip(under.flat, asked.kernel.weights.flat, strict=True)
        products = [f"{number_text(sample)}*{_signed(weight)}" for sample, weight in pairs]
        shown = products[:MOST_PRODUCTS] + (["..."] if len(products) > MOST_PRODUCTS else [])
        bias = f" + bias {number_text(asked.bias[0])}" if asked.bias[0] else ""
        lines.append(f"row {i}, column {j}: {' + '.join(shown)}{bias} = {number_text(sums[i, j])}")
    return lines


def _signed(weight: float) -> str:
    return f"({number_text(weight)})" if weight < 0 else number_text(weight)


def convolution_text(asked: Convolution, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> str:
    """What a convolution does to an image of `shape` (rows, columns, depth) and `dtype`, and how, with numbers."""
    plan = planner.choose(asked, dtype, (1, *shape))
    lines = _convolution_lines(asked, asked.place(shape[:2]))
    return "\n".join([*lines, f"computed: {plan.algorithm}, sums in {plan.sum_type}; {plan.reason}"])


def _convolution_lines(asked: Convolution, placement: Placement) -> list[str]:
    kernel = asked.kernel
    kind = "differences: a flat region gives 0" if kernel.is_zero_sum else f"weights sum to {_sum_text(kernel.weights)}"
    fill = "0" if asked.pad_mode == PadMode("constant", 0.0) else asked.pad_mode.word
    anchor = _anchor(placement)
    return [
        f"kernel {kernel.name} {pair_text(kernel.weights.shape)}, {kind}",
        *size_lines(placement, fill=fill),
        f"anchor: the kernel's row {anchor[0]}, column {anchor[1]} lies over the sample its sum is written for"
        if min(anchor) >= 0 and placement.window.stride == (1, 1)
        else f"the first window begins at row {-placement.padding.top}, column {-placement.padding.left}",
    ]


def _sum_text(weights: Grid) -> str:
    return number_text(round(float(weights.sum()), 10))


def _anchor(placement: Placement) -> Pair:
    """The kernel's sample over output (0, 0) of a result of the image's size; below 0 if it lies between samples."""
    axes = zip((placement.padding.top, placement.padding.left), placement.window.dilation, strict=True)
    rows, columns = (before // step if before % step == 0 else -1 for before, step in axes)
    return rows, columns


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
        told = f"{placement.input[axis]} + {before} + {after} - {window.reach[axis]}"
        lines.append(f"  {name}: {brackets}(({told}) / {window.stride[axis]}) + 1 = {count}")
        if count != placement.output[axis]:
            lines[-1] += f", the last of which would begin after the image and is dropped: {placement.output[axis]}"
    missed = zip(placement.unseen, ("row", "column"), strict=True)
    unseen = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in missed if n]
    return lines + ([f"  the last {' and '.join(unseen)} of the input are never looked at"] if unseen else [])
