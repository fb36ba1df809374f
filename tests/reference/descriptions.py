"""The slow twin of what is made of one frame after another: NumPy's float64, one step of the recipe on each line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.mel import Band
from cnnkit.data.recipes.recipe import Recipe
from tests.reference.frames import taper_value

Floats = npt.NDArray[np.float64]


def describe(
    frames: Floats, recipe: Recipe, n_fft: int, bands: tuple[Band, ...], largest: float | None = None
) -> Floats:
    """The features of frames, (count, length), which a preemphasis over the sound has been through.

    `largest` is the largest logarithm of the sound they are of, unless they are all of it.
    """
    shaped, energies = shape(frames, recipe)
    return finish(spectrum(shaped, recipe, n_fft), energies, recipe, bands, largest)


def shape(frames: Floats, recipe: Recipe) -> tuple[Floats, Floats]:
    """Frames as they are transformed, and their energies."""
    frames = np.array(frames, dtype=np.float64)
    length = frames.shape[1]
    if recipe.remove_mean:
        frames -= frames.mean(axis=1, keepdims=True)
    energies = np.square(frames).sum(axis=1)
    if recipe.preemphasis_over == "frame":
        frames = frames - recipe.preemphasis * np.hstack([frames[:, :1], frames[:, :-1]])
    return frames * [taper_value(recipe.taper, n, length) for n in range(length)], energies


def spectrum(frames: Floats, recipe: Recipe, n_fft: int) -> Floats:
    """The bins of every frame."""
    turns = np.outer(np.arange(frames.shape[1]), np.arange(n_fft // 2 + 1)) % n_fft
    magnitude = np.abs(frames @ np.exp(-2j * np.pi * turns / n_fft))
    return {"magnitude": magnitude, "power": magnitude**2, "power/n_fft": magnitude**2 / n_fft}[recipe.spectrum]


def finish(
    spectra: Floats, energies: Floats, recipe: Recipe, bands: tuple[Band, ...], largest: float | None = None
) -> Floats:
    """What is made of spectra, as far as the recipe goes."""
    weights = np.zeros((len(bands), spectra.shape[1]))
    for m, band in enumerate(bands):
        weights[m, band.first : band.first + len(band.weights)] = band.weights
    rows = spectra if recipe.kind == "spectrogram" else spectra @ weights.T
    if recipe.kind == "mel":
        return np.asarray(rows)
    rows = logarithm(rows, recipe)
    if recipe.log_range is not None:
        rows = np.maximum(rows, (rows.max() if largest is None else largest) - recipe.log_range)
    rows = (rows + recipe.log_shift) * recipe.log_gain
    if recipe.kind != "mfcc":
        return rows
    place = np.arange(recipe.n_mels) + 0.5
    out = []
    for n in range(recipe.n_mfcc):
        size = math.sqrt((1 if n == 0 and recipe.dct == "ortho" else 2) / recipe.n_mels)
        column = rows @ (size * np.cos(np.pi * n * place / recipe.n_mels))
        if recipe.lifter:
            column = column * (1 + recipe.lifter / 2 * math.sin(math.pi * (n + recipe.lifter_first) / recipe.lifter))
        out.append(column)
    if recipe.energy:
        out[0] = logarithm(energies if recipe.energy_of == "frame" else spectra.sum(axis=1), recipe)
    return np.stack(out[1:] + out[:1] if recipe.c0 == "last" else out, axis=1)


def logarithm(values: Any, recipe: Recipe) -> Floats:
    """The guarded logarithm of powers; without a logarithm there is nothing to guard."""
    if recipe.log == "none":
        return np.asarray(values)
    guarded = {
        "zero": np.where(values == 0, recipe.log_floor, values),
        "max": np.maximum(values, recipe.log_floor),
        "add": values + recipe.log_floor,
    }[recipe.log_guard]
    factor = {"ln": 1.0, "log10": 1 / math.log(10), "db": 10 / math.log(10)}
    return np.asarray(np.log(guarded) * factor[recipe.log])
