"""Layers of many kernels, and depthwise ones: vectors are neighbouring kernels, or neighbouring channels.

A padded block is laid in cache with its channels side by side. A register tile then sums some neighbouring pixels for
some neighbouring kernels: each sample is spread over all lanes and multiplied by a vector of weights, which are packed
in the order they are needed in. In a depthwise layer each lane is a channel with a weight of its own. Index letters:
i j output row and column, y x padded row and column, k kernel, n image. All arrays are flat.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.direct import SOURCES
from cnnkit.loops.convolution.tile import FinishedTile
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled
from cnnkit.loops.machine.processor import REGISTERS

PIXELS = 14 if REGISTERS == 32 else 6
"""Pixels of a tile: with two vectors of kernels, their sums fill the registers. 224, 112, 56, 28 and 14 columns are
multiples of 14."""

HALF = PIXELS // 2

wide = FinishedTile(PIXELS, 2)
wide_half = FinishedTile(HALF, 2, is_brief=True)
narrow = FinishedTile(PIXELS, 1, is_brief=True)
"""For layers whose kernels fill one vector or less."""

lanewise = FinishedTile(HALF, 2, is_lanewise=True, is_brief=True)

WIDE_BYTES = wide.bytes
NARROW_BYTES = narrow.bytes


class Layer(NamedTuple):
    """How the kernels of a layer are cut into tiles, and how their weights are packed."""

    kernels: int  # in all groups together
    group_kernels: int
    group_depth: int
    packed: int  # weights of one tile: products times the width of the tile
    parts: int  # of the tiles of a block, shared among threads
    is_lanewise: int  # 1 for a depthwise layer
    pixel: int  # samples from one pixel of the result to the next: the kernels, or what else lies beside them


@Piece
def sum_pixels(
    weights: Any, at: int, padded: Any, start: int, spacing: int, columns: int, jump: int, segments: Any, chunks: Any,
    bias: Any, base: int, aside: Any, out: Any, target: int, pixel: int, pixels: int, count: int, addend: Any,
    is_added: int, limits: Any,
) -> None:  # fmt: skip
    """Sum pixels for one tile's width of kernels; the last few pixels in half a tile.

    They are rows of `columns` pixels, at least as many as in a tile, and a row begins `jump` after the one before ends.
    """
    step = WIDE_BYTES // padded.itemsize
    is_narrow = count * padded.itemsize <= NARROW_BYTES
    j = 0
    left = columns  # in the row
    while j < pixels:
        turn = left if j + left < pixels else PIXELS
        if is_narrow:
            narrow(weights, at, step, padded, start, 1, spacing, segments, chunks, bias, base, 0, aside, out,
                   target + j * pixel, pixel, pixels - j, count, addend, is_added, limits, turn,
                   jump)  # fmt: skip
        elif pixels - j > HALF:
            wide(weights, at, step, padded, start, 1, spacing, segments, chunks, bias, base, 0, aside, out,
                 target + j * pixel, pixel, pixels - j, count, addend, is_added, limits, turn, jump)  # fmt: skip
        else:
            wide_half(weights, at, step, padded, start, 1, spacing, segments, chunks, bias, base, 0, aside, out,
                      target + j * pixel, pixel, pixels - j, count, addend, is_added, limits, turn,
                      jump)  # fmt: skip
        j += PIXELS
        start += PIXELS * spacing
        left -= PIXELS
        if left <= 0:
            start += jump
            left += columns


@Piece
def sum_channels(
    weights: Any, at: int, padded: Any, start: int, spacing: int, columns: int, jump: int, segments: Any, chunks: Any,
    bias: Any, base: int, aside: Any, out: Any, target: int, pixel: int, pixels: int, count: int, addend: Any,
    is_added: int, limits: Any,
) -> None:  # fmt: skip
    """The same for one row of a depthwise layer, whose kernels are channels."""
    step = WIDE_BYTES // padded.itemsize
    for j in range(0, pixels, HALF):
        lanewise(weights, at, step, padded, start + j * spacing, 1, spacing, segments, chunks, bias, base, 0, aside,
                 out, target + j * pixel, pixel, pixels - j, count, addend, is_added, limits, HALF, 0)  # fmt: skip


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], i8[1], i8[1], S[1], S[1], i8, S[1], S[1], Blocks, Layer, S[1], S[1], i8, i8",
    T=SOURCES,
    S=("f4", "f8"),
    Blocks=Blocks,
    Layer=Layer,
)
def convolve_layer(
    sums: Any,
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    weights: Any, segments: Any, chunks: Any, bias: Any, addend: Any, is_added: int, limits: Any,
    out: Any, blocks: Blocks, layer: Layer,
    padded: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Sum every pixel for every kernel, a row of pixels at a time by `sums`.

    `weights` holds for each tile of kernels its products, in the order of the segments, times the tile's width; `bias`
    a number for each kernel of each tile; `FinishedTile` says what `addend` and `limits` are. `first` and `last` count
    the strips of all images, times the parts.
    """
    tile = WIDE_BYTES // padded.itemsize
    group_tiles = (layer.group_kernels + tile - 1) // tile
    tiles = layer.kernels // layer.group_kernels * group_tiles
    spacing = blocks.stride_columns * blocks.depth
    strip_in_buffer = -1
    for unit in range(first, last):
        strip = unit // layer.parts
        part = unit - strip * layer.parts
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * blocks.columns * blocks.depth
        y0 = i0 * blocks.stride_rows
        y1 = (i1 - 1) * blocks.stride_rows + blocks.reach_rows
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            x0 = j0 * blocks.stride_columns
            x1 = (j1 - 1) * blocks.stride_columns + blocks.reach_columns
            is_whole = blocks.width >= blocks.out_columns >= PIXELS and layer.is_lanewise == 0
            together = i1 - i0 if is_whole else 1  # rows, whose pixels follow each other in the result
            jump = blocks.stride_rows * blocks.row_stride - (j1 - j0) * spacing
            if strip != strip_in_buffer or blocks.width < blocks.out_columns:
                lay(image, at, blocks, outside_rows, outside_columns, constant, y0, y1, x0, x1, padded)
                strip_in_buffer = strip
            for t in range(tiles * part // layer.parts, tiles * (part + 1) // layer.parts):
                g = t // group_tiles
                k = (t - g * group_tiles) * tile
                count = min(tile, layer.group_kernels - k)
                kernel = g * layer.group_kernels + k
                channel = kernel if layer.is_lanewise == 1 else g * layer.group_depth
                for i in range(i0, i1, together):
                    start = (i - i0) * blocks.stride_rows * blocks.row_stride + channel
                    target = ((n * blocks.out_rows + i) * blocks.out_columns + j0) * layer.pixel + kernel
                    sums(weights, t * layer.packed, padded, start, spacing, j1 - j0, jump, segments, chunks, bias,
                         t * tile, aside, out, target, layer.pixel, (j1 - j0) * together, count, addend, is_added,
                         limits)  # fmt: skip
