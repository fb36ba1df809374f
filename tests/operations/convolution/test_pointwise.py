"""Products of matrices against those of NumPy, for every number of pixels and kernels."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.layer import PIXELS
from cnnkit.operations.convolution.layer import pack
from cnnkit.operations.convolution.pointwise import FLOAT32, TILE, multiply
from cnnkit.operations.convolution.problem import Finish
from cnnkit.operations.network.work import WorkList


def multiplied(pixels: int, depth: int, kernels: int, threads: int = 1, low: float = -np.inf) -> tuple[Any, Any]:
    """The product, with a bias, and that of NumPy; nothing may be read behind the last pixel."""
    draw = np.random.default_rng(0)
    flat = draw.integers(-3, 4, pixels * depth).astype(np.float32)
    weights, bias = draw.integers(-3, 4, (depth, kernels)).astype(np.float32), draw.integers(-9, 9, kernels)
    packed = pack(weights.reshape(1, 1, depth, kernels), kernels, TILE)
    biases = np.zeros((-(-kernels // TILE) + 1) * TILE, np.float32)
    biases[:kernels] = bias
    room = np.full(pixels * kernels + 5, 77, np.float32)
    work = WorkList(threads)
    out = room[: pixels * kernels].reshape(pixels, kernels)
    multiply(work, threads, flat, packed, biases, Finish(low=low).arguments(FLOAT32), out)
    for one in work.work:
        one()
    assert (room[pixels * kernels :] == 77).all()
    return out, np.maximum(flat.reshape(pixels, depth) @ weights + bias, low)


@pytest.mark.parametrize("pixels", [1, PIXELS - 1, PIXELS, PIXELS + 1, 8 * PIXELS + 1])
@pytest.mark.parametrize("kernels", [1, TILE - 1, TILE, TILE + 1, 3 * TILE + 2])
def test_sizes(pixels: int, kernels: int) -> None:
    for depth in (1, 7, 70):
        np.testing.assert_array_equal(*multiplied(pixels, depth, kernels))


def test_in_plain_python_and_limited(engine: str) -> None:
    np.testing.assert_array_equal(*multiplied(PIXELS + 2, 3, TILE + 1, low=0.0))


@pytest.mark.parametrize("pixels", [5, 300])
def test_threads_share_pixels_or_kernels(pixels: int) -> None:
    for threads in (2, 3):
        np.testing.assert_array_equal(*multiplied(pixels, 200, 5 * TILE + 3, threads))
