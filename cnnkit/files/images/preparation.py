"""An image as a network or a data set wants it: grey or RGB, resized, cropped, scaled, normalised, in this order.

Nothing is computed here that is not asked for, and what was done is told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.data.bands import Bands
from cnnkit.data.luminance import grey
from cnnkit.data.preparation import IMAGENET, Preparation
from cnnkit.data.raster import Raster, Samples
from cnnkit.errors import InputError, SizeError
from cnnkit.geometry.fitting import centred, fitted
from cnnkit.geometry.pair import pair_text


def prepare(raster: Raster, settings: Preparation) -> Raster:
    """Prepare an image; its `preparation` says with which settings, and in words what was done.

    >>> from cnnkit.data.preparation import read_preparation
    >>> image = Raster(np.full((4, 6, 3), 255, np.uint8))
    >>> made = prepare(image, read_preparation(resize=2, grey=True, scale="1/255"))
    >>> made.samples[:, :, 0].tolist(), made.preparation["done"]
    ([[1.0, 1.0], [1.0, 1.0]], ['grey', 'resized to 2x2 (area)', 'scaled by 1/255'])
    """
    if raster.sound is not None:
        check_sound(settings)
    before, done, had_alpha = raster.shape, [], raster.has_alpha
    size = settings.size(before[:2])
    facts: dict[str, Any] = {**settings.settings, "shape_before": [*before]}
    if settings.colours:
        raster = _recoloured(raster, settings.colours)
        done.append(settings.colours + ", without its alpha" * had_alpha)
    settings.check_colours(raster.colours, is_sound=raster.sound is not None)
    if settings.resize:
        from cnnkit.files.images.resizing import resize

        where = fitted(raster.shape[:2], settings.resize, settings.fit)
        facts["resample"] = settings.resample or ("lanczos" if where.grows else "area")
        done.append(_resize_text(settings, where.size, facts["resample"], raster.dtype))
        raster = resize(raster, settings.resize, where, facts["resample"])
    if settings.crop:
        (top, left), whole = centred(raster.shape[:2], size), raster.whole()
        raster = whole.with_samples(whole.samples[top : top + size[0], left : left + size[1]])
        done.append(f"cropped to {pair_text(size)}")
    scale = settings.scale or _unit(raster, settings)
    if scale:
        facts["scale"] = scale
        done.append(f"scaled by {_scale_text(scale)}{' for imagenet' * (settings.scale is None)}")
    if settings.mean:
        done.append(f"normalised by {IMAGENET if settings.is_imagenet else _normal_text(settings)}")
    if scale or settings.mean:
        raster = _rescaled(raster, scale or 1.0, settings)
    if isinstance(raster.source, Bands):  # which are computed anew each time
        raster = replace(raster, source=raster.source._replace(is_unpacked=True))
    return replace(raster, preparation={**facts, "done": done})


def done_text(raster: Raster) -> str:
    """What was done to a prepared image, in one line.

    >>> facts = {"shape_before": [4, 4, 3], "done": ["grey", "cropped to 2x2"]}
    >>> done_text(Raster(np.zeros((2, 2, 1)), preparation=facts))
    '4x4x3 prepared: grey, cropped to 2x2'
    """
    facts = raster.preparation
    return f"{pair_text(facts['shape_before'])} prepared: {', '.join(facts['done'])}"


def check_sound(settings: Preparation) -> None:
    """Raise an InputError for what is done to pictures alone: the axes of a sound are time and frequency."""
    for name in settings.settings:
        if name not in ("scale", "normalise"):
            problem = f"--{name} is for pictures, and this is a sound, whose axes are time and frequency"
            raise InputError(problem, hint=f"leave --{name} out for sounds; --scale and --normalise may stay")


def _recoloured(raster: Raster, colours: str) -> Raster:
    """Grey or RGB without alpha, in the type of the image."""
    count, dtype, is_grey = raster.colours, raster.dtype, colours == "grey"
    if count not in (1, 3):
        problem = f"--{colours} is made of grey or RGB, and this image has {count} channels"
        raise SizeError(problem, hint=f"leave --{colours} out")

    def change(rows: Samples) -> Samples:
        rows = rows[..., :count]
        if is_grey and count == 3:
            light = grey(rows)
            return light >= 0.5 if dtype == np.bool_ else arrays.convert(light, dtype)
        return rows if is_grey or count == 3 else np.repeat(rows, 3, axis=2)

    depth = 1 if is_grey else 3
    if raster.shape[2] == depth:
        return raster
    made = raster.with_samples(raster.bands.then(change, depth=depth), has_alpha=False)
    return replace(made, is_flat=True) if is_grey else made


def _unit(raster: Raster, settings: Preparation) -> float | None:
    """What makes levels values from 0 to 1, where the normalisation is for these; None where they are already."""
    if not settings.is_imagenet or raster.dtype.kind in "bf":
        return None
    if not raster.is_integer:
        problem = f"--normalise imagenet is for values from 0 to 1, and the white of {raster.dtype} is not known"
        raise SizeError(problem, hint="add --scale 1/255, where 255 is white")
    return 1 / raster.full_scale


def _rescaled(raster: Raster, scale: float, settings: Preparation) -> Raster:
    """The colours times a factor, then normalised, computed in float64 and rounded once; alpha from 0 to 1."""
    dtype, colours, full = arrays.result_type(raster.dtype, None), raster.colours, raster.full_scale
    mean, std = settings.mean or (0.0,), settings.std or (1.0,)

    def change(rows: Samples) -> Samples:
        values = rows.astype(np.float64)
        values[..., :colours] = (values[..., :colours] * scale - mean) / std
        values[..., colours:] /= full
        return arrays.convert(values, dtype)

    made = raster.with_samples(raster.bands.then(change, dtype=dtype))
    sound = raster.sound
    if sound is None:
        return made
    full_scale = None if sound.full_scale is None or settings.mean else sound.full_scale * scale
    return replace(made, sound=sound._replace(full_scale=full_scale))


def _resize_text(settings: Preparation, inner: tuple[int, int], resample: str, dtype: np.dtype[Any]) -> str:
    size = settings.resize or inner
    how = [resample, *([settings.fit] if settings.fit != "stretch" else [])]
    how += ["in float32"] if dtype.itemsize > 2 and dtype != np.float32 else []
    margin = f", {pair_text(inner)} of it the image" if inner != size else ""
    return f"resized to {pair_text(size)} ({', '.join(how)}){margin}"


def _scale_text(scale: float) -> str:
    """A factor, as a fraction where it is one of a whole number.

    >>> _scale_text(1 / 255), _scale_text(0.3)
    ('1/255', '0.3')
    """
    whole = round(1 / scale) if abs(scale) < 1 else 1
    return f"1/{whole}" if whole > 1 and 1 / whole == scale else f"{scale:g}"


def _normal_text(settings: Preparation) -> str:
    return "/".join(",".join(f"{value:g}" for value in values) for values in (settings.mean, settings.std))
