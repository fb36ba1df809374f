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
RIVALS = ("cnnkit", "SciPy", "OpenCV")
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
    """The same sums by each: one grid on every channel, or a grid for each channel and their sum."""
    grid = kernel if image.ndim == kernel.ndim else kernel[:, :, None]
    calls: dict[str, Callable[[], Any]] = {
        "cnnkit": lambda: cnnkit.convolve(image, kernel, threads=THREADS),
        "SciPy": lambda: ndimage.correlate(image, grid, output=np.float32, mode="constant"),
    }
    if kernel.ndim == 3:
        # SciPy slides over the depth too; its middle channel is the sum over all three.
        return calls | {"SciPy": lambda: ndimage.correlate(image, grid, output=np.float32, mode="constant")[:, :, 1:2]}
    return calls | {"OpenCV": lambda: cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)}


def kernels(image: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    random = np.random.default_rng(1)
    shapes: list[tuple[int, ...]] = [(size, size) for size in (3, 5, 7, 11)]
    shapes += [(3, 3, 3)] if image.ndim == 3 else []
    return [random.integers(-4, 5, shape).astype(np.float32) for shape in shapes]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    cv2.setNumThreads(THREADS)
    rows = []
    for name, image in images().items():
        for kernel in kernels(image):
            calls = rivals(image, kernel)
            ours, *theirs = (call() for call in calls.values())
            bound = 1e-5 * float(np.abs(kernel).sum()) * float(image.max())
            for other in theirs:
                np.testing.assert_allclose(ours, other, atol=bound)
            seconds = interleaved(calls, rounds=rounds)
            times = [f"{1e3 * seconds[rival]:.1f}" if rival in seconds else "" for rival in RIVALS]
            ratios = [f"{seconds['cnnkit'] / seconds[rival]:.2f}" if rival in seconds else "" for rival in RIVALS[1:]]
            rows.append([name, "x".join(map(str, kernel.shape)), *times, *ratios])
    print(f"{machine()}; {THREADS} threads, median of {rounds}, interleaved; output float32\n")
    head = ["image", "kernel", *(f"{rival} ms" for rival in RIVALS), *(f"ratio to {rival}" for rival in RIVALS[1:])]
    print(table(head, rows))


if __name__ == "__main__":
    main()
