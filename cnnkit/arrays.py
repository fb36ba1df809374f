"""Floor 2: the array forms that loops accept: one layout in, one layout out.

Every operation works on a batch of (n, rows, columns, depth) in C order; what the caller gave is remembered and
given back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import PadMode, source_index
from cnnkit.geometry.pair import pair_text, whole
from cnnkit.geometry.window import Placement

Array = npt.NDArray[Any]

EXACT_FLOAT32 = 2**24
"""Whole numbers up to here are exact in float32, and so are their sums and products while they stay below."""


WIDEST_VECTOR = 64
"""Bytes."""

BLOCK = 1 << 16
"""Samples converted at a time, so that what is needed on the way is small."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Images as (n, rows, columns, depth), and how many dimensions the caller's array had."""

    samples: Array
    dimensions: int

    @property
    def depth(self) -> int:
        """Channels of each image."""
        return int(self.samples.shape[3])

    def like_input(self, out: Array, *, flat: bool = True) -> Array:
        """Give `out`, (n, rows, columns, depth), the dimensions of the input.

        An image without a depth axis gets a result without one when `flat` allows it.
        """
        if self.dimensions == 4:
            return out
        return out[0, :, :, 0] if self.dimensions == 2 and flat and out.shape[3] == 1 else out[0]


def as_batch(image: npt.ArrayLike) -> Batch:
    """Read an image of (rows, columns), (rows, columns, depth) or (n, rows, columns, depth).

    Raises
    ------
    ArgumentError
        If it has other dimensions, or its samples are not real numbers.
    SizeError
        If it has no samples.

    >>> as_batch(np.zeros((4, 5))).samples.shape
    (1, 4, 5, 1)
    """
    try:
        samples = np.asarray(image)
    except ValueError:
        raise ArgumentError("the image is ragged: its rows differ in length", hint="give a full array") from None
    if samples.dtype.kind not in "buif":
        raise ArgumentError(f"samples of type {samples.dtype} are not real numbers", hint="give integers or floats")
    dimensions = samples.ndim
    if dimensions not in (2, 3, 4):
        raise ArgumentError(
            f"an image has 2, 3 or 4 dimensions, not {dimensions}",
            hint="give rows x columns, rows x columns x depth, or n x rows x columns x depth",
        )
    if samples.size == 0:
        raise SizeError(f"the image has no samples: its shape is {samples.shape}", hint="give at least 1x1")
    if dimensions == 2:
        samples = samples[None, :, :, None]
    elif dimensions == 3:
        samples = samples[None]
    return Batch(samples, dimensions)


def rounded_up(count: int, multiple: int) -> int:
    """The next multiple.

    >>> rounded_up(100, 64)
    128
    """
    return -(-count // multiple) * multiple


def laid_out(samples: Array, dtype: npt.DTypeLike) -> Array:
    """The samples in the layout loops accept: of `dtype`, in C order, aligned; the same array if it is that already."""
    laid: Array = np.require(samples, dtype=dtype, requirements=["C", "ALIGNED"])
    return laid


def readable(samples: Array) -> Array:
    """Samples in a type and layout that loops read: uint8, int16, uint16, float32 or float64, each value kept.

    >>> readable(np.zeros((1, 2, 2, 1), bool)).dtype
    dtype('uint8')
    """
    kind = samples.dtype
    wanted: np.dtype[Any]
    if kind.kind == "b":
        wanted = np.dtype(np.uint8)
    elif kind.kind == "f":
        wanted = np.dtype(np.float32 if kind.itemsize <= 4 else np.float64)
    elif kind.itemsize <= 2:
        wanted = np.dtype(np.int16) if kind.kind == "i" else kind.newbyteorder("=")
    else:
        wanted = np.dtype(np.float64)
    return laid_out(samples, wanted)


def comparable(samples: Array) -> Array:
    """Samples in a type and layout that loops compare: bool as uint8, half precision as float32, each value kept.

    >>> comparable(np.zeros((1, 2, 2, 1), np.float16)).dtype
    dtype('float32')
    """
    kind = samples.dtype
    if kind.kind == "b":
        return laid_out(samples, np.uint8)
    if kind.kind == "f":
        return laid_out(samples, np.float32 if kind.itemsize <= 4 else np.float64)
    return laid_out(samples, kind.newbyteorder("="))


def allocate(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """An array to be filled.

    Raises
    ------
    SizeError
        If no memory holds it.
    """
    try:
        return np.empty(shape, dtype=dtype)
    except (MemoryError, ValueError):
        size = math.prod(shape) * np.dtype(dtype).itemsize / 1e9
        raise SizeError(
            f"an array of {pair_text(shape)} takes {size:.3g} GB, more memory than there is",
            hint="use less padding, a larger stride or a smaller image",
        ) from None


def aligned(count: int, dtype: npt.DTypeLike) -> Array:
    """A flat array to be filled that begins where the widest of vector registers would, every 64 bytes."""
    kind = np.dtype(dtype)
    room = allocate((count * kind.itemsize + WIDEST_VECTOR,), np.uint8)
    skip = -room.__array_interface__["data"][0] % WIDEST_VECTOR
    return room[skip : skip + count * kind.itemsize].view(kind)


def pad(samples: Array, placement: Placement, mode: PadMode, dtype: npt.DTypeLike) -> Array:
    """Lay a batch out for a window: padded, of `dtype`, in C order; the input itself where nothing has to change.

    Parameters
    ----------
    samples : ndarray, (n, rows, columns, depth)
    placement : Placement
        Says how many samples are added on each side.
    mode : PadMode
        Says what they hold.
    dtype : dtype
        Type of the result.

    Returns
    -------
    ndarray, (n, padded rows, padded columns, depth)
    """
    if placement.padding.widest == 0:
        return laid_out(samples, dtype)
    n, rows, columns, depth = samples.shape
    top, left = placement.padding.top, placement.padding.left
    padded = allocate((n, *placement.padded, depth), dtype)
    padded[:, top : top + rows, left : left + columns] = samples
    middle = padded[:, top : top + rows]
    _fill(middle.swapaxes(1, 2), left, columns, mode)
    _fill(padded, top, rows, mode)
    return padded


def _fill(padded: Array, before: int, length: int, mode: PadMode) -> None:
    """Fill axis 1 of `padded` around its `length` known entries, which begin at `before`."""
    outside = [p for p in range(-before, padded.shape[1] - before) if not 0 <= p < length]
    if mode.is_constant:
        padded[:, :before] = mode.value
        padded[:, before + length :] = mode.value
    elif outside:
        known = [source_index(position, length, mode) + before for position in outside]
        padded[:, [position + before for position in outside]] = padded[:, known]


def saturate(samples: Array, dtype: npt.DTypeLike) -> Array:
    """Round to whole numbers, half away from zero, and hold what lies beyond the range of `dtype` at its ends.

    NaN becomes 0. Image tools round this way; NumPy and IEEE round half to even.

    >>> saturate(np.array([0.5, 1.5, -0.5, 300.0, -300.0]), np.int8).tolist()
    [1, 2, -1, 127, -128]
    """
    kind = np.dtype(dtype)
    if kind.kind not in "ui":
        raise ArgumentError(f"{kind} is not an integer type", hint="use uint8, uint16, int16 or another integer")
    limits = np.iinfo(kind)
    finite = np.nan_to_num(
        samples.astype(np.float64, copy=False), nan=0.0
    )  # an infinity becomes the largest number, which saturates too
    magnitude = np.floor(np.abs(finite))
    magnitude += np.abs(finite) - magnitude >= 0.5
    rounded = np.copysign(magnitude, finite)
    # float64 cannot hold the ends of the 64-bit types, so what reaches them is set rather than converted.
    out = np.clip(rounded, limits.min, limits.max)
    top, bottom = rounded >= limits.max, rounded <= limits.min
    out[top | bottom] = 0
    saturated: Array = out.astype(kind)
    saturated[top] = limits.max
    saturated[bottom] = limits.min
    return saturated


def result_type(image: np.dtype[Any], wanted: npt.DTypeLike | None) -> np.dtype[Any]:
    """The type of a result: as wanted, else float64 for a float64 image and float32 for any other.

    Raises
    ------
    ArgumentError
        If what is wanted is not a real type.
    """
    if wanted is None:
        return np.dtype(np.float64 if image.kind == "f" and image.itemsize >= 8 else np.float32)
    try:
        kind = np.dtype(wanted)
    except TypeError:
        kind = np.dtype(object)
    if kind.kind not in "uif":
        raise ArgumentError(f"dtype {wanted!r} is not a real type", hint="use float32, float64, uint8, uint16 or int16")
    return kind


def convert(samples: Array, kind: np.dtype[Any]) -> Array:
    """The samples as `kind`: saturated and rounded when that is an integer type, infinite beyond a float type."""
    if samples.dtype == kind:
        return samples
    if kind.kind not in "ui":
        with np.errstate(over="ignore"):
            return samples.astype(kind, copy=False)
    out = np.empty(samples.shape, dtype=kind)
    flat, given = out.reshape(-1), samples.reshape(-1)
    for start in range(0, flat.size, BLOCK):
        flat[start : start + BLOCK] = saturate(given[start : start + BLOCK], kind)
    return out


def check_threads(threads: int | None) -> int | None:
    """A number of threads, 1 or more; None stands for one for each processor."""
    return None if threads is None else whole(threads, "threads", unit="thread")
