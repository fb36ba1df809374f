"""Which part of the input one value of a layer can see: its receptive field, counted exactly.

One axis at a time. The value at position t of a layer sees the input from ``low`` to ``high``; moving on by ``period``
positions moves both by ``shift``. Without transposed convolutions the period is 1, and this is the well-known
recursion: field r' = r + d(k - 1) * jump, jump' = jump * s. A transposed convolution of stride s makes s neighbours
that see different parts, so the period grows s-fold and the jump becomes a fraction; a formula with one field for all
of them would be off by one there.

Fields are not cut off at the border of the input, as is usual.
Source of the recursion: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks",
Distill 2019, doi:10.23915/distill.00021.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

LONGEST_PERIOD = 64
"""Beyond this upscaling the field is not followed; 32-fold is the most in use."""


class Axis(NamedTuple):
    """What the values of a layer see along one axis."""

    low: tuple[int, ...] = (0,)  # first input position that the value at t = 0, 1, ... period - 1 sees
    high: tuple[int, ...] = (0,)  # last input position; both are empty when the field is not followed
    shift: int = 1  # input positions from what t sees to what t + period sees

    @property
    def size(self) -> int:
        """Input positions that one value sees, at most; 0 when it is not followed.

        >>> Axis().through_window(span=3, stride=2, before=1).through_window(span=3, stride=1, before=1).size
        7
        """
        return max((high - low + 1 for low, high in zip(self.low, self.high, strict=True)), default=0)

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
        """The middle of what the first value sees; None when the field is not followed."""
        return (self.low[0] + self.high[0]) / 2 if self.low else None

    def through_window(self, span: int, stride: int, before: int) -> Axis:
        """The field after a convolution or pool whose window of reach `span` moves over this axis."""
        period = len(self.low)
        if period == 1:  # by far the most common case, written out
            low = self.low[0] - before * self.shift
            high = self.high[0] + (span - 1 - before) * self.shift
            return Axis((low,), (high,), self.shift * stride)
        if period == 0:
            return self
        steps = range(period // gcd(period, stride))
        return Axis(
            tuple(self._at(self.low, stride * t - before) for t in steps),
            tuple(self._at(self.high, stride * t - before + span - 1) for t in steps),
            self.shift * (stride * len(steps) // period),
        )

    def through_transposed(self, span: int, stride: int, before: int) -> Axis:
        """The field after a transposed convolution; `before` is what its padding cuts off at the front.

        Input y lands on outputs y * stride - before + (0 ... span - 1), so output t sees the inputs
        ceil((t + before - span + 1) / stride) ... floor((t + before) / stride).
        """
        if not 0 < len(self.low) * stride <= LONGEST_PERIOD:
            return Axis((), (), 0)
        steps = range(len(self.low) * stride)
        return Axis(
            tuple(self._at(self.low, -((span - 1 - before - t) // stride)) for t in steps),
            tuple(self._at(self.high, (t + before) // stride) for t in steps),
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
        steps = range(turns * bins)
        return Axis(
            tuple(self._at(self.low, t * moved // bins) for t in steps),
            tuple(self._at(self.high, -(-(t + 1) * moved // bins) - 1) for t in steps),
            self.shift * (turns * moved // period),
        )

    def _at(self, bounds: tuple[int, ...], position: int) -> int:
        turns, rest = divmod(position, len(bounds))
        return bounds[rest] + turns * self.shift


Field = tuple[Axis, Axis] | None
"""Rows and columns; None once every value sees everything (after flatten, fc and global pooling)."""

ITSELF: Field = (Axis(), Axis())
"""What a sample of the input sees."""
