"""Pooling of images with transparency: where a mean mixes pixels, each counts by its alpha. Results come in bands."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.data.raster import MIN_OPACITY, Raster, Samples
from cnnkit.operations.holes import Mask
from cnnkit.operations.pooling.holes import pool_around
from cnnkit.operations.pooling.settings import Pooling
from cnnkit.operations.pooling.windows import ENOUGH_WINDOWS, TALL_ROWS, Windows, band


def pool_raster(settings: Pooling, raster: Raster, threads: int | None = None) -> Raster:
    """Pool an image; counted padding is opaque and black, and of alpha, whose p-norm means nothing, the maximum.

    The rows of the result are computed when they are taken; around holes, all of them now.
    """
    raster = raster.whole() if raster.has_alpha else raster
    windows, holes, image = settings.windows(raster.shape[:2]), settings.holes, raster.bands
    is_opaque = not raster.has_alpha or bool(raster.alpha.min() == raster.full_scale)
    dtype = raster.dtype if settings.keeps_type else arrays.result_type(raster.dtype, None)
    if holes.are_sought:
        found = holes.find(raster.colour[None])
        out, lost = _pooled(settings, windows, raster, found, threads, is_opaque=is_opaque)
        return holes.note(raster.with_samples(arrays.convert(out, dtype)), found, lost)

    def take(first: int, last: int) -> tuple[int, int, Windows, Any]:
        begin, end, part = band(windows, first, last)
        return begin, end, part, image.take(begin, end)

    def make(taken: tuple[int, int, Windows, Any], first: int, last: int) -> Samples:
        begin, end, part, rows = taken
        samples = raster.with_samples(image.make(rows, begin, end))
        own_threads = threads if part.output == windows.output else 1
        return arrays.convert(_pooled(settings, part, samples, None, own_threads, is_opaque=is_opaque)[0], dtype)

    arrays.check_size((1, windows.rows.most, *image.shape[1:]), image.dtype)  # the rows of one window, or all
    least = ENOUGH_WINDOWS if windows.rows.most >= TALL_ROWS else 1
    shape = (*windows.output, raster.shape[2])
    taken = image.row_bytes * image.shape[0] // max(shape[0], 1)
    made = image._replace(shape=shape, dtype=dtype, take=take, make=make, least=least, taken_bytes=taken)
    return raster.with_samples(made)


def _pooled(
    settings: Pooling, windows: Windows, raster: Raster, found: Mask | None, threads: int | None, *, is_opaque: bool
) -> tuple[Samples, Mask | None]:
    """The channels of the result, and where colours are lost."""
    alpha = raster.alpha

    def pooled(samples: Array, found: Mask | None = None, settings: Pooling = settings) -> tuple[Array, Mask | None]:
        return pool_around(settings, windows, samples[None], found, threads)

    if is_opaque or settings.kind != "average":
        out, lost = pooled(raster.colour, found)
        if not raster.has_alpha:
            return out[0], lost
        largest = np.full_like(out[..., :1], raster.full_scale)
        if settings.kind != "average":
            largest, _ = pooled(alpha, settings=settings._replace(kind="max") if settings.kind == "lp" else settings)
        return np.concatenate([out, largest], axis=3)[0], lost
    transparency = 1.0 - alpha / np.float64(raster.full_scale)
    share = known_share = 1.0 - pooled(transparency)[0]
    if found is not None:  # where a colour is left out, so is its alpha
        known_share = 1.0 - pooled(np.broadcast_to(transparency, raster.colour.shape), found)[0]
    weighted, _ = pooled(raster.colour * (1.0 - transparency), found)
    is_seen, has_known = share > MIN_OPACITY, known_share > MIN_OPACITY
    out = np.where(has_known, weighted / np.where(has_known, known_share, 1.0), np.nan)
    out = np.where(is_seen, out, 0.0)
    return np.concatenate([out, np.nan_to_num(share) * raster.full_scale], axis=3)[0], is_seen & ~has_known
