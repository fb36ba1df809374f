"""Convolution with a large kernel: the products of two spectra, tile by tile.

A tile of N x N padded samples, N a power of two, is transformed, multiplied by the kernel's spectrum and transformed
back; of the result, the places where the window lies wholly inside the tile are right, and only they are written
(overlap-save). The kernel is real, so two tiles share one complex transform, one as its real and one as its imaginary
part, and come out separately.

Columns are transformed first, as many at a time as a vector has lanes, in a work buffer that stays in the first cache.
They are transposed, so that what follows, the transform of the rows, the product and the transform back, runs down the
rows of a plane again, whose columns are the lanes. Every transform forth writes its results in an order of its own and
every transform back reads that order, so nothing is ever sorted: the kernel's spectrum is in the same order.

Two tiles of unlike magnitude are first multiplied by powers of two that make their largest samples about 1: no
transform overflows, and a tile of large samples takes no digits from the other. A tile with a NaN or an infinity is
summed directly, so that they stay where they are.

Index letters: i j output row and column, y x padded row and column, c channel, n sample. All arrays are flat;
`geometry.blocks.Blocks` describes their layout.
"""

from __future__ import annotations

import math
from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.butterflies import STEP, Butterfly, forth_4, forth_8
from cnnkit.loops.convolution.direct import SOURCES
from cnnkit.loops.lanes import Product, transpose
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES

back_4, back_8 = (Butterfly(radix, is_forth=False) for radix in (4, 8))
multiply = Product()

INFINITY = math.inf
LARGEST = 1.7976931348623157e308
LARGEST_SINGLE = 3.4028234663852886e38
ROWS_IN_TURN = 16
"""Rows of one tile that are laid before as many of the other: they lie in the same pages of memory."""

PRODUCTS_PER_SUM = 64
"""Longer direct sums are sums of such sums, so that they lose little."""

MODERATE = 2.0**40
UNLIKE = 16.0
"""Two tiles are scaled if a peak is beyond `MODERATE` or its reciprocal, or one is `UNLIKE` times the other."""


@Piece
def transform_forth(
    real: Any, imaginary: Any, at: int, spacing: int,
    out_real: Any, out_imaginary: Any, lanes: int, factors: Any, steps: Any,
) -> None:  # fmt: skip
    """Transform a vector of columns, whose rows are `spacing` apart, into rows `lanes` apart in the steps' order."""
    for s in range(0, steps.shape[0], STEP):
        radix, length, place = steps[s], steps[s + 1], steps[s + 2]
        if radix == 8:
            forth_8(real, imaginary, at, spacing, out_real, out_imaginary, 0, lanes, factors, place, length, steps[1])
        else:
            forth_4(real, imaginary, at, spacing, out_real, out_imaginary, 0, lanes, factors, place, length, steps[1])
        real, imaginary, at, spacing = out_real, out_imaginary, 0, lanes


@Piece
def transform_back(
    real: Any, imaginary: Any, lanes: int,
    out_real: Any, out_imaginary: Any, at: int, spacing: int, factors: Any, steps: Any,
) -> None:  # fmt: skip
    """Transform rows `lanes` apart, in the steps' order, into a vector of columns whose rows are `spacing` apart."""
    for s in range(steps.shape[0] - STEP, -1, -STEP):
        radix, length, place = steps[s], steps[s + 1], steps[s + 2]
        to_real, to_imaginary, start, step = real, imaginary, 0, lanes
        if s == 0:
            to_real, to_imaginary, start, step = out_real, out_imaginary, at, spacing
        if radix == 8:
            back_8(real, imaginary, 0, lanes, to_real, to_imaginary, start, step, factors, place, length, steps[1])
        else:
            back_4(real, imaginary, 0, lanes, to_real, to_imaginary, start, step, factors, place, length, steps[1])


@Piece
def measure(padded: Any, row_stride: int, size: int, peaks: Any) -> None:
    """Write to ``peaks[0]`` the largest magnitude of a tile: infinity if any sample is not finite."""
    limit = peaks.dtype.type(LARGEST if peaks.itemsize == 8 else LARGEST_SINGLE)
    infinity = peaks.dtype.type(INFINITY)
    peaks[:size] = 0
    for y in range(size):
        row = padded[y * row_stride : y * row_stride + size]
        for x in range(size):
            magnitude = abs(row[x])
            if not magnitude <= limit:
                magnitude = infinity
            peaks[x] = max(peaks[x], magnitude)
    for x in range(1, size):
        peaks[0] = max(peaks[0], peaks[x])


@Piece
def scale(padded: Any, row_stride: int, size: int, peak: float, factors: Any) -> None:
    """Multiply a tile by the power of two that makes its largest magnitude about 1; it is written to ``factors[0]``."""
    factor, most = 1.0, 2.0**1000 if factors.itemsize == 8 else 2.0**100
    while peak * factor > 1 and factor * most > 1:
        factor *= 0.5
    while 0 < peak * factor <= 0.5 and factor < most:
        factor *= 2.0
    for y in range(size):
        row = padded[y * row_stride : y * row_stride + size]
        for x in range(size):
            row[x] *= factor
    factors[0] = factor


@Piece
def write_tile(padded: Any, blocks: Blocks, n: int, tile: int, c: int, factor: float, bias: float, out: Any) -> None:
    """Write one channel of the results of a tile, at the strides."""
    across = (blocks.out_columns + blocks.width - 1) // blocks.width
    i0, j0 = tile // across * blocks.strip, tile % across * blocks.width
    columns = min(blocks.width, blocks.out_columns - j0)
    depth, step = blocks.depth, blocks.stride_columns
    for i in range(min(blocks.strip, blocks.out_rows - i0)):
        source = padded[i * blocks.stride_rows * blocks.row_stride :]
        row = out[((n * blocks.out_rows + i0 + i) * blocks.out_columns + j0) * depth + c :]
        if depth == 1 and step == 1:
            for j in range(columns):
                row[j] = source[j] * factor + bias
        else:
            for j in range(columns):
                row[j * depth] = source[j * step] * factor + bias


@Piece
def sum_directly(
    padded: Any, blocks: Blocks, n: int, tile: int, c: int, weights: Any, places: Any, bias: float, out: Any, sums: Any
) -> None:
    """Write one channel of the results of a tile, each a direct sum; `places` are the offsets of the weights."""
    across = (blocks.out_columns + blocks.width - 1) // blocks.width
    i0, j0 = tile // across * blocks.strip, tile % across * blocks.width
    columns = min(blocks.width, blocks.out_columns - j0)
    step = blocks.stride_columns
    totals = sums[columns:]
    for i in range(min(blocks.strip, blocks.out_rows - i0)):
        totals[:columns] = 0
        for first in range(0, weights.shape[0], PRODUCTS_PER_SUM):
            sums[:columns] = 0
            for t in range(first, min(first + PRODUCTS_PER_SUM, weights.shape[0])):
                weight = weights[t]
                row = padded[i * blocks.stride_rows * blocks.row_stride + places[t] :]
                for j in range(columns):
                    sums[j] += weight * row[j * step]
            for j in range(columns):
                totals[j] += sums[j]
        row = out[((n * blocks.out_rows + i0 + i) * blocks.out_columns + j0) * blocks.depth + c :]
        for j in range(columns):
            row[j * blocks.depth] = totals[j] + bias


@Piece
def lay_pair(
    image: Any, n: int, tile: int, count: int, blocks: Blocks, outside_rows: Any, outside_columns: Any,
    constant: float,
    size: int, padded: Any,
) -> None:  # fmt: skip
    """Lay a tile, and the next if `count` is 2; 0 beyond the padding, and for a missing tile."""
    across = (blocks.out_columns + blocks.width - 1) // blocks.width
    at = n * blocks.rows * blocks.columns * blocks.depth
    for strip in range(0, size, ROWS_IN_TURN):
        for part in range(2):
            y0 = (tile + part) // across * blocks.strip * blocks.stride_rows + strip
            x0 = (tile + part) % across * blocks.width * blocks.stride_columns
            y1 = min(y0 + ROWS_IN_TURN, blocks.rows + outside_rows.shape[0])
            x1 = min(x0 + size, blocks.columns + outside_columns.shape[0])
            begin = padded[part * blocks.buffer_size + strip * blocks.row_stride :]
            if part == count or y1 < y0 + ROWS_IN_TURN or x1 < x0 + size:
                for c in range(blocks.depth):
                    start = c * blocks.channel_stride
                    begin[start : start + ROWS_IN_TURN * blocks.row_stride] = 0
            if part < count and y0 < y1:
                lay(image, at, blocks, outside_rows, outside_columns, constant, y0, y1, x0, x1, begin)


@Piece
def multiply_spectra(
    samples_0: Any, samples_1: Any, blocks: Blocks, spectrum: Any, factors: Any, steps: Any, plane: Any, work: Any
) -> None:
    """Replace two tiles by their products with the spectrum, in the columns that hold results."""
    size = steps[1]
    lanes = VECTOR_BYTES // work.itemsize
    band, squares = lanes * size, size // lanes
    real, imaginary = plane[: size * size], plane[size * size :]
    work_real, work_imaginary = work[:band], work[band:]
    for x in range(0, size, lanes):
        transform_forth(samples_0, samples_1, x, blocks.row_stride, work_real, work_imaginary, lanes, factors, steps)
        transpose(work_real, 0, lanes, lanes * lanes, real, x * lanes, lanes, band, squares)
        transpose(work_imaginary, 0, lanes, lanes * lanes, imaginary, x * lanes, lanes, band, squares)
    for y in range(0, size * size, band):
        rows_real, rows_imaginary = real[y : y + band], imaginary[y : y + band]
        transform_forth(real, imaginary, y, lanes, rows_real, rows_imaginary, lanes, factors, steps)
        multiply(rows_real, rows_imaginary, 0, spectrum[: size * size], spectrum[size * size :], y, size)
        transform_back(rows_real, rows_imaginary, lanes, real, imaginary, y, lanes, factors, steps)
    for x in range(0, (blocks.width - 1) * blocks.stride_columns + 1, lanes):
        transpose(real, x * lanes, lanes, band, work_real, 0, lanes, lanes * lanes, squares)
        transpose(imaginary, x * lanes, lanes, band, work_imaginary, 0, lanes, lanes * lanes, squares)
        transform_back(work_real, work_imaginary, lanes, samples_0, samples_1, x, blocks.row_stride, factors, steps)


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], f8, S[1], i8[1], S[1], i8[1], f8, S[1], Blocks, S[1], S[1], S[1], i8, i8",
    T=SOURCES,
    S=("f4", "f8"),
    Blocks=Blocks,
)
def convolve_fourier(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    spectrum: Any, gain: float, factors: Any, steps: Any,
    weights: Any, places: Any, bias: float, out: Any,
    blocks: Blocks, padded: Any, plane: Any, work: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve every channel by itself with one kernel, for the pairs of tiles from `first` to `last`.

    The tiles of an image are counted row by row; two that follow each other are a pair, and an odd one is alone. In
    `spectrum`, `plane` (a transform) and `work` (a vector of columns), the real part is followed by the imaginary part;
    `padded` holds the two tiles. The product is multiplied by `gain`.
    """
    size = steps[1]
    across = (blocks.out_columns + blocks.width - 1) // blocks.width
    tiles = (blocks.out_rows + blocks.strip - 1) // blocks.strip * across
    pairs = (tiles + 1) // 2
    for pair in range(first, last):
        n = pair // pairs
        tile = (pair - n * pairs) * 2
        count = min(2, tiles - tile)
        lay_pair(image, n, tile, count, blocks, outside_rows, outside_columns, constant, size, padded)
        for c in range(blocks.depth):
            samples_0 = padded[c * blocks.channel_stride :]
            samples_1 = padded[blocks.buffer_size + c * blocks.channel_stride :]
            measure(samples_0, blocks.row_stride, size, work)
            peak_0 = float(work[0])
            measure(samples_1, blocks.row_stride, size, work)
            peak_1 = float(work[0])
            if peak_0 == INFINITY:
                sum_directly(samples_0, blocks, n, tile, c, weights, places, bias, out, work)
                samples_0[: size * blocks.row_stride] = 0
            if peak_1 == INFINITY:
                sum_directly(samples_1, blocks, n, tile + 1, c, weights, places, bias, out, work)
                samples_1[: size * blocks.row_stride] = 0
            if peak_0 == INFINITY and (peak_1 == INFINITY or count == 1):
                continue
            gain_0, gain_1 = gain, gain
            low, high = min(peak_0, peak_1), max(peak_0, peak_1)
            if low * UNLIKE < high or low < 1 / MODERATE or high > MODERATE:
                scale(samples_0, blocks.row_stride, size, peak_0, work)
                gain_0 /= work[0]
                scale(samples_1, blocks.row_stride, size, peak_1, work)
                gain_1 /= work[0]
            multiply_spectra(samples_0, samples_1, blocks, spectrum, factors, steps, plane, work)
            if peak_0 < INFINITY:
                write_tile(samples_0, blocks, n, tile, c, gain_0, bias, out)
            if peak_1 < INFINITY and count == 2:
                write_tile(samples_1, blocks, n, tile + 1, c, gain_1, bias, out)
