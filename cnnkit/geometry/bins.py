"""Which samples of an image lie under each window along one axis, as runs that begin inside it.

A window that reaches into the padding holds fewer samples than its size; the bins of an adaptive pooling differ among
themselves. Both are a first sample and a count, which is what the loops read.

Standard library only. Source of the edges of adaptive bins: PyTorch's adaptive pooling.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cnnkit.geometry.window import Placement


class Bins(NamedTuple):
    """The samples under the windows along one axis.

    Attributes
    ----------
    firsts : tuple of int
        The first sample of the image in each window; any number where there is none.
    counts : tuple of int
        Samples of the image in each window, `step` apart.
    divisors : tuple of int
        What a mean divides by: the counts, or the places in the padded image.
    step : int
        The dilation.
    """

    firsts: tuple[int, ...]
    counts: tuple[int, ...]
    divisors: tuple[int, ...]
    step: int = 1

    @property
    def even(self) -> tuple[int, int]:
        """The longest run, from the middle on, of bins with the same divisor: the first, and the one after the last.

        >>> Bins((0, 0, 1, 2), (2, 3, 3, 2), (2, 3, 3, 2)).even
        (1, 3)
        """
        begin = middle = len(self.divisors) // 2
        end = middle + 1
        while begin > 0 and self.divisors[begin - 1] == self.divisors[middle]:
            begin -= 1
        while end < len(self.divisors) and self.divisors[end] == self.divisors[middle]:
            end += 1
        return begin, end

    @property
    def are_alone(self) -> bool:
        """Whether each bin is one sample, in order.

        >>> adaptive_bins(4, 4).are_alone, adaptive_bins(4, 2).are_alone
        (True, False)
        """
        return self.firsts == tuple(range(len(self.firsts))) and all(count == 1 for count in self.counts)


@lru_cache(maxsize=64)
def window_bins(placement: Placement, axis: int, *, count_padding: bool = False) -> Bins:
    """What lies under the windows of `placement`, down its rows (0) or across its columns (1).

    >>> from cnnkit.geometry.window import Window, place
    >>> bins = window_bins(place((5, 5), Window((3, 3), (2, 2)), 1), 0)
    >>> bins.firsts, bins.counts
    ((0, 1, 3), (2, 3, 2))
    """
    window = placement.window
    size, step, stride = window.size[axis], window.dilation[axis], window.stride[axis]
    length = placement.input[axis]
    before, after = placement.padding[2 * axis : 2 * axis + 2]
    firsts, counts, divisors = [], [], []
    for start in range(-before, placement.output[axis] * stride - before, stride):
        missed = -(start // step) if start < 0 else 0
        end = min(size, -((start - length) // step))
        firsts.append(start + missed * step)
        counts.append(max(end - missed, 0))
        divisors.append(min(size, -((start - length - after) // step)) if count_padding else counts[-1])
    return Bins(tuple(firsts), tuple(counts), tuple(divisors), step)


@lru_cache(maxsize=64)
def adaptive_bins(length: int, count: int) -> Bins:
    """`count` bins over `length` samples: bin i from floor(i length / count) to ceil((i + 1) length / count).

    >>> bins = adaptive_bins(5, 3)
    >>> bins.firsts, bins.counts
    ((0, 1, 3), (2, 3, 2))
    """
    firsts = tuple(i * length // count for i in range(count))
    counts = tuple(-(-(i + 1) * length // count) - first for i, first in enumerate(firsts))
    return Bins(firsts, counts, counts)


def chunks(bins: Bins, most: int) -> tuple[Bins, Bins]:
    """Bins cut into parts of at most about `most` samples, and the bins that put the parts together again.

    >>> parts, whole = chunks(adaptive_bins(100, 2), 20)
    >>> parts.firsts, whole.counts
    ((0, 16, 33, 50, 66, 83), (3, 3))
    """
    firsts, counts, wholes, parts_of = [], [], [], []
    for first, count in zip(bins.firsts, bins.counts, strict=True):
        parts = max(-(-count // most), 1)
        wholes.append(len(firsts))
        parts_of.append(parts if count else 0)
        edges = [count * part // parts for part in range(parts + 1)]
        firsts += [first + edge * bins.step for edge in edges[:-1]]
        counts += [end - begin for begin, end in zip(edges, edges[1:], strict=False)]
    cut = Bins(tuple(firsts), tuple(counts), (1,) * len(counts), bins.step)
    return cut, Bins(tuple(wholes), tuple(parts_of), bins.divisors)
