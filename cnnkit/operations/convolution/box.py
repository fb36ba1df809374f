"""Boxes, whose weights are all the same: weights and blocks for the loop in `cnnkit.loops.convolution.box`."""

from __future__ import annotations

from math import sqrt

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array, Floats
from cnnkit.geometry.blocks import Blocks, cut, rounded_up
from cnnkit.loops.convolution.box import convolve_box
from cnnkit.loops.convolution.byte_box import convolve_bytes
from cnnkit.loops.convolution.segments import MAX_PRODUCTS_PER_SEGMENT
from cnnkit.loops.convolution.totals import WIDE_BYTES, narrow, wide
from cnnkit.operations.convolution.direct import PRODUCTS_WORTH_A_THREAD
from cnnkit.operations.convolution.plan import has_whole_sums
from cnnkit.operations.convolution.problem import Problem

MAX_BYTE, MAX_SHORT = 255, 1 << 16
BUFFER_BYTES = 2 << 20  # more than a cache next to the processor: each row is read once or twice
STRIPS = 4  # of a small image: fewer than elsewhere, as rows that two strips need are added up for both
PRODUCTS = 16  # that take about as long as a result
MOST_TERMS = 20  # of bytes; with more, sums of floats are faster, which may be doubled more often
READS_OF_A_LEVEL = 4
"""As many sums are read in the time in which a row of them is doubled."""

FLOAT_LOOP = convolve_box.of(narrow)
BYTE_LOOPS = convolve_bytes.of(narrow), convolve_bytes.of(wide)
NO_DIVISION = np.zeros(3, np.int64)


def is_box(weights: Floats) -> bool:
    """Whether all weights are the same number, other than 0.

    >>> is_box(np.full((3, 3), 1 / 9)), is_box(np.eye(3))
    (True, False)
    """
    return bool(weights.flat[0] != 0 and (weights == weights.flat[0]).all())


def loses_digits(rows: int, columns: int) -> bool:
    """Whether sums of floats would take more roundings than those of chunks do, where rows are added one by one.

    >>> loses_digits(31, 31), loses_digits(500, 500), loses_digits(200, 2)
    (False, False, True)
    """
    chunk = max(MAX_PRODUCTS_PER_SEGMENT, sqrt(rows * columns))
    return rows + 2 * columns.bit_length() + 3 > chunk + rows * columns / chunk


def run(problem: Problem) -> None:
    """Fill the result, one box on every channel, with stride and dilation 1."""
    plan, weights = problem.plan, problem.plan.weights
    constant = problem.convolution.pad_mode.value
    is_whole = has_whole_sums(problem.samples.dtype, constant, weights.size, plan.sum_type)
    dtype = np.dtype(np.float64 if plan.sum_type.itemsize == 8 else np.float32)
    if is_whole and dtype.itemsize == 4 and are_bytes(problem):
        run_bytes(problem)
        return
    rows, columns = weights.shape
    # Groups of rows begin where they do in the whole image, of which this may be a band.
    blocks = cut(
        plan.placement,
        problem.depth,
        dtype.itemsize,
        multiple=(rows, 1),
        fewest=STRIPS,
        buffer_bytes=BUFFER_BYTES,
    )
    levels = choose_levels(columns, columns)
    length, line = row_lengths(blocks, levels, dtype.itemsize)
    weight = weights[0, 0]
    # Whole sums are multiplied last, others first: huge samples give no infinity on the way to their mean.
    early, late = (1.0, weight) if is_whole or weight == np.rint(weight) else (weight, 1.0)
    problem.start(
        FLOAT_LOOP,
        len(problem.samples) * blocks.strips,
        problem.out.size * PRODUCTS,
        problem.threads,
        *problem.image(),
        np.array(places(columns, levels, line, blocks.unit)),
        np.array([late, problem.convolution.bias[0], early], dtype),
        NO_DIVISION,
        problem.out.reshape(-1),
        blocks,
        levels,
        line,
        length,
        scratch=(
            (blocks.buffer_size, dtype),
            (rows * line, dtype),
            (line, dtype),
            (line * (levels + 1), dtype),
            (WIDE_BYTES // dtype.itemsize, problem.out.dtype),
        ),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def are_bytes(problem: Problem) -> bool:
    """Whether the samples under a box, and the padding, are bytes, of which a few sums of 16 bits make a total."""
    if problem.samples.dtype != np.uint8 or not 0 <= problem.convolution.pad_mode.value <= MAX_BYTE:
        return False
    rows, columns = problem.plan.weights.shape
    return rows * MAX_BYTE < MAX_SHORT and len(places(columns, byte_levels(rows, columns), 0, 1)) <= MOST_TERMS


def byte_levels(rows: int, columns: int) -> int:
    """How often sums of 16 bits are doubled."""
    return choose_levels(columns, max(MAX_SHORT // (rows * MAX_BYTE), 1))


def run_bytes(problem: Problem) -> None:
    """The same for bytes."""
    rows, columns = problem.plan.weights.shape
    blocks = cut(problem.plan.placement, problem.depth, 1, fewest=STRIPS, buffer_bytes=BUFFER_BYTES)
    largest = rows * columns * MAX_BYTE
    levels = byte_levels(rows, columns)
    length, line = row_lengths(blocks, levels, 2)
    numbers = np.array([problem.plan.weights[0, 0], problem.convolution.bias[0]], np.float32)
    division = NO_DIVISION
    if problem.out.dtype == np.uint8 and largest < MAX_SHORT:
        division = problem.prepared(("division", problem.convolution.key), lambda: divided(numbers, largest))
    problem.start(
        BYTE_LOOPS[largest >= MAX_SHORT],
        len(problem.samples) * blocks.strips,
        problem.out.size * PRODUCTS,
        problem.threads,
        *problem.image(),
        np.array(places(columns, levels, line, blocks.unit)),
        numbers,
        division,
        problem.out.reshape(-1),
        blocks,
        levels,
        line,
        length,
        scratch=(
            (blocks.buffer_size, np.dtype(np.uint8)),
            (line * (levels + 1), np.dtype(np.uint16)),
            (WIDE_BYTES // 2, problem.out.dtype),
        ),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def row_lengths(blocks: Blocks, levels: int, itemsize: int) -> tuple[int, int]:
    """How many sums of a row are made, and how far it is to the next row, since more are read."""
    width = WIDE_BYTES // itemsize
    length = rounded_up(blocks.row_stride, width)
    return length, length + rounded_up(max(blocks.unit << levels, width), width)


def choose_levels(size: int, most: int) -> int:
    """How often sums of neighbours are doubled before the rest of `size` is added up: so that few are read.

    Of no more than `most` neighbours are there sums.

    >>> [choose_levels(size, 100) for size in (3, 5, 9, 15, 31, 63)]
    [0, 0, 0, 1, 2, 3]
    """
    return min(
        (k for k in range(size.bit_length()) if k == 0 or 1 << k <= most),
        key=lambda k: (READS_OF_A_LEVEL * k + len(places(size, k, 0, 1)), k),
    )


def places(size: int, levels: int, line: int, unit: int) -> list[int]:
    """Where the sums begin that together are those of `size` neighbours; those of 2^k neighbours are in line k.

    >>> places(7, 1, 100, 3)
    [100, 106, 112, 18]
    """
    found, done = [], 0
    for k in range(levels, -1, -1):
        while size - done >= 1 << k:
            found.append(k * line + done * unit)
            done += 1 << k
    return found


def divided(numbers: Array, largest: int) -> Array:
    """A product and shifts that give the bytes which these numbers do, for all sums up to the largest; or zeros.

    >>> divided(np.array([1 / 9, 0], np.float32), 9 * 255).tolist()
    [58255, 4, 3]
    """
    factor, bias = numbers.tolist()
    divisor = round(1 / factor) if factor > 0 else 0
    if not 1 < divisor <= MAX_BYTE or bias:
        return NO_DIVISION
    shift = (divisor - 1).bit_length() - 1
    multiplier, half = -(-(1 << 16 + shift) // divisor), divisor // 2
    if largest + half >= MAX_SHORT or multiplier >= MAX_SHORT:
        return NO_DIVISION
    sums = np.arange(largest + 1)
    wanted = arrays.convert(sums.astype(np.float32) * numbers[0], np.dtype(np.uint8))
    found = (sums + half) * multiplier >> 16 >> shift
    return np.array([multiplier, half, shift]) if np.array_equal(found, wanted) else NO_DIVISION
