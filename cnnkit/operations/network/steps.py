"""Steps of a network made ready: loops with their weights packed and their arrays bound, to be called again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
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
from cnnkit.loops.machine.bands import Bands
from cnnkit.loops.machine.threads import share
from cnnkit.loops.network.dense import UNITS, sum_columns, sum_rows
from cnnkit.operations.convolution.planner import MIN_FLOAT32_WEIGHT, plan_convolution
from cnnkit.operations.convolution.problem import Problem
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.transposed import convolve_transposed
from cnnkit.operations.network import functions
from cnnkit.operations.network.buffers import Buffers
from cnnkit.operations.network.fusing import Step
from cnnkit.operations.pooling.holes import pool_batch
from cnnkit.operations.pooling.settings import read_pooling

Work = Callable[[], object]

FLOAT32 = np.dtype(np.float32)
PRODUCTS_WORTH_A_THREAD = 500_000  # of a fully connected layer: as many weights are read
VALUES_PER_BLOCK = 1 << 15
"""Values that a function goes through at a time, so that they stay in the cache from one operation to the next."""


class Workshop:
    """Makes the steps of one network, which share scratch arrays."""

    def __init__(self, buffers: Buffers, *, algorithm: str, threads: int | None) -> None:
        self.buffers, self.algorithm, self.threads = buffers, algorithm, threads
        self.work: list[Work] = []
        self._scratch: dict[tuple[int, int], Array] = {}

    def __call__(self, loop: Any, rows: int, steps: int, threads: int | None, *arguments: Any, **settings: Any) -> None:
        """Have a loop run over bands when its turn comes; as `run_bands` does at once."""
        self.work.append(Bands(loop, rows, steps, threads, *arguments, room=self._room, **settings))

    def then(self, work: Work) -> None:
        """Have something done when its turn comes."""
        self.work.append(work)

    def _room(self, wanted: Sequence[tuple[int, Any]], number: int) -> list[Array]:
        """Scratch arrays of a thread; the same for all loops, where they are large enough."""
        found = []
        for place, (size, dtype) in enumerate(wanted):
            count, key = size * np.dtype(dtype).itemsize, (number, place)
            if key not in self._scratch or self._scratch[key].size < count:
                self._scratch[key] = arrays.aligned(count, np.uint8)
            found.append(self._scratch[key][:count].view(dtype))
        return found

    def add(self, step: Step) -> None:
        """Add the work of a step."""
        out, given = self.buffers[step.output], [self.buffers[value] for value in step.inputs]
        MAKERS[type(step.operation)](self, step, given, out)


def _convolve(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Convolve)
    window = operation.window
    weights = np.asarray(operation.weights, np.float64)
    convolution = read_convolution(
        Kernel(np.where(np.abs(weights) < MIN_FLOAT32_WEIGHT, 0, weights)),
        stride=window.stride,
        padding=operation.padding,
        dilation=window.dilation,
        groups=operation.groups,
        bias=operation.bias,
    )
    image = given[0]
    wanted = "layer" if shop.algorithm == "direct" else "auto"
    plan = plan_convolution(convolution, FLOAT32, image.shape, wanted)
    if plan.algorithm == "direct":  # which cannot finish what it sums
        plan = plan_convolution(convolution, FLOAT32, image.shape, "layer")
    addend = shop.buffers.flat(step.addend) if step.addend else None
    problem = Problem(convolution, plan, image, out, shop.threads, step.finish(addend), shop)
    import_module(f"cnnkit.operations.convolution.{plan.algorithm}").run(problem)


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
    table = np.ascontiguousarray(weights.T if is_by_unit else weights, np.float32).reshape(-1)
    shop(
        sum_rows if is_by_unit else sum_columns,
        -(-units // UNITS),
        images * weights.size,
        shop.threads,
        given[0].reshape(-1),
        table,
        bias,
        out.reshape(-1),
        images,
        count,
        units,
        scratch=() if is_by_unit else ((units + UNITS, np.float32),),
        worth=PRODUCTS_WORTH_A_THREAD,
    )


def _pool(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Pool)
    settings = read_pooling(**dict(operation.settings))  # type: ignore[arg-type]
    image = given[0]
    windows = settings.windows(image.shape[1:3])

    def work() -> None:
        out[...] = pool_batch(settings, windows, image, shop.threads, FLOAT32)

    shop.then(work)


def _in_blocks(shop: Workshop, function: Callable[..., object], out: Array, *arrays: Array) -> None:
    """Have a function of values by themselves run over blocks of flat arrays, shared among threads."""
    flat = [array.reshape(-1) for array in (*arrays, out)]
    ranges = [slice(first, first + VALUES_PER_BLOCK) for first in range(0, out.size, VALUES_PER_BLOCK)]

    def one(block: int) -> None:
        with np.errstate(all="ignore"):
            function(*[array[ranges[block]] for array in flat])

    shop.then(partial(share, lambda: one, len(ranges), shop.threads))


def _activate(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Activate)
    function = functions.ACTIVATIONS[operation.kind]
    _in_blocks(shop, lambda x, result: function(x, result, *operation.numbers), out, given[0])


def _add(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    _in_blocks(shop, lambda a, b, result: np.add(a, b, out=result), out, *given)


def _scale(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Scale)

    def work() -> None:
        np.multiply(given[0], operation.factors, out=out)
        np.add(out, operation.offsets, out=out)

    shop.then(work)


def _reshape(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    if not np.may_share_memory(given[0], out):
        shop.then(lambda: np.copyto(out, given[0].reshape(out.shape)))


def _concatenate(shop: Workshop, step: Step, given: list[Array], out: Array) -> None:
    operation = step.operation
    assert isinstance(operation, Concatenate)
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
