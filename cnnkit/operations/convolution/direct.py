"""Direct convolution along the columns: weights and blocks for `cnnkit.loops.convolution.direct`."""

from __future__ import annotations

import numpy as np

from cnnkit.geometry.blocks import Blocks
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.direct import PAIR_BYTES, convolve_rows
from cnnkit.loops.convolution.segments import Sum, row_pair
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.convolution.problem import Array, Problem
from cnnkit.operations.convolution.settings import Floats

WORTH_A_THREAD = 4_000_000
"""Products that take longer than waking a thread, many at a time as they are made."""


def run(problem: Problem) -> None:
    """Fill the result: one grid on every channel, or one feature map summed over channels."""
    is_sum = problem.weights.ndim == 4
    kind = problem.sum_type
    blocks = problem.cut(planar=is_sum, sorted_columns=True, multiple=(2, 1))
    weights = problem.weights[..., 0] if is_sum else problem.weights[..., None]
    step = run_step(problem.placement.window, blocks)
    sums, table = problem.prepared(("direct", problem.shapes), lambda: _products(weights, problem, blocks, step))
    lanes = PAIR_BYTES // kind.itemsize
    run_bands(
        convolve_rows,
        len(problem.samples) * blocks.strips,
        problem.multiplications,
        problem.threads,
        *problem.image(),
        table,
        *sums,
        np.full(lanes, problem.asked.bias[0], dtype=kind),
        problem.out.reshape(-1),
        blocks,
        step,
        scratch=((blocks.laid, kind), (2 * lanes, kind)),
        worth=WORTH_A_THREAD,
    )


def _products(weights: Floats, problem: Problem, blocks: Blocks, step: int) -> tuple[Sum, Array]:
    sums, table = row_pair(weights, problem.placement.window, blocks, step, skip_zeros=problem.skip_zeros)
    return sums, table.astype(problem.sum_type).reshape(-1)


def run_step(window: Window, blocks: Blocks) -> int:
    """From the sample of one weight to the next one's in a row, where that is the same for several."""
    return blocks.unit * (window.dilation[1] if blocks.phases == 1 else 1)
