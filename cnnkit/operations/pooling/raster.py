"""Pooling of images with transparency: where a mean mixes pixels, each counts by its alpha.

A transparent pixel still has a colour, which nobody was meant to see; it must not bleed into its neighbours.
"""

from __future__ import annotations

import numpy as np

from cnnkit.data.raster import MIN_OPACITY, Raster
from cnnkit.operations.pooling import pool
from cnnkit.operations.pooling.settings import Pooling


def pool_raster(asked: Pooling, raster: Raster, threads: int | None = None) -> Raster:
    """Pool an image: a mean weights colours by alpha; other kinds take every channel, alpha too, by itself.

    Padding that is counted in a mean is opaque and black. Of alpha a p-norm would say nothing: its maximum is kept.
    """
    if raster.has_alpha and asked.kind == "lp":
        norm = pool.run(asked, raster.colour[None], threads)[0]
        largest = pool.run(asked._replace(kind="max"), raster.alpha[None], threads)[0]
        return raster.with_values(np.concatenate([norm, largest], axis=2))
    if not raster.has_alpha or asked.kind != "average":
        return raster.with_samples(pool.run(asked, raster.samples[None], threads)[0])
    if raster.alpha.min() == raster.full_scale:
        out = pool.run(asked, raster.colour[None], threads)[0]
        return raster.with_values(np.concatenate([out, np.full_like(out[..., :1], raster.full_scale)], axis=2))
    transparency = 1.0 - raster.alpha / np.float64(raster.full_scale)
    weighted = pool.run(asked, (raster.colour * (1.0 - transparency))[None], threads)[0]
    share = colour_share = 1.0 - pool.run(asked, transparency[None], threads)[0]
    if asked.nan == "ignore" and np.isnan(raster.colour).any():
        # Where a colour is left out, so is its alpha; a window of NaN alone stays NaN.
        known = np.where(np.isnan(raster.colour), np.nan, transparency)
        colour_share = 1.0 - pool.run(asked, known[None], threads)[0]
    seen = (colour_share > MIN_OPACITY) | (np.isnan(colour_share) & ~np.isnan(share))
    out = np.where(seen, weighted / np.where(seen, colour_share, 1.0), 0.0)
    return raster.with_values(np.concatenate([out, np.nan_to_num(share) * raster.full_scale], axis=2))
