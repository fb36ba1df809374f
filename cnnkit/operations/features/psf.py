"""Features by python_speech_features itself, as it is: the yardstick of the lecture's and psf's dialects.

It cuts its own frames, but only from a sound's beginning to its end. So it is handed what the frames of the recipe
see, with the padding it would not add itself; and in blocks, since it needs some 80 MB for every minute. A block
begins one hop early: its first sample would stay as it is in a preemphasis, so the frame there is dropped.

Its import loads SciPy, about half a second, so it is inside the functions.
Source: python_speech_features 0.6, James Lyons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.recipe import FeaturePlan, Recipe
from cnnkit.data.recipes.tapers import is_periodic
from cnnkit.data.signal import Samples
from cnnkit.errors import ArgumentError
from cnnkit.geometry.framing import Frames
from cnnkit.geometry.padding import source_index

BLOCK_SAMPLES = 2**20
"""psf holds about six arrays of this size at a time."""

_FRAMES = ("scale", "remove_mean", "preemphasis_over", "spectrum", "frame_place")
_BANDS = ("mel_scale", "mel_family", "mel_norm", "mel_bins", "half_rate")
_LOGARITHM = ("log", "log_guard", "log_floor", "log_range", "log_ref", "log_shift", "log_gain")
_TRANSFORM = ("dct", "lifter_first", "energy_of", "c0")
FIXED = {
    "spectrogram": (*_FRAMES, *_LOGARITHM),
    "mel": (*_FRAMES, *_BANDS),
    "logmel": (*_FRAMES, *_BANDS, *_LOGARITHM),
    "mfcc": (*_FRAMES, *_BANDS, *_LOGARITHM, *_TRANSFORM),
}
"""For each kind that it computes, the fields of a recipe that it has no argument for: they have to be its own."""


class Difference(NamedTuple):
    """The largest difference of two results, and where it is."""

    largest: float  # NaN if one of them has a NaN
    frame: int
    column: int


def check(recipe: Recipe) -> None:
    """Refuse a recipe with a step that python_speech_features does not have.

    >>> check(DIALECTS["lecture"])
    """
    if recipe.kind not in FIXED:
        raise ArgumentError(
            f"python_speech_features computes no {recipe.kind}",
            hint=f"ask for {', '.join(FIXED)}, or use engine cnnkit",
        )
    for name in FIXED[recipe.kind]:
        given, needed = getattr(recipe, name), getattr(DIALECTS["psf"], name)
        if given != needed:
            raise _unsupported(name, given, needed)
    if recipe.framing == "psf" and recipe.pad_mode not in (None, "zero"):
        raise _unsupported("pad_mode", recipe.pad_mode, "zero")


def _unsupported(name: str, given: object, needed: object) -> ArgumentError:
    return ArgumentError(
        f"python_speech_features has no {name} {_word(given)}: it has {_word(needed)}",
        hint=f"use {name} {_word(needed)}, or engine cnnkit",
    )


def compute(plan: FeaturePlan, signal: Samples) -> Floats:
    """What python_speech_features makes of a sound, (frames, columns, 1).

    >>> from cnnkit.data.signal import Signal
    >>> compute(DIALECTS["lecture"].plan(51200, 22050), Signal(np.arange(51200), 22050)).shape
    (100, 13, 1)
    """
    check(plan.recipe)
    out = np.empty(plan.shape)
    for begin, block in _blocks(plan, signal):
        out[begin : begin + len(block), :, 0] = block
    return out


def largest_difference(plan: FeaturePlan, signal: Samples, features: npt.NDArray[np.floating]) -> Difference:
    """How far features are from what `compute` gives, without holding both; of float32, rounding is part of it.

    >>> from cnnkit.data.signal import Signal
    >>> plan, signal = DIALECTS["lecture"].plan(5120, 22050), Signal(np.arange(5120), 22050)
    >>> features = compute(plan, signal)
    >>> features[3, 4, 0] += 0.5
    >>> largest_difference(plan, signal, features)
    Difference(largest=0.5, frame=3, column=4)
    """
    check(plan.recipe)
    if features.shape != plan.shape:
        raise ArgumentError(
            f"a result of shape {features.shape} is not of this recipe, which gives {plan.shape}",
            hint="give the result of the same recipe and sound",
        )
    worst = Difference(-1.0, 0, 0)
    for begin, block in _blocks(plan, signal):
        differences = np.abs(features[begin : begin + len(block), :, 0] - block)
        frame, column = np.unravel_index(differences.argmax(), differences.shape)  # the first NaN, if there is one
        largest = float(differences[frame, column])
        if not largest <= worst.largest:
            worst = Difference(largest, begin + int(frame), int(column))
        if np.isnan(largest):
            break
    return worst


def _blocks(plan: FeaturePlan, signal: Samples) -> Iterator[tuple[int, Floats]]:
    """Runs of frames, each with the number of its first one."""
    frames = plan.frames
    describe = _describer(plan)
    step = max(1, BLOCK_SAMPLES // max(frames.length, frames.hop_length))
    for begin in range(0, frames.count, step):
        end = min(begin + step, frames.count)
        early = begin > 0 or frames.start(begin) > 0  # kaldi's first frame may begin after sample 0
        start = frames.start(begin - early)
        stop = frames.start(end - 1) + frames.length
        if not frames.rule.pads_before_preemphasis:
            stop = min(stop, frames.samples)  # psf pads the last frame itself, as it is its framing
        described = describe(_between(signal, frames, start, stop))
        yield begin, described[early : early + end - begin]


def _describer(plan: FeaturePlan) -> Callable[[Floats], Floats]:
    """The function of psf that gives (frames, columns) of a sound, with the recipe's numbers as its arguments."""
    import python_speech_features as psf
    from python_speech_features import sigproc

    recipe, rate, frames = plan.recipe, plan.sample_rate, plan.frames

    def taper(length: int) -> Floats:
        return _taper(recipe.taper, length)

    bands = {
        "samplerate": rate,
        "winlen": frames.length / rate,
        "winstep": frames.hop_length / rate,
        "nfilt": recipe.n_mels,
        "nfft": plan.n_fft,
        "lowfreq": recipe.fmin,
        "highfreq": plan.fmax,
        "preemph": recipe.preemphasis,
        "winfunc": taper,
    }

    def spectrogram(sound: Floats) -> Floats:
        cut = sigproc.framesig(sigproc.preemphasis(sound, recipe.preemphasis), frames.length, frames.hop_length, taper)
        power = sigproc.powspec(cut, plan.n_fft)
        return np.log(np.where(power == 0, np.finfo(float).eps, power))  # as its fbank does with a band of 0

    def mel(sound: Floats) -> Floats:
        return np.asarray(psf.fbank(sound, **bands)[0])

    def logmel(sound: Floats) -> Floats:
        return np.log(mel(sound))

    def mfcc(sound: Floats) -> Floats:
        arguments = {"numcep": recipe.n_mfcc, "ceplifter": recipe.lifter, "appendEnergy": recipe.energy}
        return np.asarray(psf.mfcc(sound, **bands, **arguments))

    return {"spectrogram": spectrogram, "mel": mel, "logmel": logmel, "mfcc": mfcc}[recipe.kind]


def _between(signal: Samples, frames: Frames, start: int, stop: int) -> Floats:
    """The samples from `start` to `stop` as float64, which may lie outside the sound; one of 0 if there are none.

    Integers would wrap, and float32 stay float32, in psf's preemphasis.
    """
    outside = frames.outside
    begin, end = max(start, 0), max(min(stop, frames.samples), start, 0)
    if outside.is_constant or (begin, end) == (start, stop):
        known = signal.between(begin, end) if begin < end else ()
        return np.pad(np.asarray(known, dtype=np.float64), (begin - start, stop - end))
    places = [source_index(place, frames.samples, outside) for place in range(start, stop)]
    first = min(places)
    seen = signal.between(first, max(places) + 1)[np.array(places) - first]
    return np.asarray(seen, dtype=np.float64)


def _taper(word: str, length: int) -> Floats:
    """By NumPy, to compare the tapers of cnnkit with another source."""
    tapers: dict[str, Callable[[int], Floats]] = {
        "none": np.ones,
        "hann": np.hanning,
        "hamming": np.hamming,
        "blackman": np.blackman,
        "blackmanharris": lambda count: np.polynomial.Polynomial([0.21747, -0.45325, 0.28256, -0.04672])(
            np.cos(np.linspace(0, 2 * np.pi, count))
        ),
        "bartlett": np.bartlett,
        "povey": lambda count: np.hanning(count) ** 0.85,
    }
    window = tapers[word.partition("-")[0]]
    if length == 1:
        return np.ones(1)
    return window(length + 1)[:-1] if is_periodic(word) else window(length)


def _word(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
