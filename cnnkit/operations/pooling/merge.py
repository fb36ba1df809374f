"""Maximum, minimum, mean and p-norm of windows: laid out for `cnnkit.loops.pooling.windows`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.geometry.blocks import SLACK, cut, lines
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Placement, Window, place
from cnnkit.loops.machine.bands import run_bands
from cnnkit.loops.machine.compile import Bound, Loop
from cnnkit.loops.pooling.passes import Merges, Pass, merges
from cnnkit.loops.pooling.windows import KINDS, Sliding, pool_bins, pool_rows, pool_strips
from cnnkit.operations.pooling.windows import Bins, adaptive_bins, chunks, window_bins

Array = npt.NDArray[Any]

WORTH_A_THREAD = 5_000_000
"""Bytes read and written that take longer than waking a thread."""

WIDE = 64
"""Bytes of a pixel from which on windows that stand apart are best merged one by one: a vector register."""

FEW, TALL, PART = 32, 64, 64
"""Windows down an image that leave threads without work, the rows of a window worth cutting, and those of a part."""


KEPT = 32
"""Sizes of images that all is kept for."""

LONG = 1 << 17
"""Windows along an axis of which nothing is kept: it would take more memory than it saves time."""

NOTHING = np.zeros((2, 0), np.int64)

ALONE = merges(1, is_idempotent=True)
"""Nothing to merge."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Where windows land along both axes: moved evenly, or the bins of an adaptive pooling.

    Made once for all images of a size, so that what depends on them is found by their identity.

    Attributes
    ----------
    rows, columns : Bins
    placement : Placement or None
        None for bins, which differ in size.
    """

    rows: Bins
    columns: Bins
    placement: Placement | None = None

    @property
    def axes(self) -> tuple[Bins, Bins]:
        """Rows and columns."""
        return self.rows, self.columns

    @cached_property
    def hold_samples(self) -> Array:
        """Whether each window holds a sample at all, (rows, columns), or padding alone."""
        return np.multiply.outer(self.rows.counts > 0, self.columns.counts > 0)

    @cached_property
    def taps(self) -> int:
        """Samples in all windows together."""
        return int(self.rows.counts.sum()) * int(self.columns.counts.sum())

    @property
    def largest(self) -> int:
        """Samples of the image in the largest window."""
        return self.rows.most * self.columns.most

    @cached_property
    def undivided(self) -> Windows:
        """The same windows, of which a mean is the sum."""
        return replace(self, rows=self.rows.undivided(), columns=self.columns.undivided())

    @property
    def output(self) -> Pair:
        """How many windows there are down and across."""
        return len(self.rows), len(self.columns)


def moved(placement: Placement, *, count_padding: bool = False) -> Windows:
    """The windows of a placement."""
    rows, columns = (window_bins(placement, axis, count_padding=count_padding) for axis in (0, 1))
    return Windows(rows, columns, placement)


def adaptive(size: Pair, output: Pair) -> Windows:
    """So many bins over an image of `size`."""
    return Windows(adaptive_bins(size[0], output[0]), adaptive_bins(size[1], output[1]))


@lru_cache(maxsize=KEPT)
def in_parts(windows: Windows, size: Pair, n: int) -> tuple[Windows, Windows] | None:
    """Tall windows cut into parts that threads can share, each column by itself, and what puts the parts together.

    None where there are windows enough, or none is tall.
    """
    if n * len(windows.rows) >= FEW or windows.rows.most < TALL:
        return None
    parts, whole = chunks(windows.rows, PART)
    alone = moved(place((1, size[1]), Window((1, 1)))).columns
    return Windows(parts, alone), Windows(whole, windows.columns)


def merge(
    kind: str,
    samples: Array,
    windows: Windows,
    out: Array,
    threads: int | None,
    *,
    fill: float,
    sum_type: np.dtype[Any] | None = None,
    power: float = 1,
) -> None:
    """Fill `out`, (n, output rows, output columns, depth), with what is made of each window.

    Parameters
    ----------
    kind : str
        A word of `cnnkit.loops.pooling.windows.KINDS`.
    samples : ndarray, (n, rows, columns, depth)
        In a type and layout that loops read.
    windows : Windows
    out : ndarray
    threads : int or None
    fill : float or int
        What padding counts as.
    sum_type : dtype, optional
        The type that sums are made in; without it, samples are compared, not summed.
    power : float
        The p of a p-norm.
    """
    prepare = _ready if max(windows.output) < LONG else _ready.__wrapped__
    ready = prepare(kind, samples.shape[1:], windows, samples.dtype, sum_type, out.dtype, fill, power)
    run_bands(
        ready.loop,
        len(samples) * ready.strips,
        samples.nbytes + out.nbytes,
        threads,
        samples.reshape(-1),
        out.reshape(-1),
        scratch=ready.scratch,
        worth=WORTH_A_THREAD,
    )


class _Ready(NamedTuple):
    """A loop that lacks nothing but the image and the result, how many strips an image has, and what it works in."""

    loop: Bound
    strips: int
    scratch: tuple[tuple[int, np.dtype[Any]], ...]


@lru_cache(maxsize=KEPT)
def _ready(
    kind: str,
    shape: tuple[int, int, int],
    windows: Windows,
    dtype: np.dtype[Any],
    sum_type: np.dtype[Any] | None,
    result: np.dtype[Any],
    fill: float,
    power: float,
) -> _Ready:
    """Prepare a loop once for all images of a size; see `cnnkit.loops.pooling.windows.pool_rows`."""
    depth, placement = shape[2], windows.placement
    number = sum_type or dtype
    way = choose(windows, depth, number.itemsize, is_sum=sum_type is not None)
    divisor = np.dtype(np.float32) if number.kind == "u" and sum_type else number
    if placement is not None and way.loop is pool_strips:
        blocks = cut(placement, depth, number.itemsize * way.down.lines)
    else:
        blocks = lines(shape, windows.output, placement, number.itemsize)
    longest = (blocks.width - 1) * blocks.stride_columns + blocks.reach_columns
    if way.loop is pool_bins:
        longest = max(widest(windows, blocks.width), blocks.width)
    line = arrays.rounded_up(longest * depth, arrays.WIDEST_VECTOR)
    sliding = Sliding(
        windows.rows.step, windows.columns.step, way.down.result, way.across.result, line, way.across.lines,
        *windows.columns.even,
    )  # fmt: skip
    row_divisors, divisors = (
        (np.ones_like(bins.counts) if sum_type is None else bins.divisors).astype(divisor) for bins in windows.axes
    )
    scratch = ((blocks.laid * way.down.lines, number), (line * (way.across.lines + 1) + SLACK, number))
    bound = _made_of(way.loop, kind).bind(
        power,
        windows.rows.table,
        windows.columns.table if way.loop is pool_bins else NOTHING,
        np.array([fill], number),
        np.full(sum(placement.padded) if placement else 0, -1, np.int64),
        _table(way.down),
        _table(way.across),
        row_divisors,
        np.repeat(divisors, depth),
        blocks,
        sliding,
        *(np.zeros(1, one) for one in (dtype, result, number, number)),
    )
    return _Ready(bound, len(range(0, blocks.out_rows, blocks.strip)), scratch)


class Way(NamedTuple):
    """How windows are merged: the loop, and the passes over rows and over columns."""

    loop: Loop
    down: Merges = ALONE
    across: Merges = ALONE


def choose(windows: Windows, depth: int, itemsize: int, *, is_sum: bool) -> Way:
    """Choose how to merge windows of samples of so many bytes, by what they share with their neighbours."""
    if windows.placement is None:
        return Way(pool_rows if windows.columns.are_alone else pool_bins)
    size, stride = windows.placement.window.size, windows.placement.window.stride
    if depth * itemsize >= WIDE and stride[1] > 1 and size[1] <= 4 * stride[1]:
        return Way(pool_bins)
    down, across = (merges(length, is_idempotent=not is_sum) for length in size)
    if _shares_many_rows(size[0], stride[0]):
        return Way(pool_strips, down, across)
    return Way(pool_rows, ALONE, across)


def _shares_many_rows(size: int, stride: int) -> bool:
    """Whether it takes fewer passes to merge a strip as a whole than the rows of each window by themselves."""
    passes = len(merges(size, is_idempotent=True).passes)
    return size > 2 * stride * (passes + 1) + 1


@cache
def _made_of(way: Loop, kind: str) -> Loop:
    return way.of(*KINDS[kind])


def _table(planned: Merges) -> Array:
    return np.array(planned.passes, np.int64).reshape(-1, len(Pass._fields))


def widest(windows: Windows, width: int) -> int:
    """Columns of the image under so many windows side by side, at most."""
    columns = windows.columns
    return max(columns.span(j, j + width) for j in range(0, len(columns), width))
