"""Convolutions with windows of one sample, read from where the image lies: a product of two matrices.

Nothing is copied into a buffer first, as there is no padding, but the last few pixels, which do not fill a tile.
Index letters: p pixel, t tile of kernels. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

from cnnkit.loops.convolution.layer import PIXELS, WIDE_BYTES, Layer, sum_pixels
from cnnkit.loops.machine.compile import compiled

BLOCK_VALUES = 1 << 15
"""Samples of a block of pixels, and half of its results, which stay in cache while all kernels go over them."""


@compiled(
    "S[1], S[1], i8[1], i8[1], S[1], S[1], i8, S[1], S[1], i8, i8, Layer, S[1], S[1], i8, i8",
    S=("f4",),
    Layer=Layer,
)
def convolve_pixels(
    image: Any, weights: Any, segments: Any, chunks: Any, bias: Any, addend: Any, is_added: int, limits: Any,
    out: Any, pixels: int, depth: int, layer: Layer, tail: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Sum tiles `first` to `last` of pixels for every kernel, or with several parts, tiles of kernels for every pixel.

    See `convolve_layer` for the rest.
    """
    tile = WIDE_BYTES // image.itemsize
    p_first, p_last = first, last
    t_first, t_last = 0, (layer.kernels + tile - 1) // tile
    if layer.parts > 1:
        p_first, p_last = 0, (pixels + PIXELS - 1) // PIXELS
        t_first, t_last = first, last
    block = max(BLOCK_VALUES // (max(depth, layer.kernels // 2) * PIXELS), 1)
    whole = min(p_last, pixels // PIXELS)
    begin = p_first
    while begin < p_last:
        p0 = begin * PIXELS
        rows = image[p0 * depth :]
        if begin < whole:
            begin = min(begin + block, whole)
        else:
            rows = tail
            for k in range((pixels - p0) * depth):
                tail[k] = image[p0 * depth + k]
            begin = p_last
        count = min(begin * PIXELS, pixels) - p0
        for t in range(t_first, t_last):
            k = t * tile
            sum_pixels(weights, t * layer.packed, rows, 0, depth, count, 0, segments, chunks, bias, k, aside, out,
                       p0 * layer.pixel + k, layer.pixel, count, min(tile, layer.kernels - k),
                       addend, is_added, limits)  # fmt: skip
