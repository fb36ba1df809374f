"""Makes sounds of three kinds to train with: tones, chirps (tones that rise or fall) and noises, a second each.

python sounds.py [FOLDER [COUNT]]

The folder gets a folder for each kind, with COUNT (60) files of 8,000 samples a second in each, the same every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile

RATE, SECONDS = 8000, 1


def samples(kind: str, draw: np.random.Generator) -> np.ndarray:
    """One sound: its pitch, loudness and direction are drawn, and some noise is in all of them."""
    time = np.arange(RATE * SECONDS) / RATE
    low, high = draw.uniform(200, 1000), draw.uniform(1500, 3500)
    hiss = draw.normal(size=time.size)
    if kind == "tones":
        sound = np.sin(2 * np.pi * draw.uniform(low, high) * time)
    elif kind == "chirps":
        begin, end = (low, high) if draw.random() < 0.5 else (high, low)
        sound = np.sin(2 * np.pi * (begin * time + (end - begin) * time**2 / (2 * SECONDS)))
    else:
        width = int(draw.integers(1, 5))
        sound = np.convolve(hiss, np.ones(width) / width, "same")
    made: np.ndarray = draw.uniform(0.1, 0.5) * (sound / np.abs(sound).max() + 0.02 * hiss)
    return made


def make(folder: Path, count: int) -> None:
    """Write them all."""
    draw = np.random.default_rng(0)
    for kind in ("tones", "chirps", "noises"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            soundfile.write(folder / kind / f"{number:02}.wav", samples(kind, draw).clip(-1, 1), RATE)


if __name__ == "__main__":
    make(Path(sys.argv[1] if len(sys.argv) > 1 else "sounds"), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
