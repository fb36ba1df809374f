"""One convolution to be computed: everything its algorithms need, laid out once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.geometry.blocks import Blocks, cut
from cnnkit.geometry.padding import PadMode, source_index
from cnnkit.geometry.window import Placement
from cnnkit.loops.machine.threads import available_threads
from cnnkit.operations.convolution.settings import Convolution, Floats, made_of

Array = npt.NDArray[Any]


class Problem(NamedTuple):
    """A batch, weights and where they meet.

    Attributes
    ----------
    asked : Convolution
    samples : ndarray, (n, rows, columns, depth)
        In a type and layout that loops read.
    placement : Placement
    weights : ndarray of float64
        (rows, columns), laid over every channel by itself, or HWIO.
    sum_type : dtype
        The type sums are made in.
    out : ndarray, (n, rows, columns, maps)
        Is to be filled.
    threads : int or None
    """

    asked: Convolution
    samples: Array
    placement: Placement
    weights: Floats
    sum_type: np.dtype[Any]
    out: Array
    threads: int | None

    @property
    def depth(self) -> int:
        """Channels of the image."""
        return int(self.samples.shape[3])

    @property
    def workers(self) -> int:
        """How many threads there are to work: what changes no sum may depend on it."""
        return self.threads or available_threads()

    @property
    def shapes(self) -> Hashable:
        """All that is known but the kernel and the samples."""
        asked = self.asked
        settings = (asked.groups, asked.depth, asked.bias.tobytes(), asked.pad_mode)
        return self.samples.shape, self.workers, self.skip_zeros, self.placement, self.sum_type, settings

    @property
    def multiplications(self) -> int:
        """Products in all sums together."""
        taps = self.weights.size if self.weights.ndim == 2 else self.weights[..., 0].size
        return int(self.out.size) * taps

    @property
    def skip_zeros(self) -> bool:
        """Whether products with zero weights may be left out: not where a NaN must be seen."""
        return self.samples.dtype.kind in "ui"

    def image(self, placement: Placement | None = None) -> tuple[Array, Array, Array, float]:
        """What loops are told of the image: its samples, where padding copies rows and columns from, and the constant.

        Parameters
        ----------
        placement : Placement, optional
            When it has more padding than this problem's own.
        """
        place = placement or self.placement
        (rows, columns), padding, mode = place.input, place.padding, self.asked.pad_mode
        return (
            self.samples.reshape(-1),
            outside(rows, padding.top, padding.bottom, mode),
            outside(columns, padding.left, padding.right, mode),
            mode.value,
        )

    def cut(self, **how: Any) -> Blocks:
        """Blocks of this problem; see `geometry.blocks.cut`."""
        return cut(self.placement, self.depth, self.sum_type.itemsize, **how)

    def prepared(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` makes of the kernel alone, made once for each `key`.

        A flat kernel that sums over channels has other weights for each depth.
        """
        return made_of(self.asked.kernel, (self.weights.shape, key), make)


def outside(length: int, before: int, after: int, mode: PadMode) -> npt.NDArray[np.int64]:
    """Which sample stands at each place of the padding before and after, -1 for the constant.

    >>> outside(4, 2, 1, PadMode("reflect")).tolist()
    [2, 1, 2]
    """
    if mode.is_constant:
        return np.full(before + after, -1, dtype=np.int64)
    positions = [*range(-before, 0), *range(length, length + after)]
    return np.array([source_index(position, length, mode) for position in positions], dtype=np.int64)
