"""What is said about features of a sound: the recipe in steps; for ``cnnkit mfcc`` also shapes and a worked example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from cnnkit.cli.inputs import Source
from cnnkit.cli.report import Report, printable
from cnnkit.data.recipe import WITH_BANDS, Layout, Recipe
from cnnkit.errors import ArgumentError
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

    def shape(self, source: Source, layout: Layout) -> None:
        """Print the shape alone on stdout, and the sum on stderr."""
        name = f"{source}: " if self.are_many else ""
        self.report.say(f"{name}{layout.frames.arithmetic}")
        self._explanation(layout)
        if not self.report.as_json:
            typer.echo(pair_text(layout.shape))
        self._record(source, layout, ())

    def written(self, source: Source, layout: Layout, notes: Sequence[str], where: str, what: str) -> None:
        """Say what was written where."""
        self._notes(source, notes)
        self._explanation(layout)
        frames = layout.frames
        self.report.say(
            f"{what} {printable(where)}  {pair_text(layout.shape)} float32"
            f"  ({frames.samples} samples at {layout.sample_rate:,} Hz, hop {frames.hop_length}:"
            f" {plural(frames.count, 'frame')}, {layout.seconds:.2f} s)"
        )
        self._record(source, layout, notes, output=where, action=what, dtype="float32")

    def _notes(self, source: Source, notes: Sequence[str]) -> None:
        for note in notes:
            self.report.say(f"{source}: {note}")

    def _explanation(self, layout: Layout) -> None:
        if self.explain:
            self.report.say(explanation(layout))

    def _record(self, source: Source, layout: Layout, notes: Sequence[str], **facts: Any) -> None:
        self.report.record(
            input=source.name,
            **facts,
            shape=list(layout.shape),
            samples=layout.frames.samples,
            sample_rate=layout.sample_rate,
            recipe=layout.settled._asdict(),
            notes=list(notes),
        )


def refuse_outputs(output: str | None, folder: Path | None, file_format: str | None) -> None:
    """Refuse options that say where to write when only the shape is asked for."""
    for value, name in ((output, "-o"), (folder, "--out-dir"), (file_format, "--format")):
        if value is not None:
            raise ArgumentError(f"{name} and --print-shape are both given", hint="leave one out: a shape is printed")


def explanation(layout: Layout) -> str:
    """The recipe in steps, with the numbers of one sound, and how many frames others would find in it."""
    return "\n".join([*steps(layout), *_other_counts(layout.frames)])


def steps(layout: Layout) -> list[str]:
    """The recipe in steps, with the numbers of one sound, as far as the kind of features goes."""
    recipe, seconds = layout.recipe, f"{layout.seconds:.3f} s"
    sound = ("sound", f"{layout.frames.samples} samples at {layout.sample_rate:,} Hz: {seconds}")
    if recipe.kind == "waveform":
        return _columns([sound, ("result", f"the samples as they are, in one row: {pair_text(layout.shape)}")])
    told = [sound, *_to_spectra(layout)]
    if recipe.kind in WITH_BANDS:
        told += [
            ("mel bands", f"{recipe.n_mels} triangles from {recipe.fmin:g} to {layout.fmax:g} Hz, equally wide in mel")
        ]
    told += [("logarithm", "natural; a power of 0 becomes 2.2e-16")]
    if recipe.kind == "mfcc":
        told += _from_bands(recipe)
    word = {"spectrogram": "bin", "logmel": "band", "mfcc": "coefficient"}[recipe.kind]
    sides = f"{plural(layout.shape[0], 'frame')} x {plural(layout.shape[1], word)} x 1"
    return _columns([*told, ("result", f"{sides}: {pair_text(layout.shape)}")])


def _columns(told: Sequence[tuple[str, str]]) -> list[str]:
    return [f"  {name:<12}{text}" for name, text in told]


def _to_spectra(layout: Layout) -> list[tuple[str, str]]:
    recipe, frames = layout.recipe, layout.frames
    length, hop, bins = frames.length, frames.hop_length, layout.n_fft // 2 + 1
    last, rate = frames.count - 1, layout.sample_rate
    emphasis = f"x[n] - {recipe.preemphasis:g} x[n-1], the first sample kept" if recipe.preemphasis else "none"
    taper = "no taper" if recipe.taper == "none" else f"multiplied with a {recipe.taper} taper"
    apart = f"{1000 * length / rate:.1f} ms each, {hop} = {1000 * hop / rate:.1f} ms apart"
    return [
        ("preemphasis", emphasis),
        ("frames", f"{frames.arithmetic}  (framing {frames.rule.word}: {frames.rule.formula})"),
        ("", f"{length} samples = {apart}, {taper}"),
        ("", f"frame 0 is {_place(frames, 0)}"),
        *([("", f"frame {last} is {_place(frames, last)}")] if last else []),
        *([("", f"{hop - length} samples between two frames are never looked at")] if hop > length else []),
        ("spectrum", f"FFT of {layout.n_fft}: {bins} bins, {rate / layout.n_fft:.2f} Hz apart; |X|^2 / {layout.n_fft}"),
    ]


def _from_bands(recipe: Recipe) -> list[tuple[str, str]]:
    return [
        ("cosines", f"DCT-II of the {recipe.n_mels} logarithms, orthonormal; the first {recipe.n_mfcc} are kept"),
        ("lifter", f"1 + {recipe.lifter / 2:g} sin(pi n / {recipe.lifter:g})" if recipe.lifter else "none"),
        *([("energy", "coefficient 0 is the logarithm of the frame's power")] if recipe.energy else []),
    ]


def _place(frames: Frames, frame: int) -> str:
    """Which samples a frame holds, and how many of them lie outside the sound."""
    start = frames.start(frame)
    stop = start + frames.length
    outside = max(min(0, stop) - start, 0) + max(stop - max(frames.samples, start), 0)
    filled = "zeros" if frames.rule.outside.is_constant else "mirrored"
    return f"samples {start} to {stop - 1}" + (f", {outside} of them {filled}" if outside else "")


def _other_counts(frames: Frames) -> list[str]:
    lines = [f"  the same frames of {frames.length}, {frames.hop_length} apart, with other framings:"]
    for word, rule in FRAMINGS.items():
        if word != frames.rule.word:
            count = frame_arithmetic(rule, frames.samples, frames.length, frames.hop_length)
            lines += [f"    {word:<10}{OTHERS[word]}", f"{'':14}{count}"]
    return lines


def example(recipe: Recipe) -> str:
    """A worked example: a tone of 440 Hz as MFCCs, by the recipe that was asked for."""
    import numpy as np

    from cnnkit.data.signal import Signal
    from cnnkit.operations.feature_blocks import run

    layout = recipe.lay_out(TONE_SAMPLES, TONE_RATE)
    tone = np.round(10000 * np.sin(2 * np.pi * TONE * np.arange(TONE_SAMPLES) / TONE_RATE)).astype(np.int16)
    rows = run(recipe, Signal(tone, TONE_RATE))[:, :, 0]
    columns = min(recipe.n_mfcc, 6)
    more = " ..." if columns < recipe.n_mfcc else ""
    middle = len(rows) // 2
    shown = [f"  frame {t:<6}" + "".join(f"{value:9.3f}" for value in rows[t, :columns]) + more for t in (0, middle)]
    return "\n".join(
        [
            f"A worked example: a tone of {TONE} Hz, {layout.seconds:.2f} s long, as MFCCs (dialect {recipe.dialect}).",
            "",
            *steps(layout),
            "",
            f"The first {plural(columns, 'coefficient')} of two frames:",
            *shown[: len(rows)],
            "",
            "Next: cnnkit mfcc song.wav --print-shape",
        ]
    )


def plural(count: int, word: str) -> str:
    """A count with its word.

    >>> plural(1, "frame"), plural(100, "frame")
    ('1 frame', '100 frames')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"
