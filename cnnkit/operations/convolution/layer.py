"""Layers of many kernels, and depthwise ones: weights and blocks for the loop in `cnnkit.loops.convolution.layer`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Array, flat_pixels
from cnnkit.geometry.blocks import BUFFER_BYTES, Blocks
from cnnkit.geometry.window import place
from cnnkit.loops.convolution.layer import PIXELS, WIDE_BYTES, Layer, convolve_layer, sum_channels, sum_pixels
from cnnkit.loops.convolution.segments import Sum, pixel
from cnnkit.operations.convolution.problem import Problem

PRODUCTS_WORTH_A_THREAD = 2_000_000
"""Products that take longer than waking a thread, several at a time as they are computed."""

LOOPS = convolve_layer.of(sum_pixels), convolve_layer.of(sum_channels)
"""For kernels that sum over channels, and for depthwise layers."""

MAX_ROW_PIXELS = 1024  # pixels that are convolved as one row, where windows of one sample allow it
MIN_STRIPS = 8
"""Strips that a large image is cut into at least."""


def run(problem: Problem, strips: Sequence[int] | None = None, blocks: Blocks | None = None) -> Prepared:
    """Fill the result, for weights of four dimensions; or only these strips of an image already cut into `blocks`.

    Returned are the arrays that are read: a loop that runs again and again reads what has become of them.
    """
    problem = one_row(problem) if strips is None else problem
    plan, dtype = problem.plan, problem.plan.sum_type
    prepared: Prepared = problem.prepared(("layer", problem.key, blocks), lambda: prepare(problem, blocks))
    out, pixel_step = flat_pixels(problem.out)
    units = len(problem.samples) * prepared.blocks.strips * prepared.layer.parts
    # A tile of pixels that is not full reads where the rest would be, beyond the end of a block's last row.
    beyond = PIXELS * plan.placement.window.stride[1] * problem.depth
    for first, last in [(0, units)] if strips is None else together(strips):
        problem.start(
            LOOPS[prepared.layer.is_lanewise],
            last - first,
            problem.multiplications,
            problem.threads,
            *problem.image(),
            prepared.weights,
            *prepared.products,
            prepared.bias,
            *problem.finish.arguments(dtype),
            out,
            prepared.blocks,
            prepared.layer._replace(pixel=pixel_step),
            scratch=((prepared.blocks.buffer_size + beyond, dtype), (PIXELS * WIDE_BYTES // dtype.itemsize, dtype)),
            worth=PRODUCTS_WORTH_A_THREAD,
            begin=first,
        )
    return prepared


def together(strips: Sequence[int]) -> list[tuple[int, int]]:
    """Strips that follow each other, as the first of them and the one after the last.

    >>> together([2, 3, 4, 8])
    [(2, 5), (8, 9)]
    """
    found: list[tuple[int, int]] = []
    for strip in strips:
        is_next = bool(found) and found[-1][1] == strip
        found = [*found[:-1], (found[-1][0], strip + 1)] if is_next else [*found, (strip, strip + 1)]
    return found


class Prepared(NamedTuple):
    """The arguments of the loop beside the image, cached with the kernel."""

    weights: Array
    products: Sum
    bias: Array
    blocks: Blocks
    layer: Layer


def prepare(problem: Problem, blocks: Blocks | None) -> Prepared:
    """Order weights and bias for the loop, and cut the image, unless it is cut already: then units are strips."""
    plan, dtype, depth = problem.plan, problem.plan.sum_type, problem.depth
    kernels, groups = plan.weights.shape[3], problem.convolution.groups
    is_lanewise = is_depthwise(depth, kernels, groups)
    group_kernels, group_depth = (kernels, 1) if is_lanewise else (kernels // groups, depth // groups)
    tile = WIDE_BYTES // dtype.itemsize
    weights = problem.prepared(
        ("layer", group_kernels, dtype), lambda: pack(plan.weights, group_kernels, tile).astype(dtype, copy=False)
    )
    biases = np.broadcast_to(problem.convolution.bias, (kernels,)).reshape(1, 1, 1, kernels)
    parts = 1
    if blocks is None:
        is_small = math.prod(plan.placement.padded) * depth * dtype.itemsize <= BUFFER_BYTES
        blocks = problem.cut(fewest=1 if is_small else MIN_STRIPS)
        parts = min(len(weights), -(-problem.workers // (len(problem.samples) * blocks.strips)))
    return Prepared(
        weights.reshape(-1),
        pixel(plan.placement.window, blocks, group_depth, tile, PIXELS),
        pack(biases, group_kernels, tile).astype(dtype).reshape(-1),
        blocks,
        Layer(kernels, group_kernels, group_depth, weights[0].size, parts, int(is_lanewise), kernels),
    )


def one_row(problem: Problem) -> Problem:
    """The same problem with all pixels in one row, where windows of one sample allow it: short rows fill no tiles."""
    placement = problem.plan.placement
    pixels = problem.out.size // problem.out.shape[3]
    is_pointwise = placement.window.size == (1, 1) == placement.window.stride and not placement.padding.widest
    if not is_pointwise or pixels > MAX_ROW_PIXELS:
        return problem
    return problem._replace(
        plan=problem.plan._replace(placement=place((1, pixels), placement.window)),
        samples=problem.samples.reshape(1, 1, pixels, -1),
        out=problem.out.reshape(1, 1, pixels, -1),
    )


def is_depthwise(depth: int, kernels: int, groups: int) -> bool:
    """Whether each channel has one kernel of its own."""
    return groups == depth == kernels and depth > 1


def pack(weights: npt.NDArray[Any], group_kernels: int, tile: int) -> npt.NDArray[Any]:
    """Weights in the order of their use: (tiles, products, kernels of a tile), filled up with zeros.

    >>> pack(np.arange(6.0).reshape(1, 1, 2, 3), 3, 2).tolist()
    [[[0.0, 1.0], [3.0, 4.0]], [[2.0, 0.0], [5.0, 0.0]]]
    """
    groups = weights.shape[3] // group_kernels
    tiles = -(-group_kernels // tile)
    products = weights[..., 0].size
    filled = np.zeros((products, groups, tiles * tile), weights.dtype)
    filled[..., :group_kernels] = weights.reshape(products, groups, group_kernels)
    ordered = filled.reshape(products, groups * tiles, tile).transpose(1, 0, 2)
    return np.ascontiguousarray(ordered)
