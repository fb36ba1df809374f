"""Kernels that were given as text or arrays lately: the same again is ready, with all that was prepared of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.text import kernel

MOST, MOST_BYTES = 8, 16 << 20
"""Arrays that are kept, and their bytes; what is prepared of their weights may take ten times as many."""

MOST_TEXTS = 64


class _Given(NamedTuple):
    """An array as it was given, and the kernel that it is."""

    bytes: npt.NDArray[Any]  # a copy, flat, in words of 8 bytes where it has such
    kind: tuple[tuple[int, ...], np.dtype[Any]]
    kernel: Kernel


_texts: dict[str, Kernel] = {}
_arrays: tuple[_Given, ...] = ()  # the last one first; replaced as a whole, since several threads look into it


def recent_kernel(given: Kernel | npt.ArrayLike) -> Kernel:
    """The kernel of a text or an array: of the last few, the same object as before.

    Arrays are compared number by number, so that one that was changed is another one.

    >>> weights = np.eye(3)
    >>> one = recent_kernel(weights)
    >>> recent_kernel(np.eye(3)) is one
    True
    >>> weights[0, 0] = 2
    >>> recent_kernel(weights) is one
    False
    """
    if type(given) is str:
        found = _texts.get(given)
        if found is None:
            if len(_texts) >= MOST_TEXTS:
                _texts.clear()
            found = _texts[given] = kernel(given)
        return found
    if type(given) is not np.ndarray or given.nbytes > MOST_BYTES or given.dtype.kind not in "buif":
        return kernel(given)
    return _of_array(given)


def _of_array(given: npt.NDArray[Any]) -> Kernel:
    global _arrays  # noqa: PLW0603
    kind, content = (given.shape, given.dtype), np.ascontiguousarray(given).reshape(-1).view(np.uint8)
    words = content.view(np.uint64) if content.size % 8 == 0 else content
    for one in _arrays:
        if one.kind == kind and np.array_equal(one.bytes, words):
            return one.kernel
    made = _Given(words.copy(), kind, kernel(given))
    kept, n_bytes = [made], words.nbytes
    for one in _arrays[: MOST - 1]:
        n_bytes += one.bytes.nbytes
        if n_bytes > MOST_BYTES:
            break
        kept.append(one)
    _arrays = tuple(kept)
    return made.kernel
