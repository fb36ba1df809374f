"""A sound as features ready for a network: as a whole, or cut into segments that are sounds of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.finish import Finish, SoundPlan
from cnnkit.data.rows import Rows
from cnnkit.data.signal import Samples
from cnnkit.operations.features.finishing import arrange_axes, finish_features, finish_rows


@dataclass(frozen=True)
class Segment:
    """Some samples of a sound, as a sound of its own, which may reach beyond the end."""

    whole: Samples
    first: int  # the sample it begins with
    count: int
    is_loop: bool = False  # beyond the end, the segment from its beginning again, and not zeros

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
            return self.whole.between(self.first + start, self.first + stop)
        if self.is_loop:
            return self.whole.between(self.first, self.first + there)[np.arange(start, stop) % there]
        known = self.whole.between(self.first + min(start, there), self.first + there)
        samples = np.zeros(stop - start, dtype=known.dtype)
        samples[: len(known)] = known
        return samples


def finished_features(
    plan: SoundPlan, signal: Samples, compute: Callable[[Samples], npt.NDArray[Any]]
) -> npt.NDArray[Any]:
    """The finished features of a sound; `compute` makes (frames, columns, 1) of the sound, or of a segment of it."""
    finish = plan.finish
    if finish.segment is None:
        features = compute(signal)
        return features if finish == Finish() else arrange_axes(finish, finish_features(finish, features))
    return arrange_axes(finish, finished_rows(plan, signal, lambda segment: Rows.of(compute(segment))).array())


def finished_rows(plan: SoundPlan, signal: Samples, compute: Callable[[Samples], Rows]) -> Rows:
    """The finished features of a sound as rows that are computed when they are read; the axes are not arranged yet."""
    finish = plan.finish
    if finish.segment is None:
        return finish_rows(finish, compute(signal))
    size = plan.features.frames.samples
    segments = [Segment(signal, number * size, size, finish.fit == "loop") for number in range(plan.segments)]
    first = finish_rows(finish, compute(segments[0]))

    def blocks() -> Iterator[npt.NDArray[Any]]:
        yield from first.blocks()
        for segment in segments[1:]:
            yield from finish_rows(finish, compute(segment)).blocks()

    return Rows((len(segments), *first.shape), first.dtype, blocks)
