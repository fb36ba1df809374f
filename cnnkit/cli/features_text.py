"""What is said about features of a sound: the recipe in steps; for ``cnnkit mfcc`` also shapes and a worked example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from cnnkit.cli.inputs import Source
from cnnkit.cli.recipe_text import plural, steps
from cnnkit.cli.report import Report
from cnnkit.data.recipes.finish import Finish, Product
from cnnkit.data.recipes.recipe import Layout, Recipe
from cnnkit.errors import ArgumentError, printable
from cnnkit.geometry.framing import FRAMINGS, Frames, frame_arithmetic
from cnnkit.geometry.pair import pair_text

TONE = 440
"""Frequency of the built-in tone, in hertz: the A above middle C."""

TONE_RATE, TONE_SAMPLES = 22050, 51200
"""The lecture's sound: 51200 samples, hop 512, 100 frames."""

OTHERS = {
    "pad-end": "tf.signal with pad_end: a frame begins at every hop, the last ones are filled up with zeros",
    "valid": "kaldi, htk: frames lie within the sound, what is left at its end is dropped",
    "center": "librosa, torchaudio: frames are centred on every hop, on sample 0 too, so there is one more",
    "psf": "python_speech_features: frames go on until every sample is in one, the last is filled up with zeros",
    "kaldi": "kaldi with snip-edges=false: frames are centred between hops, the ends are mirrored",
    "whisper": "whisper: frames are centred on every hop, the last one is dropped",
}
"""Who counts frames how."""


class Teller:
    """The account of one run: lines on stderr for a person, facts for ``--json``, shapes on stdout.

    Parameters
    ----------
    report : Report
    explain : bool
        Write the recipe out for every sound.
    are_many : bool
        Whether there are several inputs, so that a line has to say which it is about.
    """

    def __init__(self, report: Report, *, explain: bool, are_many: bool) -> None:
        self.report = report
        self.explain = explain
        self.are_many = are_many

    def shape(self, source: Source, product: Product, finish: Finish) -> None:
        """Print the shape alone on stdout, and the sum on stderr."""
        name = f"{source}: " if self.are_many else ""
        if product.pieces > 1:
            size = product.layout.frames.samples
            self.report.say(f"{name}{product.samples} samples = {product.pieces} pieces of {size} samples")
        self.report.say(f"{name}{_sum(product.layout)}")
        self._explanation(product.layout)
        if not self.report.as_json:
            typer.echo(pair_text(product.shape))
        self._record(source, product, finish, ())

    def written(self, source: Source, product: Product, finish: Finish, notes: Sequence[str], **facts: str) -> None:
        """Say what was written where: `facts` are the verb, action, and the place, output."""
        layout = product.layout
        told = [*notes, *finish.told_of_pieces(product.samples, layout.sample_rate), *finish.told(layout.frames.count)]
        if layout.empty_bands:
            told.append(f"{layout.empty_bands} of {layout.recipe.n_mels} mel bands cover no bin of the FFT")
        for note in told:
            self.report.say(f"{source}: {note}")
        self._explanation(layout)
        frames = layout.frames
        where = f"{product.pieces} x {frames.samples}" if product.pieces > 1 else f"{frames.samples}"
        cut = f", hop {frames.hop_length}: {plural(frames.count, 'frame')}" if layout.recipe.kind != "waveform" else ""
        seconds = product.samples / layout.sample_rate
        self.report.say(
            f"{facts['action']} {printable(facts['output'])}  {pair_text(product.shape)} float32"
            f"  ({where} samples at {layout.sample_rate:,} Hz{cut}, {seconds:.2f} s)"
        )
        self._record(source, product, finish, told, **facts, dtype="float32")

    def recipe(self, recipe: Recipe) -> None:
        """Print a recipe as JSON: by itself, or in the object of ``--json``."""
        if self.report.as_json:
            self.report.close(recipe=recipe._asdict())
            return
        import json

        typer.echo(json.dumps(recipe._asdict(), indent=2))

    def _explanation(self, layout: Layout) -> None:
        if self.explain:
            self.report.say(explanation(layout))

    def _record(self, source: Source, product: Product, finish: Finish, notes: Sequence[str], **facts: Any) -> None:
        self.report.record(
            input=source.name,
            **facts,
            shape=list(product.shape),
            samples=product.samples,
            sample_rate=product.layout.sample_rate,
            recipe=product.layout.settled._asdict(),
            finish=finish._asdict(),
            notes=list(notes),
        )


def refuse_outputs(printed: str, **given: object) -> None:
    """Refuse options about a result when something else is printed."""
    for name, value in given.items():
        if value:
            option = {"output": "-o"}.get(name, f"--{name.replace('_', '-')}")
            raise ArgumentError(
                f"{option} and {printed} are both given", hint=f"leave one out: {printed} writes nothing"
            )


def explanation(layout: Layout) -> str:
    """The recipe in steps, with the numbers of one sound, and how many frames others would find in it."""
    others = _other_counts(layout.frames) if layout.recipe.kind != "waveform" else []
    return "\n".join([*steps(layout), *others])


def _sum(layout: Layout) -> str:
    """How many rows there are, with the numbers it comes of."""
    if layout.recipe.kind == "waveform":
        return f"{plural(layout.frames.samples, 'sample')} as they are, in one row"
    return layout.frames.arithmetic


def _other_counts(frames: Frames) -> list[str]:
    lines = [f"  the same frames of {frames.length}, {frames.hop_length} apart, with other framings:"]
    for word, rule in FRAMINGS.items():
        if word != frames.rule.word:
            count = frame_arithmetic(rule, frames.samples, frames.length, frames.hop_length)
            lines += [f"    {word:<10}{OTHERS[word]}", f"{'':14}{count}"]
    return lines


def example(recipe: Recipe) -> str:
    """A worked example: a tone of 440 Hz as features, by the recipe that was asked for."""
    import numpy as np

    from cnnkit.data.recipes.columns import columns
    from cnnkit.data.signal import Signal
    from cnnkit.operations.features.blocks import run

    layout = recipe.lay_out(TONE_SAMPLES, TONE_RATE)
    tone = np.round(10000 * np.sin(2 * np.pi * TONE * np.arange(TONE_SAMPLES) / TONE_RATE)).astype(np.int16)
    rows = run(recipe, Signal(tone, TONE_RATE))[:, :, 0]
    shown = min(rows.shape[1], 6)
    more = " ..." if shown < rows.shape[1] else ""
    is_cut = recipe.kind != "waveform"
    told = columns(layout).names[:shown] if is_cut else [f"x[{n}]" for n in range(shown)]
    names = "".join(f"{name:>10}" for name in told)
    places = sorted({0, len(rows) // 2})
    numbers = [
        (f"  frame {t:<6}" if is_cut else " " * 14) + "".join(f"{value:10.3f}" for value in rows[t, :shown]) + more
        for t in places
    ]
    whose = "two frames" if len(places) > 1 else "the frame"
    first = f"The first {plural(shown, 'column')} of {whose}" if is_cut else "The first samples"
    seconds = layout.seconds
    what = {"mfcc": "MFCCs", "spectrogram": "a spectrogram", "waveform": "a waveform"}.get(
        recipe.kind, f"{recipe.kind} features"
    )
    return "\n".join(
        [
            f"A worked example: a tone of {TONE} Hz, {seconds:.2f} s long, as {what} (dialect {recipe.dialect}).",
            "",
            *steps(layout),
            "",
            f"{first}:",
            f"{'':14}{names}",
            *numbers,
            "",
            "Next: cnnkit mfcc song.wav --print-shape",
        ]
    )
