"""Stretches of a sound for the frames that lie in it: within the sound as they are, at its ends with what lies beyond.

Both hold the samples in the type of the sound, so a frame is made in one way whatever it is computed with.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.recipes.recipe import FeaturePlan
from cnnkit.data.signal import Samples
from cnnkit.errors import ArgumentError, InputError
from cnnkit.geometry.padding import source_index

LOUDEST = {"float32": 1e12, "float64": 1e100}
"""Larger samples are refused: their power, summed over a frame, could overflow."""

_WIDER = {"b1": "i2", "i1": "i2", "u1": "i2", "u2": "i4", "f2": "f4"}
"""Types that loops do not read, and one that holds all of their numbers; float64 for others."""


class Stretch(NamedTuple):
    """Samples for some frames, in a type that the loops read."""

    samples: npt.NDArray[Any]  # (n,)
    origin: int  # where the first frame begins; the sample before it is needed for preemphasis over the sound
    silence: int  # from here on, zeros after that preemphasis


def over_sound(plan: FeaturePlan) -> float:
    """The factor k of a preemphasis over the whole sound; 0 for none."""
    return plan.recipe.preemphasis if plan.recipe.preemphasis_over == "sound" else 0.0


def stretch(plan: FeaturePlan, signal: Samples, begin: int, end: int, loudest: float) -> Stretch:
    """The samples for frames `begin` to `end`: the sound's own, or a copy with what lies beyond its ends."""
    frames = plan.frames
    before = 1 if over_sound(plan) else 0
    start, stop = frames.start(begin) - before, frames.start(end - 1) + frames.length
    if start >= 0 and stop <= frames.samples:
        samples = read(signal, start, stop, loudest)
        return Stretch(np.require(samples, _loop_dtype(samples.dtype), ["C", "A"]), before, len(samples))
    # Any sample tells the type; this is one that a sound which is read piece by piece has at hand.
    place = min(max(start, 0), frames.samples - 1)
    dtype = _loop_dtype(signal.between(place, place + 1).dtype)
    samples = _beyond(plan, signal, start, stop, loudest, dtype)
    is_silent = before and frames.outside.is_constant and not frames.rule.pads_before_preemphasis
    return Stretch(samples, before, max(frames.samples - start, 0) if is_silent else len(samples))


def emphasised(plan: FeaturePlan, signal: Samples, start: int, stop: int, loudest: float) -> Floats:
    """The samples from `start` to `stop`, which may lie outside the sound, after preemphasis over the sound."""
    frames, k = plan.frames, over_sound(plan)
    if not k:
        return _beyond(plan, signal, start, stop, loudest, np.dtype(np.float64))
    sound = _beyond(plan, signal, start - 1, stop, loudest, np.dtype(np.float64))
    sound = sound[1:] - k * sound[:-1]
    if frames.outside.is_constant and not frames.rule.pads_before_preemphasis:
        sound[max(frames.samples - start, 0) :] = 0
    return sound


def _beyond(
    plan: FeaturePlan, signal: Samples, start: int, stop: int, loudest: float, dtype: np.dtype[Any]
) -> npt.NDArray[Any]:
    """The samples from `start` to `stop`, which may lie outside the sound, as the type `dtype`.

    Before the first sample, the padding before the sound included, they are 0.
    """
    frames = plan.frames
    sound = np.zeros(stop - start, dtype=dtype)
    first, length = min(frames.first, 0), frames.samples
    known = range(max(start, 0), max(min(stop, length), start, 0))
    if known:
        sound[known.start - start : known.stop - start] = read(signal, known.start, known.stop, loudest)
    if frames.outside.is_constant:
        return sound
    unknown = [*range(max(start, first), min(stop, 0)), *range(max(start, length), stop)]
    if unknown:
        copied = np.array([source_index(place, length, frames.outside) for place in unknown])
        samples = read(signal, int(copied.min()), int(copied.max()) + 1, loudest)
        sound[np.array(unknown) - start] = samples[copied - copied.min()]
    return sound


def read(signal: Samples, start: int, stop: int, loudest: float) -> npt.NDArray[Any]:
    """Samples of a sound; an error if one is NaN, infinite or larger than `loudest`."""
    samples = signal.between(start, stop)
    if samples.dtype.kind == "f" or samples.dtype.itemsize == 8:
        if samples.dtype.kind == "f":
            loudest = min(loudest, float(np.finfo(samples.dtype).max))
        if not (samples.max() <= loudest and samples.min() >= -loudest):
            raise _not_numbers(signal, start, samples, loudest)
    return samples


def _not_numbers(signal: Samples, start: int, samples: npt.NDArray[Any], loudest: float) -> InputError:
    """The error for samples that would spoil their frames; it counts those in the rest of the sound too."""
    wrong, loud, first = 0, 0, -1
    while True:
        is_number = np.isfinite(samples)
        is_fine = is_number & (samples <= loudest) & (samples >= -loudest)
        if first < 0:
            first = start + int(is_fine.argmin())
        wrong += int((~is_number).sum())
        loud += int((is_number & ~is_fine).sum())
        start += len(samples)
        if start >= signal.count:
            break
        samples = signal.between(start, min(start + 2**20, signal.count))
    what = "NaN or infinite" if wrong else f"beyond {loudest:g}, too large for their power to be a number"
    return InputError(
        f"{wrong or loud} of {signal.count} samples are {what}; the first is sample {first}, at"
        f" {first / signal.sample_rate:.3f} s",
        hint="repair the sound, or cut that part out",
    )


def _loop_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    word = dtype.str[1:]
    return np.dtype(word if word in ("i2", "i4", "f4", "f8") else _WIDER.get(word, "f8"))


def scale_of(plan: FeaturePlan, signal: Samples, dtype: np.dtype[Any]) -> float:
    """The factor of samples of type `dtype`; an error if the recipe needs a full scale that is not known."""
    wanted = {"as-is": 0.0, "unit": 1.0, "int16": 32768.0}[plan.recipe.scale]
    full = signal.full_scale
    if not wanted:
        return 1.0
    if full is None and dtype.kind == "f":
        full = 1.0
    if full is None and dtype.str[1:] in ("i1", "i2"):
        full = -float(np.iinfo(dtype).min)
    if full is None and wanted > 1:
        return 1.0
    if full is None:
        raise ArgumentError(
            f"dialect {plan.recipe.dialect} takes samples in [-1, 1], and the full scale of {dtype} is not known",
            hint="give int16 or floats: samples / 2**23 of 24 bits, / 2**31 of 32",
        )
    return wanted / full
