"""A kernel: the weights a window multiplies an image with, and what is known about them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ArgumentError
from cnnkit.geometry.pair import Pair, pair_text

ZERO_SUM_TOLERANCE = 1e-9
"""Share of sum |w| below which sum w counts as zero: presets made with sines and roots miss it by rounding."""

MAX_JOINED_NAMES = 40
"""Characters; a layer whose kernels have longer names is called by their number and a checksum."""

MAX_DENOMINATOR = 1024
"""The largest denominator weights are shown over."""

WHOLE = 1e-12
"""How far a weight may lie from a fraction for rounding to be the reason."""

MAX_CACHED = 256
"""Entries in the cache of one kernel."""


class Cache(dict[Hashable, Any]):
    """What operations prepared of a kernel, emptied when it is full."""

    def __setitem__(self, key: Hashable, value: Any) -> None:
        if len(self) >= MAX_CACHED:
            self.clear()
        super().__setitem__(key, value)

    def get_or_make(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The entry for `key`, which `make` makes when it is missing."""
        value = self.get(key)
        if value is None:
            value = self[key] = make()
        return value


@dataclass(frozen=True, eq=False)
class Kernel:
    """Weights with their name.

    Attributes
    ----------
    weights : ndarray of float64, read-only
        (rows, columns); (rows, columns, depth) has a grid per channel; (rows, columns, depth / groups, kernels),
        the layout HWIO, is a layer of many kernels.
    name : str
        What it is called in file names and messages.
    detects : str
        What it responds to, in a few words.
    source : str
        Where it was published.
    bias : tuple of float
        Added to every sum, one number for each kernel, where a convolution is given no other; usually none.
    groups : int
        Groups of channels, where a convolution is given no other number: of four dimensions alone, usually 1.
    cache : dict
        What operations prepared of it, so that a kernel that is used again is ready.

    Raises
    ------
    ArgumentError
        If the weights are empty, not finite, or not 2, 3 or 4-dimensional.

    Examples
    --------
    >>> Kernel(np.array([[1, 0, -1]]), "gradient").is_zero_sum
    True
    """

    weights: npt.NDArray[np.float64]
    name: str = "kernel"
    detects: str = ""
    source: str = ""
    bias: tuple[float, ...] = ()
    groups: int = 1
    cache: Cache = field(default_factory=Cache, init=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return Kernel, (self.weights, self.name, self.detects, self.source, self.bias, self.groups)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _as_weights(self.weights))

    @property
    def size(self) -> Pair:
        """(rows, columns) of the grid."""
        return self.weights.shape[0], self.weights.shape[1]

    @property
    def is_zero_sum(self) -> bool:
        """Whether every grid's weights sum to zero, as a derivative's do: a flat region gives 0."""
        weights = self.weights / (np.abs(self.weights).max() or 1.0)  # whose sums cannot be infinite
        sums = weights.sum(axis=(0, 1))
        return bool(np.all(np.abs(sums) <= ZERO_SUM_TOLERANCE * np.abs(weights).sum(axis=(0, 1))))

    @property
    def has_integer_weights(self) -> bool:
        """Whether all weights are whole numbers, so that integer images are convolved exactly."""
        return bool(np.all(self.weights == np.rint(self.weights)))

    @property
    def denominator(self) -> int:
        """The smallest number up to 1024 that makes all weights whole; 1 if there is none.

        >>> Kernel(np.array([[1 / 16, 1 / 8]])).denominator, Kernel(np.array([[0.3, np.pi]])).denominator
        (16, 1)
        """
        smallest = np.abs(self.weights[self.weights != 0]).min(initial=1.0)
        for denominator in range(max(int(0.5 / smallest), 1), MAX_DENOMINATOR + 1):
            scaled = self.weights * denominator
            if np.abs(scaled - np.rint(scaled)).max() < WHOLE * denominator:
                return denominator
        return 1

    @property
    def flipped(self) -> Kernel:
        """The kernel turned by 180 degrees, which makes cross-correlation the mathematical convolution."""
        return Kernel(self.weights[::-1, ::-1], self.name, self.detects, self.source, self.bias, self.groups)

    def __repr__(self) -> str:
        return f"Kernel({self.name!r}, {pair_text(self.weights.shape)})"

    def _repr_html_(self) -> str:
        from cnnkit.data.kernels.notebook import kernel_html

        return kernel_html(self)


def layer(kernels: Sequence[Kernel]) -> Kernel:
    """Several kernels of one size as the weights of one layer, (rows, columns, depth, kernels).

    Flat kernels get depth 1, which a convolution that sums over channels spreads over all of them.

    >>> layer([Kernel(np.ones((3, 3)), "a"), Kernel(np.eye(3), "b")])
    Kernel('a+b', 3x3x1x2)
    """
    shapes = {kernel.weights.shape for kernel in kernels}
    if len(shapes) != 1 or len(kernels[0].weights.shape) == 4:
        sizes = ", ".join(f"{kernel.name} {pair_text(kernel.weights.shape)}" for kernel in kernels)
        raise ArgumentError(
            f"kernels of different sizes make no layer: {sizes}", hint="give them one size, or run one each"
        )
    grids = [kernel.weights if kernel.weights.ndim == 3 else kernel.weights[:, :, None] for kernel in kernels]
    return Kernel(np.stack(grids, axis=3), joined_name(kernels))


def joined_name(kernels: Sequence[Kernel]) -> str:
    """A name for several kernels: theirs, or their number and a checksum where that is too long."""
    name = "+".join(kernel.name for kernel in kernels)
    return name if len(name) <= MAX_JOINED_NAMES else f"maps{len(kernels)}-{_digits(name.encode())}"


def grid_name(weights: npt.NDArray[Any]) -> str:
    """A name for weights that have none, the same on every machine: their grid and four digits of a checksum.

    >>> grid_name(np.array([[1, 0, -1]]))
    'k1x3-6f1b'
    """
    values = weights.astype("<f8") + 0.0  # turns -0.0 into 0.0
    return f"k{pair_text(weights.shape)}-{_digits(values.tobytes())}"


def _digits(content: bytes) -> str:
    return f"{zlib.crc32(content) & 0xFFFF:04x}"


def _as_weights(values: Any) -> npt.NDArray[np.float64]:
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "buif":
        raise ArgumentError(
            f"kernel weights of type {array.dtype} are not real numbers in a full grid",
            hint="give every row the same number of weights",
        )
    weights = array.astype(np.float64)
    if weights.ndim not in (2, 3, 4):
        raise ArgumentError(
            f"a kernel has 2, 3 or 4 dimensions, not {weights.ndim}",
            hint="give rows x columns, rows x columns x depth, or rows x columns x depth x kernels",
        )
    if weights.size == 0:
        raise ArgumentError(f"the kernel is empty ({pair_text(weights.shape)})", hint="give at least one weight")
    if not np.isfinite(weights).all():
        bad = int(weights.size - np.isfinite(weights).sum())
        raise ArgumentError(f"{bad} of {weights.size} kernel weights are not finite", hint="replace NaN and Inf")
    weights.setflags(write=False)
    return weights
