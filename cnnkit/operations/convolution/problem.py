"""One convolution to be computed: its settings and plan, the samples, and the array to be filled."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Array
from cnnkit.geometry.blocks import Blocks, cut
from cnnkit.geometry.padding import PadMode, source_index
from cnnkit.geometry.window import Placement
from cnnkit.loops.machine.bands import run_bands
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.machine.threads import available_threads
from cnnkit.operations.convolution.plan import Plan, products_per_sum
from cnnkit.operations.convolution.settings import Convolution


class Finish(NamedTuple):
    """What is done to each result before it is written, by the layers whose sums are over channels."""

    addend: Array | None = None  # of as many samples as the result, and a vector more; flat
    low: float = -np.inf
    high: float = np.inf

    def arguments(self, dtype: np.dtype[Any]) -> tuple[Array, int, Array]:
        """The addend, whether there is one, and the limits, as loops take them."""
        addend = np.zeros(VECTOR_BYTES // dtype.itemsize, dtype) if self.addend is None else self.addend
        return addend, int(self.addend is not None), np.array((self.low, self.high), dtype)


class Later(Protocol):
    """Has loops run over bands later, again and again, and what comes after them."""

    def __call__(self, loop: Any, rows: int, steps: int, threads: int | None, *arguments: Any, **settings: Any) -> None:
        """Take what `run_bands` takes."""

    def then(self, work: Callable[[Problem], None], problem: Problem) -> None:
        """Do some work with a problem, or with others that differ in their samples, after the loops so far."""


class Problem(NamedTuple):
    """A batch to be convolved as planned: ``run(problem, *problem.plan.details)`` of a module here fills `out`."""

    convolution: Convolution
    plan: Plan
    samples: Array  # (n, rows, columns, depth), in a type and layout that loops read
    out: Array  # (n, rows, columns, maps)
    threads: int | None
    finish: Finish = Finish()
    later: Later | None = None  # None to run at once

    @property
    def start(self) -> Callable[..., None]:
        """What runs a loop over bands, at once or later."""
        return self.later or run_bands

    @property
    def depth(self) -> int:
        """Channels of the image."""
        return int(self.samples.shape[3])

    @property
    def workers(self) -> int:
        """Threads that will work. The order in which a result's products are summed must not depend on it."""
        return self.threads or available_threads()

    @property
    def key(self) -> Hashable:
        """All that is known but the kernel and the values of the samples."""
        plan = self.plan
        return self.samples.shape, self.workers, self.skip_zeros, plan.placement, plan.sum_type, self.convolution.key

    @property
    def multiplications(self) -> int:
        """Products in all sums together."""
        return int(self.out.size) * products_per_sum(self.plan.weights)

    @property
    def skip_zeros(self) -> bool:
        """Whether products with zero weights may be left out: not where a NaN must be seen."""
        return self.samples.dtype.kind in "ui"

    def image(self, placement: Placement | None = None) -> tuple[Array, Array, Array, float]:
        """The samples, the rows and columns that padding copies, its constant; `placement` if it has more padding."""
        (rows, columns), _, padding, _ = placement or self.plan.placement
        mode = self.convolution.pad_mode
        return (
            self.samples.reshape(-1),
            outside(rows, padding.top, padding.bottom, mode),
            outside(columns, padding.left, padding.right, mode),
            mode.value,
        )

    def cut(self, **how: Any) -> Blocks:
        """Blocks of this problem; see `geometry.blocks.cut`."""
        return cut(self.plan.placement, self.depth, self.plan.sum_type.itemsize, **how)

    def prepared(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` returns, cached with the kernel for each `key` and shape of weights, which depth decides."""
        return self.convolution.kernel.cache.get_or_make((self.plan.weights.shape, key), make)


def outside(length: int, before: int, after: int, mode: PadMode) -> npt.NDArray[np.int64]:
    """The index of the sample that each place of the padding before and after copies, -1 for the constant.

    >>> outside(4, 2, 1, PadMode("reflect")).tolist()
    [2, 1, 2]
    """
    if mode.is_constant:
        return np.full(before + after, -1, dtype=np.int64)
    positions = [*range(-before, 0), *range(length, length + after)]
    return np.array([source_index(position, length, mode) for position in positions], dtype=np.int64)
