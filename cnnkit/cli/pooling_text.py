"""The arithmetic of pooling, written out: on a built-in grid, or for the user's own image.

Every number here is computed by the operation it explains, on the settings the user gave.
"""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.raster import Raster
from cnnkit.geometry.pair import Pair, counted, pair_text
from cnnkit.operations.pooling.holes import pool_batch
from cnnkit.operations.pooling.method import method_text
from cnnkit.operations.pooling.settings import Pooling
from cnnkit.operations.pooling.windows import Bins, Windows
from cnnkit.views.text.grids import (
    MAX_PRODUCTS,
    MAX_RESULT_SIDE,
    MAX_SIDE,
    MIN_SIDE,
    beside,
    grid_lines,
    number_text,
    size_lines,
)

MAX_WRITTEN_WINDOWS = 3

NETWORK_INPUT_SIDE = 224
"""Rows and columns of an image as networks see it."""


def pooling_example(settings: Pooling) -> str:
    """A worked example of pooling: a grid, its windows, the results side by side, and what it does to an image."""
    reach = settings.window.reach if settings.window else (1, 1)
    side = max(MIN_SIDE, *reach)
    size = max(NETWORK_INPUT_SIDE, reach[0]), max(NETWORK_INPUT_SIDE, reach[1])
    small_windows, image_windows = settings.windows((side, side)), settings.windows(size)
    lines = [f"A worked example: {pooling_words(settings)}.", ""]
    if side <= MAX_SIDE and max(small_windows.output) <= MAX_RESULT_SIDE:
        lines += [
            *_grid_example(settings, small_windows, side),
            "",
            *_size_lines(settings, small_windows, (side, side)),
        ]
    else:
        lines += _size_lines(settings, image_windows, size)
    lines += [
        "",
        f"A {pair_text((*size, 3))} image becomes {pair_text((*image_windows.output, 3))}: "
        "each channel is pooled by itself.",
        "Pooling has no parameters: there is nothing to learn.",
    ]
    return "\n".join(lines)


def pooling_text(settings: Pooling, image: Raster) -> str:
    """What a pooling does to an image, and how, with numbers."""
    shape, holes = image.shape, settings.holes
    windows = settings.windows(shape[:2])
    has_holes = holes.are_sought and holes.find(image.colour) is not None
    method = f"computed: {method_text(settings, windows, shape, image.dtype, has_holes=has_holes)}"
    lines = [pooling_words(settings), *_size_lines(settings, windows, shape[:2])]
    if holes.are_sought:
        lines.append(f"holes: samples that are {holes.text}, left out; a window of holes alone gives one")
    return "\n".join([*lines, method])


def pooling_words(settings: Pooling) -> str:
    """The settings in a line.

    >>> from cnnkit.operations.pooling.settings import read_pooling
    >>> pooling_words(read_pooling(3, stride=2)), pooling_words(read_pooling("global", kind="lp"))
    ('max pooling, window 3x3, stride 2x2', 'lp pooling with p 2, one window as large as the image')
    """
    kind = f"{settings.kind} pooling" + (f" with p {settings.p:g}" if settings.kind == "lp" else "")
    if settings.window:
        return f"{kind}, window {pair_text(settings.window.size)}, stride {pair_text(settings.window.stride)}"
    if settings.bins:
        return f"{kind} to {pair_text(settings.bins)}, whatever the size of the image"
    return f"{kind}, one window as large as the image"


def _grid_example(settings: Pooling, windows: Windows, side: int) -> list[str]:
    """A grid and its result side by side, and the first windows, sample by sample."""
    grid = np.random.RandomState(5).randint(0, 10, (side, side)).astype(np.float64)
    result = pool_batch(settings, windows, grid[None, :, :, None], 1)[0, :, :, 0]
    return [
        *beside(
            [f"image {side}x{side}", *grid_lines(grid, gaps=_gaps(settings, windows))],
            [f"result {pair_text(result.shape)}", *grid_lines(result)],
            gap=6,
        ),
        "",
        *(
            _written_window(settings, windows, j, grid, result)
            for j in range(min(MAX_WRITTEN_WINDOWS, result.shape[1]))
        ),
    ]


def _gaps(settings: Pooling, windows: Windows) -> Pair | None:
    """The size of windows that neither overlap nor hang over; None for others."""
    placement = windows.placement
    if placement is not None:
        window = placement.window
        return window.size if window.stride == window.size and not placement.padding.widest else None
    even = windows.rows.most, windows.columns.most
    share_nothing = even[0] * windows.output[0] == even[1] * windows.output[1] == MIN_SIDE
    return even if share_nothing and max(windows.output) > 1 else None


def _size_lines(settings: Pooling, windows: Windows, size: Pair) -> list[str]:
    if windows.placement is not None:
        return size_lines(windows.placement, fill="", ceil=settings.ceil)
    if settings.is_global:
        return [f"size: 1x1, one result from {pair_text(size)} = {size[0] * size[1]} samples in each channel"]
    lines = [
        "size: as given; window i of n holds samples floor(i * input / n) to ceil((i + 1) * input / n) - 1, i from 0"
    ]
    for name, length, bins in zip(("rows", "columns"), size, windows.axes, strict=True):
        lines.append(f"  {name}: {counted(len(bins), 'window')} over {length}: {_bins_text(bins)}")
    return lines


def _bins_text(bins: Bins) -> str:
    """The first bins, as the samples they begin and end with.

    >>> from cnnkit.operations.pooling.windows import adaptive_bins
    >>> _bins_text(adaptive_bins(5, 3))
    '0 to 1, 1 to 3, 3 to 4'
    """
    shown = [f"{first} to {first + count - 1}" for first, count in bins.table.T[:MAX_WRITTEN_WINDOWS].tolist()]
    return ", ".join(shown + ["..."] * (len(bins) > MAX_WRITTEN_WINDOWS))


def _written_window(settings: Pooling, windows: Windows, j: int, grid: Array, result: Array) -> str:
    """Window j of the first row, sample by sample."""
    rows, columns = (
        range(bins.firsts[place], bins.firsts[place] + bins.counts[place] * bins.step, bins.step)
        for bins, place in ((windows.rows, 0), (windows.columns, j))
    )
    samples = [int(grid[y, x]) for y in rows for x in columns]
    if not samples:
        return f"row 0, column {j}: padding alone, no sample = {number_text(result[0, j])}"
    shown = [str(sample) for sample in samples[:MAX_PRODUCTS]] + ["..."] * (len(samples) > MAX_PRODUCTS)
    if settings.kind == "lp" and settings.p != 2:
        powers = " + ".join(f"{sample}^{settings.p:g}" if sample.isdigit() else sample for sample in shown)
        text = f"({powers})^(1/{settings.p:g})"
    else:
        divisor = windows.rows.divisors[0] * windows.columns.divisors[j]
        text = f"{_operation(settings.kind, len(samples), divisor)} {', '.join(shown)}"
    return f"row 0, column {j}: {text} = {number_text(result[0, j])}"


def _operation(kind: str, count: int, divisor: int) -> str:
    """The words before the samples of a window."""
    if kind == "average":
        if divisor > count:
            return f"mean over {divisor} places, {divisor - count} of them padding, of"
        return f"mean of the {counted(count, 'sample')}"
    return {
        "max": "largest of",
        "min": "smallest of",
        "median": f"middle (number {(count + 1) // 2} in order) of",
        "lp": "root of the sum of the squares of",
    }[kind]
