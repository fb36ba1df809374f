"""Which part of the input one value of a layer can see: its receptive field, counted exactly.

One axis at a time. The value at position t of a layer sees the input from ``low`` to ``high``: the first and the last
sample that it depends on, also beyond the border. Moving on by ``period`` positions moves both by ``shift``. Without
upscaling the period is 1, and this is the well-known recursion: field r' = r + d(k - 1) * jump, jump' = jump * s. A
transposed convolution of stride s makes s neighbours that see unlike parts, so the period grows s-fold; values that no
sample reaches see nothing. The field of a layer is that of the value that sees most.
Source of the recursion: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks",
Distill 2019, doi:10.23915/distill.00021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd, lcm
from typing import NamedTuple

LONGEST_PERIOD = 64  # beyond this upscaling the field is not followed; 32-fold is the most in use


Bound = int | None
"""A position of the input; None where nothing is seen."""


class Axis(NamedTuple):
    """What the values of a layer see along one axis."""

    low: tuple[Bound, ...] = (0,)  # first input position that the value at t = 0, 1, ... period - 1 sees
    high: tuple[Bound, ...] = (0,)  # last input position; both are empty when the field is not followed
    shift: int = 1  # input positions from what t sees to what t + period sees

    @property
    def is_followed(self) -> bool:
        """Whether it is known: not beyond an upscaling of `LONGEST_PERIOD`."""
        return bool(self.low)

    @property
    def widest(self) -> tuple[int, int] | None:
        """The first and the last position that the value which sees most sees; None where none sees any."""
        bounds = zip(self.low, self.high, strict=True)
        seen = [(low, high) for low, high in bounds if low is not None and high is not None]
        sizes = [high - low for low, high in seen]
        return seen[sizes.index(max(sizes))] if seen else None

    @property
    def size(self) -> int:
        """Input positions that one value sees, at most; 0 where only biases arrive, or when it is not followed."""
        bounds = self.widest
        return bounds[1] - bounds[0] + 1 if bounds else 0

    @property
    def jump(self) -> tuple[int, int]:
        """Input positions from the field of one value to its neighbour's, as numerator and denominator."""
        period = len(self.low) or 1
        common = gcd(self.shift, period)
        return self.shift // common, period // common

    @property
    def jump_text(self) -> str:
        """The jump as it is printed: 2, or 1/2 after an upscaling."""
        numerator, denominator = self.jump
        return str(numerator) if denominator == 1 else f"{numerator}/{denominator}"

    @property
    def start(self) -> float | None:
        """The middle of what the first value sees; None when it sees nothing or the field is not followed."""
        low, high = (*self.low, None)[0], (*self.high, None)[0]
        return None if low is None or high is None else (low + high) / 2

    def bounds_at(self, position: int) -> tuple[Bound, Bound]:
        """The first and the last input position that the value at a position sees."""
        return self._any(min, self.low, [position]), self._any(max, self.high, [position])

    def through_window(self, span: int, stride: int, before: int, dilation: int = 1) -> Axis:
        """The field after a convolution or pool whose window of reach `span` moves over this axis."""
        period = len(self.low)
        if period == 0:
            return self
        # Tap a lands on stride * t - before + dilation * a. From `turn` taps on, the same phases come again, later.
        turn = period // gcd(period, dilation)
        taps = range(0, span, dilation)
        first, last = taps[:turn], taps[-turn:]
        starts = [stride * t - before for t in range(period // gcd(period, stride))]
        return Axis(
            tuple([self._any(min, self.low, [start + tap for tap in first]) for start in starts]),
            tuple([self._any(max, self.high, [start + tap for tap in last]) for start in starts]),
            self.shift * (stride * len(starts) // period),
        )

    def through_transposed(self, span: int, stride: int, before: int, dilation: int = 1) -> Axis:
        """The field after a transposed convolution; `before` is what its padding cuts off at the front.

        Tap a of input y lands on output stride * y + dilation * a - before, so output t sees the inputs
        (t + before - dilation * a) / stride that are whole.
        """
        period = len(self.low)
        if not 0 < period * stride <= LONGEST_PERIOD:
            return Axis((), (), 0)
        turn = period * stride  # after as many taps, the same phases come again, earlier
        taps = range(0, span, dilation)
        first, last = taps[:turn], taps[-turn:]

        def inputs(t: int, taps: range) -> list[int]:
            return [(t - tap) // stride for tap in taps if (t - tap) % stride == 0]

        starts = range(before, before + turn)
        return Axis(
            tuple([self._any(min, self.low, inputs(t, last)) for t in starts]),
            tuple([self._any(max, self.high, inputs(t, first)) for t in starts]),
            self.shift,
        )

    def through_bins(self, length: int, count: int) -> Axis:
        """The field after an adaptive pool of `length` samples to `count`.

        Bin t begins at floor(t * length / count) and ends before ceil((t + 1) * length / count).
        """
        period, common = len(self.low), gcd(length, count)
        bins, moved = count // common, length // common  # after that many bins the same sizes come again
        turns = period // gcd(period, moved)
        if not 0 < turns * bins <= LONGEST_PERIOD:
            return Axis((), (), 0)
        places = [(t * moved // bins, -(-(t + 1) * moved // bins)) for t in range(turns * bins)]
        return Axis(
            tuple([self._any(min, self.low, range(first, end)[:period]) for first, end in places]),
            tuple([self._any(max, self.high, range(first, end)[-period:]) for first, end in places]),
            self.shift * (turns * moved // period),
        )

    def _any(self, pick: Callable[..., Bound], bounds: tuple[Bound, ...], positions: Sequence[int]) -> Bound:
        """The first (`min` of low) or last (`max` of high) input position that any of these positions sees."""
        shift, period = self.shift, len(bounds)
        return pick([b + p // period * shift for p in positions if (b := bounds[p % period]) is not None], default=None)


def joined_axis(axes: Sequence[Axis]) -> Axis:
    """What a join sees along one axis: from the first to the last position that any branch sees.

    Branches that see nothing add nothing. Where two move over the input at unlike steps, what the join sees grows from
    value to value, and is not followed.
    """
    seeing = [axis for axis in axes if axis.widest or not axis.is_followed] or [*axes]
    if not all(axis.is_followed for axis in seeing):
        return Axis((), (), 0)
    period = lcm(*(len(axis.low) for axis in seeing))
    shifts = {axis.shift * period // len(axis.low) for axis in seeing}
    if period > LONGEST_PERIOD or len(shifts) > 1:
        return Axis((), (), 0)
    lows = [axis.bounds_at(position)[0] for position in range(period) for axis in seeing]
    highs = [axis.bounds_at(position)[1] for position in range(period) for axis in seeing]
    runs = [slice(first, first + len(seeing)) for first in range(0, len(lows), len(seeing))]
    low = tuple(min((b for b in lows[run] if b is not None), default=None) for run in runs)
    high = tuple(max((b for b in highs[run] if b is not None), default=None) for run in runs)
    return Axis(low, high, shifts.pop())


Field = tuple[Axis, Axis] | None
"""Rows and columns; None once every value sees everything (after flatten, fc and global pooling)."""

ITSELF: Field = (Axis(), Axis())
"""What a sample of the input sees."""
