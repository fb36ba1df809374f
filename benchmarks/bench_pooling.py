"""Pooling in the process: cnnkit beside SciPy and scikit-image, the outputs compared first.

python benchmarks/bench_pooling.py [ROUNDS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import ndimage
from skimage.measure import block_reduce
from timing import interleaved, machine, table

import cnnkit

THREADS = 2


def images() -> dict[str, np.ndarray[Any, Any]]:
    random = np.random.default_rng(0)
    return {
        "12 Mpixel grey uint8": random.integers(0, 256, (3000, 4000), dtype=np.uint8),
        "12 Mpixel grey float32": random.random((3000, 4000), dtype=np.float32),
        "6 Mpixel RGB uint8": random.integers(0, 256, (2000, 3000, 3), dtype=np.uint8),
    }


def works(image: np.ndarray[Any, Any]) -> dict[str, tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """What is done: the peer's name, cnnkit's call and the peer's."""
    blocks = (2, 2) if image.ndim == 2 else (2, 2, 1)
    window = (3, 3) if image.ndim == 2 else (3, 3, 1)
    return {
        "max 2x2": (
            "scikit-image",
            lambda: cnnkit.pool(image, 2, threads=THREADS),
            lambda: block_reduce(image, blocks, np.max),
        ),
        "average 2x2": (
            "scikit-image",
            lambda: cnnkit.pool(image, 2, kind="average", threads=THREADS),
            lambda: block_reduce(image, blocks, np.mean),
        ),
        "max 3x3, stride 1": (
            "SciPy",
            lambda: cnnkit.pool(image, 3, stride=1, padding="same", threads=THREADS),
            lambda: ndimage.maximum_filter(image, window),
        ),
        "average 3x3, stride 1": (
            "SciPy",
            lambda: cnnkit.pool(image, 3, stride=1, kind="average", threads=THREADS),
            lambda: ndimage.uniform_filter(image, window, output=np.float32)[1:-1, 1:-1],
        ),
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rows = []
    for name, image in images().items():
        for work, (peer, ours, theirs) in works(image).items():
            np.testing.assert_allclose(ours(), theirs(), rtol=1e-5, atol=1e-5)
            seconds = interleaved({"cnnkit": ours, peer: theirs}, rounds=rounds)
            times = [f"{1e3 * seconds[rival]:.1f}" for rival in ("cnnkit", peer)]
            rows.append([name, work, peer, *times, f"{seconds['cnnkit'] / seconds[peer]:.2f}"])
    print(f"{machine()}; {THREADS} threads, median of {rounds}, interleaved\n")
    print(table(["image", "pooling", "peer", "cnnkit ms", "peer ms", "ratio"], rows))


if __name__ == "__main__":
    main()
