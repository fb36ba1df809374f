"""Layers of 3x3 kernels by Winograd's products: weights and blocks for `cnnkit.loops.convolution.winograd`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnkit.arrays import Array, flat_pixels
from cnnkit.geometry.blocks import Blocks, cut
from cnnkit.geometry.window import Placement, Window
from cnnkit.loops.convolution.layer import PIXELS, WIDE_BYTES, Layer
from cnnkit.loops.convolution.segments import Sum, pixel
from cnnkit.loops.convolution.winograd import GROWTH, PLACES, STEP, TILE, convolve_winograd, transform_weights
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.convolution import layer as layers
from cnnkit.operations.convolution.problem import Problem

CACHE_BYTES = 2048 * 1024
"""Bytes of transformed samples and products in a block."""


def run(problem: Problem) -> None:
    """Fill the result, for 3x3 weights of four dimensions, stride and dilation 1 and one group."""
    dtype, depth = problem.plan.sum_type, problem.depth
    prepared: Prepared = problem.prepared(("winograd", problem.key), lambda: prepare(problem))
    out, pixel_step = flat_pixels(problem.out)
    blocks, layer = prepared.blocks, prepared.layer._replace(pixel=pixel_step)
    tile = WIDE_BYTES // dtype.itemsize
    kernels = -(-(len(prepared.bias) // tile - 1) // layer.parts) * tile
    count = (blocks.strip // STEP) * (blocks.width // STEP)
    units = len(problem.samples) * blocks.strips * layer.parts
    is_skipped = np.zeros(units, dtype=np.int64)
    slack = PIXELS * max(depth, tile) + tile
    problem.start(
        convolve_winograd,
        units,
        problem.multiplications,
        problem.threads,
        *problem.image(prepared.placement),
        prepared.weights,
        *prepared.products,
        prepared.zeros,
        prepared.bias,
        *problem.finish.arguments(dtype),
        out,
        is_skipped,
        prepared.limit,
        blocks,
        layer,
        scratch=(
            (blocks.buffer_size, dtype),
            (PLACES * max(depth, kernels) + tile, dtype),
            (PLACES * count * depth + slack, dtype),
            (PLACES * count * kernels + slack, dtype),
            (PIXELS * tile, dtype),
        ),
        worth=layers.PRODUCTS_WORTH_A_THREAD,
    )

    def complete(problem: Problem) -> None:
        """Compute the strips that were skipped."""
        if is_skipped.any():
            strips = np.unique(np.flatnonzero(is_skipped) // layer.parts).tolist()
            is_skipped[:] = 0
            layers.run(problem._replace(later=None), strips=strips, blocks=blocks)

    if problem.later is None:
        complete(problem)
    else:
        problem.later.then(complete, problem)


class Prepared(NamedTuple):
    """The arguments of the loop beside the image, cached with the kernel."""

    weights: Array
    products: Sum
    zeros: Array
    bias: Array
    limit: float
    blocks: Blocks
    layer: Layer
    placement: Placement


def prepare(problem: Problem) -> Prepared:
    """Transform the weights, order the bias for the loop, and cut the image into blocks of whole tiles."""
    plan, dtype, depth, kernels = problem.plan, problem.plan.sum_type, problem.depth, problem.plan.weights.shape[3]
    tile = WIDE_BYTES // dtype.itemsize
    tiles = -(-kernels // tile)
    weights = problem.prepared(("winograd", dtype), lambda: transformed(plan.weights, tile, problem.threads))
    placement = whole_tiles(plan.placement)
    blocks = cut_tiles(placement, depth, tiles * tile, dtype.itemsize)
    parts = min(tiles, -(-problem.workers // (len(problem.samples) * blocks.strips)))
    # A vector more than there are kernels: vectors are read whole.
    bias = np.zeros((tiles + 1) * tile, dtype=dtype)
    bias[:kernels] = problem.convolution.bias
    return Prepared(
        weights.reshape(-1),
        pixel(Window((1, 1)), blocks, depth, tile, PIXELS),
        np.zeros(max(tiles * tile, depth) + tile, dtype=dtype),
        bias,
        float(np.finfo(dtype).max) / (GROWTH * max(float(np.abs(plan.weights).sum(axis=(0, 1, 2)).max()), 1.0)),
        blocks,
        Layer(kernels, kernels, depth, depth * tile, parts, 0, kernels),
        placement,
    )


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


def whole_tiles(placement: Placement) -> Placement:
    """The same windows, with enough padding below and to the right that whole tiles cover the last of them."""
    rows, columns = (-(-length // STEP) * STEP + TILE - STEP for length in placement.output)
    top, left = placement.padding.top, placement.padding.left
    bottom, right = rows - placement.input[0] - top, columns - placement.input[1] - left
    return placement._replace(padding=placement.padding._replace(bottom=bottom, right=right))


def cut_tiles(placement: Placement, depth: int, kernels: int, itemsize: int) -> Blocks:
    """Blocks of whole tiles, whose transformed samples and products stay in cache."""
    across = -(-placement.output[1] // STEP)
    per_tile = PLACES * itemsize * (depth + kernels)
    strip = max(CACHE_BYTES // (per_tile * across), 1) * STEP
    most = -(-placement.output[0] // STEP) * STEP
    return cut(placement, depth, itemsize, multiple=(STEP, STEP), fewest=max(-(-most // strip), 1))
