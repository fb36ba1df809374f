"""The slow twin of cutting a sound into frames: one sample is asked for at a time, nothing is shared.

Source: the tables of the dialects (python_speech_features, librosa, torchaudio, Kaldi, HTK, tf.signal, Whisper).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


def scaled(samples: Sequence[float], scale: str, full_scale: float | None) -> list[float]:
    """The samples as the recipe counts them; `full_scale` is 128 or 32768 of integers, None of floats in [-1, 1]."""
    if scale == "unit" and full_scale is not None:
        return [sample / full_scale for sample in samples]
    if scale == "int16":
        return [sample * 32768 / (full_scale or 1) for sample in samples]
    return [float(sample) for sample in samples]


def first_sample(framing: str, length: int, hop: int, n_fft: int) -> int:
    """Where frame 0 begins."""
    if framing in ("center", "whisper"):
        return (n_fft - length) // 2 - n_fft // 2
    return hop // 2 - length // 2 if framing == "kaldi" else 0


def starts(samples: int, framing: str, length: int, hop: int, n_fft: int, frame_place: str = "start") -> list[int]:
    """Where every frame begins; or of frames that are the middle of an FFT's samples, first where those begin."""
    if frame_place == "middle":
        return [start + (n_fft - length) // 2 for start in starts(samples, framing, n_fft, hop, n_fft)]
    padded = samples + 2 * (n_fft // 2)
    count = {
        "pad-end": math.ceil(samples / hop),
        "center": 1 + (padded - n_fft) // hop,
        "whisper": (padded - n_fft) // hop,
        "valid": 1 + (samples - length) // hop,
        "psf": 1 + max(0, math.ceil((samples - length) / hop)),
        "kaldi": (samples + hop // 2) // hop,
    }[framing]
    return [first_sample(framing, length, hop, n_fft) + t * hop for t in range(count)]


def sample_at(samples: Sequence[float], place: int, pad_mode: str) -> float:
    """The sound, which goes on beyond its ends as the pad mode says."""
    last = len(samples) - 1
    if pad_mode == "zero" and not 0 <= place <= last:
        return 0.0
    if pad_mode == "replicate":
        place = min(max(place, 0), last)
    if pad_mode == "wrap":
        place %= len(samples)
    while not 0 <= place <= last:
        if pad_mode == "reflect":  # about the first and the last sample; a single sample is its own mirror image
            place = 0 if last == 0 else -place if place < 0 else 2 * last - place
        else:  # symmetric: about the sound's ends
            place = -1 - place if place < 0 else 2 * last + 1 - place
    return float(samples[place])


def emphasised(samples: Sequence[float], framing: str, pad_mode: str, k: float, first: int) -> Callable[[int], float]:
    """The sound after a preemphasis over all of it, by place.

    The very first sample of it all, padding included, stays as it is. Where psf pads with zeros, it does so afterwards.
    """

    def at(place: int) -> float:
        if framing == "psf" and pad_mode == "zero" and place >= len(samples):
            return 0.0
        here = sample_at(samples, place, pad_mode)
        return here if place <= min(first, 0) else here - k * sample_at(samples, place - 1, pad_mode)

    return at


def emphasised_frame(frame: Sequence[float], k: float) -> list[float]:
    """Preemphasis of a frame by itself: its first sample stands for the one before it."""
    return [x - k * before for x, before in zip(frame, [frame[0], *frame], strict=False)]


def without_mean(frame: Sequence[float]) -> list[float]:
    """A frame around zero."""
    mean = math.fsum(frame) / len(frame)
    return [x - mean for x in frame]


def taper_value(word: str, n: int, length: int) -> float:
    """What sample `n` of a frame is multiplied with."""
    kind, _, form = word.partition("-")
    if length == 1:
        return 1.0
    around = n / (length if (form or {"hann": "periodic"}.get(kind)) == "periodic" else length - 1)
    one, two, three = (math.cos(2 * math.pi * times * around) for times in (1, 2, 3))
    return {
        "none": 1.0,
        "hann": 0.5 - 0.5 * one,
        "hamming": 0.54 - 0.46 * one,
        "povey": (0.5 - 0.5 * one) ** 0.85,
        "blackman": 0.42 - 0.5 * one + 0.08 * two,
        "blackmanharris": 0.35875 - 0.48829 * one + 0.14128 * two - 0.01168 * three,
        "bartlett": 2 * min(around, 1 - around),
    }[kind]
