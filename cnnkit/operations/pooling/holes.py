"""Pooling of images with holes: a hole is replaced by what changes no result, or left out of the count."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array, Integers
from cnnkit.operations.holes import Mask
from cnnkit.operations.pooling.extremes import EXTREMES, extremes, neutral
from cnnkit.operations.pooling.indices import extremes_and_places
from cnnkit.operations.pooling.means import means, norms, sums
from cnnkit.operations.pooling.median import medians
from cnnkit.operations.pooling.settings import Pooling
from cnnkit.operations.pooling.windows import Windows


def pool_around(
    settings: Pooling,
    windows: Windows,
    samples: Array,
    holes: Mask | None,
    threads: int | None,
    dtype: np.dtype[Any] | None = None,
) -> tuple[Array, Mask | None]:
    """Pool a batch, in `dtype` or the type `pool` says; also which windows hold holes alone: NaN, nodata if integer."""
    if holes is None:
        return pool_batch(settings, windows, samples, threads, dtype), None
    kind = settings.kind
    fill = neutral(kind, samples.dtype) if kind in EXTREMES else 0
    known = np.where(holes, samples.dtype.type(fill), samples)
    if kind == "average":
        counts = sums(~holes, windows, threads)
        has_known = counts > 0
        real = np.multiply.outer(windows.rows.counts, windows.columns.counts)
        divisors = np.multiply.outer(windows.rows.divisors, windows.columns.divisors)
        with np.errstate(invalid="ignore", divide="ignore"):
            out = sums(known, windows, threads) / (counts + (divisors - real)[..., None])
    else:
        has_known = extremes("max", ~holes, windows, threads)
        if kind == "median":
            out = _medians(windows, samples, holes, threads)
        elif kind == "lp":
            out = norms(settings.p, known, windows, threads, dtype)
        else:
            out = extremes(kind, known, windows, threads)
    lost = windows.hold_samples[..., None] & ~has_known
    if out.dtype.kind == "f":
        out[lost] = np.nan
    out = arrays.convert(
        out, dtype or (samples.dtype if settings.keeps_type else arrays.result_type(samples.dtype, None))
    )
    if out.dtype.kind != "f":
        out[lost] = settings.holes.nodata or 0
    return out, lost


def pool_batch(
    settings: Pooling, windows: Windows, samples: Array, threads: int | None, dtype: np.dtype[Any] | None = None
) -> Array:
    """Pool a batch without holes, in `dtype` or in the type that `pool` says; NaN propagates."""
    if settings.kind == "average":
        return means(samples, windows, threads, dtype)
    if settings.kind == "lp":
        return norms(settings.p, samples, windows, threads, dtype)
    if settings.kind == "median":
        out = medians(samples, windows, threads, skip_nan=False)
    else:
        out = extremes(settings.kind, samples, windows, threads)
    return out if dtype is None else arrays.convert(out, dtype)


def places_around(kind: str, windows: Windows, samples: Array, holes: Mask, threads: int | None) -> Integers:
    """The place of each largest or smallest sample that is no hole, as `extremes_and_places` counts; -1 for none."""
    marked, _ = _marked(samples, holes)
    _, places = extremes_and_places(kind, marked, windows, threads, skip_nan=True)
    is_nan = ~holes & (samples != samples)  # noqa: PLR0124
    if is_nan.any():  # it comes before all numbers
        holds_nan, first = extremes_and_places("max", is_nan, windows, threads, skip_nan=False)
        places = np.where(holds_nan, first, places)
    return places


def _medians(windows: Windows, samples: Array, holes: Mask, threads: int | None) -> Array:
    marked, levels = _marked(samples, holes)
    out = medians(marked, windows, threads, skip_nan=True)
    if samples.dtype.kind == "f":
        out[extremes("max", np.isnan(samples) & ~holes, windows, threads)] = np.nan
        return out
    is_none = np.isnan(out)
    numbers = np.where(is_none, 0, out)
    return np.where(is_none, 0, numbers if levels is None else levels[numbers.astype(np.int64)]).astype(samples.dtype)


def _marked(samples: Array, holes: Mask) -> tuple[Array, Array | None]:
    """Samples with NaN for holes, in a float type; numbers of levels where it could not hold the samples, and levels.

    >>> _marked(np.array([2**62 + 1, -5, 2**62]), np.array([False, True, False]))
    (array([ 2., nan,  1.]), array([                 -5, 4611686018427387904, 4611686018427387905]))
    """
    levels = None
    if samples.dtype.kind in "ui" and samples.dtype.itemsize == 8:
        levels, numbers = np.unique(samples, return_inverse=True)
        samples = numbers.reshape(samples.shape)
    marked = samples.astype(np.result_type(samples.dtype, np.float32))
    marked[holes] = np.nan
    return marked, levels
