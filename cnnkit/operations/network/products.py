"""Products of two matrices: pixels times weights that are packed for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.geometry.blocks import cut
from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution.layer import PIXELS, WIDE_BYTES, Layer
from cnnkit.loops.convolution.segments import pixel
from cnnkit.loops.network.pointwise import convolve_pixels
from cnnkit.operations.network.work import WorkList

FLOAT32 = np.dtype(np.float32)
TILE = WIDE_BYTES // FLOAT32.itemsize
"""Kernels that weights are packed for."""

FEW_TILES = 8
"""Tiles of pixels that threads do not share evenly: with fewer, they share the kernels."""


def multiply(
    work: WorkList, flat: Array, packed: Array, bias: Array, finish: tuple[Any, ...], out: Array, depth: int
) -> None:
    """Have each pixel, `depth` samples of `flat`, be multiplied with weights into `out`, (..., kernels).

    Weights are (tiles, depth, TILE), as `pack` orders them, biases are filled up to whole tiles; `flat` has a tile of
    pixels more than there are, and `finish` is what `Finish.arguments` gives.
    """
    kernels = out.shape[-1]
    pixels = out.size // kernels
    blocks = cut(place((1, pixels), Window((1, 1))), depth, FLOAT32.itemsize)
    pixel_tiles = -(-pixels // PIXELS)
    parts = len(packed) if pixel_tiles < FEW_TILES else 1
    work(
        convolve_pixels,
        len(packed) if parts > 1 else pixel_tiles,
        pixels * depth * kernels,
        work.threads,
        flat,
        packed.reshape(-1),
        *pixel(Window((1, 1)), blocks, depth, TILE, PIXELS),
        bias,
        *finish,
        out.reshape(-1),
        pixels,
        depth,
        Layer(kernels, kernels, depth, packed[0].size, parts, 0),
        scratch=((PIXELS * TILE, FLOAT32),),
    )
