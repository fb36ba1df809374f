"""A kernel for each channel, read from where the image lies."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.geometry.blocks import cut
from cnnkit.geometry.window import Placement
from cnnkit.loops.convolution.depthwise import BY_COLUMNS_AND_STRIDE, Lanes, convolve_channels, single
from cnnkit.loops.machine.compile import Loop
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.convolution.pointwise import FLOAT32, filled
from cnnkit.operations.convolution.problem import Problem

LANES = VECTOR_BYTES // FLOAT32.itemsize
"""Channels that are summed side by side."""

PRODUCTS_WORTH_A_THREAD = 500_000
"""Products that take longer than waking a thread: few are done with a sample that is loaded."""


def run(problem: Problem) -> None:
    """Fill the result of float32 samples whose padding is zeros, for whole vectors of channels."""
    plan, depth = problem.plan, problem.depth

    def prepare() -> tuple[Array, Array]:
        return by_lanes(plan.weights), filled(problem.convolution.bias, depth, LANES)

    weights, bias = problem.prepared(("depthwise", problem.convolution.key), prepare)
    finish = problem.finish.arguments(FLOAT32)
    flat = problem.samples.reshape(-1)
    convolve_each(problem.start, problem.threads, flat, weights, bias, finish, problem.out, plan.placement)


def convolve_each(
    start: Callable[..., None],
    threads: int | None,
    flat: Array,
    weights: Array,
    bias: Array,
    finish: tuple[Any, ...],
    out: Array,
    placement: Placement,
) -> None:
    """Have `start` run the loop that convolves each channel of `flat` with its own kernel into `out`, (n, ..., depth).

    Of `weights`, `bias` and, unless there are whole vectors of channels, of `flat`, a vector more is read; `finish` is
    what `Finish.arguments` gives.
    """
    window = placement.window
    lanes = single
    if window.dilation[1] == 1:
        lanes = BY_COLUMNS_AND_STRIDE.get((window.size[1], window.stride[1]), single)
    start(
        _loop(lanes),
        out.shape[0] * out.shape[1],
        out.size * window.size[0] * window.size[1],
        threads,
        flat,
        weights,
        bias,
        *finish,
        out.reshape(-1),
        *window.size,
        *window.dilation,
        lanes.pixels,
        cut(placement, out.shape[3], FLOAT32.itemsize),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


@cache
def _loop(lanes: Lanes) -> Loop:
    return convolve_channels.of(lanes)


def by_lanes(weights: Array) -> Array:
    """Weights of (rows, columns, 1, depth) in the order of their use: (vectors, rows, columns, LANES), filled up."""
    rows, columns, _, depth = weights.shape
    filled_up = np.zeros((rows, columns, -(-depth // LANES) * LANES), FLOAT32)
    filled_up[..., :depth] = weights[:, :, 0]
    return np.ascontiguousarray(filled_up.reshape(rows, columns, -1, LANES).transpose(2, 0, 1, 3)).reshape(-1)
