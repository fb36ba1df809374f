"""The same samples in every way memory can hold them: whatever an operation does, it must do the same to all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def _reversed(values: Array) -> Array:
    return np.ascontiguousarray(values[::-1, ::-1])[::-1, ::-1]


def _strided(values: Array) -> Array:
    wide = np.zeros([2 * length for length in values.shape], dtype=values.dtype)
    view = wide[tuple(slice(1, None, 2) for _ in values.shape)]
    view[...] = values
    return view


def _read_only(values: Array) -> Array:
    values = values.copy()
    values.setflags(write=False)
    return values


def _swapped(values: Array) -> Array:
    return values.astype(values.dtype.newbyteorder())


def _unaligned(values: Array) -> Array:
    packed = np.zeros(values.nbytes + 1, dtype=np.uint8)
    view = packed[1:].view(values.dtype).reshape(values.shape)
    view[...] = values
    return view


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran order": np.asfortranarray,
    "negative strides": _reversed,
    "every second sample": _strided,
    "read only": _read_only,
    "byte-swapped": _swapped,
    "unaligned": _unaligned,
}

REAL_TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "?")


def samples(seed: int, shape: tuple[int, ...], dtype: str) -> Array:
    """Random samples over the whole range of an integer type, and around 0 for floats."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if kind.kind == "f":
        return rng.normal(0, 2, shape).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)
