"""Windows of one sample: a product of two matrices, read from where the image lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.arrays import Array, flat_pixels
from cnnkit.geometry.blocks import cut
from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution.layer import PIXELS, WIDE_BYTES, Layer
from cnnkit.loops.convolution.pointwise import convolve_pixels
from cnnkit.loops.convolution.segments import pixel
from cnnkit.loops.machine.threads import MAX_THREADS, available_threads
from cnnkit.operations.convolution.layer import PRODUCTS_WORTH_A_THREAD, pack
from cnnkit.operations.convolution.problem import Problem

FLOAT32 = np.dtype(np.float32)
TILE = WIDE_BYTES // FLOAT32.itemsize
"""Kernels that weights are packed for."""

UNEVEN = 1.1
"""How much longer the slowest thread may take so that threads share what is larger, pixels or weights."""


def run(problem: Problem) -> None:
    """Fill the result of float32 samples, for weights of four dimensions and one group."""
    weights, kernels = problem.plan.weights, problem.plan.weights.shape[3]

    def prepare() -> tuple[Array, Array]:
        return pack(weights, kernels, TILE).astype(FLOAT32), filled(problem.convolution.bias, kernels, TILE)

    packed, bias = problem.prepared(("pointwise", problem.convolution.key), prepare)
    finish = problem.finish.arguments(FLOAT32)
    multiply(problem.start, problem.threads, problem.samples.reshape(-1), packed, bias, finish, problem.out)


def multiply(
    start: Callable[..., None],
    threads: int | None,
    flat: Array,
    packed: Array,
    bias: Array,
    finish: tuple[Any, ...],
    out: Array,
) -> None:
    """Have `start` run the loop that multiplies each pixel, some samples of `flat`, with weights into `out`.

    `out` is (..., kernels). Weights are (tiles, depth, TILE), as `pack` orders them, biases are filled up to whole
    tiles, and `finish` is what `Finish.arguments` gives.
    """
    kernels, depth = out.shape[-1], packed.shape[1]
    flat_out, pixel_step = flat_pixels(out)
    pixels = out.size // kernels
    blocks = cut(place((1, pixels), Window((1, 1))), depth, FLOAT32.itemsize)
    pixel_tiles = -(-pixels // PIXELS)
    parts = len(packed) if _shares_kernels(pixel_tiles, len(packed), flat.size < packed.size, threads) else 1
    start(
        convolve_pixels,
        len(packed) if parts > 1 else pixel_tiles,
        pixels * depth * kernels,
        threads,
        flat,
        packed.reshape(-1),
        *pixel(Window((1, 1)), blocks, depth, TILE, PIXELS),
        bias,
        *finish,
        flat_out,
        pixels,
        depth,
        Layer(kernels, kernels, depth, packed[0].size, parts, 0, pixel_step),
        scratch=((PIXELS * depth, FLOAT32), (PIXELS * TILE, FLOAT32)),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def _shares_kernels(pixel_tiles: int, kernel_tiles: int, has_more_weights: bool, threads: int | None) -> bool:
    """Whether each thread has some of the kernels and goes over all pixels, or has some of the pixels.

    What is larger, pixels or weights, is shared, unless that is uneven: so each thread reads less of it.

    >>> _shares_kernels(9, 80, True, 2), _shares_kernels(33, 6, False, 2), _shares_kernels(9, 4, False, 2)
    (True, False, True)
    """
    most = min(available_threads() if threads is None else threads, MAX_THREADS)
    by_pixels, by_kernels = (-(-tiles // most) / tiles for tiles in (pixel_tiles, kernel_tiles))
    return by_kernels <= by_pixels * UNEVEN if has_more_weights else by_kernels * UNEVEN < by_pixels


def filled(bias: Array | None, kernels: int, tile: int) -> Array:
    """The biases, filled up to whole tiles and a vector more."""
    found = np.zeros((-(-kernels // tile) + 1) * tile, FLOAT32)
    found[:kernels] = 0 if bias is None else bias
    return found
