"""A sound as it flows through the operations: one channel of samples at a known rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Signal:
    """Samples of one channel.

    Attributes
    ----------
    samples : ndarray, (n,)
        Integers as the file holds them, or floats in [-1, 1].
    sample_rate : int
        Samples per second, in hertz.
    notes : tuple of str
        What reading it did that its user should know: a mean of channels, an end cut off.
    full_scale : float or None
        The number that stands for the loudest sample there can be; None where that is not known.
    """

    samples: npt.NDArray[Any]
    sample_rate: int
    notes: tuple[str, ...] = ()
    full_scale: float | None = None

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self.samples)

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Samples `start` to, not including, `stop`."""
        return self.samples[start:stop]
