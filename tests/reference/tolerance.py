"""How far a convolution may lie from another library's, by the way it may have been computed.

A sum of products made term by term, or by rows and then columns, is off by a share of the sum of |w| |x| under its own
window. A Fourier transform or Winograd's algorithm mixes windows: it is off by a share of the largest sum possible.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SINGLE, DOUBLE = 2e-6, 1e-14
"""What a sum may be off, as a share of sum |w| |x| under its window."""
MIXED = 10
"""How many times that where windows may be mixed, as a share of sum |w| max |x|."""


def may_mix_windows(weights: Array) -> bool:
    """Whether a transform pays: 225 taps or more, or 3x3 layers over 16 channels or more.

    >>> [may_mix_windows(np.ones(shape)) for shape in ((13, 13), (15, 15), (3, 3, 15, 1), (3, 3, 16, 1), (5, 5, 64, 1))]
    [False, True, False, True, False]
    """
    rows, columns, *layer = weights.shape
    return rows * columns >= 225 or (bool(layer) and (rows, columns) == (3, 3) and layer[0] >= 16)


def allowed(image: Array, weights: Array, magnitude: Array, *, outside: float = 0.0) -> Array:
    """The largest error of each result: `magnitude` is its sum of |w| |x|, `outside` the constant around the image.

    An image of float64 is held to float64, any other to float32.
    """
    share = DOUBLE if image.dtype.kind == "f" and image.dtype.itemsize == 8 else SINGLE
    if not may_mix_windows(weights):
        return share * magnitude
    largest = max(float(np.abs(image.astype(np.float64)).max()), abs(outside))
    heaviest = np.abs(weights).sum(axis=(0, 1)) if weights.ndim == 2 else np.abs(weights).sum(axis=(0, 1, 2))
    bound: Array = np.maximum(MIXED * share * heaviest * largest, share * magnitude)
    return bound


def assert_within(found: Array, expected: Array, bound: Array) -> None:
    """Fail at the result that is furthest beyond its bound; a NaN is beyond every bound."""
    assert found.shape == expected.shape
    error = np.abs(found.astype(np.float64) - expected)
    beyond = np.where(np.isnan(error), np.inf, error) - bound
    at = np.unravel_index(beyond.argmax(), beyond.shape)
    assert beyond[at] <= 0, f"{found[at]} where {expected[at]} was expected, at {tuple(map(int, at))}"
