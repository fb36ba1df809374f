"""Direct convolution along the columns: weights and blocks for the loop in `cnnkit.loops.convolution.direct`."""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array
from cnnkit.geometry.blocks import Blocks
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.direct import PAIR_BYTES, convolve_rows
from cnnkit.loops.convolution.few import convolve_few, products
from cnnkit.loops.convolution.maps import convolve_maps
from cnnkit.loops.convolution.segments import Sum, row_pair
from cnnkit.loops.convolution.totals import WIDE_BYTES
from cnnkit.operations.convolution.plan import MAX_FEW_PRODUCTS
from cnnkit.operations.convolution.problem import Problem

PRODUCTS_WORTH_A_THREAD = 4_000_000
"""Products that take longer than waking a thread, several at a time as they are computed."""


FEW_LOOP = convolve_few.of(products)


def run(problem: Problem) -> None:
    """Fill the result: one grid on every channel, or a few feature maps, each summed over channels."""
    plan, dtype = problem.plan, problem.plan.sum_type
    is_sum = plan.weights.ndim == 4
    blocks = problem.cut(planar=is_sum, sorted_columns=True, multiple=(2, 1))
    grids = np.moveaxis(plan.weights, 3, 0) if is_sum else plan.weights[None, ..., None]
    maps = len(grids)
    if maps == 1 and grids[0].size <= MAX_FEW_PRODUCTS:
        run_few(problem, grids[0], blocks)
        return
    step = run_step(plan.placement.window, blocks)
    skip_zeros = problem.skip_zeros and maps == 1  # all maps have the same segments

    def products() -> tuple[Sum, Array]:
        made = [row_pair(one, plan.placement.window, blocks, step, skip_zeros=skip_zeros) for one in grids]
        return made[0][0], np.concatenate([table for _, table in made]).astype(dtype).reshape(-1)

    sums, table = problem.prepared(("direct", problem.key), products)
    lanes = PAIR_BYTES // dtype.itemsize
    bias = np.repeat(np.broadcast_to(problem.convolution.bias, (maps,)), lanes).astype(dtype)
    problem.start(
        convolve_rows if maps == 1 else convolve_maps,
        len(problem.samples) * blocks.strips,
        problem.multiplications,
        problem.threads,
        *problem.image(),
        table,
        *sums,
        bias,
        problem.out.reshape(-1),
        blocks,
        step,
        *([] if maps == 1 else [maps]),
        scratch=(
            (blocks.buffer_size, dtype),
            (2 * lanes, dtype),
            *([] if maps == 1 else [((2 * maps + 4) * blocks.width, problem.out.dtype)]),
        ),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def run_few(problem: Problem, weights: Array, blocks: Blocks) -> None:
    """The same for a grid (rows, columns, depth) of few weights, summed one by one."""
    dtype, (down, across) = problem.plan.sum_type, problem.plan.placement.window.dilation

    def found() -> tuple[Array, Array]:
        taps = [(a, b, c) for a, c, b in np.ndindex(*(weights.shape[k] for k in (0, 2, 1)))]
        used = [tap for tap in taps if weights[tap] or not problem.skip_zeros] or taps[:1]
        places = [blocks.offset(a * down, b * across, c) for a, b, c in used]
        return np.array(places), np.array([weights[tap] for tap in used]).astype(dtype)

    places, table = problem.prepared(("few", problem.key), found)
    problem.start(
        FEW_LOOP,
        len(problem.samples) * blocks.strips,
        problem.multiplications,
        problem.threads,
        *problem.image(),
        places,
        np.array(problem.convolution.bias[:1]).astype(dtype),
        table,
        problem.out.reshape(-1),
        blocks,
        scratch=((blocks.buffer_size, dtype), (WIDE_BYTES // dtype.itemsize, problem.out.dtype)),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def run_step(window: Window, blocks: Blocks) -> int:
    """The step in the buffer from the sample of one weight to the next one's in a row, where several share it."""
    return blocks.unit * (window.dilation[1] if blocks.phases == 1 else 1)
