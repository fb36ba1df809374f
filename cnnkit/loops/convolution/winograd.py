"""Winograd's convolution F(4x4, 3x3): sixteen results of a 3x3 kernel with 36 products instead of 144.

Tiles of 6x6 samples, four apart, are transformed; each of the 36 places of a tile is then a small matrix product over
the channels, done by the register tile of the layers; and the products are transformed back into 4x4 results.
A block of tiles stays in cache throughout. Index letters: i j output row and column, y x padded row and column, c
channel, k kernel, n image, p place in a tile, q tile. All arrays are flat.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv:1509.09308.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.convolution.direct import SOURCES
from cnnkit.loops.convolution.layer import HALF, PIXELS, WIDE_BYTES, Layer
from cnnkit.loops.convolution.tile import Tile
from cnnkit.loops.convolution.winograd_transforms import FinishedTransform, Transform
from cnnkit.loops.laying import lay
from cnnkit.loops.machine.compile import Piece, compiled

STEP, TILE = 4, 6
"""Results and samples of a tile, along one axis."""

PLACES = TILE * TILE

GROWTH = 100 * 19**2
"""The most that an intermediate number exceeds a sample times a kernel's weights: the sums of magnitudes in a row of
`FORWARD` and of `BACK` are 10 and 19, and both are applied twice."""

FORWARD = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
"""B transposed."""

BACK = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)
"""A transposed."""

WEIGHTS = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
"""G, for the kernel."""

tall = Tile(PIXELS, 2)
short = Tile(HALF, 2, is_brief=True)
forward = Transform(FORWARD, "forward")  # called at two places
back = Transform(BACK)
back_finished = FinishedTransform(BACK)


@Piece
def multiply(
    weights: Any, at: int, spectra: Any, start: int, depth: int, segments: Any, chunks: Any, zeros: Any, aside: Any,
    products: Any, target: int, kernels: int, count: int,
) -> None:  # fmt: skip
    """The products of one place of all tiles for one tile's width of kernels."""
    step = WIDE_BYTES // spectra.itemsize
    q = 0
    while count - q > HALF:
        tall(weights, at, step, spectra, start + q * depth, 1, depth, segments, chunks, zeros, 0, 0, aside,
             products, target + q * kernels, kernels, count - q, step)  # fmt: skip
        q += PIXELS
    if q < count:
        short(weights, at, step, spectra, start + q * depth, 1, depth, segments, chunks, zeros, 0, 0, aside,
              products, target + q * kernels, kernels, count - q, step)  # fmt: skip


@compiled(
    "T[1], i8[1], i8[1], f8, S[1], i8[1], i8[1], S[1], S[1], S[1], i8, S[1], S[1], i8[1], f8, Blocks, Layer, "
    "S[1], S[1], S[1], S[1], S[1], i8, i8",
    T=SOURCES,
    S=("f4",),
    Blocks=Blocks,
    Layer=Layer,
)
def convolve_winograd(
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    weights: Any, segments: Any, chunks: Any, zeros: Any, bias: Any, addend: Any, is_added: int, limits: Any,
    out: Any, is_skipped: Any, limit: float,
    blocks: Blocks, layer: Layer,
    padded: Any, half: Any, spectra: Any, products: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Sum every pixel for every kernel, all 3x3.

    `weights` holds the transformed kernels: for each place, for each tile of kernels, the channels times the tile's
    width; `FinishedTile` says what `addend` and `limits` are. `first` and `last` count the strips of all images, times
    the parts. A block that holds a sample that is not finite, or whose magnitude is `limit` or more, is not computed;
    its unit is set in `is_skipped`.
    """
    depth = blocks.depth
    tile = WIDE_BYTES // padded.itemsize
    tiles = (layer.kernels + tile - 1) // tile
    most = padded.dtype.type(limit)
    for unit in range(first, last):
        strip = unit // layer.parts
        part = unit - strip * layer.parts
        t0 = tiles * part // layer.parts
        t1 = tiles * (part + 1) // layer.parts
        kernels = (t1 - t0) * tile
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * blocks.columns * depth
        down = (i1 - i0 + STEP - 1) // STEP
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            across = (j1 - j0 + STEP - 1) // STEP
            columns = across * STEP + TILE - STEP
            count = down * across
            lay(image, at, blocks, outside_rows, outside_columns, constant,
                i0, i0 + down * STEP + TILE - STEP, j0, j0 + columns, padded)  # fmt: skip
            large = 0
            for y in range(down * STEP + TILE - STEP):
                row = padded[y * blocks.row_stride : y * blocks.row_stride + columns * depth]
                for x in range(row.shape[0]):
                    large += not abs(row[x]) < most
            if large > 0:
                is_skipped[unit] = 1
                continue
            for q in range(count):
                corner = (q // across) * STEP * blocks.row_stride + (q % across) * STEP * depth
                for x in range(TILE):
                    forward(padded, corner + x * depth, blocks.row_stride, zeros, 0,
                            half, x * depth, TILE * depth, TILE, depth)  # fmt: skip
                for y in range(TILE):
                    forward(half, y * TILE * depth, depth, zeros, 0,
                            spectra, (y * TILE * count + q) * depth, count * depth, TILE, depth)  # fmt: skip
            for p in range(PLACES):
                for t in range(t0, t1):
                    multiply(weights, (p * tiles + t) * layer.packed, spectra, p * count * depth, depth,
                             segments, chunks, zeros, aside, products, p * count * kernels + (t - t0) * tile,
                             kernels, count)  # fmt: skip
            k0 = t0 * tile
            written = min(kernels, layer.kernels - k0)
            for q in range(count):
                i = i0 + (q // across) * STEP
                j = j0 + (q % across) * STEP
                for x in range(TILE):
                    back(products, (x * count + q) * kernels, TILE * count * kernels, zeros, 0,
                         half, x * kernels, TILE * kernels, STEP, kernels)  # fmt: skip
                for y in range(min(STEP, i1 - i)):
                    target = ((n * blocks.out_rows + i + y) * blocks.out_columns + j) * layer.pixel + k0
                    back_finished(half, y * TILE * kernels, kernels, bias, k0, out, target, layer.pixel,
                                  min(STEP, j1 - j), written, addend, is_added, limits)  # fmt: skip


@compiled("W[1], f4[1], i8, i8, i8, i8, f8[1], i8, i8", W=("f4", "f8"))
def transform_weights(
    weights: Any, out: Any, depth: int, kernels: int, tiles: int, tile: int, half: Any, first: int, last: int
) -> None:
    """Transform the kernels of tiles `first` to `last`: 3x3 weights, HWIO, to (places, tiles, depth, tile).

    Each is `WEIGHTS` times the grid times `WEIGHTS` transposed, in float64; `half` has room for `TILE` x 3 of `tile`.
    """
    for t in range(first, last):
        k0 = t * tile
        count = min(tile, kernels - k0)
        for c in range(depth):
            for b in range(3):
                w0 = weights[(b * depth + c) * kernels + k0 :]
                w1 = weights[((3 + b) * depth + c) * kernels + k0 :]
                w2 = weights[((6 + b) * depth + c) * kernels + k0 :]
                for k in range(count):
                    edge = w0[k] / 24.0 + w2[k] / 6.0
                    mean = (w0[k] + w2[k]) / 6.0
                    half[(0 * 3 + b) * tile + k] = w0[k] / 4.0
                    half[(1 * 3 + b) * tile + k] = -mean - w1[k] / 6.0
                    half[(2 * 3 + b) * tile + k] = -mean + w1[k] / 6.0
                    half[(3 * 3 + b) * tile + k] = edge + w1[k] / 12.0
                    half[(4 * 3 + b) * tile + k] = edge - w1[k] / 12.0
                    half[(5 * 3 + b) * tile + k] = w2[k]
            for y in range(TILE):
                w0 = half[y * 3 * tile : (y * 3 + 1) * tile]
                w1 = half[(y * 3 + 1) * tile : (y * 3 + 2) * tile]
                w2 = half[(y * 3 + 2) * tile : (y * 3 + 3) * tile]
                place = ((y * TILE * tiles + t) * depth + c) * tile
                step = tiles * depth * tile
                for k in range(count):
                    edge = w0[k] / 24.0 + w2[k] / 6.0
                    mean = (w0[k] + w2[k]) / 6.0
                    out[place + k] = w0[k] / 4.0
                    out[place + step + k] = -mean - w1[k] / 6.0
                    out[place + 2 * step + k] = -mean + w1[k] / 6.0
                    out[place + 3 * step + k] = edge + w1[k] / 12.0
                    out[place + 4 * step + k] = edge - w1[k] / 12.0
                    out[place + 5 * step + k] = w2[k]
