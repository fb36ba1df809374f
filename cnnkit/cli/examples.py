"""The worked examples that ``convolve`` and ``pool`` show without an input: the run of a small grid, written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cnnkit.data.raster import Raster
from cnnkit.data.trace import MOST_SIDE
from cnnkit.geometry.look import Look
from cnnkit.geometry.pair import pair_text
from cnnkit.operations.convolution.combine import convolve_combined
from cnnkit.operations.convolution.settings import Convolution
from cnnkit.operations.convolution.trace import combined_trace
from cnnkit.operations.holes import NO_HOLES
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import Pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.text.grids import wrapped
from cnnkit.views.text.trace import MOST_COLUMNS, all_spot_lines, fact_lines, part_lines, pooled_lines

LEAST_SIDE = 6
"""Rows and columns of the grid, or as many as the window needs, up to twelve."""

MOST_RESULT_SIDE = 20
"""Rows and columns of a result that is shown as a grid."""

NETWORK_INPUT_SIDE = 224
"""Rows and columns of an image as networks see it."""

WRITTEN_WINDOWS = 3


def convolution_example(convolutions: Sequence[Convolution], way: str | None = None) -> str:
    """A grid with an edge, the kernel, the sums, the first and the strongest of them written out."""
    several = [replace(one, holes=NO_HOLES) for one in convolutions]
    first = several[0]
    side = max(LEAST_SIDE, *(reach for one in several for reach in one.window.reach))
    placement = first.place((side, side))
    named = f"{way} of {', '.join(one.kernel.name for one in several)}" if way else f"the kernel {first.kernel.name}"
    name = f"A worked example: {named} over"
    if first.kernel.weights.ndim != 2 or side > MOST_SIDE or max(placement.output) > MOST_RESULT_SIDE:
        side = max(NETWORK_INPUT_SIDE, side)
        depth = first.groups * first.kernel.weights.shape[2] if first.kernel.weights.ndim > 2 else 1
        trace = combined_trace(way, several, Raster(np.zeros((side, side, depth), np.float32)))
        return "\n".join([f"{name} an image of {side}x{side}.", "", *fact_lines(trace)])
    grid = np.full((side, side, 1), 1.0)
    grid[side // 3 :, side // 2 :] = 9
    image = Raster(grid)
    result = convolve_combined(way, several, image, 1).whole()
    strongest = combined_trace(way, several, image, result, Look()).spots[0].place
    look = Look(places=tuple(dict.fromkeys([(0, 0), strongest])))
    trace = combined_trace(way, several, image, result, look)
    head = wrapped(f"{name} a grid with a bright corner.", MOST_COLUMNS)
    return "\n".join([*head, *part_lines(trace), *all_spot_lines(trace), "", *fact_lines(trace)])


def pooling_example(pooling: Pooling) -> str:
    """A grid and its result side by side, the first windows sample by sample, and what becomes of an image."""
    reach = pooling.window.reach if pooling.window else (1, 1)
    side = max(LEAST_SIDE, *reach)
    size = max(NETWORK_INPUT_SIDE, reach[0]), max(NETWORK_INPUT_SIDE, reach[1])
    large = pooling_trace(pooling._replace(holes=NO_HOLES), Raster(np.zeros((*size, 3), np.uint8)))
    small = pooling.windows((side, side)).output
    name, *facts = fact_lines(large)
    lines = [f"A worked example: {name}."]
    if side <= MOST_SIDE and max(small) <= MOST_RESULT_SIDE:
        image = Raster(np.random.RandomState(5).randint(0, 10, (side, side, 1)).astype(np.float64))
        plain = pooling._replace(holes=NO_HOLES)
        look = Look(places=tuple((0, j) for j in range(min(WRITTEN_WINDOWS, small[1]))))
        trace = pooling_trace(plain, image, pool_raster(plain, image, 1).whole(), look)
        lines += [*part_lines(trace), ""]
        for spot in trace.spots:
            lines.append(f"row 0, column {spot.place[1]}: {' '.join(pooled_lines(trace, spot))}")
        facts = fact_lines(trace)[1:]
    lines += [
        "",
        *facts,
        "",
        f"A {pair_text((*size, 3))} image becomes {pair_text(large.output)}: each channel is pooled by itself.",
        "Pooling has no parameters: there is nothing to learn.",
    ]
    return "\n".join(lines)
