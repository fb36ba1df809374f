"""The slow twin of MFCCs and of the steps towards them: every frame by itself, every sum as a textbook writes it.

The Fourier transform is the sum of its definition, and nothing is shared between frames but the loudest value of the
clip, where a recipe holds the others near it. Every field of a recipe is a keyword of the same name; those not given
are python_speech_features' own. Source of the recipes: the tables of the dialects.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from typing import Any

from tests.reference.bands import triangles
from tests.reference.frames import (
    emphasised,
    emphasised_frame,
    scaled,
    starts,
    taper_value,
    without_mean,
)

SMALLEST = 2.220446049250313e-16


def mfcc(samples: Sequence[float], rate: int, **settings: Any) -> list[list[float]]:
    """Coefficients of every frame."""
    return features(samples, rate, "mfcc", **settings)


def features(
    samples: Sequence[float],
    rate: int,
    kind: str,
    *,
    frame_length: int,
    hop_length: int,
    n_fft: int,
    framing: str,
    frame_place: str = "start",
    pad_mode: str | None = None,
    scale: str = "as-is",
    full_scale: float | None = None,
    remove_mean: bool = False,
    preemphasis: float = 0.97,
    preemphasis_over: str = "sound",
    taper: str = "none",
    spectrum: str = "power/n_fft",
    mel_scale: str = "htk",
    mel_family: str = "bin",
    mel_norm: str = "none",
    mel_bins: str = "all",
    half_rate: str = "exact",
    n_mels: int = 26,
    fmin: float = 0.0,
    fmax: float | None = None,
    log: str = "ln",
    log_floor: float = SMALLEST,
    log_guard: str = "zero",
    log_range: float | None = None,
    log_ref: float | str | None = None,
    log_shift: float = 0.0,
    log_gain: float = 1.0,
    dct: str = "ortho",
    n_mfcc: int = 13,
    lifter: float = 22.0,
    lifter_first: int = 0,
    energy: bool = True,
    energy_of: str = "spectrum",
    c0: str = "first",
    **_: Any,
) -> list[list[float]]:
    """Every frame's spectrum (spectrogram), bands (mel; logmel their logarithms) or coefficients (mfcc)."""
    if pad_mode is None:
        pad_mode = "symmetric" if framing == "kaldi" else "zero"
    if fmax is None:
        fmax = rate // 2 if half_rate == "floor" else rate / 2
    shape = {"scale": mel_scale, "family": mel_family, "norm": mel_norm, "bins": mel_bins, "half_rate": half_rate}
    bands = triangles(n_mels, n_fft, rate, fmin, fmax, **shape) if kind != "spectrogram" else []
    over_all = preemphasis if preemphasis_over == "sound" else 0.0
    places = starts(len(samples), framing, frame_length, hop_length, n_fft, frame_place)
    heard = emphasised(scaled(samples, scale, full_scale), framing, pad_mode, over_all, places[0])

    def logarithm(value: float) -> float:
        return value if log == "none" else logarithm_of(guarded(value, log_guard, log_floor), log)

    rows, energies = [], []
    for start in places:
        frame = [heard(start + n) for n in range(frame_length)]
        if remove_mean:
            frame = without_mean(frame)
        power_of_frame = math.fsum(x * x for x in frame)
        if preemphasis_over == "frame":
            frame = emphasised_frame(frame, preemphasis)
        tapered = [x * taper_value(taper, n, frame_length) for n, x in enumerate(frame)]
        heights = [strength(term, spectrum, n_fft) for term in fourier(tapered, n_fft)]
        energies.append(logarithm(power_of_frame if energy_of == "frame" else math.fsum(heights)))
        sums = [math.fsum(w * p for w, p in zip(band, heights, strict=True)) for band in bands]
        rows.append(heights if kind == "spectrogram" else sums)
    if kind == "mel":
        return rows
    logs = [[logarithm(value) for value in row] for row in rows]
    largest = max(max(row) for row in logs)
    lowest = -math.inf if log_range is None else largest - log_range
    reference = largest if log_ref == "max" else 0.0 if log_ref is None else logarithm(float(log_ref))
    logs = [[(max(value, lowest) - reference + log_shift) * log_gain for value in row] for row in logs]
    if kind != "mfcc":
        return logs
    out = []
    for row, loudness in zip(logs, energies, strict=True):
        coefficients = [cosine_sum(row, c, dct) * lift(lifter, c + lifter_first) for c in range(n_mfcc)]
        if energy:
            coefficients[0] = loudness
        out.append(coefficients if c0 == "first" else [*coefficients[1:], coefficients[0]])
    return out


def fourier(frame: Sequence[float], n_fft: int) -> list[complex]:
    """The bins from 0 to half the rate, by definition."""
    turns = [cmath.exp(-2j * math.pi * place / n_fft) for place in range(n_fft)]
    return [sum(x * turns[k * n % n_fft] for n, x in enumerate(frame)) for k in range(n_fft // 2 + 1)]


def strength(term: complex, spectrum: str, n_fft: int) -> float:
    """What of a bin goes into the bands."""
    return {"magnitude": abs(term), "power": abs(term) ** 2, "power/n_fft": abs(term) ** 2 / n_fft}[spectrum]


def guarded(value: float, guard: str, floor: float) -> float:
    """A value whose logarithm is finite."""
    return {"zero": value or floor, "max": max(value, floor), "add": value + floor}[guard]


def logarithm_of(value: float, word: str) -> float:
    """One of the logarithms."""
    return {"ln": math.log(value), "log10": math.log10(value), "db": 10 * math.log10(value)}[word]


def cosine_sum(values: Sequence[float], c: int, word: str = "ortho") -> float:
    """Term `c` of the DCT-II: orthonormal, or as in HTK, whose term 0 is larger by a factor of sqrt(2)."""
    total = math.fsum(v * math.cos(math.pi * c * (2 * m + 1) / (2 * len(values))) for m, v in enumerate(values))
    return total * math.sqrt((1 if c == 0 and word == "ortho" else 2) / len(values))


def lift(q: float, c: int) -> float:
    """What coefficient `c` is multiplied with."""
    return 1 + q / 2 * math.sin(math.pi * c / q) if q else 1.0
