"""Convolution of images with transparency: where a kernel mixes pixels, each counts by its alpha.

A kernel whose weights sum to zero measures differences and leaves alpha alone. Results are computed band by band.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.data.bands import Bands
from cnnkit.data.luminance import grey
from cnnkit.data.raster import MIN_OPACITY, Raster, Samples
from cnnkit.geometry.bands import Band, band, least_rows
from cnnkit.geometry.padding import PadMode
from cnnkit.geometry.window import Placement
from cnnkit.operations.convolution.convolve import convolve_batch, convolve_known, convolve_planned
from cnnkit.operations.convolution.planner import plan_convolution, rows_together
from cnnkit.operations.convolution.settings import Convolution


def convolve_raster(convolution: Convolution, raster: Raster, threads: int | None = None) -> Raster:
    """Convolve the colours of an image, and its alpha by the rule of this module; feature maps have none.

    The rows of the result are computed when they are taken; around holes, all of them now.
    """
    compute = _around_holes if convolution.holes.are_sought else _convolved
    return _as_maps(convolution, compute(convolution, raster, threads))


def _as_maps(convolution: Convolution, result: Raster) -> Raster:
    return replace(result, are_maps=not convolution.is_each and result.shape[2] > 1)


def _convolved(convolution: Convolution, raster: Raster, threads: int | None) -> Raster:
    raster = raster.whole() if raster.has_alpha else raster
    weighted = is_alpha_weighted(convolution, raster)
    placement = convolution.place(raster.shape[:2])
    plan = plan_convolution(convolution, raster.dtype, (1, *raster.shape[:2], raster.colours))
    has_alpha = raster.has_alpha and convolution.is_each

    def make(found: Band, samples: Samples) -> Samples:
        part = raster.with_samples(samples)
        own_threads = threads if found.placement.output == placement.output else 1
        if weighted:
            return _weighted(convolution, part, found.placement, None, own_threads)[0]
        out: Samples = convolve_planned(convolution, plan, found.placement, part.colour[None], own_threads)[0]
        if not has_alpha:
            return out
        rows = slice(found.first, found.last)
        return np.concatenate([out, _alpha_under_windows(raster.alpha, placement, rows)], axis=2)

    # Alpha goes on where the colours' padding is constant: a band must hold what is copied.
    mode = PadMode("replicate") if weighted and convolution.pad_mode.is_constant else convolution.pad_mode
    step = rows_together(plan)
    bands = _bands(raster.bands, placement, make, mode, step)
    depth = plan.shape[3] + has_alpha
    return raster.with_values(
        bands._replace(shape=(*bands.shape[:2], depth), dtype=plan.precision), has_alpha=has_alpha
    )


def _bands(
    image: Bands, placement: Placement, make: Callable[[Band, Samples], Samples], mode: PadMode, step: int
) -> Bands:
    """The results of `make`, each of the rows of the image that lie under the windows of a band."""

    def take(first: int, last: int) -> tuple[Band, Any]:
        found = band(placement, first, last)
        return found, image.take(found.begin, found.end)

    def made(taken: tuple[Band, Any], first: int, last: int) -> Samples:
        found, rows = taken
        return make(found, image.make(rows, found.begin, found.end))

    least = max(least_rows(placement, mode), step)
    if least >= placement.output[0]:  # padding that wraps around needs all rows at once
        arrays.check_size((1, *image.shape), image.dtype)
    return image._replace(
        shape=(*placement.output, image.shape[2]),
        take=take,
        make=made,
        step=step,
        least=least,
        taken_bytes=image.row_bytes * placement.window.stride[0],
    )


def _around_holes(convolution: Convolution, raster: Raster, threads: int | None) -> Raster:
    """The image convolved around its holes, as a whole."""
    colour = raster.colour
    found = convolution.holes.find(colour[None])
    if is_alpha_weighted(convolution, raster):
        result, unknown = _weighted(convolution, raster, convolution.place(raster.shape[:2]), found, threads)
        return convolution.holes.note(raster.with_values(result), found, unknown)
    sums, lost = convolve_known(convolution, colour[None], found, threads)
    out, has_alpha = sums[0], raster.has_alpha and convolution.is_each
    if has_alpha:
        under = _alpha_under_windows(raster.alpha, convolution.place(raster.shape[:2]), slice(None))
        out = np.concatenate([out, under], axis=2)
    return convolution.holes.note(raster.with_values(out, has_alpha=has_alpha), found, lost)


def _weighted(
    convolution: Convolution, raster: Raster, placement: Placement, found: Samples | None, threads: int | None
) -> tuple[Samples, Samples]:
    """Colours that count by their alpha, with the alpha of the result; also where no known colour is seen."""
    mode = convolution.pad_mode
    # Beyond the image its opacity goes on, so that an opaque image is convolved like one without alpha, and a
    # transparent margin gets no frame.
    going_on = PadMode("replicate") if mode.is_constant else mode
    opacity = arrays.pad(raster.alpha[None] / np.float64(raster.full_scale), placement, going_on, np.float64)
    colours, known = (grey(raster.colour) if convolution.depth == "grey" else raster.colour)[None], opacity
    if found is not None:
        holes = np.logical_or.reduce(found, axis=3, keepdims=True) if convolution.depth == "grey" else found
        colours = np.where(holes, colours.dtype.type(0), colours)
        beyond = PadMode("constant", 1.0) if mode.is_constant else mode
        known = opacity * arrays.pad(~holes, placement, beyond, np.float64)
    weighted = arrays.pad(colours, placement, mode, np.float64) * known
    padded = replace(convolution, padding="valid", bias=np.zeros(1), depth="each")
    total = float(convolution.kernel.weights.sum())
    share = convolve_batch(padded, opacity, threads) / total
    known_share = share if found is None else convolve_batch(padded, known, threads) / total
    is_seen, has_known = share > MIN_OPACITY, np.abs(known_share) > MIN_OPACITY
    out = convolve_batch(padded, weighted, threads) / np.where(has_known, known_share, 1.0) + convolution.bias
    out = np.where(is_seen, np.where(has_known, out, np.nan), 0.0)
    result = np.concatenate([out, share.clip(0.0, 1.0) * raster.full_scale], axis=3)[0]
    return result, is_seen & ~has_known


def like_result(convolution: Convolution, raster: Raster) -> Raster:
    """An image with the channels that the result of `raster` has."""
    is_each, is_grey = convolution.is_each, convolution.depth == "grey"
    if is_each and not is_grey:
        return raster
    depth = 1 if is_grey else convolution.weights(raster.colours).shape[3]
    has_alpha = raster.has_alpha and is_each
    like = raster.with_samples(np.zeros((1, 1, depth + has_alpha), raster.dtype), has_alpha=has_alpha)
    return _as_maps(convolution, like)


def is_alpha_weighted(convolution: Convolution, raster: Raster) -> bool:
    """Whether colours count by their alpha, in sums of float64."""
    mixes = raster.has_alpha and convolution.is_each and not convolution.kernel.is_zero_sum
    return mixes and bool(raster.alpha.min() != raster.full_scale)


def _alpha_under_windows(alpha: Samples, placement: Placement, rows: slice) -> Samples:
    """The alpha under the middle of every window, in some rows of the result."""
    padding, window = placement.padding, placement.window
    axes = []
    for axis, before in enumerate((padding.top, padding.left)):
        middle = (window.reach[axis] - 1) // 2 - before
        positions = np.arange(placement.output[axis]) * window.stride[axis] + middle
        axes.append(positions.clip(0, placement.input[axis] - 1))
    under: Samples = alpha[np.ix_(axes[0][rows], axes[1])]
    return under
