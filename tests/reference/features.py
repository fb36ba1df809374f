"""The slow twin of MFCCs and of the steps towards them: every frame by itself, every sum as a textbook writes it.

The Fourier transform is the sum of its definition, the bands are triangles asked bin by bin, nothing is shared
between frames. Source of the recipe: python_speech_features 0.6.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from typing import Any

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
    taper: str = "none",
    preemphasis: float = 0.97,
    n_mels: int = 26,
    fmin: float = 0.0,
    fmax: float | None = None,
    n_mfcc: int = 13,
    lifter: float = 22.0,
    energy: bool = True,
) -> list[list[float]]:
    """Logarithms of every frame's spectrum (spectrogram) or bands (logmel), or its coefficients (mfcc)."""
    heard = emphasised(samples, framing, preemphasis, first_sample(framing, frame_length, hop_length, n_fft))
    bands = triangles(n_mels, n_fft, rate, fmin, rate / 2 if fmax is None else fmax)
    rows = []
    for start in starts(len(samples), framing, frame_length, hop_length, n_fft):
        frame = [heard(start + n) * taper_value(taper, n, frame_length) for n in range(frame_length)]
        power = [abs(term) ** 2 / n_fft for term in fourier(frame, n_fft)]
        logs = [math.log(sum(w * p for w, p in zip(band, power, strict=True)) or SMALLEST) for band in bands]
        coefficients = [cosine_sum(logs, c) * lift(lifter, c) for c in range(n_mfcc)]
        if energy:
            coefficients[0] = math.log(sum(power) or SMALLEST)
        spectrum = [math.log(p or SMALLEST) for p in power]
        rows.append({"spectrogram": spectrum, "logmel": logs, "mfcc": coefficients}[kind])
    return rows


def first_sample(framing: str, length: int, hop: int, n_fft: int) -> int:
    """Where frame 0 begins."""
    if framing == "center":
        return (n_fft - length) // 2 - n_fft // 2
    return hop // 2 - length // 2 if framing == "kaldi" else 0


def starts(samples: int, framing: str, length: int, hop: int, n_fft: int) -> list[int]:
    """Where every frame begins."""
    count = {
        "pad-end": math.ceil(samples / hop),
        "center": 1 + samples // hop,
        "valid": 1 + (samples - length) // hop,
        "psf": 1 + max(0, math.ceil((samples - length) / hop)),
        "kaldi": (samples + hop // 2) // hop,
    }[framing]
    return [first_sample(framing, length, hop, n_fft) + t * hop for t in range(count)]


def sample_at(samples: Sequence[float], place: int, framing: str) -> float:
    """The sound, which goes on beyond its ends: as zeros, or for kaldi mirrored with the last sample repeated."""
    if 0 <= place < len(samples):
        return float(samples[place])
    if framing != "kaldi":
        return 0.0
    while not 0 <= place < len(samples):
        place = -1 - place if place < 0 else 2 * len(samples) - 1 - place
    return float(samples[place])


def emphasised(samples: Sequence[float], framing: str, k: float, first: int) -> Callable[[int], float]:
    """The sound after preemphasis, by place. The very first sample of it all, padding included, stays as it is."""

    def at(place: int) -> float:
        if framing == "psf" and place >= len(samples):
            return 0.0
        before = 0.0 if place <= min(first, 0) else sample_at(samples, place - 1, framing)
        return sample_at(samples, place, framing) - k * before

    return at


def taper_value(word: str, n: int, length: int) -> float:
    """What sample `n` of a frame is multiplied with."""
    if word == "hann":
        return 0.5 - 0.5 * math.cos(2 * math.pi * n / length)
    if word == "hamming":
        return 0.54 - 0.46 * math.cos(2 * math.pi * n / max(length - 1, 1))
    return 1.0


def fourier(frame: Sequence[float], n_fft: int) -> list[complex]:
    """The bins from 0 to half the rate, by definition."""
    turns = [cmath.exp(-2j * math.pi * place / n_fft) for place in range(n_fft)]
    return [sum(x * turns[k * n % n_fft] for n, x in enumerate(frame)) for k in range(n_fft // 2 + 1)]


def triangles(n_mels: int, n_fft: int, rate: int, fmin: float, fmax: float) -> list[list[float]]:
    """The weight of every bin in every band."""
    low, high = (2595 * math.log10(1 + edge / 700) for edge in (fmin, fmax))
    points = [low + (high - low) / (n_mels + 1) * m for m in range(n_mels + 1)] + [high]
    edges = [math.floor((n_fft + 1) * (700 * (10 ** (point / 2595) - 1)) / rate) for point in points]

    def weight(m: int, k: int) -> float:
        left, peak, right = edges[m : m + 3]
        if left <= k < peak:
            return (k - left) / (peak - left)
        return (right - k) / (right - peak) if peak <= k < right else 0.0

    return [[weight(m, k) for k in range(n_fft // 2 + 1)] for m in range(n_mels)]


def cosine_sum(values: Sequence[float], c: int) -> float:
    """Term `c` of the orthonormal DCT-II."""
    total = sum(v * math.cos(math.pi * c * (2 * m + 1) / (2 * len(values))) for m, v in enumerate(values))
    return total * math.sqrt((1 if c == 0 else 2) / len(values))


def lift(q: float, c: int) -> float:
    """What coefficient `c` is multiplied with."""
    return 1 + q / 2 * math.sin(math.pi * c / q) if q else 1.0
