"""Boxes, whose weights are all the same: weights and blocks for the loop in `cnnkit.loops.convolution.box`."""

from __future__ import annotations

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Floats
from cnnkit.geometry.blocks import cut
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.box import convolve_box
from cnnkit.loops.convolution.direct import PAIR_BYTES
from cnnkit.loops.convolution.segments import row_pair
from cnnkit.operations.convolution.direct import PRODUCTS_WORTH_A_THREAD
from cnnkit.operations.convolution.problem import Problem


def is_box(weights: Floats) -> bool:
    """Whether all weights are the same number, other than 0.

    >>> is_box(np.full((3, 3), 1 / 9)), is_box(np.eye(3))
    (True, False)
    """
    return bool(weights.flat[0] != 0 and (weights == weights.flat[0]).all())


def run(problem: Problem) -> None:
    """Fill the result, one box on every channel, with stride and dilation 1."""
    weights, is_running = problem.plan.weights, has_whole_sums(problem)
    number = np.dtype(np.float64 if problem.plan.sum_type.itemsize == 8 else np.float32)
    is_short = is_running and largest_sum(problem) < 2**16
    dtype = np.dtype(np.int16) if is_short else number
    rows, columns = weights.shape
    blocks = cut(problem.plan.placement, problem.depth, dtype.itemsize, multiple=(2, 1))
    weight = weights[0, 0]
    # Whole sums are multiplied last, others first: huge samples give no infinity on the way to their mean.
    early, late = (1.0, weight) if is_running or weight == np.rint(weight) else (weight, 1.0)
    ones = np.full((rows, 1, 1), early)
    sums, table = row_pair(ones, Window((rows, 1)), blocks, blocks.row_stride, skip_zeros=False)
    lanes = PAIR_BYTES // dtype.itemsize
    wide = blocks.row_stride + 2 * lanes
    problem.start(
        convolve_box,
        len(problem.samples) * blocks.strips,
        problem.out.size * (rows + 2 * columns.bit_length()),
        problem.threads,
        *problem.image(),
        table.astype(dtype).reshape(-1),
        *sums,
        np.array([late, problem.convolution.bias[0]], number),
        problem.out.reshape(-1),
        blocks,
        columns,
        int(is_running),
        scratch=(
            (blocks.buffer_size, dtype),
            (blocks.row_stride + wide + lanes, dtype),
            (2 * wide, dtype),
            (wide, dtype),
            (2 * lanes, dtype),
        ),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def largest_sum(problem: Problem) -> int:
    """The largest number that bytes under a box can add up to; 2**16 for other samples, or where any is negative."""
    dtype, constant = problem.samples.dtype, problem.convolution.pad_mode.value
    if dtype != np.uint8 or constant < 0:
        return 2**16
    return max(255, int(constant)) * problem.plan.weights.size


def has_whole_sums(problem: Problem) -> bool:
    """Whether the samples under a box add up to a whole number that the type of the sums holds exactly."""
    dtype, constant = problem.samples.dtype, problem.convolution.pad_mode.value
    if dtype.kind == "f" or not float(constant).is_integer():
        return False
    largest = max(abs(int(np.iinfo(dtype).min)), int(np.iinfo(dtype).max), abs(int(constant)))
    exact = 2**53 if problem.plan.sum_type.itemsize == 8 else arrays.EXACT_FLOAT32
    return largest * problem.plan.weights.size < exact
