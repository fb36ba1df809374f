"""What ``cnnkit mfcc`` says: shapes, what was written, what was done to meet a length, and a worked example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from cnnkit.cli.features_steps import explanation, steps
from cnnkit.cli.inputs import Source
from cnnkit.cli.report import Report
from cnnkit.data.recipes.finish import Finish, SoundPlan
from cnnkit.data.recipes.recipe import SAMPLE_RATES, FeaturePlan, Recipe
from cnnkit.errors import ArgumentError, printable
from cnnkit.geometry.pair import counted, pair_text

TONE_HZ = 440
"""Pitch of the example's tone (A4)."""

TONE_RATE_HZ, TONE_SAMPLES = 22050, 51200
"""The lecture's sound: 51200 samples, hop 512, 100 frames."""


class Account:
    """What a command says of its sounds: lines on stderr for a person, facts for ``--json``, shapes on stdout."""

    def __init__(self, report: Report, *, explain: bool, are_many: bool) -> None:
        self.report = report
        self.explain = explain
        self.are_many = are_many  # several inputs: a line has to say which it is about

    def shape(self, source: Source, plan: SoundPlan) -> None:
        """Print the shape alone on stdout, and the arithmetic on stderr."""
        name = f"{source}: " if self.are_many else ""
        if plan.segments > 1:
            size = plan.features.frames.samples
            self.report.say(f"{name}{plan.samples} samples = {plan.segments} segments of {size} samples")
        self.report.say(f"{name}{_arithmetic(plan.features)}")
        self._explanation(plan)
        if not self.report.as_json:
            typer.echo(pair_text(plan.shape))
        self._record(source, plan, ())

    def written(self, source: Source, plan: SoundPlan, notes: Sequence[str], **facts: str) -> None:
        """Say what was written where: `facts` are the verb, action, and the place, output."""
        features = plan.features
        lines = [*notes, *segment_notes(plan), *length_notes(plan.finish, features.frames.count)]
        if features.empty_bands:
            lines.append(f"{features.empty_bands} of {features.recipe.n_mels} mel bands cover no bin of the FFT")
        for line in lines:
            self.report.say(f"{source}: {line}")
        self._explanation(plan)
        frames = features.frames
        size = f"{plan.segments} x {frames.samples}" if plan.segments > 1 else f"{frames.samples}"
        has_frames = features.recipe.kind != "waveform"
        cut = f", hop {frames.hop_length}: {counted(frames.count, 'frame')}" if has_frames else ""
        self.report.say(
            f"{facts['action']} {printable(facts['output'])}  {pair_text(plan.shape)} float32"
            f"  ({size} samples at {features.sample_rate:,} Hz{cut}, {plan.samples / features.sample_rate:.2f} s)"
        )
        self._record(source, plan, lines, **facts, dtype="float32")

    def recipe(self, recipe: Recipe) -> None:
        """Print a recipe as JSON: by itself, or in the object of ``--json``."""
        if self.report.as_json:
            self.report.close(recipe=recipe._asdict())
            return
        import json

        typer.echo(json.dumps(recipe._asdict(), indent=2))

    def _explanation(self, plan: SoundPlan) -> None:
        if self.explain:
            self.report.say(explanation(plan.features))

    def _record(self, source: Source, plan: SoundPlan, notes: Sequence[str], **facts: Any) -> None:
        self.report.record(
            input=source.name,
            **facts,
            shape=list(plan.shape),
            samples=plan.samples,
            sample_rate=plan.features.sample_rate,
            recipe=plan.features.settled._asdict(),
            finish=plan.finish._asdict(),
            notes=list(notes),
        )


def refuse_outputs(printed: str, **options: object) -> None:
    """Refuse options about a result when something else is printed."""
    for name, value in options.items():
        if value:
            option = {"output": "-o"}.get(name, f"--{name.replace('_', '-')}")
            raise ArgumentError(
                f"{option} and {printed} are both given", hint=f"leave one out: {printed} writes nothing"
            )


def length_notes(finish: Finish, frames: int) -> list[str]:
    """What is done to bring this many frames to the length; nothing when they have it.

    >>> length_notes(Finish(length=100), 80)
    ["20 frames of zeros were added at the end: 80 of 100 are the sound's"]
    >>> length_notes(Finish(length=100), 120), length_notes(Finish(length=100), 100)
    (['20 of 120 frames were cut off at the end: 100 are left'], [])
    """
    length = finish.segment_shape(frames, 1)[0]
    rest = abs(length - frames)
    if length < frames:
        left = f"{length} {'is' if length == 1 else 'are'} left"
        return [f"{rest} of {frames} frames {_were(rest)} cut off at the end: {left}"]
    if length == frames:
        return []
    if finish.fit == "loop":
        return [f"{finish.unit} begins again after {counted(frames, 'frame')}: {rest} of {length} are repeated"]
    own = f"{frames} of {length} are {finish.unit}'s"
    return [f"{counted(rest, 'frame')} of zeros {_were(rest)} added at the end: {own}"]


def segment_notes(plan: SoundPlan) -> list[str]:
    """What is done to the end of a sound that is not a whole number of segments; nothing when it is.

    >>> from cnnkit.data.recipes.dialects import DIALECTS
    >>> from cnnkit.data.recipes.finish import plan_sound
    >>> segment_notes(plan_sound(DIALECTS["lecture"], Finish(segment="1s"), 51200, 22050))
    ["14950 samples of zeros were added to the last of 3 segments: 7100 of 22050 are the sound's"]
    """
    count, size, samples = plan.segments, plan.features.frames.samples, plan.samples
    rest = abs(count * size - samples)
    if rest == 0:
        return []
    if plan.finish.fit == "trim":
        they = "it is" if rest == 1 else "they are"
        return [f"{rest} of {samples} samples {_were(rest)} left out at the end: {they} no whole segment of {size}"]
    last, own = f"the last of {counted(count, 'segment')}", size - rest
    if plan.finish.fit == "loop":
        return [f"{last} begins again after {counted(own, 'sample')}: {rest} of {size} are repeated"]
    return [f"{counted(rest, 'sample')} of zeros {_were(rest)} added to {last}: {own} of {size} are the sound's"]


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _arithmetic(plan: FeaturePlan) -> str:
    """The number of rows, and what it is computed from."""
    if plan.recipe.kind == "waveform":
        return f"{counted(plan.frames.samples, 'sample')} as they are, in one row"
    return plan.frames.arithmetic


def example(recipe: Recipe) -> str:
    """A worked example: a tone of 440 Hz as features."""
    import numpy as np

    from cnnkit.data.recipes.columns import columns
    from cnnkit.data.signal import Signal
    from cnnkit.operations.features.blocks import compute_features

    rate = SAMPLE_RATES.get(recipe.dialect, TONE_RATE_HZ)
    plan = recipe.plan(TONE_SAMPLES, rate)
    tone = np.round(10000 * np.sin(2 * np.pi * TONE_HZ * np.arange(TONE_SAMPLES) / rate)).astype(np.int16)
    rows = compute_features(plan, Signal(tone, rate))[:, :, 0]
    shown = min(rows.shape[1], 6)
    more = " ..." if shown < rows.shape[1] else ""
    has_frames = recipe.kind != "waveform"
    names = columns(plan).names[:shown] if has_frames else [f"x[{n}]" for n in range(shown)]
    heading = "".join(f"{name:>10}" for name in names)
    places = sorted({0, len(rows) // 2})
    numbers = [
        (f"  frame {t:<6}" if has_frames else " " * 14) + "".join(f"{value:10.3f}" for value in rows[t, :shown]) + more
        for t in places
    ]
    whose = "two frames" if len(places) > 1 else "the frame"
    first = f"The first {counted(shown, 'column')} of {whose}" if has_frames else "The first samples"
    seconds = plan.seconds
    what = {"mfcc": "MFCCs", "spectrogram": "a spectrogram", "waveform": "a waveform"}.get(
        recipe.kind, f"{recipe.kind} features"
    )
    return "\n".join(
        [
            f"A worked example: a tone of {TONE_HZ} Hz, {seconds:.2f} s long, as {what} (dialect {recipe.dialect}).",
            "",
            *steps(plan),
            "",
            f"{first}:",
            f"{'':14}{heading}",
            *numbers,
            "",
            "Next: cnnkit mfcc song.wav --print-shape",
        ]
    )
