"""Convolution with a large kernel by the products of spectra: what is made ready once, and the threads that use it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.geometry.blocks import tiles
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Placement
from cnnkit.loops.convolution.fourier import VECTOR_BYTES, convolve_fourier
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.convolution.problem import Array, Problem
from cnnkit.operations.convolution.settings import Floats
from cnnkit.operations.transform import Places, transform_factors, transform_order, transform_steps


class Spectrum(NamedTuple):
    """A kernel made ready for tiles of one size.

    Attributes
    ----------
    size : int
        Rows and columns of a tile.
    products : ndarray, (2 * size * size,)
        The conjugate of the kernel's spectrum, divided by `gain` and by the samples of a tile; its real part, then its
        imaginary part, in the order that `cnnkit.loops.convolution.fourier` leaves a tile in.
    gain : float
        A power of two no smaller than the sum of the weights' magnitudes, so that no product overflows.
    factors, steps : ndarray
        Of the transform.
    weights, rows, columns : ndarray
        The weights one by one, and where in the window each stands.
    """

    size: int
    products: Array
    gain: float
    factors: Array
    steps: Places
    weights: Array
    rows: Places
    columns: Places


def prepare(weights: Floats, dilation: Pair, size: int, sum_type: npt.DTypeLike) -> Spectrum:
    """Make a kernel ready for tiles of `size` x `size`.

    Parameters
    ----------
    weights : ndarray, (rows, columns)
        As they are laid over the image.
    dilation : (int, int)
    size : int
        A power of two from 32 up, no smaller than the window's reach.
    sum_type : dtype
        float32 or float64.
    """
    kind = np.dtype(sum_type)
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
    lanes = VECTOR_BYTES // kind.itemsize
    spectrum = spectrum[np.ix_(places, places)].reshape(size // lanes, lanes, size).transpose(0, 2, 1)
    products = arrays.aligned(2 * size * size, kind)
    products[: size * size] = spectrum.real.ravel()
    products[size * size :] = spectrum.imag.ravel()
    steps, factors = transform_factors(radices)
    flat = arrays.laid_out(weights.ravel(), kind)
    return Spectrum(size, products, gain, factors.astype(kind), steps, flat, a, b)


def run(problem: Problem, size: int) -> None:
    """Fill the result, one grid on every channel, by tiles of `size`."""
    window = problem.placement.window
    spectrum = problem.prepared(
        ("fourier", size, window.dilation, problem.sum_type),
        lambda: prepare(problem.weights, window.dilation, size, problem.sum_type),
    )
    _, rows, columns, constant = problem.image()
    bias = float(problem.asked.bias[0])
    fill(problem.samples, problem.placement, rows, columns, constant, spectrum, bias, problem.out, problem.threads)


def fill(
    samples: Array,
    placement: Placement,
    outside_rows: Places,
    outside_columns: Places,
    constant: float,
    prepared: Spectrum,
    bias: float,
    out: Array,
    threads: int | None,
) -> None:
    """Lay a kernel over every channel of a batch by itself.

    Parameters
    ----------
    samples : ndarray, (n, rows, columns, depth)
        In C order, of a type the loop has a variant for.
    placement : Placement
        Where the window lands; its reach is that of the spread kernel.
    outside_rows, outside_columns : ndarray of int64
        Which sample stands at each place of the padding before and after, -1 for the constant.
    constant : float
    prepared : Spectrum
    bias : float
        Added to every result.
    out : ndarray, (n, *placement.output, depth)
        To be filled, of the type `prepared` was made for.
    threads : int or None
        How many threads; None means one for each available processor.
    """
    size, kind = prepared.size, out.dtype
    blocks = tiles(placement, samples.shape[3], size)
    pairs = -(-(-(-blocks.out_rows // blocks.strip) * -(-blocks.out_columns // blocks.width)) // 2) * len(samples)
    places = prepared.rows * blocks.row_apart + prepared.columns
    lanes = VECTOR_BYTES // kind.itemsize
    run_bands(
        convolve_fourier,
        pairs,
        pairs * size * size * TAPS,
        threads,
        samples.reshape(-1),
        outside_rows,
        outside_columns,
        constant,
        prepared.products,
        prepared.gain,
        prepared.factors,
        prepared.steps,
        prepared.weights,
        places,
        bias,
        out.reshape(-1),
        blocks,
        scratch=tuple((count, kind) for count in (2 * blocks.laid, 2 * size * size, 2 * size * lanes)),
    )


TAPS = 64
"""Inner steps for each sample of a pair of tiles, by which the length of a band is told."""
