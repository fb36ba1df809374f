"""Convolution of images with transparency: hidden colours do not bleed into their neighbours.

A transparent pixel still has a colour, which nobody was meant to see. Where a kernel mixes pixels, each counts by its
alpha; a kernel whose weights sum to zero measures differences and leaves alpha alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnkit import arrays
from cnnkit.data.raster import FAINTEST, Raster, Samples
from cnnkit.geometry.padding import PadMode
from cnnkit.geometry.window import Placement
from cnnkit.operations.convolution import convolve as convolution
from cnnkit.operations.convolution.settings import Convolution


def convolve_raster(asked: Convolution, raster: Raster, threads: int | None = None) -> Raster:
    """Convolve the colours of an image, and its alpha by the rule of this module.

    Returns
    -------
    Raster
        Samples as the sums gave them, neither rounded nor clipped; alpha, where it is kept, from 0 to the image's
        full scale. A kernel that sums over channels gives feature maps, which have no alpha.
    """
    colour = raster.colour
    if not raster.has_alpha or not asked.is_each:
        return raster.with_values(convolution.run(asked, colour[None], threads)[0], has_alpha=False)
    if not is_weighed(asked, raster):
        out = convolution.run(asked, colour[None], threads)[0]
        placement = asked.place((raster.shape[0], raster.shape[1]))
        return raster.with_values(np.concatenate([out, _under(raster.alpha, placement)], axis=2))
    total = float(asked.kernel.weights.sum())
    opacity = raster.alpha / np.float64(raster.full_scale)
    placement = asked.place((raster.shape[0], raster.shape[1]))
    # Beyond the image its opacity goes on, so that an opaque image is convolved like one without alpha, and a
    # transparent margin gets no frame.
    going_on = PadMode("replicate") if asked.pad_mode.is_constant else asked.pad_mode
    shares = arrays.pad(opacity[None], placement, going_on, np.float64)
    colours = convolution.grey(colour) if asked.depth == "grey" else colour
    weighted = arrays.pad(colours[None], placement, asked.pad_mode, np.float64) * shares
    padded = replace(asked, padding="valid", bias=np.zeros(1), depth="each")
    sums = convolution.run(padded, weighted, threads)[0]
    share = convolution.run(padded, shares, threads)[0] / total
    seen = share > FAINTEST
    out = np.where(seen, sums / np.where(seen, share, 1.0) + asked.bias, 0.0)
    return raster.with_values(np.concatenate([out, share.clip(0.0, 1.0) * raster.full_scale], axis=2))


def is_weighed(asked: Convolution, raster: Raster) -> bool:
    """Whether colours count by their alpha, in sums of float64."""
    mixes = raster.has_alpha and asked.is_each and not asked.kernel.is_zero_sum
    return mixes and bool(raster.alpha.min() != raster.full_scale)


def _under(alpha: Samples, placement: Placement) -> Samples:
    """The alpha under the middle of every window."""
    padding, window = placement.padding, placement.window
    axes = []
    for axis, before in enumerate((padding.top, padding.left)):
        middle = (window.reach[axis] - 1) // 2 - before
        positions = np.arange(placement.output[axis]) * window.stride[axis] + middle
        axes.append(positions.clip(0, placement.input[axis] - 1))
    under: Samples = alpha[np.ix_(axes[0], axes[1])]
    return under
