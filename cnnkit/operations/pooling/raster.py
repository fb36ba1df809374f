"""Pooling of images with transparency: where a mean mixes pixels, each counts by its alpha."""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.raster import MIN_OPACITY, Raster
from cnnkit.operations.holes import Mask
from cnnkit.operations.pooling.holes import pool_around
from cnnkit.operations.pooling.settings import Pooling


def pool_raster(settings: Pooling, raster: Raster, threads: int | None = None) -> Raster:
    """Pool an image; counted padding is opaque and black, and of alpha, whose p-norm means nothing, the maximum."""
    windows, alpha, holes = settings.windows(raster.shape[:2]), raster.alpha, settings.holes
    found = holes.find(raster.colour[None])

    def pooled(samples: Array, found: Mask | None = None, settings: Pooling = settings) -> tuple[Array, Mask | None]:
        return pool_around(settings, windows, samples[None], found, threads)

    if not raster.has_alpha:
        out, lost = pooled(raster.samples, found)
        return holes.note(raster.with_samples(out[0]), found, lost)
    if settings.kind != "average":
        is_norm = settings.kind == "lp"
        out, lost = pooled(raster.colour, found)
        largest, _ = pooled(alpha, settings=settings._replace(kind="max") if is_norm else settings)
        samples = np.concatenate([out, largest], axis=3)[0]
        return holes.note(raster.with_values(samples) if is_norm else raster.with_samples(samples), found, lost)
    if alpha.min() == raster.full_scale:
        out, lost = pooled(raster.colour, found)
        samples = np.concatenate([out, np.full_like(out[..., :1], raster.full_scale)], axis=3)[0]
        return holes.note(raster.with_values(samples), found, lost)
    transparency = 1.0 - alpha / np.float64(raster.full_scale)
    share = known_share = 1.0 - pooled(transparency)[0]
    if found is not None:  # where a colour is left out, so is its alpha
        known_share = 1.0 - pooled(np.broadcast_to(transparency, raster.colour.shape), found)[0]
    weighted, _ = pooled(raster.colour * (1.0 - transparency), found)
    is_seen, has_known = share > MIN_OPACITY, known_share > MIN_OPACITY
    out = np.where(has_known, weighted / np.where(has_known, known_share, 1.0), np.nan)
    out = np.where(is_seen, out, 0.0)
    samples = np.concatenate([out, np.nan_to_num(share) * raster.full_scale], axis=3)[0]
    return holes.note(raster.with_values(samples), found, is_seen & ~has_known)
