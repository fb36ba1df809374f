"""A sound as an image for ``convolve`` and ``pool``: its features, time down the rows, frequency across the columns.

A waveform is one row of samples, and can become a sound again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.cli.inputs import Source
from cnnkit.cli.recipe_text import steps
from cnnkit.cli.report import Report
from cnnkit.data.raster import Heard, Raster
from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.data.recipes.recipe import Layout
from cnnkit.errors import OutputError
from cnnkit.files.sounds.sound import open_signal
from cnnkit.files.sounds.wav import encode_wav, natural_subtype
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import pair_text
from cnnkit.operations.features.blocks import run

DEFAULT = "logmel"
"""What a sound becomes unless its user says otherwise."""


class Hearing(NamedTuple):
    """What is asked of sounds; each is None unless it was given.

    Attributes
    ----------
    features, dialect : str or None
        What is made of them, by whose recipe.
    channel : str or None
    sample_rate : int or None
    """

    features: str | None = None
    dialect: str | None = None
    channel: str | None = None
    sample_rate: int | None = None


def read(source: Source, stream: BinaryIO, report: Report, asked: Hearing, *, explain: bool) -> Raster:
    """Read one channel of a sound, make an image of its features, and say how."""
    recipe = read_recipe(asked.dialect or "lecture", asked.features or DEFAULT)
    with open_signal(stream, asked.channel, asked.sample_rate) as sound:
        layout = recipe.lay_out(sound.count, sound.sample_rate)
        samples = run(recipe, sound)
        for note in sound.notes:
            report.say(f"{source}: {note}")
        report.say(f"{source}: {summary(layout)}")
        if explain:
            report.say("\n".join(steps(layout)))
        return Raster(samples, heard=Heard(recipe.kind, sound.sample_rate, sound.full_scale, layout.settled._asdict()))


def summary(layout: Layout) -> str:
    """What a sound became, in one phrase.

    >>> summary(read_recipe("lecture", "logmel").lay_out(51200, 22050))
    'logmel 100x26x1, 22,050 Hz, frames of 2048, 512 apart'
    """
    frames, recipe = layout.frames, layout.recipe
    told = f"{recipe.kind} {pair_text(layout.shape)}, {layout.sample_rate:,} Hz"
    if recipe.kind == "waveform":
        return told
    dialect = "" if recipe.dialect == "lecture" else f", dialect {recipe.dialect}"
    return f"{told}, frames of {frames.length}, {frames.hop_length} apart{dialect}"


class Wave(NamedTuple):
    """A waveform that is written as a sound."""

    encode: Encoder
    samples: np.ndarray[Any, Any]
    sample_rate: int
    clipped: int

    @property
    def text(self) -> str:
        """What became of its values, in one phrase."""
        if self.samples.dtype.kind == "f":
            return f"{self.sample_rate:,} Hz"
        share = f"{self.clipped} of {self.samples.size}" if self.clipped else "none of"
        return f"{self.sample_rate:,} Hz, rounded, {share} samples clipped"


def wave(result: Raster, made_by: str) -> Wave:
    """A result as the sound it is: as loud and as long as it was, with as many bits.

    Raises
    ------
    OutputError
        If it is no waveform of one row, or would have no whole sample rate.
    """
    heard = result.heard
    if heard is None or heard.features != "waveform" or result.shape[0] != 1 or result.shape[2] != 1:
        raise OutputError(
            f"a .wav holds one row of samples, not {pair_text(result.shape)}",
            hint="use --features waveform with kernels and windows of one row, or write .npy",
        )
    values = result.samples[0, :, 0]
    bits = {2.0**7: "int8", 2.0**15: "int16", 2.0**23: "int32", 2.0**31: "int32"}.get(heard.full_scale or 1.0)
    if bits is None:
        samples, clipped = values.astype(np.float32, copy=False), 0
    else:
        low, high = -(heard.full_scale or 0), (heard.full_scale or 0) - 1
        held = np.clip(values.astype(np.float64), low, high)
        clipped = int(np.count_nonzero((values < low - 0.5) | (values >= high + 0.5)))
        samples = arrays.convert(held, np.dtype(bits))
    kind = natural_subtype(samples.dtype, heard.full_scale)
    return Wave(encode_wav(samples, heard.sample_rate, kind, made_by), samples, heard.sample_rate, clipped)


def at_stride(result: Raster, stride: int) -> Raster:
    """A result whose columns are `stride` of the sound's samples apart, at the rate that follows.

    Parameters
    ----------
    result : Raster
    stride : int
        0 if they are not evenly apart.

    Raises
    ------
    OutputError
        If that is no whole rate.
    """
    heard = result.heard
    if heard is None or stride == 1:
        return result
    hint = "use a stride that divides the sample rate, or write .npy"
    if stride == 0:
        raise OutputError("an adaptive or global pooling leaves a sound no sample rate", hint=hint)
    if heard.sample_rate % stride:
        raise OutputError(f"at a stride of {stride}, {heard.sample_rate:,} Hz become no whole sample rate", hint=hint)
    return replace(result, heard=heard._replace(sample_rate=heard.sample_rate // stride))
