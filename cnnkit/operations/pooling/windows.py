"""Which samples of an image lie under each window along one axis, as runs that begin inside it.

A window that reaches into the padding holds fewer samples than its size; the bins of an adaptive pooling differ among
themselves. Both are a first sample and a count, which is what the loops read.

Source of the edges of adaptive bins: PyTorch's adaptive pooling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cnnkit.errors import SizeError
from cnnkit.geometry.window import Placement

MOST = 1 << 27
"""Windows along an axis: more, and where they lie takes gigabytes."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Bins:
    """The samples under the windows along one axis.

    Attributes
    ----------
    firsts : ndarray
        The first sample of the image in each window; any number where there is none.
    counts : ndarray
        Samples of the image in each window, `step` apart.
    divisors : ndarray
        What a mean divides by: the counts, or the places in the padded image.
    step : int
        The dilation.
    """

    firsts: Whole
    counts: Whole
    divisors: Whole
    step: int = 1

    def __len__(self) -> int:
        return len(self.firsts)

    @cached_property
    def table(self) -> Whole:
        """First samples and counts, (2, windows), as loops read them."""
        return np.stack([self.firsts, self.counts])

    @cached_property
    def most(self) -> int:
        """Samples of the window that holds most."""
        return int(self.counts.max())

    @cached_property
    def are_alone(self) -> bool:
        """Whether each bin is one sample, in order.

        >>> adaptive_bins(4, 4).are_alone, adaptive_bins(4, 2).are_alone
        (True, False)
        """
        return self.most == 1 and bool((self.firsts == np.arange(len(self))).all() and self.counts.all())

    @cached_property
    def even(self) -> tuple[int, int]:
        """The longest run, from the middle on, of bins with the same divisor: the first, and the one after the last.

        >>> whole = np.array([2, 3, 3, 2])
        >>> Bins(whole, whole, whole).even
        (1, 3)
        """
        middle = len(self) // 2
        others = np.flatnonzero(self.divisors != self.divisors[middle])
        place = int(np.searchsorted(others, middle))
        begin = int(others[place - 1]) + 1 if place > 0 else 0
        return begin, int(others[place]) if place < len(others) else len(self)

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

    def undivided(self) -> Bins:
        """The same windows, of which a mean is the sum."""
        return replace(self, divisors=np.ones_like(self.divisors))


def window_bins(placement: Placement, axis: int, *, count_padding: bool = False) -> Bins:
    """What lies under the windows of `placement`, down its rows (0) or across its columns (1).

    Raises
    ------
    SizeError
        If there are too many windows for any memory.

    >>> from cnnkit.geometry.window import Window, place
    >>> bins = window_bins(place((5, 5), Window((3, 3), (2, 2)), 1), 0)
    >>> bins.firsts.tolist(), bins.counts.tolist()
    ([0, 1, 3], [2, 3, 2])
    """
    window = placement.window
    size, step, length = window.size[axis], window.dilation[axis], placement.input[axis]
    before, after = placement.padding[2 * axis : 2 * axis + 2]
    starts = np.arange(_count(placement.output[axis])) * window.stride[axis] - before
    missed = np.maximum(-(starts // step), 0)
    counts = np.maximum(np.minimum(size, -((starts - length) // step)) - missed, 0)
    divisors = np.minimum(size, -((starts - length - after) // step)) if count_padding else counts
    return Bins(starts + missed * step, counts, divisors, step)


def adaptive_bins(length: int, count: int) -> Bins:
    """`count` bins over `length` samples: bin i from floor(i length / count) to ceil((i + 1) length / count).

    Raises
    ------
    SizeError
        If there are too many bins for any memory.

    >>> bins = adaptive_bins(5, 3)
    >>> bins.firsts.tolist(), bins.counts.tolist()
    ([0, 1, 3], [2, 3, 2])
    """
    numbers = np.arange(_count(count))
    firsts = numbers * length // count
    counts = -(-(numbers + 1) * length // count) - firsts
    return Bins(firsts, counts, counts)


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


def _count(count: int) -> int:
    if count > MOST:
        raise SizeError(
            f"{count} windows along an axis are more than any memory holds",
            hint="use fewer windows: a larger stride, or a smaller adaptive",
        )
    return count
