"""A sound as an image for ``convolve`` and ``pool``: its features, time down the rows, frequency across the columns."""

from __future__ import annotations

from typing import BinaryIO

from cnnkit.cli.inputs import Source
from cnnkit.cli.recipe_text import steps
from cnnkit.cli.report import Report
from cnnkit.data.dialects import read_recipe
from cnnkit.data.raster import Raster
from cnnkit.data.recipe import Layout
from cnnkit.files.sound import read_sound
from cnnkit.geometry.pair import pair_text
from cnnkit.operations.feature_blocks import run

DEFAULT = "logmel"
"""What a sound becomes unless its user says otherwise."""


def read(
    source: Source, stream: BinaryIO, report: Report, *, features: str | None, channel: str | None, explain: bool
) -> Raster:
    """Read one channel of a sound, make an image of its features, and say how."""
    signal = read_sound(stream, channel)
    layout = read_recipe("lecture", features or DEFAULT).lay_out(len(signal.samples), signal.sample_rate)
    samples = run(layout.recipe, signal)
    for note in signal.notes:
        report.say(f"{source}: {note}")
    report.say(f"{source}: {summary(layout)}")
    if explain:
        report.say("\n".join(steps(layout)))
    return Raster(samples, features=layout.recipe.kind)


def summary(layout: Layout) -> str:
    """What a sound became, in one phrase.

    >>> summary(read_recipe("lecture", "logmel").lay_out(51200, 22050))
    'logmel 100x26x1, 22,050 Hz, frames of 2048, 512 apart'
    """
    frames = layout.frames
    told = f"{layout.recipe.kind} {pair_text(layout.shape)}, {layout.sample_rate:,} Hz"
    if layout.recipe.kind == "waveform":
        return told
    return f"{told}, frames of {frames.length}, {frames.hop_length} apart"
