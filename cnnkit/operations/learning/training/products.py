"""The slopes of weights, made ready for the loop that sums products of samples and slopes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.geometry.window import Window
from cnnkit.loops.convolution.segments import Run, as_sum
from cnnkit.loops.learning.products import Products, Sums, lanewise, narrow, sum_products, wide
from cnnkit.loops.learning.values import add_parts
from cnnkit.operations.learning.training.rooms import beyond
from cnnkit.operations.network.work import WorkList

PARTS = 8
"""Parts of a batch whose sums are made by themselves; as many for any number of threads, so that the bits are equal."""

FEW_WEIGHTS = 1 << 16
"""With more, each part would need too much memory, and there are enough of them to be shared among threads instead."""

SHARES = 16
NARROW = narrow.bytes // 4
LOOPS = {tile.__name__: sum_products.of(tile) for tile in (narrow, wide, lanewise)}


class Field(NamedTuple):
    """Images that a window slides over without padding, and the kernels it is for."""

    images: int
    rows: int
    columns: int
    depth: int
    window: Window
    out_rows: int
    out_columns: int
    kernels: int
    groups: int = 1


def sum_weights(work: WorkList, field: Field, image: Array, slopes: Array, out: Array) -> None:
    """Have the slopes of weights (rows, columns, depth / groups, kernels) be summed into `out`.

    `image` and `slopes` are flat, with a tile of values behind their end; so has `out`.
    """
    row_length = field.columns * field.depth
    is_lanewise = field.groups == field.depth == field.kernels and field.groups > 1
    group_kernels, group_depth = field.kernels // field.groups, field.depth // field.groups
    tile = lanewise if is_lanewise else wide if group_kernels > NARROW else narrow
    entries = (_lanes if is_lanewise else _entries)(field, row_length, tile)
    step = field.window.stride[1] * field.depth
    line, down = field.out_columns * field.kernels, field.window.stride[0] * row_length
    runs = [Run(i * line, i * down, field.out_columns, 0, tile.height) for i in range(field.out_rows)]
    sums = as_sum(runs)
    count = math.prod(field.window.size) * group_depth * field.kernels
    is_few = count <= FEW_WEIGHTS and field.images > 1
    parts, shares = (min(PARTS, field.images), 1) if is_few else (1, min(SHARES, len(entries)))
    how = Products(
        field.images, parts, shares, field.rows * row_length, field.out_rows * field.out_columns * field.kernels, step,
        field.depth if is_lanewise else 1, field.kernels, count,
    )  # fmt: skip
    target = out.reshape(-1) if parts == 1 else arrays.aligned(parts * count + beyond(field.kernels), np.float32)
    steps = field.images * field.out_rows * field.out_columns * count // 8
    work(
        LOOPS[tile.__name__],
        parts * shares,
        steps,
        work.threads,
        image,
        slopes,
        np.array(entries, np.int64).reshape(-1),
        *sums,
        target,
        how,
        scratch=((tile.height * tile.bytes // 4, np.float32),),
    )
    if parts > 1:
        work(add_parts, count, parts * count, work.threads, target, out.reshape(-1), parts, count)


Entry = tuple[int, int, int, int, int]


def _entries(field: Field, row_length: int, tile: Sums) -> list[Entry]:
    """The tiles of all weights: neighbouring columns and channels make one run of rows of weights where they can."""
    (rows, columns), (down, across) = field.window.size, field.window.dilation
    group_kernels, group_depth = field.kernels // field.groups, field.depth // field.groups
    width = tile.bytes // 4
    is_run = across == 1 and field.groups == 1
    breaks, length = (1, columns * group_depth) if is_run else (columns, group_depth)
    found: list[Entry] = []
    for group in range(field.groups):
        for a in range(rows):
            for b in range(breaks):
                sample = a * down * row_length + b * across * field.depth + group * group_depth
                first_row = (a * breaks + b) * length
                for row in range(0, length, tile.height):
                    for k in range(0, group_kernels, width):
                        kernel = group * group_kernels + k
                        weights = (first_row + row) * field.kernels + kernel
                        size = min(tile.height, length - row), min(width, group_kernels - k)
                        found.append((sample + row, kernel, weights, *size))
    return found


def _lanes(field: Field, row_length: int, tile: Sums) -> list[Entry]:
    """The same for a kernel for each channel: rows of weights are the columns of the kernel.

    Samples are read for a whole tile's rows, which with a dilation would lie far beyond the end: there, rows are alone.
    """
    (rows, columns), (down, across) = field.window.size, field.window.dilation
    height, width = tile.height if across == 1 else 1, tile.bytes // 4
    return [
        (
            a * down * row_length + b * across * field.depth + k,
            k,
            (a * columns + b) * field.kernels + k,
            min(height, columns - b),
            min(width, field.kernels - k),
        )
        for a in range(rows)
        for b in range(0, columns, height)
        for k in range(0, field.kernels, width)
    ]
