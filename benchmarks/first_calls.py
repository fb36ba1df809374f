"""One process that convolves for the first time, and then again: prints both times as JSON, in seconds.

    python benchmarks/first_calls.py CASE

The imports are done before; a first call loads its loops, or compiles them if the folder of loops is empty.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit import convolve

STEADY = 7
THREADS = 2
STACK = (
    # kernel, depth, kernels, groups, stride
    (3, 3, 32, 1, 1),
    (3, 32, 64, 1, 1),
    (5, 64, 64, 1, 2),
    (3, 1, 64, 64, 1),
    (1, 64, 128, 1, 1),
)


def cases() -> dict[str, Callable[[], Any]]:
    random = np.random.default_rng(0)
    photo = random.integers(0, 256, (400, 600), dtype=np.uint8)
    sharpen = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    large = random.standard_normal((31, 31))
    samples = random.random((112, 112, 3), dtype=np.float32)
    layers = [
        (random.standard_normal((size, size, depth, kernels)), groups, stride)
        for size, depth, kernels, groups, stride in STACK
    ]

    def stack() -> Any:
        maps = samples
        for weights, groups, stride in layers:
            maps = convolve(maps, weights, groups=groups, stride=stride, threads=THREADS)
        return maps

    return {
        "3x3 on 600x400 uint8": lambda: convolve(photo, sharpen, dtype=np.uint8, threads=THREADS),
        "gaussian on 600x400 uint8": lambda: convolve(photo, "gaussian", dtype=np.uint8, threads=THREADS),
        "31x31 on 600x400 uint8": lambda: convolve(photo, large, threads=THREADS),
        "112x112x3 through conv3-32, conv3-64, conv5-64 s2, depthwise 3x3, conv1-128": stack,
    }


def seconds_of(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    call = cases()[sys.argv[1]]
    first = seconds_of(call)
    print(json.dumps({"first": first, "steady": statistics.median(seconds_of(call) for _ in range(STEADY))}))


if __name__ == "__main__":
    main()
