"""Which samples meet no window, and which windows no sample, along one axis: counted exactly, at any length.

Tap a of window t lands on position stride * t + dilation * a - before. A convolution's windows are its outputs, and the
positions its input; a transposed convolution's windows are its inputs, and the positions its output. So two questions
serve both: samples that are never looked at are outputs that no sample reaches, and outputs that see padding alone are
inputs that are cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement, reach

MOST_TAPS = 99  # along one axis; what windows with more of them, and gaps between them, meet is not counted


class Missing(NamedTuple):
    """How many of all there are miss, and how many of these stand together at the beginning and at the end."""

    count: int = 0  # type: ignore[assignment]  # in place of tuple.count
    first: int = 0
    last: int = 0
    of: int = 0


class Sweep(NamedTuple):
    """Windows that move along one axis."""

    windows: int
    length: int  # positions
    size: int
    stride: int
    dilation: int
    before: int

    @classmethod
    def along(cls, placement: Placement | TransposedPlacement, axis: int) -> Sweep:
        """The windows of a placement along its rows (axis 0) or columns."""
        window, sizes = placement.window, (placement.output[axis], placement.input[axis])
        numbers = window.size[axis], window.stride[axis], window.dilation[axis], placement.padding.before[axis]
        return cls(*(sizes if isinstance(placement, Placement) else sizes[::-1]), *numbers)

    @property
    def reach(self) -> int:
        """Positions from the first to the last tap."""
        return reach(self.size, self.dilation)

    @property
    def is_regular(self) -> bool:
        """Whether every stretch of `stride` positions, but for a few at the ends, is met in the same way."""
        common = gcd(self.stride, self.dilation)
        is_long = self.windows > 1 and self.length >= 2 * max(self.reach - self.stride, 0) + self.stride
        return is_long and (self.size <= self.stride // common or self.dilation // common <= self.windows)

    @property
    def gap(self) -> int:
        """How many of every `stride` positions all windows leave out.

        Tap a of a window lands on a * dilation, and moving on by a stride keeps that modulo the stride.
        """
        taps = self.stride // gcd(self.stride, self.dilation)  # that land on unlike positions modulo the stride
        return self.stride - min(self.size, taps) if self.is_regular else 0

    def missed(self) -> Missing:
        """Positions on which no tap of any window lands."""
        if self.dilation == 1 and self.size >= self.stride and self.size > 1:  # without a gap: as many single taps
            return self._replace(windows=(self.windows - 1) * self.stride + self.size, size=1, stride=1).missed()
        if self.size > MOST_TAPS:
            return Missing()
        classes: dict[int, list[tuple[int, int]]] = {}  # positions that are equal modulo the stride, in strides
        for place in range(-self.before, self.reach - self.before, self.dilation):
            turn = place // self.stride
            classes.setdefault(place % self.stride, []).append((turn, turn + self.windows - 1))
        met, first, last = 0, self.length, -1
        for rest, runs in classes.items():
            found, low, high = _union(runs, (self.length - 1 - rest) // self.stride)
            if found:
                met += found
                first, last = min(first, low * self.stride + rest), max(last, high * self.stride + rest)
        return _missing(met, first, last, self.length)

    def idle(self) -> Missing:
        """Windows none of whose taps lands on a position."""
        if self.dilation == 1 < self.size:  # one tap on the positions before which the window begins
            more = self.size - 1
            return self._replace(size=1, length=self.length + more, before=self.before - more).idle()
        return _missing(*_union(self._runs(), self.windows - 1), self.windows) if self.size <= MOST_TAPS else Missing()

    def meeting(self) -> Sequence[int]:
        """The taps that land on a position from some window."""
        if self.reach <= self.length or self.size > MOST_TAPS:
            return range(self.size)
        runs = enumerate(self._runs())
        return [tap for tap, (first, last) in runs if max(first, 0) <= min(last, self.windows - 1)]

    def _runs(self) -> list[tuple[int, int]]:
        """The first and the last window, were there any number of them, from which each tap lands on a position."""
        before, stride, last = self.before, self.stride, self.length - 1
        return [
            (-((tap - before) // stride), (last + before - tap) // stride)
            for tap in range(0, self.reach, self.dilation)
        ]


def _missing(met: int, first: int, last: int, of: int) -> Missing:
    """What is missing where `met` are met, from the first to the last."""
    return Missing(of - met, first, of - 1 - last, of) if met else Missing(of, of, of, of)


def _union(runs: list[tuple[int, int]], end: int) -> tuple[int, int, int]:
    """How many whole numbers of 0 ... `end` lie in any of the runs, the first and the last of them."""
    count, low, high = 0, 0, -1
    for first, last in sorted(runs):
        begin, finish = first if first > high else high + 1, last if last < end else end
        if begin <= finish:
            count, low, high = count + finish - begin + 1, low if count else begin, finish
    return count, low, high
