"""A sound as features ready for a network: each channel, with its duration, cut into segments that are sounds of
their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.finish import SoundPlan
from cnnkit.data.rows import Rows
from cnnkit.data.signal import Samples
from cnnkit.operations.features.finishing import arrange_axes, finish_rows

Compute = Callable[[Sequence[Samples]], Sequence[Rows]]
Silence = Callable[[Sequence[Samples]], npt.NDArray[Any]]


@dataclass(frozen=True)
class Segment:
    """Some samples of a sound, or of one of its channels, as a sound of its own, which may reach beyond the end."""

    whole: Samples
    first: int  # the sample it begins with
    count: int
    is_loop: bool = False  # beyond the end, the segment from its beginning again, and not zeros
    channel: int | None = None  # of a sound that has several

    @property
    def sample_rate(self) -> int:
        """In hertz."""
        return self.whole.sample_rate

    @property
    def full_scale(self) -> float | None:
        """As of the whole sound."""
        return self.whole.full_scale

    @property
    def notes(self) -> tuple[str, ...]:
        """As of the whole sound."""
        return self.whole.notes

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        """The samples from `start` up to, but without, `stop`.

        >>> from cnnkit.data.signal import Signal
        >>> sound = Signal(np.arange(10), 8000)
        >>> Segment(sound, 8, 4).between(1, 4).tolist(), Segment(sound, 8, 4, True).between(0, 4).tolist()
        ([9, 0, 0], [8, 9, 8, 9])
        """
        there = min(self.count, self.whole.count - self.first)
        if stop <= there:
            return self._read(start, stop)
        if self.is_loop:
            begin, count = start % there, stop - start
            if begin + count <= there:  # no more is read than is needed
                return self._read(begin, begin + count)
            return self._read(0, there)[np.arange(begin, begin + count) % there]
        known = self._read(min(start, there), there)
        samples = np.zeros(stop - start, dtype=known.dtype)
        samples[: len(known)] = known
        return samples

    def _read(self, start: int, stop: int) -> npt.NDArray[Any]:
        samples = self.whole.between(self.first + start, self.first + stop)
        return samples if self.channel is None else np.ascontiguousarray(samples[:, self.channel])


def channels_of(sound: Samples, channels: int) -> Sequence[Samples]:
    """Each channel of a sound as a sound of its own; if there is only one, the sound."""
    if channels == 1:
        return [sound]
    return [Segment(sound, 0, sound.count, channel=number) for number in range(channels)]


def finished_features(plan: SoundPlan, signal: Samples, compute: Compute, silence: Silence) -> npt.NDArray[Any]:
    """The finished features of a sound as an array; see `finished_rows`."""
    return arrange_axes(plan, finished_rows(plan, signal, compute, silence).array())


def finished_rows(plan: SoundPlan, signal: Samples, compute: Compute, silence: Silence) -> Rows:
    """The finished features of a sound as rows that are computed when they are read, shaped as the sides of the plan.

    `compute` makes (frames, columns, 1) of each channel of the sound, or of a segment of it; `silence` the features of
    a frame of zeros in it, (columns,).
    """
    is_loop, cut = plan.finish.fit == "loop", plan.cut
    channels = channels_of(signal, plan.channels)
    if plan.samples != plan.present:
        channels = [Segment(channel, 0, plan.samples, is_loop) for channel in channels]

    def segment(number: int) -> Rows:
        parts = channels
        if cut != (1, plan.samples, plan.samples):
            parts = [Segment(channel, number * cut.step, cut.size, is_loop) for channel in channels]
        return finish_rows(plan.finish, compute(parts), lambda: silence(parts))

    def blocks() -> Iterator[npt.NDArray[Any]]:
        yield from first.blocks()
        for number in range(1, cut.count):
            yield from segment(number).blocks()

    first = segment(0)
    return first._replace(shape=plan.sides, blocks=first.blocks if cut.count == 1 else blocks)
