"""Steps of a network made ready: loops with their weights packed and their arrays bound, to be called many times."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np

from cnnkit.arrays import Array, flat_pixels
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.network.graph import (
    Activate,
    Add,
    Compute,
    Concatenate,
    Convolve,
    ConvolveTransposed,
    Dense,
    Pool,
    Reshape,
    Scale,
)
from cnnkit.errors import ArgumentError
from cnnkit.geometry.window import Placement
from cnnkit.loops.network.dense import UNITS, sum_columns, sum_rows
from cnnkit.loops.network.scaling import scale_pixels
from cnnkit.operations.convolution.depthwise import LANES, by_lanes, convolve_each
from cnnkit.operations.convolution.layer import is_depthwise, pack
from cnnkit.operations.convolution.pointwise import TILE, filled, multiply
from cnnkit.operations.convolution.sums import keeper_of_weights, prepare_sums
from cnnkit.operations.convolution.transposed import convolve_transposed
from cnnkit.operations.network import functions
from cnnkit.operations.network.buffers import Buffers
from cnnkit.operations.network.fusing import Step
from cnnkit.operations.network.work import WorkList
from cnnkit.operations.pooling.extremes import EXTREMES, neutral
from cnnkit.operations.pooling.holes import pool_batch
from cnnkit.operations.pooling.means import sum_type
from cnnkit.operations.pooling.merge import merge
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.windows import in_parts

FLOAT32 = np.dtype(np.float32)


Prepared = dict[int, Any]
"""What was made of the weights of a step, by the number of its output; for programs of the same steps."""


class Workshop(WorkList):
    """Makes the steps of one network, which share scratch arrays.

    Algorithms are chosen as for a batch of `images`. What is made of weights is `prepared` once.
    """

    def __init__(
        self, buffers: Buffers, *, algorithm: str, threads: int | None, images: int, prepared: Prepared
    ) -> None:
        super().__init__(threads)
        self.buffers, self.algorithm, self.images, self._prepared = buffers, algorithm, images, prepared

    def prepared(self, step: Step, make: Callable[[], Any]) -> Any:
        """What `make` makes for a step, if it was not made before."""
        if step.output not in self._prepared:
            self._prepared[step.output] = make()
        return self._prepared[step.output]

    def add(self, step: Step) -> None:
        """Add the work of a step."""
        out, given = self.buffers[step.output], [self.buffers[value] for value in step.inputs]
        MAKERS[type(step.operation)](self, step, given, out)


def _convolve(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Convolve)
    window, image = operation.window, given[0]
    weights = np.ascontiguousarray(operation.weights, np.float32)
    if not np.isfinite(weights).all():
        bad = weights.size - np.count_nonzero(np.isfinite(weights))
        raise ArgumentError(f"{bad} of {weights.size} weights of a convolution are not finite", "replace NaN and Inf")
    finish = step.finish(shop.buffers.flat(step.addend) if step.addend else None)
    if window.size == (1, 1) == window.stride and operation.groups == 1 and not operation.padding.widest:
        _convolve_pixels(shop, step, weights, finish.arguments(FLOAT32), out)
    elif is_depthwise(image.shape[3], weights.shape[3], operation.groups):
        _convolve_channels(shop, step, weights, finish.arguments(FLOAT32), out)
    else:
        prepare_sums(
            weights,
            operation.bias,
            window,
            operation.padding,
            operation.groups,
            image=image,
            out=out,
            finish=finish,
            later=shop,
            threads=shop.threads,
            images=shop.images,
            keeper=shop.prepared(step, keeper_of_weights),
            is_direct=shop.algorithm == "direct",
        )


def _convolve_pixels(shop: Workshop, step: Step, weights: Array, finish: tuple[Any, ...], out: Array) -> None:
    """Windows of one sample."""
    assert isinstance(step.operation, Convolve)
    kernels = weights.shape[3]
    bias = filled(step.operation.bias, kernels, TILE)
    packed = shop.prepared(step, lambda: pack(weights, kernels, TILE))
    multiply(shop, shop.threads, shop.buffers.flat(step.inputs[0]), packed, bias, finish, out)


def _convolve_channels(shop: Workshop, step: Step, weights: Array, finish: tuple[Any, ...], out: Array) -> None:
    """A kernel for each channel."""
    operation, image = step.operation, shop.buffers[step.inputs[0]]
    assert isinstance(operation, Convolve)
    placement = Placement(image.shape[1:3], operation.window, operation.padding, out.shape[1:3])
    flat, bias = shop.buffers.flat(step.inputs[0]), filled(operation.bias, image.shape[3], LANES)
    packed = shop.prepared(step, lambda: by_lanes(weights))
    convolve_each(shop, shop.threads, flat, packed, bias, finish, out, placement)


def _convolve_transposed(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, ConvolveTransposed)
    kernel, window = Kernel(np.asarray(operation.weights, np.float64)), operation.window

    def work() -> None:
        out[...] = convolve_transposed(
            given[0],
            kernel,
            stride=window.stride,
            padding=operation.padding,
            output_padding=operation.output_padding,
            dilation=window.dilation,
            groups=operation.groups,
            bias=operation.bias,
            threads=shop.threads,
        )

    shop.then(work)


def _dense(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Dense)
    weights = operation.weights
    count, units = weights.shape
    images = out.size // units
    bias = np.zeros(units, np.float32) if operation.bias is None else np.ascontiguousarray(operation.bias, np.float32)
    is_by_unit = weights.strides[0] < weights.strides[1]
    table = shop.prepared(step, lambda: np.ascontiguousarray(weights.T if is_by_unit else weights, np.float32))
    shop(
        sum_rows if is_by_unit else sum_columns,
        -(-units // UNITS),
        images * weights.size,
        shop.threads,
        given[0].reshape(-1),
        table.reshape(-1),
        bias,
        out.reshape(-1),
        images,
        count,
        units,
        scratch=() if is_by_unit else ((units + UNITS, np.float32),),
    )


def _pool(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Pool)
    settings = read_pooling(**dict(operation.settings))  # type: ignore[arg-type]
    image, kind = given[0], settings.kind
    windows = settings.windows(image.shape[1:3])
    maps = out.reshape(len(image), *windows.output, image.shape[3])
    is_mean = kind == "average" and sum_type(FLOAT32, windows) == FLOAT32
    if in_parts(windows, image.shape[1:3], len(image)) is None and (is_mean or kind in EXTREMES):
        how = {"sum_type": FLOAT32} if is_mean else {"fill": neutral(kind, FLOAT32)}
        merge(kind, image, windows, FLOAT32, shop.threads, out=maps, start=shop, **how)
        return

    def work() -> None:
        maps[...] = pool_batch(settings, windows, image, shop.threads, FLOAT32)

    shop.then(work)


def _activate(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Activate)
    function = functions.ACTIVATIONS[operation.kind]
    shop.in_blocks(lambda x, result: function(x, result, *operation.numbers), out, given[0])


def _add(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    shop.in_blocks(lambda a, b, result: np.add(a, b, out=result), out, *given)


def _scale(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Scale)
    image, pixel_step = flat_pixels(given[0])
    depth = out.shape[-1]
    numbers = (np.array(np.broadcast_to(one, (depth,)), FLOAT32) for one in (operation.factors, operation.offsets))
    limits = np.array((step.low, step.high), FLOAT32)
    shop(scale_pixels, out.size // depth, out.size, shop.threads, image, *numbers, limits, out.reshape(-1), depth,
         pixel_step)  # fmt: skip


def _reshape(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    if not np.may_share_memory(given[0], out):
        shop.then(lambda: np.copyto(out, given[0].reshape(out.shape)))


def _is_there(one: Array, part: Array) -> bool:
    """Whether a value was written where its part of a join is."""
    return one.strides == part.strides and one.__array_interface__["data"] == part.__array_interface__["data"]


def _concatenate(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Concatenate)
    if operation.axis % out.ndim == out.ndim - 1 and out.ndim > 1:
        ends = accumulate(one.shape[-1] for one in given)
        for one, end in zip(given, ends, strict=True):
            part = out[..., end - one.shape[-1] : end]
            if one.size and not _is_there(one, part):
                shop.in_blocks(lambda x, result: np.copyto(result, x), part, one, width=one.shape[-1])
    else:
        shop.then(lambda: np.concatenate(given, axis=operation.axis, out=out))


def _compute(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Compute)
    shop.then(lambda: np.copyto(out, operation.function(*given), casting="unsafe"))


MAKERS: dict[type, Callable[[Workshop, Step, list[Array], Array], None]] = {
    Convolve: _convolve,
    ConvolveTransposed: _convolve_transposed,
    Dense: _dense,
    Pool: _pool,
    Activate: _activate,
    Add: _add,
    Scale: _scale,
    Reshape: _reshape,
    Concatenate: _concatenate,
    Compute: _compute,
}
