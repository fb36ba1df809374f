"""A sound as an image for ``convolve`` and ``pool``: its features, time down the rows, frequency across the columns.

A waveform is one row of samples, and can become a sound again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from cnnkit.cli.features.steps import steps
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import DEFAULT_FEATURES, Sounds
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster, SoundOrigin
from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.data.recipes.recipe import FeaturePlan
from cnnkit.errors import OutputError
from cnnkit.files.sounds.sound import open_signal
from cnnkit.files.sounds.wav import MAX_CHANNELS, encode_wav, natural_subtype
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import pair_text
from cnnkit.operations.features.blocks import works_of
from cnnkit.operations.features.segments import channels_of
from cnnkit.operations.levels import to_full_scale


def read(source: Source, stream: BinaryIO, options: Sounds, report: Report, *, explain: bool) -> Raster:
    """Read one channel of a sound, or all, make an image of its features, and say how."""
    recipe = read_recipe(options.dialect or "lecture", options.features or DEFAULT_FEATURES)
    with open_signal(stream, options.channel, options.sample_rate, options.raw) as sound:
        recipe.check_rate(sound.sample_rate)
        plan = recipe.plan(sound.count, sound.sample_rate)
        works = works_of(plan, channels_of(sound, sound.channels))
        samples = np.concatenate([work.array() for work in works], axis=2)
        report.note(source, [*sound.notes, summary(plan, sound.channels)])
        report.rate(sound.sample_rate)
        if explain:
            report.explain("\n".join(steps(plan)))
        origin = SoundOrigin(recipe.kind, sound.sample_rate, sound.full_scale, plan.settled._asdict())
        return Raster(samples, notes=sound.notes, sound=origin)


def summary(plan: FeaturePlan, channels: int = 1) -> str:
    """What a sound became, in one phrase.

    >>> summary(read_recipe("lecture", "logmel").plan(51200, 22050))
    'logmel 100x26x1, 22,050 Hz, frames of 2048, hop 512'
    """
    frames, recipe = plan.frames, plan.recipe
    text = f"{recipe.kind} {pair_text((*plan.shape[:2], channels))}, {plan.sample_rate:,} Hz"
    if recipe.kind == "waveform":
        return text
    dialect = "" if recipe.dialect == "lecture" else f", dialect {recipe.dialect}"
    return f"{text}, frames of {frames.length}, hop {frames.hop_length}{dialect}"


class Wave(NamedTuple):
    """A waveform that is written as a sound."""

    encode: Encoder
    samples: np.ndarray[Any, Any]
    sample_rate: int
    clipped: int

    @property
    def size(self) -> str:
        """How many samples it has of which type."""
        count, *channels = self.samples.shape
        of_each = f" x {channels[0]} channels" if channels and channels[0] > 1 else ""
        return f"{count} samples{of_each} {self.samples.dtype}"

    @property
    def text(self) -> str:
        """What became of its values, in one phrase."""
        if self.samples.dtype.kind == "f":
            return f"{self.sample_rate:,} Hz"
        clipped = f"{self.clipped} of {self.samples.size} samples clipped" if self.clipped else "nothing clipped"
        return f"{self.sample_rate:,} Hz, rounded, {clipped}"


def wave(result: Raster, made_by: str) -> Wave:
    """A waveform of one row as the sound it is: as loud and as long as it was, with as many bits."""
    origin = result.sound
    if origin is None or origin.features != "waveform" or result.shape[0] != 1 or result.shape[2] > MAX_CHANNELS:
        raise OutputError(
            f"a .wav holds one row of samples, not {pair_text(result.shape)}",
            hint="use --features waveform with kernels and windows of one row, or write .npy",
        )
    samples, clipped = to_full_scale(result.samples[0], origin.full_scale)
    subtype = natural_subtype(samples.dtype, origin.full_scale)
    return Wave(encode_wav(samples, origin.sample_rate, subtype, made_by), samples, origin.sample_rate, clipped)


def at_stride(result: Raster, stride: int) -> Raster:
    """A result whose columns are `stride` samples of the sound apart (0: not evenly), at the rate that follows."""
    origin = result.sound
    if origin is None or stride == 1:
        return result
    hint = "use a stride that divides the sample rate, or write .npy"
    if stride == 0:
        raise OutputError("after adaptive or global pooling a sound has no sample rate", hint=hint)
    if origin.sample_rate % stride:
        raise OutputError(f"{origin.sample_rate:,} Hz / {stride} is not a whole sample rate", hint=hint)
    return replace(result, sound=origin._replace(sample_rate=origin.sample_rate // stride))
