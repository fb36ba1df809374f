"""Triangular bands on the mel scale: where they lie, and how much of each bin of an FFT they take.

Bands are equally wide on the mel scale, so narrow at low frequencies and wide at high ones; each rises from one
edge to the next and falls to the one after, so n bands have n + 2 edges. There are three families of triangles in use,
which differ in what their sides are straight over: frequency, mel, or the number of the bin, with edges that are whole
bins.

Standard library only, so that a recipe can be checked before anything heavy is imported.
Sources: mel = 2595 log10(1 + f / 700), O'Shaughnessy 1987, as in HTK (whose 1127 ln(1 + f / 700) is the same); Slaney's
Auditory Toolbox 1998, linear below 1 kHz, as in librosa. The edges in bins are those of python_speech_features 0.6,
floor((n_fft + 1) f / rate).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from cnnkit.errors import SizeError

MAX_FFT = 2**20
"""Samples, more than 20 s of speech in one frame."""

_HZ_PER_MEL = 200 / 3
"""On Slaney's scale below 1 kHz, which is 15 mels."""

_LOG_PER_MEL = math.log(6.4) / 27
"""Above: 27 mels more are 6.4 times the frequency."""


class Band(NamedTuple):
    """One band: the bin its weights begin at, and its weights, which rise and fall; none if it covers no bin."""

    first: int
    weights: tuple[float, ...]


class MelBands(NamedTuple):
    """Triangular bands over frequency, before it is known where the bins of the FFT lie."""

    n_mels: int
    fmin: float  # hertz
    fmax: float
    scale: str = "htk"  # or slaney, linear below 1 kHz
    family: str = "bin"  # what the sides of a triangle are straight over: hz, mel, or bin, whose edges are whole bins
    norm: str = "none"  # a peak of 1; or slaney, an area of 1 Hz
    bins: str = "all"  # or htk, whose first and last bin are rounded from fmin and fmax

    @property
    def edges(self) -> list[float]:
        """The n_mels + 2 edges, in hertz, equally far apart on the mel scale.

        >>> [round(edge) for edge in MelBands(2, 0, 8000).edges]
        [0, 921, 3056, 8000]
        """
        return [hertz(place, self.scale) for place in self._places[:-1]] + [
            hertz(mel(self.fmax, self.scale), self.scale)
        ]

    @property
    def _places(self) -> list[float]:
        low, high = mel(self.fmin, self.scale), mel(self.fmax, self.scale)
        step = (high - low) / (self.n_mels + 1)
        return [low + index * step for index in range(self.n_mels + 1)] + [high]

    def over(self, axis: Axis) -> Iterator[Band]:
        """The weights of every band; those that cover no bin have none.

        >>> list(MelBands(1, 0, 4000).over(Axis(8, 8000, 4000.0)))
        [Band(first=1, weights=(1.0, 0.6666666666666666, 0.3333333333333333))]
        """
        edges = self.edges
        corners = self._corners(axis)
        first, last = self._limits(axis)
        for m in range(self.n_mels):
            left, peak, right = corners[m : m + 3]
            scale = 2 / (edges[m + 2] - edges[m]) if self.norm == "slaney" else 1.0
            lowest = max(bisect_left(range(axis.bins), left, key=lambda k: self._at(axis, k)), first)
            weights = []
            for k in range(lowest, last + 1):
                place = self._at(axis, k)
                if place >= right:
                    break
                up = (place - left) / (peak - left) if peak > left else 1.0
                down = (right - place) / (right - peak) if right > peak else 1.0
                if self.family == "bin":  # its peak belongs to the falling side alone, as in python_speech_features
                    weights.append(scale * (up if place < peak else down))
                else:
                    weights.append(scale * max(0.0, min(up, down)))
            while weights and weights[0] == 0:
                weights.pop(0)
                lowest += 1
            while weights and weights[-1] == 0:
                weights.pop()
            yield Band(lowest, tuple(weights)) if weights else Band(0, ())

    def _corners(self, axis: Axis) -> list[float]:
        """The edges on the axis that the sides are straight over."""
        if self.family == "mel":
            return self._places
        if self.family == "bin":
            return [float(math.floor((axis.n_fft + 1) * edge / axis.rate)) for edge in self.edges]
        return self.edges

    def _at(self, axis: Axis, k: int) -> float:
        """Where bin `k` is on that axis."""
        if self.family == "bin":
            return float(k)
        return mel(axis.frequency(k), self.scale) if self.family == "mel" else axis.frequency(k)

    def _limits(self, axis: Axis) -> tuple[int, int]:
        """The first and last bin that count at all. Source of HTK's: HSigP.c, InitFBank, which counts from 1."""
        if self.bins == "all":
            return 0, axis.bins - 1
        low = int(self.fmin * axis.n_fft / axis.rate + 2.5) - 1
        return low, min(int(self.fmax * axis.n_fft / axis.rate + 0.5), axis.n_fft // 2) - 1


class Axis(NamedTuple):
    """The bins of an FFT of `n_fft` samples at `rate` hertz; the last bin is at `top` hertz if n_fft is even."""

    n_fft: int
    rate: int
    top: float
    is_stretched: bool = False  # the last bin is said to be at top, whatever n_fft

    @property
    def bins(self) -> int:
        """Number of bins, from 0 Hz on."""
        return self.n_fft // 2 + 1

    def frequency(self, k: int) -> float:
        """The frequency of bin `k`, in hertz.

        >>> Axis(512, 16000, 8000.0).frequency(256)
        8000.0
        """
        if self.top == self.rate / 2 and not self.is_stretched:
            return k * self.rate / self.n_fft
        return self.top * k / (self.n_fft // 2)


def mel(frequency: float, scale: str = "htk") -> float:
    """A frequency on a mel scale.

    >>> round(mel(1000), 2), mel(1000, "slaney")
    (999.99, 15.0)
    """
    if scale == "slaney":
        return frequency / _HZ_PER_MEL if frequency < 1000 else 15 + math.log(frequency / 1000) / _LOG_PER_MEL
    return 2595 * math.log10(1 + frequency / 700)


def hertz(mels: float, scale: str = "htk") -> float:
    """The frequency of a place on a mel scale.

    >>> round(hertz(mel(440)), 9), round(hertz(mel(4400, "slaney"), "slaney"), 9)
    (440.0, 4400.0)
    """
    if scale == "slaney":
        return mels * _HZ_PER_MEL if mels < 15 else 1000 * math.exp((mels - 15) * _LOG_PER_MEL)
    return float(700 * (10 ** (mels / 2595) - 1))


@lru_cache(maxsize=32)
def mel_bands(triangles: MelBands, axis: Axis, *, may_be_empty: bool = False) -> tuple[Band, ...]:
    """The weights of every band over the bins of an FFT.

    A band that covers no bin is an error unless it may be empty: its numbers would be the same for every sound.

    >>> bands = mel_bands(MelBands(26, 0, 8000), Axis(512, 16000, 8000.0))
    >>> [band.first for band in bands[:4]], [round(weight, 2) for weight in bands[1].weights]
    ([1, 3, 5, 8], [0.5, 1.0, 0.67, 0.33])
    """
    bands = tuple(triangles.over(axis))
    empty = _first_empty(bands)
    if empty is None or may_be_empty:
        return bands
    edges = triangles.edges
    raise SizeError(
        f"mel band {empty + 1} of {triangles.n_mels} ({edges[empty]:.1f} to {edges[empty + 2]:.1f} Hz) covers no bin"
        f" of an FFT of {axis.n_fft}, whose bins are {axis.rate / axis.n_fft:.1f} Hz apart",
        hint=_remedy(triangles, axis),
    )


def _first_empty(bands: Iterable[Band]) -> int | None:
    return next((m for m, band in enumerate(bands) if not band.weights), None)


def _remedy(triangles: MelBands, axis: Axis) -> str:
    def works(n_mels: int, n_fft: int) -> bool:
        return _first_empty(triangles._replace(n_mels=n_mels).over(axis._replace(n_fft=n_fft))) is None

    remedies = []
    if works(1, axis.n_fft):
        most = _largest(lambda n_mels: works(n_mels, axis.n_fft), below=min(triangles.n_mels, axis.n_fft))
        remedies.append(f"n_mels {most} or less")
    size = 1 << axis.n_fft.bit_length()
    while size < MAX_FFT and not works(triangles.n_mels, size):
        size *= 2
    if size < MAX_FFT:
        remedies.append(f"n_fft {size}")
    return f"use {', or '.join(remedies)}" if remedies else "use fewer bands, or fmin and fmax further apart"


def _largest(works: Callable[[int], bool], below: int) -> int:
    """The largest number that works, between 1, which does, and `below`, which does not."""
    good, bad = 1, below
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if works(middle) else (good, middle)
    return good
