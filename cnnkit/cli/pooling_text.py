"""The arithmetic of pooling, written out: on a built-in grid, or for the user's own image.

Every number here is computed by the operation it explains, on the settings the user gave.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.cli.grids import (
    MAX_PRODUCTS,
    MAX_RESULT_SIDE,
    MAX_SIDE,
    MIN_SIDE,
    beside,
    grid_lines,
    number_text,
    size_lines,
)
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.operations.pooling import pool as pooling
from cnnkit.operations.pooling.merge import Windows
from cnnkit.operations.pooling.plan import how
from cnnkit.operations.pooling.settings import Pooling
from cnnkit.operations.pooling.windows import Bins

FEW = 3
"""Windows that are written out."""

Grid = npt.NDArray[Any]


def pooling_example(asked: Pooling) -> str:
    """A worked example of pooling: a grid, its windows, the results side by side, and what it does to an image."""
    reach = (1, 1) if asked.window is None else asked.window.reach
    side = max(MIN_SIDE, *reach)
    windows = asked.windows((side, side))
    lines = [f"A worked example: {pooling_words(asked)}.", ""]
    if side <= MAX_SIDE and max(windows.output) <= MAX_RESULT_SIDE:
        grid = np.random.RandomState(5).randint(0, 10, (side, side)).astype(np.float64)
        result = pooling.run(asked, grid[None, :, :, None], 1)[0, :, :, 0]
        lines += [
            *beside(
                [f"image {side}x{side}", *grid_lines(grid, gaps=_apart(asked, windows))],
                [f"result {pair_text(result.shape)}", *grid_lines(result)],
                gap=6,
            ),
            "",
            *(_written_window(asked, windows, j, grid, result) for j in range(min(FEW, result.shape[1]))),
            "",
            *_size_lines(asked, (side, side)),
        ]
    else:
        lines += _size_lines(asked, _common(reach))
    size = _common(reach)
    before, after = pair_text((*size, 3)), pair_text((*asked.windows(size).output, 3))
    lines += [
        "",
        f"A {before} image becomes {after}: each channel is pooled by itself.",
        "Pooling has no parameters: there is nothing to learn.",
    ]
    return "\n".join(lines)


def _common(reach: Pair) -> Pair:
    """The size of an image as networks see it, or one that the window fits."""
    return max(224, reach[0]), max(224, reach[1])


def pooling_text(asked: Pooling, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> str:
    """What a pooling does to an image of `shape` (rows, columns, depth) and `dtype`, and how, with numbers."""
    return "\n".join([pooling_words(asked), *_size_lines(asked, shape[:2]), f"computed: {how(asked, dtype, shape)}"])


def pooling_words(asked: Pooling) -> str:
    """What is asked, in a line.

    >>> from cnnkit.operations.pooling.settings import read_pooling
    >>> pooling_words(read_pooling(3, stride=2)), pooling_words(read_pooling("global", kind="lp"))
    ('max pooling, windows of 3x3, 2x2 apart', 'lp pooling with p 2, one window as large as the image')
    """
    kind = f"{asked.kind} pooling" + (f" with p {asked.p:g}" if asked.kind == "lp" else "")
    if asked.window is not None:
        return f"{kind}, windows of {pair_text(asked.window.size)}, {pair_text(asked.window.stride)} apart"
    if asked.is_global:
        return f"{kind}, one window as large as the image"
    assert asked.bins is not None
    return f"{kind} to {pair_text(asked.bins)}, whatever the size of the image"


def _apart(asked: Pooling, windows: Windows) -> Pair | None:
    """Where windows neither overlap nor hang over, their size."""
    placement = windows.placement
    if placement is not None and asked.window is not None:
        return asked.window.size if asked.window.stride == asked.window.size and not placement.padding.widest else None
    even = windows.rows.most, windows.columns.most
    are_apart = even[0] * windows.output[0] == even[1] * windows.output[1] == MIN_SIDE
    return even if are_apart and max(windows.output) > 1 else None


def _size_lines(asked: Pooling, size: Pair) -> list[str]:
    placement = asked.place(size)
    if placement is not None:
        return size_lines(placement, fill="", ceil=asked.ceil)
    windows = asked.windows(size)
    if asked.is_global:
        return [f"size: 1x1, one result from {pair_text(size)} = {size[0] * size[1]} samples in each channel"]
    lines = [
        "size: as asked; window i of n holds samples floor(i * input / n) to ceil((i + 1) * input / n) - 1, i from 0"
    ]
    for name, length, bins in zip(("rows", "columns"), size, windows.axes, strict=True):
        lines.append(f"  {name}: {len(bins)} window{'s' if len(bins) > 1 else ''} over {length}: {_bins_text(bins)}")
    return lines


def _bins_text(bins: Bins) -> str:
    """The first bins, as the samples they begin and end with.

    >>> from cnnkit.operations.pooling.windows import adaptive_bins
    >>> _bins_text(adaptive_bins(5, 3))
    '0 to 1, 1 to 3, 3 to 4'
    """
    shown = [f"{first} to {first + count - 1}" for first, count in bins.table.T[:FEW].tolist()]
    return ", ".join(shown + ["..."] * (len(bins) > FEW))


def _written_window(asked: Pooling, windows: Windows, j: int, grid: Grid, result: Grid) -> str:
    """Window j of the first row, sample by sample."""
    rows, columns = (
        range(bins.firsts[place], bins.firsts[place] + bins.counts[place] * bins.step, bins.step)
        for bins, place in ((windows.rows, 0), (windows.columns, j))
    )
    samples = [int(grid[y, x]) for y in rows for x in columns]
    counted = windows.rows.divisors[0] * windows.columns.divisors[j]
    if not samples:
        return f"row 0, column {j}: padding alone, no sample = {number_text(result[0, j])}"
    shown = [str(sample) for sample in samples[:MAX_PRODUCTS]] + ["..."] * (len(samples) > MAX_PRODUCTS)
    if asked.kind == "lp" and asked.p != 2:
        powers = " + ".join(f"{sample}^{asked.p:g}" if sample.isdigit() else sample for sample in shown)
        told = f"({powers})^(1/{asked.p:g})"
    else:
        told = f"{_how(asked, len(samples), counted)} {', '.join(shown)}"
    return f"row 0, column {j}: {told} = {number_text(result[0, j])}"


def _how(asked: Pooling, count: int, counted: int) -> str:
    """What is made of the samples of a window, as the words before them."""
    if asked.kind == "average":
        if counted > count:
            return f"mean over {counted} places, {counted - count} of them padding, of"
        return f"mean of the {count} sample{'s' if count != 1 else ''}"
    if asked.kind == "lp":
        return "root of the sum of the squares of"
    words = {"max": "largest of", "min": "smallest of", "median": f"middle (number {(count + 1) // 2} in order) of"}
    return words[asked.kind]
