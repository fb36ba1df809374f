"""The kernels of a layer transformed for Winograd's products: once, and as the loop reads them."""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array
from cnnkit.loops.convolution.winograd import PLACES, TILE, transform_weights
from cnnkit.loops.machine.bands import run_bands


def transformed(weights: Array, tile: int, threads: int | None) -> Array:
    """Kernels transformed for the products, float32: (places, tiles, depth, kernels of a tile); zeros beyond."""
    depth, kernels = weights.shape[2:]
    tiles = -(-kernels // tile)
    out = np.zeros((PLACES, tiles, depth, tile), np.float32)
    run_bands(
        transform_weights,
        tiles,
        weights.size * PLACES // 9,
        threads,
        np.ascontiguousarray(weights).reshape(-1),
        out.reshape(-1),
        depth,
        kernels,
        tiles,
        tile,
        scratch=((3 * TILE * tile, np.float64),),
    )
    return out
