"""The products that a register tile sums: runs of them, and where long sums are put aside.

A segment is a run of products whose samples and weights are at even distances; see `Tile`. Products are summed by the
kernel's rows, then channels, then columns, whatever the stride.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import Array, Integers
from cnnkit.geometry.blocks import Blocks
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.tile import SEGMENT

MAX_PRODUCTS_PER_SEGMENT = 64


class Sum(NamedTuple):
    """The products of a tile."""

    segments: Integers  # flat
    chunks: Integers  # the number of the segment after which each chunk ends


class Run(NamedTuple):
    """A segment: where its vectors and its scalars begin, its products, and which scalars it is for."""

    vectors: int
    scalars: int
    products: int
    lowest: int
    highest: int


def as_sum(runs: Sequence[Run]) -> Sum:
    """Runs as a tile reads them, divided into chunks: few enough products in each, and few enough chunks.

    A sum of n products loses at most max(64, sqrt(n)) + n / max(64, sqrt(n)) roundings, where one by one it loses n.

    >>> as_sum([Run(0, 0, 40, 0, 1), Run(90, 40, 40, 0, 1), Run(180, 80, 20, 0, 1)]).chunks.tolist()
    [1, 3]
    """
    most = max(MAX_PRODUCTS_PER_SEGMENT, isqrt(sum(run.products for run in runs)))
    ends, products = [], 0
    for number, run in enumerate(runs):
        if products + run.products > most:
            ends.append(number)
            products = 0
        products += run.products
    ends.append(len(runs))
    return Sum(np.array(runs, dtype=np.int64).reshape(len(runs) * SEGMENT), np.array(ends, dtype=np.int64))


def row_pair(weights: Array, window: Window, blocks: Blocks, step: int, *, skip_zeros: bool) -> tuple[Sum, Array]:
    """The products of two output rows, one stride apart, and their weights: (products, 2).

    A row of samples that lies under one of the two alone is for that one only, so that a NaN reaches no sum whose
    window does not cover it. `weights` are (rows, columns, depth), `step` goes from the samples of one product to those
    of the next in a run. Only without NaN may products with zeros be skipped.
    """
    rows, columns, depth = weights.shape
    dilation, across = window.dilation
    under: dict[int, list[int]] = {}
    for m in range(2):
        for a in range(rows):
            under.setdefault(m * window.stride[0] + a * dilation, [-1, -1])[m] = a
    runs: list[Run] = []
    table: list[Any] = []
    for y in sorted(under):
        taps = under[y]
        lowest, highest = (0 if taps[0] >= 0 else 1), (2 if taps[1] >= 0 else 1)
        both = np.stack([weights[a] if a >= 0 else np.zeros_like(weights[0]) for a in taps], axis=2)
        for c in range(depth):
            for b in range(columns):
                if skip_zeros and not both[b, c].any():
                    continue
                vectors = blocks.offset(y, b * across, c)
                _append(runs, Run(vectors, 2 * len(table), 1, lowest, highest), step, 2)
                table.append(both[b, c])
    return as_sum(runs or [Run(0, 0, 0, 0, 2)]), np.array(table, dtype=np.float64).reshape(-1, 2)


def row(weights: Array, window: Window, blocks: Blocks, step: int) -> tuple[Sum, Array]:
    """The products along one row, and their weights, (columns,)."""
    runs: list[Run] = []
    for b in range(len(weights)):
        _append(runs, Run(blocks.offset(0, b * window.dilation[1]), b, 1, 0, 1), step, 1)
    return as_sum(runs), weights


def _append(runs: list[Run], run: Run, step: int, scalar_step: int) -> None:
    """Add a product to the last run if it continues it, or as a run of its own."""
    if runs:
        last = runs[-1]
        continues = (
            last.vectors + last.products * step == run.vectors
            and last.scalars + last.products * scalar_step == run.scalars
            and (last.lowest, last.highest) == (run.lowest, run.highest)
            and last.products < MAX_PRODUCTS_PER_SEGMENT
        )
        if continues:
            runs[-1] = last._replace(products=last.products + 1)
            return
    runs.append(run)


def pixel(window: Window, blocks: Blocks, group_depth: int, packed_step: int, height: int) -> Sum:
    """The products of one pixel for a tile of kernels: vectors are weights, scalars samples.

    A kernel sums over `group_depth` channels, `packed_step` goes from the weights of one product to those of the next,
    and a tile is `height` pixels.
    """
    rows, columns = window.size
    is_run = window.dilation[1] == 1 and group_depth == blocks.depth
    length, breaks = (columns * group_depth, 1) if is_run else (group_depth, columns)
    runs, product = [], 0
    for a in range(rows):
        for b in range(breaks):
            start = blocks.offset(a * window.dilation[0], b * window.dilation[1])
            for first in range(0, length, MAX_PRODUCTS_PER_SEGMENT):
                count = min(MAX_PRODUCTS_PER_SEGMENT, length - first)
                runs.append(Run(product * packed_step, start + first, count, 0, height))
                product += count
    return as_sum(runs)
