"""Maximum, minimum, mean and p-norm of windows: prepared for `cnnkit.loops.pooling.windows`."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.geometry.blocks import SLACK_SAMPLES, cut, lines, rounded_up
from cnnkit.loops.machine.again import Again, has_machine_code
from cnnkit.loops.machine.bands import Start, run_bands
from cnnkit.loops.machine.bound import Bound
from cnnkit.loops.machine.compile import Loop
from cnnkit.loops.machine.threads import available_threads
from cnnkit.loops.pooling.passes import Merges, Pass, merges
from cnnkit.loops.pooling.windows import KINDS, Sliding, pool_bins, pool_rows, pool_strips
from cnnkit.operations.pooling.halves import bound_halves, is_halved
from cnnkit.operations.pooling.windows import CACHED_SIZES, MAX_CACHED_WINDOWS, Windows

MIN_BYTES_PER_THREAD = 5_000_000  # bytes read and written that take longer than waking a thread
WIDE_PIXEL_BYTES = 64  # pixels this large (a vector register) are merged window by window where windows do not overlap
MOST_BATCHES = 8  # numbers of images and of threads for which calls are kept
NO_COLUMNS = np.zeros((2, 0), np.int64)

NO_PASSES = merges(1, is_idempotent=True)


def merge(
    kind: str,
    samples: Array,
    windows: Windows,
    dtype: np.dtype[Any],
    threads: int | None,
    *,
    fill: float = 0,
    sum_type: np.dtype[Any] | None = None,
    power: float = 1,
    out: Array | None = None,
    start: Start | None = None,
) -> Array:
    """Merge each window of a batch into a sample of `dtype`, by a word of `cnnkit.loops.pooling.windows.KINDS`.

    `fill` is the padding, `sum_type` the type of sums (without it, samples are compared), `power` a p-norm's p. `out`
    is an array to be filled; `start`, if given, takes the loop and runs it later.
    """
    is_cached = max(windows.output) < MAX_CACHED_WINDOWS
    is_again = out is None and is_cached and has_machine_code()
    if out is None:
        out = arrays.allocate((len(samples), *windows.output, samples.shape[3]), dtype)
    prepare = _prepared if is_cached else _prepared.__wrapped__
    prepared = prepare(kind, samples.shape[1:], windows, samples.dtype, sum_type, dtype, fill, power)
    if not (is_again and prepared.run_again(samples, out, threads)):
        prepared.run(samples, out, threads, start or run_bands)
    return out


class Prepared:
    """What is known of merging images of one size: the loop without image and result, and how it is run."""

    def __init__(self, loop: Bound, strips: int, scratch: tuple[tuple[int, np.dtype[Any]], ...]) -> None:
        self._loop = loop
        self._strips = strips  # of an image
        self._scratch = scratch
        self._again: dict[tuple[int, int], Again] = {}  # by the number of images, and of threads

    def run(self, samples: Array, out: Array, threads: int | None, start: Start) -> None:
        """Fill `out` with the merged windows of a batch."""
        start(
            self._loop,
            len(samples) * self._strips,
            samples.nbytes + out.nbytes,
            threads,
            samples.reshape(-1),
            out.reshape(-1),
            scratch=self._scratch,
            worth=MIN_BYTES_PER_THREAD,
        )

    def run_again(self, samples: Array, out: Array, threads: int | None) -> bool:
        """Do so as the time before; whether that was possible."""
        key = len(samples), threads or available_threads()
        again = self._again.get(key)
        if again is None or again.is_lost:
            if len(self._again) >= MOST_BATCHES:
                self._again.clear()
            again = Again(samples, out, lambda later: self.run(samples, out, key[1], later))
            self._again[key] = again
        return again.run(samples, out)


@lru_cache(maxsize=CACHED_SIZES)
def _prepared(
    kind: str,
    shape: tuple[int, int, int],
    windows: Windows,
    dtype: np.dtype[Any],
    sum_type: np.dtype[Any] | None,
    result: np.dtype[Any],
    fill: float,
    power: float,
) -> Prepared:
    """Cut images of a size into strips, plan the passes over these, and bind the loop."""
    depth, placement = shape[2], windows.placement
    if kind == "rounded average" and is_halved(windows, depth, dtype, result):
        return Prepared(bound_halves(shape), windows.output[0], ())
    number = sum_type or dtype
    loop, down, across = choose_loop(windows, depth, number.itemsize, is_sum=sum_type is not None)
    divisor = np.dtype(np.float32) if number.kind == "u" and sum_type else number
    if placement is not None and loop is pool_strips:
        blocks = cut(placement, depth, number.itemsize * down.lines)
    else:
        blocks = lines(shape, windows.output, placement, number.itemsize)
    longest = (blocks.width - 1) * blocks.stride_columns + blocks.reach_columns
    if loop is pool_bins:
        longest = max(windows.columns.widest_span(blocks.width), blocks.width)
    line = rounded_up(longest * depth, arrays.VECTOR_ALIGNMENT)
    sliding = Sliding(
        windows.rows.step,
        windows.columns.step,
        down.result,
        across.result,
        line,
        across.lines,
        *windows.columns.equal_divisors,
    )
    row_divisors, column_divisors = (
        (np.ones_like(bins.counts) if sum_type is None else bins.divisors).astype(divisor) for bins in windows.axes
    )
    scratch = ((blocks.buffer_size * down.lines, number), (line * (across.lines + 1) + SLACK_SAMPLES, number))
    bound = _loop_for(loop, kind).bind(
        power,
        windows.rows.table,
        windows.columns.table if loop is pool_bins else NO_COLUMNS,
        np.array([fill], number),
        np.full(sum(placement.padded) if placement else 0, -1, np.int64),
        _table(down),
        _table(across),
        row_divisors,
        np.repeat(column_divisors, depth),
        blocks,
        sliding,
        *(np.zeros(1, one) for one in (dtype, result, number, number)),
    )
    return Prepared(bound, blocks.strips, scratch)


def choose_loop(windows: Windows, depth: int, itemsize: int, *, is_sum: bool) -> tuple[Loop, Merges, Merges]:
    """The loop for these windows, its passes over rows and over columns, by what neighbouring windows share."""
    if windows.placement is None:
        return pool_rows if windows.columns.are_single else pool_bins, NO_PASSES, NO_PASSES
    size, stride = windows.placement.window.size, windows.placement.window.stride
    if depth * itemsize >= WIDE_PIXEL_BYTES and stride[1] > 1 and size[1] <= 4 * stride[1]:
        return pool_bins, NO_PASSES, NO_PASSES
    down, across = (merges(length, is_idempotent=not is_sum) for length in size)
    if _shares_many_rows(size[0], stride[0]):
        return pool_strips, down, across
    return pool_rows, NO_PASSES, across


def _shares_many_rows(size: int, stride: int) -> bool:
    """Whether merging a strip as a whole takes fewer passes than merging the rows of each window by themselves."""
    passes = len(merges(size, is_idempotent=True).passes)
    return size > 2 * stride * (passes + 1) + 1


@cache
def _loop_for(loop: Loop, kind: str) -> Loop:
    return loop.of(*KINDS[kind])


def _table(planned: Merges) -> Array:
    return np.array(planned.passes, np.int64).reshape(-1, len(Pass._fields))
