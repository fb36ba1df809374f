"""What the benchmark of features measures: jobs, sounds, and how near results must be.

A sound is a minute that repeats: chords and noise at the scale of 16 bits, of a fixed seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

PSF, LIBROSA, KALDI, TORCH, ASRFRONT = "psf", "librosa", "kaldi-native-fbank", "torch", "asrfront"

LENGTHS = (10, 60, 600, 3600)
RATES = (16000, 22050, 44100)
MINUTE = 60
"""Seconds after which a sound repeats."""


@dataclass(frozen=True)
class Job:
    """Features as one system makes them.

    Attributes
    ----------
    name : str
    dialect, kind, settings
        As `cnnkit.features` takes them.
    bars : mapping of str to float
        For each peer with a bar, the largest share of its time that ours may be.
    within : float
        The largest difference of any number from cnnkit's.
    rates : tuple of int
        The sample rates it is measured at.
    """

    name: str
    dialect: str
    kind: str
    bars: Mapping[str, float]
    within: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    rates: tuple[int, ...] = RATES

    @property
    def precision(self) -> str:
        """In which the dialect computes."""
        return "float64" if self.dialect == "psf" else "float32"


JOBS = {
    "psf": Job("13 MFCC as psf", "psf", "mfcc", {PSF: 0.2}, 1e-3),
    "librosa": Job("13 MFCC as librosa", "librosa", "mfcc", {LIBROSA: 0.33}, 5e-3, {"n_mfcc": 13}),
    "kaldi": Job("13 MFCC as Kaldi", "kaldi", "mfcc", {KALDI: 0.2}, 1e-2),
    # Hamming, because that is the taper asrfront has.
    "logmel": Job(
        "80 log-mel as Kaldi", "kaldi", "logmel", {KALDI: 0.2, ASRFRONT: 1}, 1e-2, {"n_mels": 80, "taper": "hamming"}
    ),
    "whisper": Job("80 log-mel as Whisper", "whisper", "logmel", {ASRFRONT: 1}, 2e-4, rates=(16000,)),
}


@dataclass(frozen=True)
class Sound:
    """So many seconds at a rate, in the forms that tools take; each made once, when it is first asked for."""

    seconds: int
    rate: int

    @property
    def name(self) -> str:
        """Its length and its rate in kHz."""
        length = {600: "10 min", 3600: "1 h"}.get(self.seconds, f"{self.seconds} s")
        return f"{length}, {self.rate / 1000:g} kHz"

    @property
    def samples(self) -> int:
        """How many."""
        return self.seconds * self.rate

    @cached_property
    def integers(self) -> Array:
        """As int16."""
        return repeated(minute(self.rate), self.samples)

    @cached_property
    def floats(self) -> Array:
        """As float32 in [-1, 1]."""
        return repeated(minute(self.rate).astype(np.float32) / np.float32(32768), self.samples)

    @cached_property
    def large_floats(self) -> Array:
        """As float32 at the scale of 16 bits."""
        return repeated(minute(self.rate).astype(np.float32), self.samples)

    @cached_property
    def lists(self) -> list[list[float]]:
        """As lists of Python floats of a minute at most, at the scale of 16 bits; they are one and the same list."""
        listed: list[float] = minute(self.rate).tolist()
        whole, rest = divmod(self.samples, len(listed))
        return [listed] * whole + [listed[:rest]] * (rest > 0)


def repeated(part: Array, samples: int) -> Array:
    return np.resize(part, samples)


@lru_cache(maxsize=1)
def minute(rate: int) -> Array:
    """int16: five chords of three tones each second, over noise, all fading and swelling."""
    random = np.random.default_rng(0)
    time = np.arange(MINUTE * rate) / rate
    sound = 500 * random.standard_normal(len(time))
    pitches = np.exp(random.uniform(np.log(80), np.log(5000), (3, 5 * MINUTE)))
    for tone in pitches:
        sound += 3000 * np.sin(2 * np.pi * np.cumsum(np.repeat(tone, rate // 5)) / rate)
    sound *= 0.55 + 0.45 * np.sin(2 * np.pi * 0.7 * time)
    return np.asarray(np.round(sound), dtype=np.int16)
