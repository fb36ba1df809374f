"""Filters in the process: cnnkit beside SciPy and OpenCV, the outputs compared first.

python benchmarks/bench_convolution.py [ROUNDS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from scipy import ndimage
from timing import interleaved, machine, table

import cnnkit

THREADS = 2
SIZES = {"600x400": (400, 600), "12 Mpixel": (3000, 4000)}


def images() -> dict[str, np.ndarray[Any, Any]]:
    random = np.random.default_rng(0)
    found: dict[str, np.ndarray[Any, Any]] = {}
    for name, (rows, columns) in SIZES.items():
        found[f"{name} grey uint8"] = random.integers(0, 256, (rows, columns), dtype=np.uint8)
        found[f"{name} grey float32"] = random.random((rows, columns), dtype=np.float32)
        found[f"{name} RGB uint8"] = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    return found


def rivals(image: np.ndarray[Any, Any], kernel: np.ndarray[Any, Any]) -> dict[str, Callable[[], Any]]:
    grid = kernel if image.ndim == 2 else kernel[:, :, None]
    return {
        "cnnkit": lambda: cnnkit.convolve(image, kernel, threads=THREADS),
        "SciPy": lambda: ndimage.correlate(image, grid, output=np.float32, mode="constant"),
        "OpenCV": lambda: cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT),
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    cv2.setNumThreads(THREADS)
    random = np.random.default_rng(1)
    rows = []
    for name, image in images().items():
        for size in (3, 5, 7, 11):
            kernel = random.integers(-4, 5, (size, size)).astype(np.float32)
            calls = rivals(image, kernel)
            ours, scipy, opencv = (call() for call in calls.values())
            bound = 1e-5 * float(np.abs(kernel).sum()) * float(image.max())
            np.testing.assert_allclose(ours, scipy, atol=bound)
            np.testing.assert_allclose(ours, opencv, atol=bound)
            seconds = interleaved(calls, rounds=rounds)
            times = [f"{1e3 * seconds[rival]:.1f}" for rival in calls]
            ratios = [f"{seconds['cnnkit'] / seconds[rival]:.2f}" for rival in ("SciPy", "OpenCV")]
            rows.append([name, f"{size}x{size}", *times, *ratios])
    print(f"{machine()}; {THREADS} threads, median of {rounds}, interleaved; output float32\n")
    head = ["image", "kernel", "cnnkit ms", "SciPy ms", "OpenCV ms", "ratio to SciPy", "ratio to OpenCV"]
    print(table(head, rows))


if __name__ == "__main__":
    main()
