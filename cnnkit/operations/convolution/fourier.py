"""Convolution with a large kernel by the products of spectra, tile by tile; the kernel's is prepared once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import Array, Floats, Integers
from cnnkit.geometry.blocks import tiles
from cnnkit.geometry.pair import Pair
from cnnkit.loops.convolution.fourier import convolve_fourier
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.convolution.problem import Problem
from cnnkit.operations.fourier_steps import transform_factors, transform_order, transform_steps

STEPS_PER_SAMPLE = 64
"""Inner steps for each sample of a pair of tiles, by which the work is shared among threads."""


class Spectrum(NamedTuple):
    """A kernel prepared for tiles of one size."""

    size: int  # rows and columns of a tile
    # The conjugate of the kernel's spectrum, divided by `gain` and by the samples of a tile: its real part, then its
    # imaginary part, in the order that `cnnkit.loops.convolution.fourier` leaves a tile in.
    products: Array
    gain: float  # a power of two, at least the sum of the weights' magnitudes, so that no product overflows
    factors: Array  # of the transform, as the next
    steps: Integers
    weights: Array  # one by one
    rows: Integers  # of the weights in the window
    columns: Integers


def prepare(weights: Floats, dilation: Pair, size: int, sum_type: npt.DTypeLike) -> Spectrum:
    """Prepare a kernel for tiles of `size` x `size`, a power of two from 32 up, at least the window's reach."""
    dtype = np.dtype(sum_type)
    a, b = (
        place.ravel() * step for place, step in zip(np.indices(weights.shape, dtype=np.int64), dilation, strict=True)
    )
    magnitude = float(np.abs(weights).sum())
    gain = 2.0 ** math.frexp(magnitude)[1] if magnitude else 1.0
    grid = np.zeros((size, size))
    grid[a, b] = weights.ravel() / gain
    spectrum = np.fft.fft2(grid).conj() / (size * size)
    radices = transform_steps(size)
    places = transform_order(radices)
    # Bands of as many rows as a vector has lanes, each turned.
    lanes = VECTOR_BYTES // dtype.itemsize
    spectrum = spectrum[np.ix_(places, places)].reshape(size // lanes, lanes, size).transpose(0, 2, 1)
    products = arrays.aligned(2 * size * size, dtype)
    products[: size * size] = spectrum.real.ravel()
    products[size * size :] = spectrum.imag.ravel()
    steps, factors = transform_factors(radices)
    flat = arrays.contiguous(weights.ravel(), dtype)
    return Spectrum(size, products, gain, factors.astype(dtype), steps, flat, a, b)


def run(problem: Problem, size: int) -> None:
    """Fill the result, one grid on every channel, by tiles of `size`."""
    plan, dilation = problem.plan, problem.plan.placement.window.dilation
    dtype = plan.sum_type
    spectrum: Spectrum = problem.prepared(
        ("fourier", size, dilation, dtype), lambda: prepare(plan.weights, dilation, size, dtype)
    )
    blocks = tiles(plan.placement, problem.depth, size)
    per_image = -(-blocks.out_rows // blocks.strip) * -(-blocks.out_columns // blocks.width)
    pairs = -(-per_image // 2) * len(problem.samples)
    lanes = VECTOR_BYTES // dtype.itemsize
    problem.start(
        convolve_fourier,
        pairs,
        pairs * size * size * STEPS_PER_SAMPLE,
        problem.threads,
        *problem.image(),
        spectrum.products,
        spectrum.gain,
        spectrum.factors,
        spectrum.steps,
        spectrum.weights,
        spectrum.rows * blocks.row_stride + spectrum.columns,
        float(problem.convolution.bias[0]),
        problem.out.reshape(-1),
        blocks,
        scratch=tuple((count, dtype) for count in (2 * blocks.buffer_size, 2 * size * size, 2 * size * lanes)),
    )
