"""The settings of a convolution, read and checked before any image is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.recent import recent_kernel
from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.geometry.padding import PADDING_WORDS, Padding, PaddingRule, PadMode, padding_rule
from cnnkit.geometry.padding import pad_mode as read_pad_mode
from cnnkit.geometry.pair import Pair, PairLike, pair, whole
from cnnkit.geometry.window import Placement, Window, place, window_settings
from cnnkit.operations.holes import NO_HOLES, Holes, read_holes

DEPTH_WORDS = ("each", "sum", "grey")

CACHEABLE = (int, str, bool, type(None))
"""Types of settings that are the same where they are equal; 1.0 equals 1, but is not a stride."""

KernelLike = Kernel | str | npt.ArrayLike


@dataclass(frozen=True, eq=False)
class Convolution:
    """A kernel and the settings it is used with, checked as far as they can be without an image."""

    kernel: Kernel  # flipped already, where the settings say so
    window: Window
    padding: str | Padding
    pad_mode: PadMode
    groups: int
    bias: Floats  # (1,) or (kernels,)
    depth: str  # each, sum or grey
    holes: Holes = NO_HOLES
    is_flipped: bool = False  # whether the kernel was turned

    @property
    def key(self) -> tuple[Any, ...]:
        """All settings but the kernel and the holes, for what is cached with it."""
        return self.window, self.padding, self.pad_mode, self.groups, self.bias.tobytes(), self.depth

    @property
    def keywords(self) -> dict[str, Any]:
        """The settings beside the kernel, as keywords of `convolve`.

        >>> read_convolution("edge", pad_mode="constant=1").keywords["pad_mode"]
        'constant=1.0'
        """
        window, mode = self.window, self.pad_mode
        constant = f"constant={mode.value}" if mode.value else "zero"
        return {
            "stride": window.stride,
            "dilation": window.dilation,
            "padding": self.padding,
            "pad_mode": constant if mode.is_constant else mode.word,
            "groups": self.groups,
            "bias": float(self.bias[0]) if len(self.bias) == 1 else self.bias.tolist(),
            "flip_kernel": self.is_flipped,
            "depth": self.depth,
        }

    @property
    def name(self) -> str:
        """What it does, in the words of file names: the kernel, and what differs from the defaults, with hyphens.

        >>> read_convolution("edge").name, read_convolution("edge", stride=2, padding="valid").name
        ('edge', 'edge-s2-valid')
        >>> read_convolution("sobel:45", dilation="2x1", depth="grey").name
        'sobel45-d2x1-grey'
        """
        words = [self.kernel.name, *map(str, window_settings(self.window, self.padding))]
        words += [f"g{self.groups}"] * (self.groups != self.kernel.groups) + [self.depth] * (self.depth != "each")
        return "-".join(words)

    @property
    def is_each(self) -> bool:
        """Whether the kernel is one grid that is applied to every channel by itself."""
        return self.kernel.weights.ndim == 2 and self.depth != "sum"

    def place(self, size: Pair) -> Placement:
        """Where the kernel lands on an image of `size` (rows, columns)."""
        return place(size, self.window, self.padding)

    def weights(self, depth: int) -> Floats:
        """The weights for an image of `depth` channels: (rows, columns), or HWIO when channels are summed.

        A `SizeError` if the kernel has another depth, or the groups do not divide the channels or the kernels.
        """
        weights = self.kernel.weights
        if self.is_each:
            return weights
        if weights.ndim == 2:
            weights = weights[:, :, None]
        if weights.ndim == 3:
            weights = weights[..., None]
        if self.depth == "sum" and self.groups == 1 and weights.shape[2] == 1:
            grid = weights
            weights = self.kernel.cache.get_or_make(("spread", depth), lambda: _spread(grid, depth))
        if depth % self.groups or weights.shape[3] % self.groups:
            raise SizeError(
                f"{self.groups} groups do not divide {depth} channels and {weights.shape[3]} kernels evenly",
                hint="use a number of groups that divides both",
            )
        if weights.shape[2] != depth // self.groups:
            grouped = f" in {self.groups} groups" if self.groups > 1 else ""
            fitting, rest = divmod(depth, weights.shape[2])
            is_grouped = fitting > 1 and not rest and not weights.shape[3] % fitting
            hint = f"use a kernel with {depth // self.groups} grids, or a flat one, which works on any depth"
            raise SizeError(
                f"the kernel has depth {weights.shape[2]}, the image has {depth} channels{grouped}",
                hint=f"use groups {fitting}, if it is for groups of channels; else {hint[4:]}" if is_grouped else hint,
            )
        return weights


def _spread(grid: Floats, depth: int) -> Floats:
    """One grid for all channels, read-only, since a `Plan` hands it to callers."""
    spread = np.repeat(grid, depth, axis=2)
    spread.setflags(write=False)
    return spread


def read_convolution(
    kernel: KernelLike,
    *,
    stride: PairLike = 1,
    padding: PaddingRule = "same",
    pad_mode: str | PadMode = "zero",
    dilation: PairLike = 1,
    groups: int | None = None,
    bias: npt.ArrayLike | None = None,
    flip_kernel: bool = False,
    depth: str = "each",
    nan: str = "propagate",
    nodata: float | str | None = None,
) -> Convolution:
    """Read and check the settings of `convolve`; once for the same `Kernel`, as it takes longer than a small image."""
    settings = (stride, padding, pad_mode, dilation, groups, bias, flip_kernel, depth, nan, nodata)
    grids = recent_kernel(kernel)
    cache, key = None, ("settings", settings)
    if all(type(setting) in CACHEABLE for setting in settings):
        cache = grids.cache
        known: Convolution | None = cache.get(key)
        if known is not None:
            return known
    holes = read_holes(nan, nodata)
    groups = grids.groups if groups is None else whole(groups, "groups")
    if flip_kernel:
        grids = grids.flipped
    if depth not in DEPTH_WORDS:
        raise unknown_word("depth", depth, DEPTH_WORDS)
    if depth == "grey" and grids.weights.ndim != 2:
        raise ArgumentError(
            f"depth grey does not go with weights of {grids.weights.ndim} dimensions",
            hint="use flat weights, rows x columns, or depth sum",
        )
    if groups > 1 and grids.weights.ndim != 4:
        raise ArgumentError(
            f"groups {groups} do not go with weights of {grids.weights.ndim} dimensions",
            hint="use groups 1, or weights of rows x columns x depth / groups x kernels",
        )
    kernels = grids.weights.shape[3] if grids.weights.ndim == 4 else 1
    offsets = read_bias(grids.bias or None if bias is None else bias, "kernel")
    if offsets.shape not in ((1,), (kernels,)):
        raise ArgumentError(
            f"bias has shape {offsets.shape}, the layer has {kernels} kernels",
            hint="give one number, or one per kernel",
        )
    if pad_mode in PADDING_WORDS:
        raise ArgumentError(f"{pad_mode} is a padding, not a pad mode", hint=f"use it as padding: --padding {pad_mode}")
    window = Window(grids.size, pair(stride, "stride"), pair(dilation, "dilation"))
    read = Convolution(
        grids, window, padding_rule(padding), read_pad_mode(pad_mode), groups, offsets, depth, holes, flip_kernel
    )
    if cache is not None:
        cache[key] = read
    return read


def read_bias(bias: npt.ArrayLike | None, one_per: str) -> Floats:
    """The numbers of a bias, one or several: finite, (n,); `one_per` says in an error what may have its own."""
    try:
        offsets = np.atleast_1d(np.asarray(0.0 if bias is None else bias, dtype=np.float64))
    except (TypeError, ValueError):
        hint = f"give one number, or one per {one_per}"
        raise ArgumentError(f"bias {bias!r} is not a real number", hint=hint) from None
    if not np.isfinite(offsets).all():
        raise ArgumentError("bias is not finite", hint="replace NaN and Inf")
    return offsets
