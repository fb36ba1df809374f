"""What the features benchmark measures: jobs, sounds, and how near results must be.

A sound is a minute that repeats: chords and noise at the scale of 16 bits, of a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from harness import OURS, Difference

Array = np.ndarray[Any, Any]

PSF, LIBROSA, KALDI, ASRFRONT = "psf", "librosa", "kaldi-native-fbank", "asrfront"

DEFAULT_SIZES = (10, 60, 600, 3600)
"""Seconds."""
RATES = (16000, 22050, 44100)
MINUTE = 60
"""Seconds after which a sound repeats."""


@dataclass(frozen=True)
class Job:
    """Features as one system makes them; `dialect`, `kind` and `settings` are those of `cnnkit.features`."""

    name: str
    dialect: str
    kind: str
    bars: Mapping[str, float]  # for each peer with a bar, the largest share of its time that ours may be
    allowed: float  # the largest difference of any number from cnnkit's
    settings: Mapping[str, Any] = field(default_factory=dict)
    rates: tuple[int, ...] = RATES

    @property
    def precision(self) -> str:
        """The dtype in which the dialect computes."""
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


PARTS = (*JOBS, "stages")


@dataclass(frozen=True)
class Sound:
    """Some seconds at a rate, in the forms that tools take; each made once, when it is first used."""

    seconds: int
    rate: int

    @property
    def name(self) -> str:
        """Its length and its rate in kHz."""
        length = {600: "10 min", 3600: "1 h"}.get(self.seconds, f"{self.seconds} s")
        return f"{length}, {self.rate / 1000:g} kHz"

    @property
    def samples(self) -> int:
        """Their number."""
        return self.seconds * self.rate

    @cached_property
    def integers(self) -> Array:
        """As int16."""
        return np.resize(minute(self.rate), self.samples)

    @cached_property
    def floats(self) -> Array:
        """As float32 in [-1, 1]."""
        return np.resize(minute(self.rate).astype(np.float32) / np.float32(32768), self.samples)

    @cached_property
    def large_floats(self) -> Array:
        """As float32 at the scale of 16 bits."""
        return np.resize(minute(self.rate).astype(np.float32), self.samples)

    @cached_property
    def lists(self) -> list[list[float]]:
        """As lists of Python floats of a minute at most, at the scale of 16 bits; they are one and the same list."""
        listed: list[float] = minute(self.rate).tolist()
        whole, rest = divmod(self.samples, len(listed))
        return [listed] * whole + [listed[:rest]] * (rest > 0)


@dataclass(frozen=True)
class Case:
    """One row: a job on a sound."""

    job: Job
    sound: Sound

    @property
    def name(self) -> str:
        return self.sound.name

    @property
    def bars(self) -> Mapping[str, float]:
        return self.job.bars

    def check(self) -> Callable[[str, Any], Difference]:
        """Compares all numbers of results with cnnkit's."""
        expected = np.empty((0, 0))

        def compare(name: str, result: Any) -> Difference:
            nonlocal expected
            if name == OURS:
                expected = result[:, :, 0]
            return Difference(difference(as_rows(result, expected.shape[1]), expected), self.job.allowed)

        return compare


def sections(parts: list[str], lengths: list[int]) -> dict[str, Iterable[Case]]:
    """What is measured, by title."""
    return {JOBS[part].name: cases(JOBS[part], lengths) for part in parts if part in JOBS}


def cases(job: Job, lengths: list[int]) -> Iterator[Case]:
    for seconds in lengths:
        for rate in job.rates:
            yield Case(job, Sound(seconds, rate))


def as_rows(result: Any, columns: int) -> Array:
    """(frames, columns) from what a rival returns."""
    array: Array = np.asarray(result)
    if array.ndim == 3:
        return array[:, :, 0]
    return array if array.shape[1] == columns else array.T


def difference(result: Array, expected: Array) -> float:
    """The largest, looked for in parts, to need no copies."""
    if result.shape != expected.shape:
        return float("inf")
    step = 2**16
    parts = range(0, len(expected), step)
    return max(float(np.abs(result[at : at + step] - expected[at : at + step]).max()) for at in parts)


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
