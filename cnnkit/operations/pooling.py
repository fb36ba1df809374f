"""Pooling: a window slides over an image and keeps one number of what it sees; there is nothing to learn."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.errors import ArgumentError
from cnnkit.geometry.padding import Padding, PaddingRule, padding_rule
from cnnkit.geometry.pair import Pair, PairLike, pair, pair_text
from cnnkit.geometry.window import Placement, Window, place
from cnnkit.loops.bands import run_bands
from cnnkit.loops.pooling import pool_average, pool_maximum

KINDS = ("max", "average")
MANY = 1024
"""Samples in a window from which on a sum in float32 loses more than its own rounding."""


class Pooling(NamedTuple):
    """What is asked of a pooling, read and checked, whatever image it will be given."""

    window: Window
    kind: str
    padding: str | Padding
    ceil: bool
    count_padding: bool

    @property
    def name(self) -> str:
        """What it does, in the words of file names: maxpool2, avgpool3x2s1.

        >>> read_pooling(2).name, read_pooling("3x2", stride=1, kind="average").name
        ('maxpool2', 'avgpool3x2s1')
        """
        size, stride = self.window.size, self.window.stride
        step = "" if stride == size else f"s{_short(stride)}"
        return f"{'max' if self.kind == 'max' else 'avg'}pool{_short(size)}{step}"

    def place(self, size: Pair) -> Placement:
        """Where the window lands on an image of `size` (rows, columns)."""
        return place(size, self.window, self.padding, ceil=self.ceil)


def _short(value: Pair) -> str:
    return str(value[0]) if value[0] == value[1] else pair_text(value)


def read_pooling(
    size: PairLike,
    *,
    stride: PairLike | None = None,
    kind: str = "max",
    padding: PaddingRule = "valid",
    ceil: bool = False,
    count_padding: bool = False,
    dilation: PairLike = 1,
) -> Pooling:
    """Read and check the settings of `pool`; see there."""
    if kind not in KINDS:
        raise ArgumentError(f"unknown kind of pooling {kind!r}", hint=f"use {' or '.join(KINDS)}")
    if count_padding and kind != "average":
        raise ArgumentError("only an average can count padding", hint="leave count_padding out, or use kind average")
    window_size = pair(size, "window size")
    window = Window(window_size, window_size if stride is None else pair(stride, "stride"), pair(dilation, "dilation"))
    return Pooling(window, kind, padding_rule(padding), ceil, count_padding)


def pool(
    image: npt.ArrayLike,
    size: PairLike,
    *,
    stride: PairLike | None = None,
    kind: str = "max",
    padding: PaddingRule = "valid",
    ceil: bool = False,
    count_padding: bool = False,
    dilation: PairLike = 1,
    threads: int | None = None,
) -> npt.NDArray[Any]:
    """Shrink an image: the maximum or the mean of every window, each channel by itself.

    Parameters
    ----------
    image : array_like, (rows, columns), (rows, columns, depth) or (n, rows, columns, depth)
        Real samples of any type and memory layout.
    size : int or (int, int)
        Rows and columns of the window.
    stride : int or (int, int), optional
        Steps between windows; the size of the window when not given, so that windows do not overlap.
    kind : {"max", "average"}
    padding : str, int, (int, int) or (int, int, int, int)
        As in `convolve`. Padding is never a sample: a maximum passes over it, a mean divides by real samples.
    ceil : bool
        Let a last window hang over the end of the image; one that would begin beyond it is dropped.
    count_padding : bool
        Divide a mean by the padding too (not by what `ceil` hangs over), as some frameworks do.
    dilation : int or (int, int)
        Steps between the samples in a window.
    threads : int, optional
        Threads to use; one for each processor when not given. The result is the same to the bit.

    Returns
    -------
    ndarray
        With as many dimensions and as deep as the image. A maximum keeps the type of the image; a mean is float32
        (float64 for a float64 image). A window that holds padding alone gives minus infinity (the lowest number of an
        integer type), or a mean of NaN.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the image.
    SizeError
        If the window does not fit this image.

    Notes
    -----
    NaN in a window makes its result NaN. Source of the size relations: Dumoulin and Visin, arXiv:1603.07285.

    Examples
    --------
    >>> image = np.arange(16).reshape(4, 4)
    >>> pool(image, 2)
    array([[ 5,  7],
           [13, 15]])
    >>> pool(image, 2, kind="average")
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """
    asked = read_pooling(
        size, stride=stride, kind=kind, padding=padding, ceil=ceil, count_padding=count_padding, dilation=dilation
    )
    batch = arrays.as_batch(image)
    return batch.like_input(run(asked, batch.samples, arrays.check_threads(threads)))


def run(asked: Pooling, samples: npt.NDArray[Any], threads: int | None) -> npt.NDArray[Any]:
    """Pool a batch: (n, rows, columns, depth) in, and out with fewer rows and columns."""
    # Lay out.
    placement = asked.place((samples.shape[1], samples.shape[2]))
    kind = samples.dtype
    image = arrays.laid_out(samples, _loop_type(kind))

    # Prepare and allocate.
    window, padding = asked.window, placement.padding
    out_type = image.dtype if asked.kind == "max" else _sum_type(kind, window)
    out = arrays.allocate((len(image), *placement.output, image.shape[3]), out_type)
    rows, steps = len(out) * placement.output[0], out.size * window.size[0] * window.size[1]
    settings = (*window.size, *window.stride, *window.dilation, padding.top, padding.left, image.shape[3])
    # Interleaved channels are one long row.
    images, results = (array.reshape(*array.shape[:2], -1) for array in (image, out))

    # Loop.
    if asked.kind == "max":
        lowest = -np.inf if image.dtype.kind == "f" else np.iinfo(image.dtype).min
        run_bands(pool_maximum, rows, steps, threads, images, np.array([lowest], image.dtype), results, *settings)
        return out.astype(kind, copy=False)
    counts = (_counts(placement, axis, count_padding=asked.count_padding) for axis in (0, 1))
    run_bands(pool_average, rows, steps, threads, images, *counts, results, *settings)
    return out.astype(arrays.result_type(kind, None), copy=False)


def _loop_type(kind: np.dtype[Any]) -> np.dtype[Any]:
    """The type a loop has that holds every value of `kind`: bool becomes uint8, half precision float32."""
    if kind.kind == "b":
        return np.dtype(np.uint8)
    if kind.kind == "f":
        return np.dtype(np.float32 if kind.itemsize <= 4 else np.float64)
    native: np.dtype[Any] = kind.newbyteorder("=")
    return native


def _sum_type(kind: np.dtype[Any], window: Window) -> np.dtype[Any]:
    """The type a mean is summed in: float32 where it is exact, or as exact as the image; float64 elsewhere."""
    if kind.kind == "f":
        many = window.size[0] * window.size[1] > MANY
        return np.dtype(np.float32 if kind.itemsize <= 4 and not many else np.float64)
    largest = 1 if kind.kind == "b" else max(abs(int(np.iinfo(kind).min)), int(np.iinfo(kind).max))
    is_exact = largest * window.size[0] * window.size[1] < arrays.EXACT_FLOAT32
    return np.dtype(np.float32 if is_exact else np.float64)


def _counts(placement: Placement, axis: int, *, count_padding: bool) -> npt.NDArray[np.int64]:
    """How many samples of each window along one axis lie in the image, or in the image and its padding."""
    window, length = placement.window, placement.input[axis]
    before = (placement.padding.top, placement.padding.left)[axis]
    low, high = (0, placement.padded[axis]) if count_padding else (before, before + length)
    starts = np.arange(placement.output[axis])[:, None] * window.stride[axis]
    positions = starts + np.arange(window.size[axis]) * window.dilation[axis]
    return np.asarray(((positions >= low) & (positions < high)).sum(axis=1), dtype=np.int64)
