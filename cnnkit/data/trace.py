"""What one run did, in its own numbers: an operation fills it, views draw it and compute nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.raster import Raster
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Placement

if TYPE_CHECKING:  # poolings, which are described likewise, know nothing of kernels
    from cnnkit.data.kernels.kernel import Kernel

Numbers = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

LevelsOf = Callable[[Numbers], Numbers]
"""Gives the levels that results become in a picture."""

MOST_SIDE = 12
"""Rows and columns of a grid that is shown whole."""

MOST_MAPS = 4
"""Maps of one place that are all written out; of more, the strongest, or the first."""


class Spot(NamedTuple):
    """How one result came about: what lay under its window."""

    place: Pair  # row and column of the result
    feature_map: int  # of the result
    channels: tuple[str, ...]  # of the image, by their names
    corner: Pair  # row and column of the image under the window's first sample; below 0 in the padding
    samples: Numbers  # (rows, columns, channels) as they count: padding filled, weighted by alpha, 0 for holes
    is_padding: Mask  # (rows, columns)
    is_hole: Mask  # as samples
    weights: Numbers | None  # as samples; None where there is nothing to multiply by
    value: float  # the result of the run
    level: int | None = None  # what it is in the picture
    bias: float = 0.0
    factor: float = 1.0  # from the sum of the products to the result without its bias: of holes, or alpha
    factor_text: str = ""  # what that is
    divisor: int = 0  # of a mean
    is_lost: bool = False  # whether it could not be computed, and is what marks holes
    kernel: str = ""  # whose result it is, where those of several become one
    end: str = ""  # and how they do

    def marked(self, nodata: float | None, has_holes: bool) -> Spot:
        """The same, with what marks holes where it is one."""
        if not has_holes or not np.isnan(self.value):
            return self
        is_level = self.level is not None and nodata is not None and bool(np.isfinite(nodata))
        level = int(nodata or 0) if is_level else self.level
        return self._replace(value=np.nan if nodata is None else float(nodata), level=level, is_lost=True)

    @property
    def products(self) -> Numbers | None:
        """Samples times weights, in their places."""
        return None if self.weights is None else self.samples * self.weights

    @property
    def facts(self) -> dict[str, Any]:
        """What ``--json`` says of it."""
        arrays = {"samples": self.samples, "weights": self.weights, "products": self.products}
        shown = {name: numbers.tolist() for name, numbers in arrays.items() if numbers is not None}
        return {
            "row": self.place[0],
            "column": self.place[1],
            "map": self.feature_map,
            **({"kernel": self.kernel} if self.kernel else {}),
            "corner": list(self.corner),
            **shown,
            "padding": self.is_padding.tolist(),
            "holes": self.is_hole.tolist(),
            **({"bias": self.bias, "factor": self.factor} if self.weights is not None else {"divisor": self.divisor}),
            "value": self.value,
            "level": self.level,
        }


class Part(NamedTuple):
    """A part of an image, with its padding where it reaches the edge, and the results whose windows lie in it."""

    corner: Pair  # row and column of the first sample
    samples: Numbers  # (rows, columns, channels)
    is_padding: Mask  # (rows, columns)
    first: Pair  # row and column of the first result
    results: Numbers  # (rows, columns, maps)

    @property
    def places(self) -> tuple[range, range]:
        """Rows and columns of the results."""
        rows, columns, _ = self.results.shape
        return range(self.first[0], self.first[0] + rows), range(self.first[1], self.first[1] + columns)


class Trace(NamedTuple):
    """One operation on one image."""

    what: str  # in words: the kernel, or the pooling
    input: tuple[int, int, int]
    output: tuple[int, int, int]
    channels: tuple[str, ...]
    kind: str = "convolution"  # or one of pooling
    p: float = 2  # of a norm
    settings: Mapping[str, Any] = {}  # what was chosen, as keywords of the library
    kernel: Kernel | None = None
    placement: Placement | None = None  # None where windows differ in size
    ceil: bool = False
    fill: str = ""  # what padding holds, in words
    axes: tuple[tuple[tuple[int, int], ...], ...] = ()  # down and across: the first and last sample of each window
    notes: tuple[str, ...] = ()  # what else changes results
    method: str = ""  # how it was computed
    part: Part | None = None
    spots: tuple[Spot, ...] = ()
    joined: tuple[Seen, ...] = ()  # the results that become one
    ends: tuple[str, ...] = ()  # how they do, at the places of the spots


def looked_at(part: Part | None, inside: tuple[range, range], output: Pair) -> tuple[range, range]:
    """Where the strongest result is looked for: in the part, else where no window sees padding, else everywhere."""
    if part is not None and all(part.places):
        return part.places
    everything = range(output[0]), range(output[1])
    return inside if inside[0] != everything[0] and inside[1] != everything[1] else everything


class Seen(NamedTuple):
    """One result of a command, as it is drawn beside others."""

    name: str  # in the words of file names
    trace: Trace
    values: Raster  # the result before it became levels
    is_signed: bool  # whether it measures differences, so that 0 is the middle of its scale


def channel_names(depth: int, *, is_colour: bool) -> tuple[str, ...]:
    """What channels are called.

    >>> channel_names(3, is_colour=True), channel_names(2, is_colour=False), channel_names(1, is_colour=True)
    (('R', 'G', 'B'), ('channel 0', 'channel 1'), ('',))
    """
    if depth == 1:
        return ("",)
    return ("R", "G", "B") if is_colour and depth == 3 else tuple(f"channel {c}" for c in range(depth))
