"""Kernels that are the product of a column and a row, or the sum of two such: found, and laid out for the loops."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

import numpy as np

from cnnkit.geometry.window import Window
from cnnkit.loops.bands import run_bands
from cnnkit.loops.direct import PAIR_BYTES
from cnnkit.loops.segments import Sum, row, row_pair
from cnnkit.loops.separable import LINE_BYTES, convolve_separable
from cnnkit.operations.asked import Floats
from cnnkit.operations.direct import WORTH_A_THREAD, run_step
from cnnkit.operations.problem import Problem

NEGLIGIBLE = 1e-9
"""Share of the largest singular value below which another one is rounding, far below that of float32 sums."""


class Factors(NamedTuple):
    """Columns and rows whose products add up to a kernel.

    Attributes
    ----------
    columns : ndarray of float64, (products, rows)
        Their magnitudes sum to at most 1, unless they are whole numbers, so that no middle is larger than the image.
    rows : ndarray of float64, (products, columns)
    """

    columns: Floats
    rows: Floats

    @property
    def products(self) -> int:
        """How many."""
        return len(self.columns)

    @property
    def are_whole(self) -> bool:
        """Whether all of them are whole numbers."""
        return bool((self.columns == np.rint(self.columns)).all() and (self.rows == np.rint(self.rows)).all())


def factors(weights: Floats, *, most: int = 2) -> Factors | None:
    """Take a kernel apart into at most so many products of a column and a row; None if that is not possible.

    A single product of whole numbers keeps them whole, one of binary fractions keeps these; two products are found by
    the singular values.

    Parameters
    ----------
    weights : ndarray of float64, (rows, columns)

    Examples
    --------
    >>> factors(np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]))
    Factors(columns=array([[1., 2., 1.]]), rows=array([[1., 2., 1.]]))
    >>> factors(np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]), most=1) is None
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
            return Factors(column[None], one[None])
    column = weights[:, b] / pivot
    if np.abs(np.outer(column, weights[a]) - weights).max() <= NEGLIGIBLE * abs(pivot):
        return _even(column[None], weights[a][None])
    if most < 2:
        return None
    left, values, right = np.linalg.svd(weights)
    products = int((values > NEGLIGIBLE * values[0]).sum())
    return None if products > most else _even(left[:, :products].T, right[:products] * values[:products, None])


def _even(columns: Floats, rows: Floats) -> Factors:
    """Give columns magnitudes that sum to at most 1, by powers of two, which round nothing."""
    scale = np.exp2(np.ceil(np.log2(np.abs(columns).sum(axis=1, keepdims=True))))
    return Factors(columns / scale, rows * scale)


def run(problem: Problem, found: Factors) -> None:
    """Fill the result: the columns of `found`, then its rows, on every channel."""
    kind, window = problem.sum_type, problem.placement.window
    blocks = problem.cut(sorted_columns=True, multiple=(2, 1))
    step = run_step(window, blocks)
    columns = Window((window.size[0], 1), window.stride, window.dilation)
    pairs = [row_pair(column[:, None, None], columns, blocks, 1, skip_zeros=False) for column in found.columns]
    column_sum, taps = pairs[0][0], len(pairs[0][1])
    segments = [shifted(column_sum, 2 * taps * number).segments for number in range(len(pairs))]
    apart = 2 * blocks.row_apart
    row_sum, row_table = row(found.rows, window, blocks, step, apart=apart, skip_zeros=False)
    lanes, line_lanes = PAIR_BYTES // kind.itemsize, LINE_BYTES // kind.itemsize
    bias = np.zeros(lanes + line_lanes, dtype=kind)
    bias[lanes:] = problem.asked.bias[0]
    run_bands(
        convolve_separable,
        len(problem.samples) * blocks.strips,
        problem.out.size * found.products * sum(window.size),
        problem.threads,
        *problem.image(),
        np.concatenate([table for _, table in pairs]).astype(kind).reshape(-1),
        np.concatenate(segments),
        column_sum.chunks,
        row_table.astype(kind),
        *row_sum,
        bias,
        problem.out.reshape(-1),
        blocks,
        step,
        scratch=(
            (blocks.laid, kind),
            (apart * found.products + 2 * max(lanes, line_lanes), kind),
            (2 * max(lanes, line_lanes), kind),
        ),
        worth=WORTH_A_THREAD,
    )


def shifted(given: Sum, scalars: int) -> Sum:
    """The same products with weights that stand further on in their table."""
    segments = given.segments.reshape(-1, 5).copy()
    segments[:, 1] += scalars
    return Sum(segments.reshape(-1), given.chunks)
