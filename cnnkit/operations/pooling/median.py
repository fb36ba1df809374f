"""The middle sample of every window: which way it is found, prepared for `cnnkit.loops.pooling.median`."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array, comparable
from cnnkit.geometry.blocks import BUFFER_BYTES, Blocks, lines, rounded_up
from cnnkit.loops.machine.bands import run_bands
from cnnkit.loops.machine.compile import Loop
from cnnkit.loops.pooling.median import Middle, by_lines, in_3x3, in_5x5, pool_median
from cnnkit.loops.pooling.median_counts import COUNTS, pool_median_levels
from cnnkit.loops.pooling.median_network import Network, middle
from cnnkit.operations.pooling.median_edges import edges_use_network, fill_edges
from cnnkit.operations.pooling.windows import CACHED_SIZES, Windows

MAX_NETWORK_SAMPLES = 256  # samples of the largest windows that get a network
MAX_UINT8_NETWORK_SAMPLES = 128
"""Samples of the largest windows of bytes that get one: their levels can be counted instead."""

LINES_BYTES = 48 * 1024  # all lines of a network together: they fit the first-level cache
MIN_LINE_SAMPLES = 256  # in shorter lines, a comparison takes longer to begin than to do
MIN_BYTES_PER_THREAD = 20_000_000  # bytes compared, once for each comparison, that take longer than waking a thread
NO_NETWORK = Network((), 0, 0, 0)

BY_LINES = pool_median.of(by_lines)
IN_REGISTERS = {(3, 3): pool_median.of(in_3x3), (5, 5): pool_median.of(in_5x5)}


def medians(samples: Array, windows: Windows, threads: int | None, *, skip_nan: bool) -> Array:
    """The middle sample of each window, the lower of two; NaN, or 0 of an integer type, for a window without any."""
    image = comparable(samples)
    out = arrays.allocate((len(image), *windows.output, image.shape[3]), image.dtype)
    if is_counted(windows, image.dtype):
        _count(image, windows, out, threads)
    else:
        _compare(image, windows, out, threads, skip_nan=skip_nan)
    return out.astype(samples.dtype, copy=False)


def is_counted(windows: Windows, dtype: np.dtype[Any]) -> bool:
    """Whether levels are counted: there are few, and windows are too large for a network and have no gaps."""
    return (
        dtype == np.uint8
        and windows.largest > MAX_UINT8_NETWORK_SAMPLES
        and windows.rows.step == windows.columns.step == 1
    )


def _count(image: Array, windows: Windows, out: Array, threads: int | None) -> None:
    number = np.dtype(np.uint16 if windows.largest < 2**16 else np.uint32)
    tall, wide = windows.rows.most, windows.columns.most
    across = max(BUFFER_BYTES // (COUNTS * number.itemsize), wide)
    blocks = lines(image.shape[1:], windows.output, windows.placement, 1)
    width = max(across * len(windows.columns) // image.shape[2] - wide, wide, 1)
    width = min(width, blocks.out_columns)
    strip = max(min(2 * tall, -(-blocks.out_rows // 8)), 1)
    blocks = blocks._replace(strip=strip, strips=-(-blocks.out_rows // strip), width=width)
    run_bands(
        pool_median_levels,
        len(image) * blocks.strips,
        out.size * COUNTS // 8,
        threads,
        image.reshape(-1),
        windows.rows.table,
        windows.columns.table,
        out.reshape(-1),
        blocks,
        scratch=((windows.columns.widest_span(width) * COUNTS, number), (COUNTS, number)),
    )


def _compare(image: Array, windows: Windows, out: Array, threads: int | None, *, skip_nan: bool) -> None:
    network, table, blocks, ready = ready_network(image.shape[1:], windows, image.dtype)
    has_edges = bool(network.comparisons) and not skip_nan and edges_use_network(windows, out)
    if has_edges:
        fill_edges(image, windows, out, partial(_compare, threads=threads, skip_nan=False))
    run_bands(
        choose_loop(windows, image.dtype, skip_nan=skip_nan),
        len(image) * windows.output[0],
        out.nbytes * (len(table) + 1) if len(table) else windows.taps * out.itemsize,
        threads,
        image.reshape(-1),
        windows.rows.table,
        windows.columns.table,
        np.array([np.nan if image.dtype.kind == "f" else 0], image.dtype),
        table,
        out.reshape(-1),
        blocks,
        ready._replace(skips_nan=int(skip_nan), skips_edges=int(has_edges)),
        scratch=((ready.line_length * network.lines, image.dtype), (windows.largest, image.dtype)),
        worth=MIN_BYTES_PER_THREAD,
    )


def choose_loop(windows: Windows, dtype: np.dtype[Any], *, skip_nan: bool) -> Loop:
    """Choose the loop: small windows side by side are compared in registers, unless a NaN is to be left out."""
    if windows.placement is None or windows.placement.window.stride[1] != 1 or (skip_nan and dtype.kind == "f"):
        return BY_LINES
    return IN_REGISTERS.get(windows.placement.window.size, BY_LINES)


@lru_cache(maxsize=CACHED_SIZES)
def ready_network(
    shape: tuple[int, int, int], windows: Windows, dtype: np.dtype[Any]
) -> tuple[Network, Array, Blocks, Middle]:
    """The network for windows that lie in the image, and where they do; none where windows differ or are too large."""
    depth = shape[2]
    blocks = lines(shape, windows.output, windows.placement, dtype.itemsize)
    network, rows, begin, end, width = NO_NETWORK, 0, 0, 0, 1
    if windows.placement is not None and windows.largest <= MAX_NETWORK_SAMPLES:
        rows, columns = windows.placement.window.size
        whole = np.flatnonzero(windows.columns.counts == columns)
        if rows * columns > 1 and whole.size:
            network = middle(rows, columns)
            begin, end = int(whole[0]), int(whole[-1]) + 1
            room = max(LINES_BYTES // (network.lines * dtype.itemsize), MIN_LINE_SAMPLES) // depth
            width = max((room - blocks.reach_columns) // blocks.stride_columns + 1, 16)
    reach = blocks.reach_columns
    line = rounded_up(((width - 1) * blocks.stride_columns + 2 * reach) * depth, arrays.VECTOR_ALIGNMENT)
    step = windows.rows.step, windows.columns.step
    ready = Middle(*step, rows, reach, begin, end, width, line, network.result, network.shift, 0)
    table = np.array(network.comparisons, np.int64).reshape(-1, 6)
    return network, table, blocks, ready
