"""Layers of 3x3 kernels by Winograd's products: weights and blocks for `cnnkit.loops.winograd`."""

from __future__ import annotations

import numpy as np

from cnnkit.geometry.blocks import Blocks, cut
from cnnkit.geometry.window import Placement, Window
from cnnkit.loops.bands import run_bands
from cnnkit.loops.layer import PIXELS, WIDE_BYTES, Layer
from cnnkit.loops.segments import pixel
from cnnkit.loops.winograd import PLACES, STEP, TILE, WEIGHTS, convolve_winograd
from cnnkit.operations import layer as layers
from cnnkit.operations.asked import Floats
from cnnkit.operations.problem import Problem

CACHE = 1024 * 1024
"""Bytes of transformed samples and products in a block."""

WORTH_A_THREAD = 2_000_000
"""Products that take longer than waking a thread, many at a time as they are made."""

UNITS = 8
"""Pieces of work an image is cut into at least: strips, and parts of its kernels where strips are few."""


def run(problem: Problem) -> None:
    """Fill the result, for 3x3 weights of four dimensions, stride and dilation 1 and one group."""
    kind, depth = problem.sum_type, problem.depth
    kernels = problem.weights.shape[3]
    tile = WIDE_BYTES // kind.itemsize
    tiles = -(-kernels // tile)
    spectra = problem.prepared(("winograd", kind), lambda: transformed(problem.weights, tile).astype(kind))
    placement = whole_tiles(problem.placement)
    blocks = cut_tiles(placement, depth, tiles * tile, kind.itemsize)
    parts = min(tiles, -(-UNITS // (len(problem.samples) * blocks.strips)))
    part_kernels = -(-tiles // parts) * tile
    count = (blocks.strip // STEP) * (blocks.width // STEP)
    layer = Layer(kernels, kernels, depth, depth * tile, parts, 0)
    bias = np.zeros(tiles * tile + tile, dtype=kind)
    bias[:kernels] = problem.asked.bias
    units = len(problem.samples) * blocks.strips * parts
    is_left = np.zeros(units, dtype=np.int64)
    sums = pixel(Window((1, 1)), blocks, depth, tile, PIXELS)
    slack = PIXELS * max(depth, tile) + tile
    run_bands(
        convolve_winograd,
        units,
        problem.multiplications,
        problem.threads,
        *problem.image(placement),
        spectra.reshape(-1),
        *sums,
        np.zeros(max(tiles * tile, depth) + tile, dtype=kind),
        bias,
        problem.out.reshape(-1),
        is_left,
        blocks,
        layer,
        scratch=(
            (blocks.laid, kind),
            (PLACES * max(depth, part_kernels) + tile, kind),
            (PLACES * count * depth + slack, kind),
            (PLACES * count * part_kernels + slack, kind),
            (PIXELS * tile, kind),
        ),
        worth=WORTH_A_THREAD,
    )
    strips = np.unique(np.flatnonzero(is_left) // parts)
    if strips.size:
        layers.run(problem, strips=strips, blocks=blocks)


def whole_tiles(placement: Placement) -> Placement:
    """The same windows, with the image padded so far that whole tiles cover the last of them."""
    rows, columns = (-(-length // STEP) * STEP + TILE - STEP for length in placement.output)
    top, left = placement.padding.top, placement.padding.left
    bottom, right = rows - placement.input[0] - top, columns - placement.input[1] - left
    return placement._replace(padding=placement.padding._replace(bottom=bottom, right=right))


def cut_tiles(placement: Placement, depth: int, kernels: int, itemsize: int) -> Blocks:
    """Blocks of whole tiles, whose transformed samples and products stay in cache."""
    across = -(-placement.output[1] // STEP)
    per_tile = PLACES * itemsize * (depth + kernels)
    strip = max(CACHE // (per_tile * across), 1) * STEP
    most = -(-placement.output[0] // STEP) * STEP
    blocks = cut(placement, depth, itemsize, multiple=(STEP, STEP), fewest=max(-(-most // strip), 1))
    return blocks


def transformed(weights: Floats, tile: int) -> Floats:
    """Kernels as they are multiplied with: (places, tiles, depth, kernels of a tile)."""
    matrix = np.array(WEIGHTS)
    mixed = np.einsum("ya,abck,xb->yxck", matrix, weights, matrix, optimize=True)
    places = mixed.reshape(PLACES, *weights.shape[2:])
    return np.stack([layers.pack(place[None, None], weights.shape[3], tile) for place in places])
