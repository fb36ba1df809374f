"""Which samples of an image lie under each window: along an axis, a first sample and a count, which the loops read.

Windows that reach into the padding hold fewer, adaptive bins differ. Source of these: PyTorch's adaptive pooling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from cnnkit import memory
from cnnkit.arrays import Integers
from cnnkit.errors import SizeError
from cnnkit.geometry import bands
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.geometry.window import Placement, Window, place

MAX_WINDOWS = 1 << 27  # largest number of windows along an axis: their table would take gigabytes
MOST_RESULTS = 1 << 42  # with more there is no need to make tables
TABLE_BYTES = 48  # of a window: six whole numbers
FEWER = "use fewer windows: a larger stride, or a smaller adaptive"
CACHED_SIZES = 32  # image sizes for which windows and prepared loops are cached
MAX_CACHED_WINDOWS = 1 << 17  # longer axes are not cached: memory costs more than the time saved
ENOUGH_WINDOWS = 32  # with this many rows of windows in all images, every thread has work
TALL_ROWS, PART_ROWS = 64, 64
"""Windows of TALL_ROWS rows or more are split into parts of PART_ROWS."""


@dataclass(frozen=True, eq=False)
class Bins:
    """The samples under the windows along one axis."""

    firsts: Integers  # the first sample in each window; any number where there is none
    counts: Integers
    divisors: Integers  # of a mean: the counts, or the places in the padded image
    step: int = 1  # from one sample of a window to the next: the dilation
    fullest: int = 0  # samples in the fullest window of the axis that these are a part of

    def __len__(self) -> int:
        return len(self.firsts)

    @cached_property
    def table(self) -> Integers:
        """First samples and counts, (2, windows), as loops read them."""
        return np.stack([self.firsts, self.counts])

    @cached_property
    def most(self) -> int:
        """Samples in the fullest window."""
        return self.fullest or int(self.counts.max())

    def part(self, first: int, last: int, begin: int) -> Bins:
        """The windows from `first` up to `last`, over the samples from `begin` on."""
        some = slice(first, last)
        return replace(
            self,
            firsts=self.firsts[some] - begin,
            counts=self.counts[some],
            divisors=self.divisors[some],
            fullest=self.most,
        )

    @cached_property
    def are_single(self) -> bool:
        """Whether each bin is one sample, in order.

        >>> adaptive_bins(4, 4).are_single, adaptive_bins(4, 2).are_single
        (True, False)
        """
        return self.most == 1 and bool((self.firsts == np.arange(len(self))).all() and self.counts.all())

    @cached_property
    def equal_divisors(self) -> tuple[int, int]:
        """Begin and end of the longest run of equal divisors around the middle bin.

        >>> whole = np.array([2, 3, 3, 2])
        >>> Bins(whole, whole, whole).equal_divisors
        (1, 3)
        """
        middle = len(self) // 2
        others = np.flatnonzero(self.divisors != self.divisors[middle])
        position = int(np.searchsorted(others, middle))
        begin = int(others[position - 1]) + 1 if position > 0 else 0
        return begin, int(others[position]) if position < len(others) else len(self)

    def span(self, begin: int, end: int) -> int:
        """Positions from the first to the last sample under the windows from `begin` up to `end`.

        >>> adaptive_bins(5, 3).span(1, 3)
        4
        """
        counts = self.counts[begin:end]
        is_real = counts > 0
        if not is_real.any():
            return 0
        firsts = self.firsts[begin:end][is_real]
        return int((firsts + (counts[is_real] - 1) * self.step).max() + 1 - firsts.min())

    def widest_span(self, width: int) -> int:
        """The largest span of `width` neighbouring windows, in blocks that follow each other."""
        return max(self.span(j, j + width) for j in range(0, len(self), width))


def window_bins(placement: Placement, axis: int, *, count_padding: bool = False) -> Bins:
    """The samples under the windows of `placement`, down its rows (0) or across its columns (1).

    >>> bins = window_bins(place((5, 5), Window((3, 3), (2, 2)), 1), 0)
    >>> bins.firsts.tolist(), bins.counts.tolist()
    ([0, 1, 3], [2, 3, 2])
    """
    window = placement.window
    size, step, length = window.size[axis], window.dilation[axis], placement.input[axis]
    before, after = placement.padding[2 * axis : 2 * axis + 2]
    starts = np.arange(_checked(placement.output[axis])) * window.stride[axis] - before
    missed = np.maximum(-(starts // step), 0)
    counts = np.maximum(np.minimum(size, -((starts - length) // step)) - missed, 0)
    divisors = np.minimum(size, -((starts - length - after) // step)) if count_padding else counts
    return Bins(starts + missed * step, counts, divisors, step)


def adaptive_bins(length: int, count: int) -> Bins:
    """`count` bins over `length` samples: bin i from floor(i length / count) to ceil((i + 1) length / count).

    >>> bins = adaptive_bins(5, 3)
    >>> bins.firsts.tolist(), bins.counts.tolist()
    ([0, 1, 3], [2, 3, 2])
    """
    numbers = np.arange(_checked(count))
    firsts = numbers * length // count
    counts = -(-(numbers + 1) * length // count) - firsts
    return Bins(firsts, counts, counts)


def _checked(count: int) -> int:
    if count > MAX_WINDOWS:
        raise SizeError(
            f"{count} windows along an axis are too many; the largest number is {MAX_WINDOWS}",
            hint=FEWER,
        )
    memory.check(TABLE_BYTES * count, f"the table of {count} windows along an axis", FEWER)
    return count


def _check_results(output: Pair) -> None:
    if output[0] * output[1] > MOST_RESULTS:
        raise SizeError(f"{pair_text(output)} results are more than any memory holds", hint=FEWER)


def chunks(bins: Bins, most: int) -> tuple[Bins, Bins]:
    """Bins cut into parts of at most `most` samples, and the bins that put the parts together again.

    >>> parts, whole = chunks(adaptive_bins(100, 2), 20)
    >>> parts.firsts.tolist(), whole.counts.tolist()
    ([0, 16, 33, 50, 66, 83], [3, 3])
    """
    parts = np.maximum(-(-bins.counts // most), 1)
    bin_of = np.repeat(np.arange(len(bins)), parts)
    begins = np.cumsum(parts) - parts
    number = np.arange(len(bin_of)) - begins[bin_of]
    counts, of = bins.counts[bin_of], parts[bin_of]
    edges, ends = counts * number // of, counts * (number + 1) // of
    cut = Bins(bins.firsts[bin_of] + edges * bins.step, ends - edges, np.ones_like(bin_of), bins.step)
    return cut, Bins(begins, np.where(bins.counts > 0, parts, 0), bins.divisors)


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a pooling along both axes, made once for each size of image, so that they are a key."""

    rows: Bins
    columns: Bins
    placement: Placement | None = None  # None for adaptive bins, which differ in size

    @property
    def axes(self) -> tuple[Bins, Bins]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def output(self) -> Pair:
        """Windows down and across."""
        return len(self.rows), len(self.columns)

    @property
    def largest(self) -> int:
        """Samples in the largest window."""
        return self.rows.most * self.columns.most

    @cached_property
    def taps(self) -> int:
        """Samples in all windows together."""
        return int(self.rows.counts.sum()) * int(self.columns.counts.sum())

    @cached_property
    def hold_samples(self) -> npt.NDArray[np.bool_]:
        """Whether each window holds a sample, (rows, columns), or padding alone."""
        return np.multiply.outer(self.rows.counts > 0, self.columns.counts > 0)

    @cached_property
    def undivided(self) -> Windows:
        """The same windows with divisors 1, so that a mean is a sum."""
        rows, columns = (replace(bins, divisors=np.ones_like(bins.divisors)) for bins in self.axes)
        return replace(self, rows=rows, columns=columns)


def band(windows: Windows, first: int, last: int) -> tuple[int, int, Windows]:
    """The samples, from a row up to another, under the windows of some rows, and these windows over them alone.

    >>> begin, end, part = band(adaptive_windows((9, 9), (3, 3)), 1, 3)
    >>> begin, end, part.rows.firsts.tolist()
    (3, 9, [0, 3])
    """
    rows, placement = windows.rows, windows.placement
    if placement is not None:
        found = bands.band(placement, first, last)
        begin, end, placement = found.begin, found.end, found.placement
    else:
        begin = int(rows.firsts[first])
        end = begin + rows.span(first, last)
    return begin, end, Windows(rows.part(first, last, begin), windows.columns, placement)


def sliding_windows(placement: Placement, *, count_padding: bool = False) -> Windows:
    """The windows of a placement."""
    _check_results(placement.output)
    rows, columns = (window_bins(placement, axis, count_padding=count_padding) for axis in (0, 1))
    return Windows(rows, columns, placement)


def adaptive_windows(size: Pair, output: Pair) -> Windows:
    """`output` bins over an image of `size`, (rows, columns) both."""
    _check_results(output)
    return Windows(adaptive_bins(size[0], output[0]), adaptive_bins(size[1], output[1]))


@lru_cache(maxsize=CACHED_SIZES)
def in_parts(windows: Windows, size: Pair, n: int) -> tuple[Windows, Windows] | None:
    """Tall windows cut into parts for threads, and the windows that join them; None where there is no need."""
    if n * len(windows.rows) >= ENOUGH_WINDOWS or windows.rows.most < TALL_ROWS:
        return None
    parts, whole = chunks(windows.rows, PART_ROWS)
    single = sliding_windows(place((1, size[1]), Window((1, 1)))).columns
    return Windows(parts, single), Windows(whole, windows.columns)
