"""The arithmetic of convolution and pooling, written out: on a built-in grid, or for the user's own image.

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
from cnnkit.operations import convolution, planner, pooling
from cnnkit.operations.asked import Convolution
from cnnkit.operations.pooling import Pooling

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


def pooling_example(asked: Pooling) -> str:
    """A worked example of pooling: a grid, its windows, the results side by side, and what it does to an image."""
    big = asked.place((max(224, asked.window.reach[0]), max(224, asked.window.reach[1])))
    side = max(SMALLEST, *asked.window.reach)
    placement = asked.place((side, side))
    lines = [f"A worked example: {_pooling_words(asked)}.", ""]
    if side <= LARGEST and max(placement.output) <= WIDEST:
        grid = np.random.RandomState(5).randint(0, 10, (side, side)).astype(np.float64)
        result = pooling.run(asked, grid[None, :, :, None], 1)[0, :, :, 0]
        apart = asked.window.size if asked.window.stride == asked.window.size and not placement.padding.widest else None
        lines += [
            *beside(
                [f"image {side}x{side}", *grid_lines(grid, gaps=apart)],
                [f"result {pair_text(result.shape)}", *grid_lines(result)],
                gap=6,
            ),
            "",
            *_written_windows(asked, placement, grid, result),
            "",
            *size_lines(placement, fill="", ceil=asked.ceil),
        ]
    else:
        lines += size_lines(big, fill="", ceil=asked.ceil)
    before, after = pair_text((*big.input, 3)), pair_text((*big.output, 3))
    lines += [
        "",
        f"A {before} image becomes {after}: each channel is pooled by itself.",
        "Pooling has no parameters: there is nothing to learn.",
    ]
    return "\n".join(lines)


def _pooling_words(asked: Pooling) -> str:
    size, stride = pair_text(asked.window.size), pair_text(asked.window.stride)
    return f"{asked.kind} pooling, windows of {size}, {stride} apart"


def _written_windows(asked: Pooling, placement: Placement, grid: Grid, result: Grid) -> list[str]:
    """The first windows, sample by sample."""
    window, padding = asked.window, placement.padding
    lines = []
    for j in range(min(3, result.shape[1])):
        places = [
            (a * window.dilation[0] - padding.top, j * window.stride[1] + b * window.dilation[1] - padding.left)
            for a in range(window.size[0])
            for b in range(window.size[1])
        ]
        samples = [int(grid[y, x]) for y, x in places if 0 <= y < grid.shape[0] and 0 <= x < grid.shape[1]]
        padded = sum(y < grid.shape[0] + padding.bottom and x < grid.shape[1] + padding.right for y, x in places)
        if asked.kind == "max":
            how = "largest of"
        elif asked.count_padding and padded > len(samples):
            how = f"mean of {padded} samples, {padded - len(samples)} of them padding:"
        else:
            how = f"mean of the {len(samples)} sample{'s' if len(samples) != 1 else ''}"
        shown = ", ".join(map(str, samples[:MOST_PRODUCTS])) + (", ..." if len(samples) > MOST_PRODUCTS else "")
        if not samples:
            how, shown = "the window holds padding", "alone"
        lines.append(f"row 0, column {j}: {how} {shown} = {number_text(result[0, j])}")
    return lines


def pooling_text(asked: Pooling, shape: tuple[int, int, int]) -> str:
    """What a pooling does to an image of `shape` (rows, columns, depth), with numbers."""
    return "\n".join([_pooling_words(asked), *size_lines(asked.place(shape[:2]), fill="", ceil=asked.ceil)])
