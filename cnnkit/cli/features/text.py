"""What ``cnnkit mfcc`` says: shapes, what was written, what was done to meet a length, and a worked example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnkit.cli.features.steps import cover_no_bin, explanation, sides, steps
from cnnkit.cli.inputs import Source
from cnnkit.cli.report import Report, as_json, show
from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.finish import Cut, Finish, SoundPlan
from cnnkit.data.recipes.recipe import SAMPLE_RATES, Recipe
from cnnkit.errors import ArgumentError
from cnnkit.geometry.pair import counted, pair_text

if TYPE_CHECKING:
    from cnnkit.cli.features.job import Job
    from cnnkit.cli.outputs import Delivery
    from cnnkit.data.rows import Rows

TONE_HZ = 440
"""Pitch of the example's tone (A4)."""

TONE_RATE_HZ, TONE_SAMPLES = 22050, 51200
"""The lecture's sound: 51200 samples, hop 512, 100 frames."""


class Account(NamedTuple):
    """What a command says of its sounds: lines on stderr for a person, facts for ``--json``, shapes on stdout."""

    report: Report
    explain: bool
    are_many: bool  # several inputs: a line has to say which it is about

    def recipe_or_shape(self, source: Source, plan: SoundPlan, notes: Sequence[str], *, is_recipe: bool) -> None:
        """Print what ``--show-recipe`` or ``--print-shape`` is given for; the JSON object has both."""
        if is_recipe and not self.report.as_json:
            self.recipe(plan.features.settled)
        else:
            self.shape(source, plan, notes)

    def shape(self, source: Source, plan: SoundPlan, notes: Sequence[str]) -> None:
        """Print the shape alone on stdout, and the arithmetic on stderr; `notes` on the file are printed already."""
        name = f"{source}: " if self.are_many else ""
        for line in _arithmetic(plan):
            self.report.say(f"{name}{line}")
        self._explanation(plan)
        if not self.report.as_json:
            show(pair_text(plan.shape))
        self._record(source, plan, notes)

    def written(self, source: Source, plan: SoundPlan, notes: Sequence[str], delivery: Delivery) -> None:
        """Say what was written where."""
        features, recipe = plan.features, plan.features.recipe
        lines = self._noted(source, plan, notes)
        self._explanation(plan)
        frames = features.frames
        size = f"{plan.cut.count} x {frames.samples}" if plan.cut.count > 1 else f"{frames.samples}"
        has_frames = recipe.kind != "waveform"
        cut = f", hop {frames.hop_length}: {counted(frames.count, 'frame')}" if has_frames else ""
        written = f"{pair_text(plan.shape)} float32"
        seconds = f"{plan.samples / features.sample_rate:.2f} s"
        line = f"{delivery.text}  {written}  ({size} samples at {features.sample_rate:,} Hz{cut}, {seconds})"
        self.report.wrote(line, delivery, written)
        self._record(source, plan, lines, **delivery.facts, dtype="float32")

    def collected(self, source: Source, job: Job, rows: Rows, notes: Sequence[str]) -> None:
        """Add the features of a sound to the data set of the command."""
        from cnnkit.cli.work.datasets import lengths

        plan, samples = job.plan, rows.array()
        facts: dict[str, Any] = {"notes": self._noted(source, plan, notes)}
        self.report.rate(plan.features.sample_rate)
        facts |= {"sample_rate": plan.features.sample_rate, "length": lengths(plan)}
        facts["recipe"] = {**plan.features.settled._asdict(), **plan.finish._asdict()}
        count = {"count": plan.segments} if len(plan.shape) > 3 or plan.segments > 1 else {}
        self.report.collect(source.name, samples, facts | count)

    def _noted(self, source: Source, plan: SoundPlan, notes: Sequence[str]) -> list[str]:
        """Say what was done to a sound to meet the settings, and return the lines."""
        features, recipe = plan.features, plan.features.recipe
        lines = [*notes, *finish_notes(plan)]
        is_as_trained = recipe.dialect in SAMPLE_RATES and recipe == DIALECTS[recipe.dialect]
        if features.empty_bands and not is_as_trained:
            lines.append(f"{cover_no_bin(features.empty_bands, f'{recipe.n_mels} mel bands')} of the FFT")
        self.report.note(source, lines)
        return lines

    def recipe(self, recipe: Recipe) -> None:
        """Print a recipe as JSON: by itself, or in the object of ``--json``."""
        if self.report.as_json:
            self.report.close(recipe=recipe._asdict())
            return
        show(as_json(recipe._asdict()))

    def _explanation(self, plan: SoundPlan) -> None:
        if self.explain:
            self.report.explain(explanation(plan))

    def _record(self, source: Source, plan: SoundPlan, notes: Sequence[str], **facts: Any) -> None:
        self.report.rate(plan.features.sample_rate)
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
    """Refuse options about a result when something else is printed: the option `printed`, if there is one."""
    for name, value in options.items():
        if value and printed:
            option = {"output": "-o"}.get(name, f"--{name.replace('_', '-')}")
            raise ArgumentError(
                f"{option} and {printed} are both given", hint=f"leave one out: {printed} writes nothing"
            )


def finish_notes(plan: SoundPlan) -> list[str]:
    """What is done to meet a duration, segments and a length; nothing where they are met.

    >>> from cnnkit.data.recipes.dialects import DIALECTS
    >>> from cnnkit.data.recipes.finish import plan_sound
    >>> finish_notes(plan_sound(DIALECTS["lecture"], Finish(segment="1s"), 51200, 22050))
    ["14950 samples of zeros were added to the last of 3 segments: 7100 of 22050 are the sound's"]
    """
    finish = plan.finish
    notes = _fit_notes(finish, Cut(1, plan.samples, plan.samples), plan.present, "sample", "the sound")
    cut, is_cut = plan.cut, finish.segment is not None and not finish.has_frame_segments
    notes += _fit_notes(finish, cut, plan.samples, "sample", "the sound", are_segments=is_cut)
    if plan.features.recipe.kind != "waveform":
        frames, are_segments = plan.features.frames.count, finish.has_frame_segments
        notes += _fit_notes(finish, plan.windows, frames, "frame", finish.unit, are_segments=are_segments)
    return notes


def _fit_notes(
    finish: Finish, cut: Cut, present: int, unit: str, whose: str, *, are_segments: bool = False
) -> list[str]:
    rest = abs(cut.end - present)
    own = cut.size - rest
    last = f"the last of {counted(cut.count, 'segment')}" if are_segments else whose
    if rest == 0:
        return []
    if cut.end < present:
        they = "it is" if rest == 1 else "they are"
        done = f"cut off at the end: {cut.end} {'is' if cut.end == 1 else 'are'} left"
        if are_segments:
            done = f"left out at the end: {they} no whole segment of {cut.size}"
        return [f"{rest} of {present} {unit}s {_were(rest)} {done}"]
    if finish.fit == "loop":
        return [f"{last} begins again after {counted(own, unit)}: {rest} of {cut.size} are repeated"]
    value = finish.pad_value if unit == "frame" else 0
    filled = {0: "zeros", "silence": "silence"}.get(value, f"{value}")
    place = f"to {last}" if are_segments else "at the end"
    return [f"{counted(rest, unit)} of {filled} {_were(rest)} added {place}: {own} of {cut.size} are {whose}'s"]


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _arithmetic(plan: SoundPlan) -> list[str]:
    """The number of rows, and what it is computed from: the samples, and how they and their frames are cut."""
    features, lines = plan.features, []
    if plan.samples != plan.present:
        lines.append(f"{plan.present} samples become {plan.samples}")
    if plan.cut.count > 1:
        lines.append(f"{plan.samples} samples = {_segments(plan.cut, 'sample')}")
    is_waveform = features.recipe.kind == "waveform"
    samples = counted(features.frames.samples, "sample")
    lines.append(f"{samples} as they are, in one row" if is_waveform else features.frames.arithmetic)
    if plan.finish.has_frame_segments:
        lines.append(f"{counted(features.frames.count, 'frame')} = {_segments(plan.windows, 'frame')}")
    if plan.channels > 1 or not plan.is_in_order:
        batch = f" --batch {plan.sides[0]}" if plan.segments > 1 else ""
        lines.append(f"{sides(plan)}; for cnnkit shape {pair_text(plan.sides[1:])}{batch}")
    return lines


def _segments(cut: Cut, unit: str) -> str:
    apart = "" if cut.step == cut.size else f", {cut.step} apart"
    return f"{counted(cut.count, 'segment')} of {counted(cut.size, unit)}{apart}"


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
        ]
    )
