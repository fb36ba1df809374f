"""Boxes, whose weights are all the same: weights and blocks for the loop in `cnnkit.loops.convolution.box`."""

from __future__ import annotations

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Floats
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.box import convolve_box
from cnnkit.loops.convolution.direct import PAIR_BYTES
from cnnkit.loops.convolution.segments import Run, as_sum, row_pair
from cnnkit.loops.convolution.separable import LINE_BYTES
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
    dtype, weights = problem.plan.sum_type, problem.plan.weights
    rows, columns = weights.shape
    blocks = problem.cut(multiple=(2, 1))
    weight = weights[0, 0]
    is_running = has_whole_sums(problem)
    # Whole sums are multiplied last, others first: huge samples give no infinity on the way to their mean.
    early, late = (1.0, weight) if is_running or weight == np.rint(weight) else (weight, 1.0)
    ones = np.full((rows, 1, 1), early)
    columns_sum, table = row_pair(ones, Window((rows, 1)), blocks, blocks.row_stride, skip_zeros=False)
    single = as_sum([Run(0, 0, 1, 0, 1)])
    lanes, line_lanes = PAIR_BYTES // dtype.itemsize, LINE_BYTES // dtype.itemsize
    bias = np.zeros(lanes + line_lanes, dtype=dtype)
    bias[lanes:] = problem.convolution.bias[0]
    wide = blocks.row_stride + 2 * max(lanes, line_lanes)
    problem.start(
        convolve_box,
        len(problem.samples) * blocks.strips,
        problem.out.size * (rows + 2 * columns.bit_length()),
        problem.threads,
        *problem.image(),
        table.astype(dtype).reshape(-1),
        *columns_sum,
        np.array([late], dtype=dtype),
        *single,
        bias,
        problem.out.reshape(-1),
        blocks,
        columns,
        int(is_running),
        scratch=(
            (blocks.buffer_size, dtype),
            (blocks.row_stride + wide, dtype),
            (2 * wide, dtype),
            (wide, dtype),
            (2 * max(lanes, line_lanes), dtype),
        ),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def has_whole_sums(problem: Problem) -> bool:
    """Whether the samples under a box add up to a whole number that the type of the sums holds exactly."""
    dtype, constant = problem.samples.dtype, problem.convolution.pad_mode.value
    if dtype.kind == "f" or not float(constant).is_integer():
        return False
    largest = max(abs(int(np.iinfo(dtype).min)), int(np.iinfo(dtype).max), abs(int(constant)))
    exact = {"i2": 2**15, "f4": arrays.EXACT_FLOAT32, "f8": 2**53}[problem.plan.sum_type.str[1:]]
    return largest * problem.plan.weights.size < exact
