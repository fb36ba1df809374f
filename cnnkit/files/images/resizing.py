"""Images in another size, by Pillow's filters: the mean over an area, or Lanczos.

8-bit channels are computed as Pillow does for its images, colours multiplied by their alpha; all others one by one in
its mode F, which is float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from cnnkit import arrays, memory
from cnnkit.data.raster import MIN_OPACITY, Raster, Samples
from cnnkit.errors import SizeError
from cnnkit.files.images.pillow import MODES, PIXEL_BYTES
from cnnkit.geometry.fitting import Fitting
from cnnkit.geometry.pair import Pair, pair_text

FILTERS = {"area": Image.Resampling.BOX, "lanczos": Image.Resampling.LANCZOS}


def resize(raster: Raster, size: Pair, where: Fitting, resample: str) -> Raster:
    """The image in another size, with zeros where it does not reach; its type is kept, integers are rounded.

    >>> from cnnkit.geometry.fitting import fitted
    >>> image = Raster(np.arange(16, dtype=np.uint8).reshape(4, 4, 1))
    >>> resize(image, (2, 2), fitted((4, 4), (2, 2), "stretch"), "area").samples[:, :, 0].tolist()
    [[3, 5], [11, 13]]
    """
    shape = (*size, raster.shape[2])
    # Pillow makes all rows as wide as the result first.
    pixels = max(raster.shape[0], size[0]) * size[1]
    n_bytes = pixels * max(PIXEL_BYTES, raster.dtype.itemsize * shape[2])
    memory.check(n_bytes, f"an image of {pair_text(shape)}", "use a smaller --resize")
    whole = raster.whole()
    try:
        samples = _resized(whole, where, resample)
        if where.size != size:
            part, (top, left) = samples, where.offset
            samples = np.zeros(shape, raster.dtype)
            samples[top : top + where.size[0], left : left + where.size[1]] = part
    except (MemoryError, OverflowError, ValueError):  # which Pillow raises for sizes beyond its own
        raise SizeError(
            f"there is not enough memory for an image of {pair_text(shape)}", "use a smaller size"
        ) from None
    return whole.with_samples(samples)


def _resized(raster: Raster, where: Fitting, resample: str) -> Samples:
    samples, dtype, depth = raster.samples, raster.dtype, raster.shape[2]
    if dtype == np.uint8:
        is_picture = depth in (1, 3) or (raster.has_alpha and depth in MODES)
        parts = [samples] if is_picture else np.split(samples, depth, axis=2)
        return np.concatenate([_by_pillow(part, where, resample) for part in parts], axis=2)
    with np.errstate(over="ignore"):  # of float64
        values = samples.astype(np.float32)
    if raster.has_alpha:
        values[..., :-1] *= values[..., -1:] / np.float32(raster.full_scale)
    values = np.concatenate([_by_pillow(part, where, resample) for part in np.split(values, depth, axis=2)], axis=2)
    if raster.has_alpha:
        opacity = (values[..., -1:] / np.float32(raster.full_scale)).clip(0, 1)
        values[..., :-1] = np.where(opacity > MIN_OPACITY, values[..., :-1] / np.maximum(opacity, MIN_OPACITY), 0)
        values[..., -1:] = opacity * np.float32(raster.full_scale)
    return values >= 0.5 if dtype == np.bool_ else arrays.convert(values, dtype)


def _by_pillow(samples: Samples, where: Fitting, resample: str) -> Samples:
    """Samples of one of Pillow's modes, (rows, columns, depth)."""
    plane = np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    box = (where.left, where.top, where.right, where.bottom)
    image: Any = Image.fromarray(plane).resize(where.size[::-1], FILTERS[resample], box)
    return np.asarray(image).reshape(*where.size, -1)
