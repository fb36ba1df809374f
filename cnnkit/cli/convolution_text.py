"""The arithmetic of convolution, written out: on a built-in grid, or for the user's own image.

Every number here is computed by the operation it explains, with the settings the user gave.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.data.raster import Raster
from cnnkit.geometry.padding import PadMode
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.geometry.window import Placement
from cnnkit.operations.convolution.convolve import convolve_batch
from cnnkit.operations.convolution.holes import without_transforms
from cnnkit.operations.convolution.planner import plan_convolution
from cnnkit.operations.convolution.raster import is_alpha_weighted
from cnnkit.operations.convolution.settings import Convolution
from cnnkit.views.text.grids import (
    MAX_PRODUCTS,
    MAX_RESULT_SIDE,
    MAX_SIDE,
    MIN_SIDE,
    beside,
    grid_lines,
    number_text,
    size_lines,
    total_text,
)

Grid = npt.NDArray[Any]


def convolution_example(convolution: Convolution) -> str:
    """A worked example of convolution: a grid with an edge, the kernel, the sums, the first of them written out."""
    kernel = convolution.kernel.weights
    side = max(MIN_SIDE, *convolution.window.reach)
    placement = convolution.place((side, side))
    if kernel.ndim != 2 or side > MAX_SIDE or max(placement.output) > MAX_RESULT_SIDE:
        side = max(224, side)
        head = f"A worked example: the kernel {convolution.kernel.name} over an image of {side}x{side}."
        return "\n".join([head, "", *_convolution_lines(convolution, convolution.place((side, side)))])
    grid = np.full((side, side), 1)
    grid[side // 3 :, side // 2 :] = 9
    sums = convolve_batch(convolution, grid[None, :, :, None], 1)[0, :, :, 0]
    lines = [
        f"A worked example: the kernel {convolution.kernel.name} over a grid with a corner of bright samples.",
        "",
        *beside(
            [f"image {side}x{side}", *grid_lines(grid)],
            [f"kernel {pair_text(kernel.shape)}", *grid_lines(kernel)],
            [f"result {pair_text(sums.shape)}", *grid_lines(sums)],
            gap=6,
        ),
        "",
        *_written_sums(convolution, placement, grid, sums),
        "",
        *_convolution_lines(convolution, placement),
    ]
    return "\n".join(lines)


def _written_sums(convolution: Convolution, placement: Placement, grid: Grid, sums: Grid) -> list[str]:
    """The sums of a few windows as products: the first one, and the one with the largest magnitude."""
    largest = np.unravel_index(int(np.abs(sums).argmax()), sums.shape)
    padded = arrays.pad(grid[None, :, :, None], placement, convolution.pad_mode, np.float64)[0, :, :, 0]
    window, bias = convolution.window, convolution.bias[0]
    lines = []
    for i, j in dict.fromkeys([(0, 0), (int(largest[0]), int(largest[1]))]):
        y, x = i * window.stride[0], j * window.stride[1]
        under = padded[y : y + window.reach[0] : window.dilation[0], x : x + window.reach[1] : window.dilation[1]]
        pairs = zip(under.flat, convolution.kernel.weights.flat, strict=True)
        products = [f"{number_text(sample)}*{_signed(weight)}" for sample, weight in pairs]
        shown = products[:MAX_PRODUCTS] + (["..."] if len(products) > MAX_PRODUCTS else [])
        added = f" + bias {number_text(bias)}" if bias else ""
        lines.append(f"row {i}, column {j}: {' + '.join(shown)}{added} = {number_text(sums[i, j])}")
    return lines


def _signed(weight: float) -> str:
    return f"({number_text(weight)})" if weight < 0 else number_text(weight)


def convolution_text(convolution: Convolution, image: Raster) -> str:
    """What a convolution does to an image, and how, with numbers."""
    shape, dtype, algorithm = (1, *image.shape[:2], image.colours), image.dtype, "auto"
    if convolution.holes.are_sought and convolution.holes.find(image.colour[None]) is not None:
        samples, algorithm = without_transforms(convolution, image.colour[None])
        dtype = samples.dtype
    dtype = np.dtype(np.float64) if is_alpha_weighted(convolution, image) else dtype
    plan = plan_convolution(convolution, dtype, shape, algorithm)
    lines = _convolution_lines(convolution, plan.placement)
    if convolution.holes.are_sought:
        rule = "a window that holds one gives one"
        if not convolution.kernel.is_zero_sum:
            rule = "sum over the other samples * sum of weights / sum of theirs; padding is known"
        lines.append(f"holes: samples that are {convolution.holes.text}; {rule}")
    return "\n".join([*lines, f"computed: {plan.algorithm}, sums in {plan.sum_type}; {plan.reason}"])


def _convolution_lines(convolution: Convolution, placement: Placement) -> list[str]:
    kernel, pad_mode = convolution.kernel, convolution.pad_mode
    effect = "differences: a flat region gives 0" if kernel.is_zero_sum else f"weights sum to {total_text(kernel)}"
    fill = "0" if pad_mode == PadMode("constant", 0.0) else pad_mode.word
    anchor = _anchor(placement)
    return [
        f"kernel {kernel.name} {pair_text(kernel.weights.shape)}, {effect}",
        *size_lines(placement, fill=fill),
        f"anchor: the kernel's row {anchor[0]}, column {anchor[1]} lies over the sample its sum is written for"
        if min(anchor) >= 0 and placement.window.stride == (1, 1)
        else f"the first window begins at row {-placement.padding.top}, column {-placement.padding.left}",
    ]


def _anchor(placement: Placement) -> Pair:
    """The kernel's sample over output (0, 0) of a result of the image's size; below 0 if it lies between samples."""
    axes = zip((placement.padding.top, placement.padding.left), placement.window.dilation, strict=True)
    rows, columns = (before // step if before % step == 0 else -1 for before, step in axes)
    return rows, columns
