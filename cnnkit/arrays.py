"""The array forms that loops accept: every operation works on a batch of (n, rows, columns, depth) in C order.

The dimensions of the caller's array are remembered, and the result gets them back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import memory
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import PadMode, source_index
from cnnkit.geometry.pair import pair_text, whole
from cnnkit.geometry.window import Placement

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EXACT_FLOAT32 = 2**24
"""Whole numbers up to here are exact in float32, and so are their sums and products while they stay below."""


VECTOR_ALIGNMENT = 64
"""Bytes of the widest vector registers."""

SAMPLES_PER_BLOCK = 1 << 16
"""Converted at a time, so that intermediate arrays stay small."""


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
        """Give `out`, (n, rows, columns, depth), the dimensions of the input; no depth axis where there was none."""
        if self.dimensions == 4:
            return out
        return out[0, :, :, 0] if self.dimensions == 2 and flat and out.shape[3] == 1 else out[0]


SMALLER = "use less padding, a larger stride or a smaller image"
"""The hint where a result is too large."""


def real(given: npt.ArrayLike, what: str) -> Array:
    """An array of real numbers, none of them masked, each with its bytes in the machine's order."""
    if hasattr(given, "filled") and np.any(getattr(given, "mask", False)):
        raise ArgumentError(f"some of the {what} are masked", hint=f"give {what}.filled(0), or other numbers for them")
    try:
        array = np.asarray(given)
    except ValueError:
        raise ArgumentError(f"the {what} are ragged: rows differ in length", hint="give a full array") from None
    if array.dtype.kind not in "buif":
        raise ArgumentError(f"{what} of type {array.dtype} are not real numbers", hint="give integers or floats")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def as_batch(image: npt.ArrayLike) -> Batch:
    """Read an image of (rows, columns), (rows, columns, depth) or (n, rows, columns, depth).

    >>> as_batch(np.zeros((4, 5))).samples.shape
    (1, 4, 5, 1)
    """
    samples = real(image, "samples")
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


def contiguous(samples: Array, dtype: npt.DTypeLike) -> Array:
    """The samples as `dtype`, in C order and aligned; the same array if it is that already."""
    if samples.dtype == dtype and samples.flags.c_contiguous and samples.flags.aligned:
        return samples
    required: Array = np.require(samples, dtype=dtype, requirements=["C", "ALIGNED"])
    return required


def readable(samples: Array) -> Array:
    """Samples in a type and layout that loops read: uint8, int16, uint16, float32 or float64, each value preserved.

    >>> readable(np.zeros((1, 2, 2, 1), bool)).dtype
    dtype('uint8')
    """
    given = samples.dtype
    dtype: np.dtype[Any] = np.dtype(np.float64)
    if given.kind == "b":
        dtype = np.dtype(np.uint8)
    elif given.kind == "f" and given.itemsize <= 4:
        dtype = np.dtype(np.float32)
    elif given.kind in "ui" and given.itemsize <= 2:
        dtype = np.dtype(np.int16) if given.kind == "i" else given.newbyteorder("=")
    return contiguous(samples, dtype)


def comparable(samples: Array) -> Array:
    """Samples in a type and layout that loops compare: bool as uint8, half precision as float32, others as they are.

    >>> comparable(np.zeros((1, 2, 2, 1), np.float16)).dtype
    dtype('float32')
    """
    if samples.dtype.kind in "bf":
        return readable(samples)
    return contiguous(samples, samples.dtype.newbyteorder("="))


def allocate(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """An array to be filled, or an error that says how much memory it would take."""
    size = check_size(shape, dtype)
    try:
        return np.empty(shape, dtype=dtype)
    except (MemoryError, ValueError):
        raise SizeError(
            f"an array of {pair_text(shape)} takes {size / 2**30:,.3g} GiB, more memory than there is", hint=SMALLER
        ) from None


def check_size(shape: tuple[int, ...], dtype: npt.DTypeLike) -> int:
    """The bytes of an array; a SizeError if they are more than one may take."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size > memory.most_bytes:  # the words take longer than the sums of a small image
        memory.check(size, f"an array of {pair_text(shape)}", SMALLER)
    return size


def aligned(count: int, dtype: npt.DTypeLike) -> Array:
    """A flat array to be filled, aligned for the widest vector registers."""
    size = count * np.dtype(dtype).itemsize
    room = allocate((size + VECTOR_ALIGNMENT,), np.uint8)
    skip = -room.__array_interface__["data"][0] % VECTOR_ALIGNMENT
    return room[skip : skip + size].view(dtype)


def flat_pixels(out: Array) -> tuple[Array, int]:
    """A result that lies among the channels of another, from its first sample on, and the step between its pixels.

    >>> flat, step = flat_pixels(np.zeros((1, 2, 2, 5))[..., 1:3])
    >>> flat.size, step
    (17, 5)
    """
    if out.flags.c_contiguous:
        return out.reshape(-1), out.shape[-1]
    step = out.strides[-2] // out.itemsize
    size = (out.size // out.shape[-1] - 1) * step + out.shape[-1]
    return np.lib.stride_tricks.as_strided(out, (size,), (out.itemsize,)), step


def pad(samples: Array, placement: Placement, mode: PadMode, dtype: npt.DTypeLike) -> Array:
    """A batch padded for a window, as `dtype` in C order; the input itself where nothing has to change."""
    if placement.padding.widest == 0:
        return contiguous(samples, dtype)
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
    """Round to whole numbers, half away from zero, and clip to the range of `dtype`; NaN becomes 0.

    Image tools round this way; NumPy and IEEE round half to even.

    >>> saturate(np.array([0.5, 1.5, -0.5, 300.0, -300.0]), np.int8).tolist()
    [1, 2, -1, 127, -128]
    """
    integer = np.dtype(dtype)
    if integer.kind not in "ui":
        raise ArgumentError(f"{integer} is not an integer type", hint="use uint8, uint16, int16 or another integer")
    limits = np.iinfo(integer)
    # An infinity becomes the largest number, which saturates too.
    finite = np.nan_to_num(samples.astype(np.float64, copy=False), nan=0.0)
    magnitude = np.floor(np.abs(finite))
    magnitude += np.abs(finite) - magnitude >= 0.5
    rounded = np.copysign(magnitude, finite)
    # float64 cannot hold the ends of the 64-bit types, so what reaches them is set rather than converted.
    out = np.clip(rounded, limits.min, limits.max)
    top, bottom = rounded >= limits.max, rounded <= limits.min
    out[top | bottom] = 0
    saturated: Array = out.astype(integer)
    saturated[top] = limits.max
    saturated[bottom] = limits.min
    return saturated


def result_type(image: np.dtype[Any], wanted: npt.DTypeLike | None) -> np.dtype[Any]:
    """The type of a result: as wanted, else float64 for a float64 image and float32 for any other."""
    if wanted is None:
        return np.dtype(np.float64 if image.kind == "f" and image.itemsize >= 8 else np.float32)
    try:
        dtype = np.dtype(wanted)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "uif":
        raise ArgumentError(f"dtype {wanted!r} is not a real type", hint="use float32, float64, uint8, uint16 or int16")
    return dtype


def convert(samples: Array, dtype: np.dtype[Any]) -> Array:
    """The samples as `dtype`: rounded and clipped for an integer type, infinite beyond the range of a float type."""
    if samples.dtype == dtype:
        return samples
    if dtype.kind not in "ui":
        with np.errstate(over="ignore"):
            return samples.astype(dtype, copy=False)
    out = np.empty(samples.shape, dtype=dtype)
    flat, given = out.reshape(-1), samples.reshape(-1)
    for start in range(0, flat.size, SAMPLES_PER_BLOCK):
        flat[start : start + SAMPLES_PER_BLOCK] = saturate(given[start : start + SAMPLES_PER_BLOCK], dtype)
    return out


def check_threads(threads: int | None) -> int | None:
    """A number of threads, 1 or more; None stands for one for each processor."""
    return None if threads is None else whole(threads, "threads", unit="thread")
