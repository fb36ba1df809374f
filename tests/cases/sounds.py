"""Sounds to be described by every dialect: of each kind that a tool may trip over, made from seeds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def noise(samples: int, seed: int = 0) -> Floats:
    """White noise, some of it near full scale."""
    return np.random.default_rng(seed).uniform(-0.9, 0.9, samples)


def tone(samples: int, rate: int) -> Floats:
    """440 Hz at half of full scale."""
    return np.asarray(0.5 * np.sin(2 * np.pi * 440 / rate * np.arange(samples)))


def chirp(samples: int, rate: int) -> Floats:
    """From 0 Hz to half the rate, over the whole of its length, growing louder."""
    place = np.arange(samples) / samples
    return np.asarray(place * np.sin(np.pi * rate / 2 * samples / rate * place**2))


def click(samples: int) -> Floats:
    """One sample in silence."""
    sound = np.zeros(samples)
    sound[samples // 3 + 20] = 1
    return sound


def voice(samples: int, rate: int, seed: int = 1) -> Floats:
    """Something like speech: a buzz of 110 Hz with formants by falling harmonics, a breath of noise, pauses."""
    time = np.arange(samples) / rate
    buzz = sum(np.sin(2 * np.pi * 110 * h * time + h * h) / h for h in range(1, int(rate / 2 / 110)))
    swell = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)
    breath = np.random.default_rng(seed).standard_normal(samples)
    return np.asarray(0.15 * buzz * swell + 0.003 * breath)


def sounds(samples: int, rate: int) -> dict[str, Floats]:
    """All of them, by name; floats in [-1, 1]."""
    return {
        "noise": noise(samples),
        "tone": tone(samples, rate),
        "chirp": chirp(samples, rate),
        "silence": np.zeros(samples),
        "click": click(samples),
        "voice": voice(samples, rate),
        "quiet": 1e-6 * noise(samples, seed=2),
    }


def sixteen_bits(sound: Floats) -> npt.NDArray[np.int16]:
    """A sound of floats as a file of 16 bits holds it."""
    return np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)


NAMES = tuple(sounds(1000, 8000))
