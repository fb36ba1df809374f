"""Convolution of images with holes: known samples stand in for those that are missing.

A sum over known samples, times the sum of all weights over that of theirs. Source: Knutsson and Westin, Normalized and
differential convolution, CVPR 1993.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cnnkit.arrays import Array, Floats
from cnnkit.data.kernels.kernel import ZERO_SUM_TOLERANCE, Kernel
from cnnkit.geometry.padding import PadMode
from cnnkit.loops.convolution.holes import scale_known
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.convolution.planner import plan_convolution
from cnnkit.operations.convolution.settings import Convolution
from cnnkit.operations.holes import Mask


def totals(convolution: Convolution, depth: int) -> tuple[Floats, Floats]:
    """Each kernel's sum of weights, and how small one over known samples is as good as 0: infinite if all sum to 0."""
    weights = convolution.weights(depth)
    axes = tuple(range(min(weights.ndim, 3)))
    total = np.atleast_1d(weights.sum(axis=axes))
    least = ZERO_SUM_TOLERANCE * np.atleast_1d(np.abs(weights).sum(axis=axes))
    return total, np.where(np.abs(total) <= least, np.inf, least)


def count(convolution: Convolution, holes: Mask) -> tuple[Convolution, Array]:
    """The convolution, and the image, that give how many holes each window holds: a map for each group."""
    shape: tuple[int, ...] = convolution.kernel.size
    if not convolution.is_each:
        shape += (holes.shape[3] // convolution.groups,) + (convolution.groups,) * (convolution.groups > 1)
    kernel = convolution.kernel.cache.get_or_make(("ones", shape), lambda: Kernel(np.ones(shape)))
    return _over(convolution, kernel, 0.0), holes.view(np.uint8)


def weigh(convolution: Convolution, holes: Mask, precision: np.dtype[Any]) -> tuple[Convolution, Array]:
    """The convolution, and the image, that give the sum of the known samples' weights, as exact as `precision`."""
    kernel, known = convolution.kernel, (~holes).view(np.uint8)
    has_one_sign = (kernel.weights >= 0).all() or (kernel.weights <= 0).all()
    # Little may be left of weights of both signs.
    if not kernel.has_integer_weights and (precision == np.float64 or not has_one_sign):
        known = known.astype(np.float64)
    return _over(convolution, kernel, 1.0), known


def _over(convolution: Convolution, kernel: Kernel, padding: float) -> Convolution:
    """The same windows with other weights, over padding that is a number unless it copies."""
    mode = PadMode("constant", padding) if convolution.pad_mode.is_constant else convolution.pad_mode
    return replace(convolution, kernel=kernel, pad_mode=mode, bias=np.zeros(1))


def without_transforms(convolution: Convolution, samples: Array, algorithm: str = "auto") -> tuple[Array, str]:
    """The samples and the algorithm for sums without the errors of Winograd's products and of spectra in float32."""
    chosen = plan_convolution(convolution, samples.dtype, samples.shape, algorithm).algorithm
    if chosen == "winograd":
        return samples, "layer"
    return (samples.astype(np.float64) if chosen == "fourier" else samples), algorithm


def scale(
    sums: Array, holes: Array, weights: Array, numbers: tuple[Floats, Floats, Floats], threads: int | None
) -> Mask:
    """Turn sums over known samples into results by what `count` and `weigh` led to; say where there are none."""
    maps = sums.shape[3]
    lost = np.zeros(sums.shape, np.bool_)
    run_bands(
        scale_known,
        sums.size // maps,
        4 * sums.size,
        threads,
        sums.reshape(-1),
        *(array for part in (holes, weights) for array in (part.reshape(-1), np.arange(maps) * part.shape[3] // maps)),
        *(np.broadcast_to(number, (maps,)).astype(np.float64) for number in numbers),
        lost.view(np.uint8).reshape(-1),
    )
    return lost
