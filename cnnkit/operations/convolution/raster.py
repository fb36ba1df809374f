"""Convolution of images with transparency: where a kernel mixes pixels, each counts by its alpha.

A kernel whose weights sum to zero measures differences and leaves alpha alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnkit import arrays
from cnnkit.data.raster import MIN_OPACITY, Raster, Samples
from cnnkit.geometry.padding import PadMode
from cnnkit.operations.convolution.convolve import convolve_batch, convolve_known, grey
from cnnkit.operations.convolution.settings import Convolution


def convolve_raster(convolution: Convolution, raster: Raster, threads: int | None = None) -> Raster:
    """Convolve the colours of an image, and its alpha by the rule of this module; feature maps have none."""
    colour = raster.colour
    found = convolution.holes.find(colour[None])
    if not is_alpha_weighted(convolution, raster):
        sums, lost = convolve_known(convolution, colour[None], found, threads)
        out = sums[0]
        has_alpha = raster.has_alpha and convolution.is_each
        if has_alpha:
            out = np.concatenate([out, _alpha_under_windows(raster.alpha, convolution)], axis=2)
        return convolution.holes.note(raster.with_values(out, has_alpha=has_alpha), found, lost)
    placement, mode = convolution.place((raster.shape[0], raster.shape[1])), convolution.pad_mode
    # Beyond the image its opacity goes on, so that an opaque image is convolved like one without alpha, and a
    # transparent margin gets no frame.
    going_on = PadMode("replicate") if mode.is_constant else mode
    opacity = arrays.pad(raster.alpha[None] / np.float64(raster.full_scale), placement, going_on, np.float64)
    colours, known = (grey(colour) if convolution.depth == "grey" else colour)[None], opacity
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
    return convolution.holes.note(raster.with_values(result), found, is_seen & ~has_known)


def like_result(convolution: Convolution, raster: Raster) -> Raster:
    """An image with the channels that the result of `raster` has."""
    is_each, is_grey = convolution.is_each, convolution.depth == "grey"
    if is_each and not is_grey:
        return raster
    depth = 1 if is_grey else convolution.weights(raster.colour.shape[2]).shape[3]
    has_alpha = raster.has_alpha and is_each
    return raster.with_samples(np.zeros((1, 1, depth + has_alpha), raster.samples.dtype), has_alpha=has_alpha)


def is_alpha_weighted(convolution: Convolution, raster: Raster) -> bool:
    """Whether colours count by their alpha, in sums of float64."""
    mixes = raster.has_alpha and convolution.is_each and not convolution.kernel.is_zero_sum
    return mixes and bool(raster.alpha.min() != raster.full_scale)


def _alpha_under_windows(alpha: Samples, convolution: Convolution) -> Samples:
    """The alpha under the middle of every window."""
    placement = convolution.place((alpha.shape[0], alpha.shape[1]))
    padding, window = placement.padding, placement.window
    axes = []
    for axis, before in enumerate((padding.top, padding.left)):
        middle = (window.reach[axis] - 1) // 2 - before
        positions = np.arange(placement.output[axis]) * window.stride[axis] + middle
        axes.append(positions.clip(0, placement.input[axis] - 1))
    under: Samples = alpha[np.ix_(axes[0], axes[1])]
    return under
