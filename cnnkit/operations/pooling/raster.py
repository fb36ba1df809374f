"""Pooling of images with transparency: where a mean mixes pixels, each counts by its alpha.

A transparent pixel still has a colour, which nobody was meant to see; it must not bleed into its neighbours.
"""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.raster import MIN_OPACITY, Raster
from cnnkit.operations.pooling.pool import pool_batch
from cnnkit.operations.pooling.settings import Pooling


def pool_raster(settings: Pooling, raster: Raster, threads: int | None = None) -> Raster:
    """Pool an image: a mean weights colours by alpha; other types take every channel, alpha too, by itself.

    Padding that is counted in a mean is opaque and black. A p-norm of alpha means nothing: its maximum is taken.
    """
    windows = settings.windows(raster.shape[:2])

    def pooled(samples: Array, settings: Pooling = settings) -> Array:
        out: Array = pool_batch(settings, windows, samples[None], threads)[0]
        return out

    if raster.has_alpha and settings.kind == "lp":
        largest = pooled(raster.alpha, settings._replace(kind="max"))
        return raster.with_values(np.concatenate([pooled(raster.colour), largest], axis=2))
    if not raster.has_alpha or settings.kind != "average":
        return raster.with_samples(pooled(raster.samples))
    if raster.alpha.min() == raster.full_scale:
        out = pooled(raster.colour)
        return raster.with_values(np.concatenate([out, np.full_like(out[..., :1], raster.full_scale)], axis=2))
    transparency = 1.0 - raster.alpha / np.float64(raster.full_scale)
    weighted = pooled(raster.colour * (1.0 - transparency))
    share = colour_share = 1.0 - pooled(transparency)
    if settings.skips_nan and np.isnan(raster.colour).any():
        # Where a colour is left out, so is its alpha; a window of NaN alone stays NaN.
        colour_share = 1.0 - pooled(np.where(np.isnan(raster.colour), np.nan, transparency))
    seen = (colour_share > MIN_OPACITY) | (np.isnan(colour_share) & ~np.isnan(share))
    out = np.where(seen, weighted / np.where(seen, colour_share, 1.0), 0.0)
    return raster.with_values(np.concatenate([out, np.nan_to_num(share) * raster.full_scale], axis=2))
