"""What the loops of features read: the taper, the steps of the transform, the weights of bands and of cosines.

All of it follows from a recipe and a rate, whatever the sound; it is made once and cached.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats, Integers
from cnnkit.data.recipes.mel import Band
from cnnkit.data.recipes.recipe import FeaturePlan, Recipe
from cnnkit.data.recipes.tapers import is_periodic
from cnnkit.loops.features import frames as loops
from cnnkit.loops.features.frames import Steps
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.fourier_steps import transform_factors, transform_order, transform_steps

RESULTS = {
    "spectrogram": loops.SPECTRUM,
    "mel": loops.BANDS,
    "logmel": loops.LOGARITHMS,
    "mfcc": loops.COEFFICIENTS,
}
GUARDS = {"zero": loops.ZERO, "max": loops.MAX, "add": loops.ADD}
COSINES = {
    "hann": (0.5, -0.5),
    "hamming": (0.54, -0.46),
    "blackman": (0.42, -0.5, 0.08),
    "blackmanharris": (0.35875, -0.48829, 0.14128, -0.01168),
    "povey": (0.5, -0.5),
}
"""Tapers as sums of cosines: the factors of cos(0), cos(2 pi place), cos(4 pi place) ... A povey is to the power of
0.85. Source: Harris, "On the use of windows for harmonic analysis", 1978; povey: Kaldi, feature-window.cc."""

FACTORS = {"ln": 1.0, "log10": 1 / math.log(10), "db": 10 / math.log(10), "none": 1.0}
"""Of natural logarithms."""


class Tables(NamedTuple):
    """What the loops read, in one float type."""

    taper: npt.NDArray[np.floating]  # (length,)
    # Of the transform of half the FFT's size; no turns where that has a factor above 5, or the size is odd.
    factors: npt.NDArray[np.floating]
    turns: Integers
    places: Integers
    roots: npt.NDArray[np.floating]
    # Weighted sums one after another: the bands, all bins, the cosines, a whole frame. Sum m is of the rows from
    # firsts[m] on, with the weights from starts[m] to starts[m + 1].
    weights: npt.NDArray[np.floating]
    firsts: Integers
    starts: Integers
    numbers: npt.NDArray[np.floating]  # in the order of `cnnkit.loops.features.frames`; scale and lowest are a sound's
    steps: Steps  # with no frames yet

    @property
    def is_in_lanes(self) -> bool:
        """Whether the loops have a transform of this size."""
        return len(self.turns) > 0


def tables(plan: FeaturePlan, precision: npt.DTypeLike) -> Tables:
    """The tables of a plan, whatever the number of its frames, in float32 or float64."""
    frames = plan.frames
    return _tables(plan.recipe, frames.length, frames.hop_length, plan.n_fft, plan.bands, np.dtype(precision).str)


@lru_cache(maxsize=8)
def _tables(recipe: Recipe, length: int, hop: int, n_fft: int, bands: tuple[Band, ...], precision: str) -> Tables:
    half = n_fft // 2
    radices = transform_steps(half) if n_fft % 2 == 0 else []
    turns, factors = transform_factors(radices)
    order = transform_order(radices)
    turn = np.pi * np.arange(half) / half
    cosines = cosine_transform(recipe) if recipe.kind == "mfcc" else np.zeros((0, 0))
    ones = Band(0, (1.0,) * (half + 1))
    frame = Band(0, (1.0,) * (length if recipe.remove_mean else 0))
    sums = [*bands, ones, *(Band(0, tuple(row)) for row in cosines), frame]
    lanes = VECTOR_BYTES // np.dtype(precision).itemsize
    return Tables(
        taper=taper(recipe.taper, length).astype(precision),
        factors=factors.astype(precision),
        turns=turns,
        places=np.argsort(order).astype(np.int64),
        roots=np.stack([np.cos(turn), np.sin(turn)], axis=1).ravel().astype(precision),
        weights=np.concatenate([np.array(one.weights) for one in sums]).astype(precision),
        firsts=np.array([one.first for one in sums], dtype=np.int64),
        starts=np.cumsum([0, *(len(one.weights) for one in sums)], dtype=np.int64),
        numbers=_numbers(recipe, n_fft).astype(precision),
        steps=_steps(recipe, length, hop, n_fft, len(bands), len(cosines), lanes),
    )


def _numbers(recipe: Recipe, n_fft: int) -> Floats:
    numbers = np.zeros(9)
    numbers[loops.PREEMPHASIS] = recipe.preemphasis if recipe.preemphasis_over == "frame" else 0
    numbers[loops.OVER_SOUND] = recipe.preemphasis if recipe.preemphasis_over == "sound" else 0
    numbers[loops.GAIN] = 0.25 / n_fft if recipe.spectrum == "power/n_fft" else 0.25
    numbers[loops.SCALE] = 1
    numbers[loops.FLOOR] = recipe.log_floor
    numbers[loops.FACTOR] = FACTORS[recipe.log]
    numbers[loops.LOWEST] = -np.inf
    numbers[loops.SHIFT] = recipe.log_shift - _reference(recipe)
    numbers[loops.SLOPE] = recipe.log_gain
    return numbers


def _reference(recipe: Recipe) -> float:
    """The logarithm of a given reference, guarded as powers are."""
    if not isinstance(recipe.log_ref, float):
        return 0.0
    power, floor = recipe.log_ref, recipe.log_floor
    return FACTORS[recipe.log] * math.log(
        {"zero": power, "max": max(power, floor), "add": power + floor}[recipe.log_guard]
    )


def _steps(recipe: Recipe, length: int, hop: int, n_fft: int, bands: int, coefficients: int, lanes: int) -> Steps:
    is_energetic = recipe.energy and recipe.kind == "mfcc"
    is_of_frame = is_energetic and recipe.energy_of == "frame"
    over_frame = recipe.preemphasis_over == "frame" and recipe.preemphasis > 0
    return Steps(
        frames=0,
        hop=hop,
        length=length,
        padded=-(-length // lanes) * lanes,
        bins=n_fft // 2 + 1,
        bands=bands,
        coefficients=coefficients,
        result=RESULTS.get(recipe.kind, 0),
        guard=GUARDS[recipe.log_guard],
        is_shaped=int(is_of_frame or over_frame or recipe.remove_mean or recipe.taper != "none"),
        is_centred=int(recipe.remove_mean),
        is_root=int(recipe.spectrum == "magnitude"),
        is_log=int(recipe.log != "none"),
        energy=(coefficients - 1 if recipe.c0 == "last" else 0) if is_energetic else -1,
        is_energy_of_frame=int(is_of_frame),
        stage=loops.WHOLE,
    )


def taper(word: str, length: int) -> Floats:
    """The window function of a frame; of a single sample it is 1.

    >>> taper("hann", 4).round(3).tolist(), taper("hamming", 3).round(3).tolist()
    ([0.0, 0.5, 1.0, 0.5], [0.08, 1.0, 0.08])
    >>> taper("hann-symmetric", 5).round(3).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    kind = word.partition("-")[0]
    if kind == "none" or length == 1:
        return np.ones(length)
    place = np.arange(length) / (length if is_periodic(word) else length - 1)
    if kind == "bartlett":
        return np.asarray(1 - np.abs(2 * place - 1))
    waves = np.cos(2 * np.pi * np.outer(np.arange(len(COSINES[kind])), place))
    window = np.asarray(COSINES[kind]) @ waves
    return np.asarray(np.maximum(window, 0) ** 0.85 if kind == "povey" else window)


def cosine_transform(recipe: Recipe) -> Floats:
    """The first n_mfcc rows of the DCT-II, times the lifter, in the order of the coefficients.

    >>> cosine_transform(Recipe("", 4, 4, n_mels=2, n_mfcc=2)).round(4).tolist()
    [[0.7071, 0.7071], [0.7071, -0.7071]]
    """
    place = np.arange(recipe.n_mels) + 0.5
    matrix = np.cos(np.pi * np.arange(recipe.n_mfcc)[:, None] * place / recipe.n_mels) * np.sqrt(2 / recipe.n_mels)
    if recipe.dct == "ortho":
        matrix[0] = np.sqrt(1 / recipe.n_mels)
    matrix *= lifter(recipe.n_mfcc, recipe.lifter, recipe.lifter_first)[:, None]
    return np.roll(matrix, -1, axis=0) if recipe.c0 == "last" else matrix


def lifter(n_mfcc: int, strength: float, first: int = 0) -> Floats:
    """1 + Q / 2 sin(pi (n + first) / Q) for coefficient n, which raises the high, small ones; ones for Q = 0.

    >>> lifter(3, 22).round(4).tolist()
    [1.0, 2.5655, 4.0991]
    """
    if strength == 0:
        return np.ones(n_mfcc)
    return np.asarray(1 + strength / 2 * np.sin(np.pi * (np.arange(n_mfcc) + first) / strength))
