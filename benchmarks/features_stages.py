"""Where the time of features goes, by their stages.

No clock is built into the package: a stage's time is the difference between a kind of features and the one before it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from features_cases import Sound
from report import milliseconds, table
from timing import settled

import cnnkit

STAGED: dict[str, dict[str, Any]] = {"psf": {}, "librosa": {"n_mfcc": 13}, "kaldi": {}}
STAGED_RATES = (16000, 44100)
NARROW = {"n_mels": 1, "fmin": 0, "fmax": 300}
"""One band of few bins, which costs next to nothing and writes next to nothing."""
BARE = {"taper": "none", "preemphasis": 0, "remove_mean": False}
STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "cut, FFT, power": ("mel", NARROW | BARE),
    "mean, preemphasis, taper": ("mel", NARROW),
    "bands": ("mel", {}),
    "log": ("logmel", {}),
    "DCT, lifter, energy": ("mfcc", {}),
    "a spectrogram": ("spectrogram", {}),
}
"""For each stage, the features that end with it."""


def stages(seconds: int, rounds: int) -> str:
    """The time of every stage, with one thread, and its share."""
    rows = []
    for dialect, settings in STAGED.items():
        for rate in STAGED_RATES:
            sound = Sound(seconds, rate)
            try:
                calls = staged(dialect, sound, settings)
                for call in calls.values():
                    call()
            except cnnkit.CnnkitError as error:
                print(f"cnnkit cannot: stages of {dialect}: {error}", file=sys.stderr, flush=True)
                continue
            times = settled(calls, rounds=rounds, seconds=2)
            spectrogram = times.pop("a spectrogram")
            whole, before, cells = times["DCT, lifter, energy"], 0.0, []
            for taken in times.values():
                cells.append(f"{milliseconds(taken - before)} ({100 * (taken - before) / whole:.0f} %)")
                before = taken
            rows.append([f"{dialect}, {sound.name}", milliseconds(whole), *cells, milliseconds(spectrogram)])
    text = table(["13 MFCC as", "ms", *list(STEPS)[:-1], "a spectrogram, ms"], rows)
    return f"### Stages, 1 thread\n\n{text}"


def staged(dialect: str, sound: Sound, settings: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    samples = sound.floats if dialect == "librosa" else sound.integers

    def call(kind: str, more: dict[str, Any]) -> Callable[[], Any]:
        return lambda: cnnkit.features(
            samples, sound.rate, kind, dialect=dialect, threads=1, **(settings if kind == "mfcc" else {}), **more
        )

    return {stage: call(kind, more) for stage, (kind, more) in STEPS.items()}
