"""Kernels that are the product of a column and a row: how they are found, and weights and blocks for the loop."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.direct import PAIR_BYTES
from cnnkit.loops.convolution.segments import row, row_pair
from cnnkit.loops.convolution.separable import LINE_BYTES, convolve_separable
from cnnkit.operations.convolution.direct import PRODUCTS_WORTH_A_THREAD, run_step
from cnnkit.operations.convolution.problem import Problem

ROUNDING = {4: 1e-7, 8: 2e-15}
"""Share of a weight by which the product of its column and row may miss it, by the bytes of the sums' type."""


class Factors(NamedTuple):
    """A column and a row whose product is a kernel."""

    # Magnitudes that sum to at most 1, unless they are whole numbers: then no intermediate exceeds the image.
    column: Floats
    row: Floats

    @property
    def are_whole(self) -> bool:
        """Whether all of them are whole numbers."""
        return bool((self.column == np.rint(self.column)).all() and (self.row == np.rint(self.row)).all())


def factors(weights: Floats, rounding: float = ROUNDING[4]) -> Factors | None:
    """Factor a kernel into a column and a row; None if a weight would be missed by more than `rounding` of it.

    Whole numbers stay whole where they can, and binary fractions stay exact.

    >>> factors(np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]))
    Factors(column=array([1., 2., 1.]), row=array([1., 2., 1.]))
    >>> factors(np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])) is None
    True
    """
    a, b = np.unravel_index(np.abs(weights).argmax(), weights.shape)
    pivot = weights[a, b]
    if pivot == 0:
        return None
    if np.array_equal(weights, np.rint(weights)) and np.abs(weights).max() < 2**20:
        divisor = gcd(*(int(weight) for weight in weights[a]))
        one = weights[a] / divisor
        column = np.rint(weights[:, b] / one[b])
        if np.array_equal(np.outer(column, one), weights):
            return Factors(column, one)
    column = weights[:, b] / pivot
    if (np.abs(np.outer(column, weights[a]) - weights) > rounding * np.abs(weights)).any():
        return None
    scale = np.exp2(np.ceil(np.log2(np.abs(column).sum())))  # a power of two rounds nothing
    return Factors(column / scale, weights[a] * scale)


def run(problem: Problem, found: Factors) -> None:
    """Fill the result: the column of `found`, then its row, on every channel."""
    dtype, window = problem.plan.sum_type, problem.plan.placement.window
    blocks = problem.cut(sorted_columns=True, multiple=(2, 1))
    step = run_step(window, blocks)
    columns = Window((window.size[0], 1), window.stride, window.dilation)
    row_step = blocks.row_stride * window.dilation[0]
    column_sum, column_table = row_pair(found.column[:, None, None], columns, blocks, row_step, skip_zeros=False)
    row_sum, row_table = row(found.row, window, blocks, step)
    lanes, line_lanes = PAIR_BYTES // dtype.itemsize, LINE_BYTES // dtype.itemsize
    bias = np.zeros(lanes + line_lanes, dtype=dtype)
    bias[lanes:] = problem.convolution.bias[0]
    problem.start(
        convolve_separable,
        len(problem.samples) * blocks.strips,
        problem.out.size * sum(window.size),
        problem.threads,
        *problem.image(),
        column_table.astype(dtype).reshape(-1),
        *column_sum,
        row_table.astype(dtype),
        *row_sum,
        bias,
        problem.out.reshape(-1),
        blocks,
        row_step,
        step,
        scratch=(
            (blocks.buffer_size, dtype),
            (2 * (blocks.row_stride + max(lanes, line_lanes)), dtype),
            (2 * max(lanes, line_lanes), dtype),
        ),
        worth=PRODUCTS_WORTH_A_THREAD,
    )
