"""A sound as it flows through the operations: samples at a known rate, of one channel, or of all of several.

A `Signal` is in memory. A sound that is read from a file piece by piece (``cnnkit.files.sounds.sound``) answers the
same questions, which are those of `Samples`; so an operation does not know which of the two it works on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy.typing as npt

LOOK_BACK_SAMPLES = 2**16
"""How far behind the last sample read a streamed sound can still be read."""


MOST_FLOAT = 16.0
"""Floats beyond have another scale than [-1, 1], 24 dB of excess allowed."""

TO_FULL_SCALE = "divide them by their full scale: samples / 2**15 of 16 bits, / 2**23 of 24"
"""The hint for samples on another scale."""


class Samples(Protocol):
    """The questions that an operation may ask a sound."""

    @property
    def count(self) -> int:
        """The number of samples."""

    @property
    def sample_rate(self) -> int:
        """Samples per second, in hertz."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What reading it did that its user should know: a mean of channels, another rate."""

    @property
    def full_scale(self) -> float | None:
        """The value of full scale: 32768 for 16 bits, 8388608 for 24, 1.0 for floats; None where it is unknown."""

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        """The samples from `start` up to, but without, `stop`.

        Call with rising numbers, at most LOOK_BACK_SAMPLES before the furthest `stop`, or from 0 again: any other order
        gives the same samples, but may read the file anew each time.
        """


@dataclass(frozen=True, eq=False)
class Signal:
    """Samples in memory; the other fields are as in `Samples`."""

    samples: npt.NDArray[Any]  # (n,) or (n, channels): integers as the file holds them, or floats in [-1, 1]
    sample_rate: int
    notes: tuple[str, ...] = ()
    full_scale: float | None = None

    @property
    def count(self) -> int:
        """The number of samples."""
        return len(self.samples)

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        """The samples from `start` up to, but without, `stop`; 0 <= start <= stop <= count.

        >>> import numpy as np
        >>> Signal(np.arange(10), 8000).between(2, 5)
        array([2, 3, 4])
        """
        return self.samples[start:stop]
