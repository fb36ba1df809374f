"""Boxes, whose weights are all the same: laid out for `cnnkit.loops.convolution.box`."""

from __future__ import annotations

import numpy as np

from cnnkit import arrays
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.box import convolve_box
from cnnkit.loops.convolution.direct import PAIR_BYTES
from cnnkit.loops.convolution.segments import Run, as_sum, row_pair
from cnnkit.loops.convolution.separable import LINE_BYTES
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.convolution.direct import WORTH_A_THREAD
from cnnkit.operations.convolution.problem import Problem
from cnnkit.operations.convolution.settings import Floats


def is_box(weights: Floats) -> bool:
    """Whether all weights are the same number, other than 0.

    >>> is_box(np.full((3, 3), 1 / 9)), is_box(np.eye(3))
    (True, False)
    """
    return bool(weights.flat[0] != 0 and (weights == weights.flat[0]).all())


def run(problem: Problem) -> None:
    """Fill the result, one box on every channel, with stride and dilation 1."""
    kind = problem.sum_type
    rows, columns = problem.weights.shape
    blocks = problem.cut(multiple=(2, 1))
    weight = problem.weights[0, 0]
    is_running = has_whole_sums(problem)
    # Whole sums are multiplied at last, others at first: huge samples give no infinity on the way to their mean.
    early, late = (1.0, weight) if is_running or weight == np.rint(weight) else (weight, 1.0)
    ones = np.full((rows, 1, 1), early)
    columns_sum, table = row_pair(ones, Window((rows, 1)), blocks, 1, skip_zeros=False)
    single = as_sum([Run(0, 0, 1, 0, 1)])
    lanes, line_lanes = PAIR_BYTES // kind.itemsize, LINE_BYTES // kind.itemsize
    bias = np.zeros(lanes + line_lanes, dtype=kind)
    bias[lanes:] = problem.asked.bias[0]
    wide = blocks.row_apart + 2 * max(lanes, line_lanes)
    run_bands(
        convolve_box,
        len(problem.samples) * blocks.strips,
        problem.out.size * (rows + 2 * columns.bit_length()),
        problem.threads,
        *problem.image(),
        table.astype(kind).reshape(-1),
        *columns_sum,
        np.array([late], dtype=kind),
        *single,
        bias,
        problem.out.reshape(-1),
        blocks,
        columns,
        int(is_running),
        scratch=(
            (blocks.laid, kind),
            (blocks.row_apart + wide, kind),
            (2 * wide, kind),
            (wide, kind),
            (2 * max(lanes, line_lanes), kind),
        ),
        worth=WORTH_A_THREAD,
    )


def has_whole_sums(problem: Problem) -> bool:
    """Whether the samples under a box add up to a whole number that the type of the sums holds exactly."""
    kind = problem.samples.dtype
    if kind.kind == "f" or not float(problem.asked.pad_mode.value).is_integer():
        return False
    largest = max(abs(int(np.iinfo(kind).min)), int(np.iinfo(kind).max), abs(int(problem.asked.pad_mode.value)))
    exact = {"i2": 2**15, "f4": arrays.EXACT_FLOAT32, "f8": 2**53}[problem.sum_type.str[1:]]
    return largest * problem.weights.size < exact
