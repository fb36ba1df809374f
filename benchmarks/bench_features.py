"""MFCCs in the process: cnnkit beside python_speech_features, the outputs compared first.

python benchmarks/bench_features.py [ROUNDS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import python_speech_features as psf
from timing import interleaved, machine, table

import cnnkit

SOUNDS = {"10 s at 16 kHz": (10, 16000, 512), "60 s at 16 kHz": (60, 16000, 512), "60 s at 44.1 kHz": (60, 44100, 2048)}
"""Seconds, rate, and the FFT that holds a frame of 25 ms."""


def rivals(samples: npt.NDArray[np.int16], rate: int, n_fft: int) -> dict[str, Callable[[], npt.NDArray[np.floating]]]:
    return {
        "cnnkit": lambda: cnnkit.mfcc(samples, rate, dialect="psf")[:, :, 0],
        "psf": lambda: psf.mfcc(samples, rate, nfft=n_fft),
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    rows = []
    for name, (seconds, rate, n_fft) in SOUNDS.items():
        samples = np.random.default_rng(0).integers(-20000, 20000, seconds * rate).astype(np.int16)
        calls = rivals(samples, rate, n_fft)
        ours, theirs = (call() for call in calls.values())
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)
        times = interleaved(calls, rounds=rounds)
        ratio = f"{times['cnnkit'] / times['psf']:.2f}"
        rows.append([name, f"{1e3 * times['cnnkit']:.1f}", f"{1e3 * times['psf']:.1f}", ratio])
    print(f"{machine()}; median of {rounds}, interleaved; 13 coefficients, frames of 25 ms every 10 ms\n")
    print(table(["sound", "cnnkit ms", "python_speech_features ms", "ratio"], rows))


if __name__ == "__main__":
    main()
