"""One training from the command line: what is typed, checked before any work; the epochs; and what is written."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.cli import compiling, options, pictures
from cnnkit.cli.figures import FigureFile
from cnnkit.cli.learning.checkpoint import Checkpoint
from cnnkit.cli.learning.examples import read_examples
from cnnkit.cli.learning.training_text import EpochTable, begin_text, end_text, progress_line
from cnnkit.cli.learning.typed import Hearing, Task
from cnnkit.cli.report import Report
from cnnkit.data.dataset import read_split
from cnnkit.data.learning.examples import Examples
from cnnkit.data.learning.first_layer import Kernels
from cnnkit.errors import ArgumentError, printable
from cnnkit.files.network.safetensors import NOTE, encode_safetensors
from cnnkit.files.network.trained import Trained
from cnnkit.loops.machine import compile
from cnnkit.network.stack import StackShape
from cnnkit.operations.holes import NO_HOLES
from cnnkit.operations.learning.training.loss import Count
from cnnkit.operations.learning.training.train import settings_of
from cnnkit.operations.learning.training.training import Settings, Training, check_units
from cnnkit.operations.network.names import named

if TYPE_CHECKING:
    from cnnkit.cli.learning.train import Looks, Recipe
    from cnnkit.cli.preparation import Preparing

SECONDS_BETWEEN = 0.1
NETWORK_FORMATS = ("safetensors",)
PICTURES = (".png", ".gif", ".webp", ".apng")
"""Formats of figures and animations that are read as images too."""


class Wanted(NamedTuple):
    """The files of a training, each found to be free to write."""

    network: FigureFile | None
    figure: FigureFile | None
    kernels: FigureFile | None
    animation: FigureFile | None


def run(
    words: Sequence[str],
    recipe: Recipe,
    preparing: Preparing,
    sound: options.Sounds,
    looks: Looks,
    *,
    output: str | None,
    checkpoint: str | None,
    results: options.Results,
) -> None:
    """Train as the command line says."""
    report = Report("train", quiet=results.quiet, as_json=results.as_json)
    settings = _settings(recipe, results.threads)
    shares = None if recipe.split is None else read_split(recipe.split)
    compiling.announce(report)
    if not words:
        from cnnkit.cli.learning.worked import example

        task, examples = example()
        report.remark("no examples are named: 600 drawn ones, of bars that lie, stand or cross each other")
    else:
        task = Task.of(words)
        if task.hears and (option := next((name for name in ("features", "dialect") if getattr(sound, name)), "")):
            problem = f"--{option} is for images of sounds, and {task.layers[0]} takes the sound itself"
            raise ArgumentError(problem, hint=f"leave --{option} out, or {task.layers[0]}")
        if task.wanted is not None:
            task.stack(task.wanted)
    files = _files(output, looks, report, task, checkpoint, force=results.force)
    kept = None if checkpoint is None else Checkpoint(Path(checkpoint), report)
    reading = pictures.Reading(
        sound._replace(features="waveform") if task.hears else sound, None, preparing.read(None, NO_HOLES)
    )
    if words:
        head = Hearing(task.layers[0]) if task.hears else None
        examples = read_examples(
            task.names,
            reading,
            report,
            wanted=task.wanted,
            shares=shares,
            seed=recipe.seed,
            results=results,
            head=head,
            check=lambda shape, classes: check_units(task.stack(shape), classes, task.typed),
        )
    stack = task.stack(examples.inputs.shape[1:])
    check_units(stack, len(examples.classes), task.typed)
    first = _first_convolution(stack, looks)
    training = _made(stack, examples, settings)
    if kept is not None:
        kept.restore(training, task.layers)
    _tell(report, begin_text(examples, stack))
    moments = _train(training, report, kept, task, first)
    confusion = training.confusion()
    _tell(report, end_text(training, confusion))
    trained = _trained(task, training, reading, recipe, stack)
    _write(files, task, trained, training, moments, confusion, stack)
    _record(report, task, training, confusion)
    report.close()


def _tell(report: Report, text: str) -> None:
    """Print an account of the training on standard output, unless --quiet is given."""
    if not report.quiet:
        report.show(text)


def _made(stack: StackShape, examples: Examples, settings: Settings) -> Training:
    """The training, of which all loops are compiled at once."""

    def rehearse() -> None:
        Training(stack, examples, settings)

    compile.rehearse = rehearse
    try:
        return Training(stack, examples, settings)
    finally:
        compile.rehearse = None


def _settings(recipe: Recipe, threads: int | None) -> Settings:
    values = recipe._asdict()
    del values["split"]
    return settings_of(**values, threads=arrays.check_threads(threads))


def _files(
    output: str | None, looks: Looks, report: Report, task: Task, checkpoint: str | None, *, force: bool
) -> Wanted:
    """The files that are named; the command ends where one may not be written."""
    from cnnkit.files.images.pillow import ANIMATION_FORMATS
    from cnnkit.views.figures.canvas import FIGURE_FORMATS

    others = [*task.names, *([checkpoint] if checkpoint else [])]
    made: list[FigureFile | None] = []
    for name, option, kind, formats in (
        (output, "--output", "a network", NETWORK_FORMATS),
        (looks.figure, "--figure", "a figure", FIGURE_FORMATS),
        (looks.kernels, "--kernels", "a sheet of kernels", FIGURE_FORMATS),
        (looks.animate, "--animate", "an animation", ANIMATION_FORMATS),
    ):
        file = None
        if name is not None:
            _check_place(name, option, task.names)
            file = FigureFile(name, report, option=option, kind=kind, formats=formats, others=others, force=force)
            others.append(name)
        made.append(file)
    return Wanted(*made)


def _check_place(name: str, option: str, folders: Sequence[str]) -> None:
    """Refuse a picture among the examples: it would be one of them the next time, or is one now."""
    place = Path(os.path.realpath(name))
    for folder in folders if place.suffix.lower() in PICTURES else ():
        if os.path.isdir(folder) and place.is_relative_to(os.path.realpath(folder)):
            problem = f"{option} {name} lies in {printable(folder)}, whose pictures are examples"
            raise ArgumentError(problem, hint="write it elsewhere, or as .svg or .pdf")


def _first_convolution(stack: StackShape, looks: Looks) -> int:
    """The number of the first convolution, 0 without one; an error if it is to be drawn then."""
    numbers = (n for n, step in enumerate(stack.layers, start=1) if step.layer.name in ("conv", "dwconv"))
    found = next(numbers, 0)
    drawn = next((name for name in ("kernels", "animate") if getattr(looks, name) is not None), None)
    if drawn and not found:
        raise ArgumentError(f"--{drawn} shows kernels, and the network has none", hint="begin it with conv3-8")
    return found


def _train(training: Training, report: Report, kept: Checkpoint | None, task: Task, first: int) -> list[Kernels]:
    """All epochs that are left, told as they come; the kernels of the first layer after each."""
    moments = [Kernels(0, training.first[first]["weights"], np.nan, np.nan)] if first else []
    table = EpochTable(has_validation=bool(len(training.examples.validation)))
    for line in table.head(training.epochs):
        _tell(report, line)
    shown = 0.0

    def watch(done: int, of: int, count: Count) -> None:
        nonlocal shown
        if time.monotonic() - shown > SECONDS_BETWEEN:
            shown = time.monotonic()
            report.show_live([progress_line(len(training.epochs) + 1, done, of, count)])

    for epoch in training.run(watch):
        report.clear_progress()
        _tell(report, table.line(epoch))
        if kept is not None:
            kept.write(training, task.layers)
        if first:
            moments.append(Kernels(epoch.number, training.latest[first]["weights"], epoch.loss, epoch.accuracy))
    return moments


def _trained(task: Task, training: Training, reading: pictures.Reading, recipe: Recipe, stack: StackShape) -> Trained:
    """The network as its file holds it: the layer that hears has number 1 there."""
    learned = training.learned
    if task.hears:
        learned = {number + 1 if number else 0: parts for number, parts in learned.items()}
    preparation = {} if reading.preparation is None else reading.preparation.settings
    sound = {name: value for name, value in reading.sound._asdict().items() if value is not None and name != "raw"}
    if task.hears:
        del sound["features"]
    best = training.epochs[training.best - 1]._asdict() if training.best else {}
    facts = {
        **recipe._asdict(),
        "examples": len(training.examples.training),
        "held_back": len(training.examples.validation),
        "epochs_done": len(training.epochs),
        "best": {name: _number(value) for name, value in best.items() if name != "seconds"},
    }
    size = task.size.text if task.size is not None else training.examples.heard or stack.input.text
    return Trained(task.layers, size, training.examples.classes, learned, preparation, sound, facts)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _write(
    files: Wanted,
    task: Task,
    trained: Trained,
    training: Training,
    moments: list[Kernels],
    confusion: Array | None,
    stack: StackShape,
) -> None:
    """Write the files that are wanted."""
    text = task.typed or " ".join(task.layers)
    if files.network is not None:
        tensors = _tensors(task, trained, stack)
        files.network.write(lambda file_type, note: encode_safetensors(tensors, {**trained.metadata, NOTE: note}))
    if files.figure is not None:
        from cnnkit.views.figures.training import draw_training

        title = ", ".join(options.given.get("inputs") or ["drawn examples"])
        epochs, classes = training.epochs, training.examples.classes
        files.figure.write(partial(draw_training, title, text, epochs, classes, confusion))
    if files.kernels is not None:
        from cnnkit.views.figures.first_layer import draw_first_layer

        files.kernels.write(partial(draw_first_layer, text, moments[0].weights, moments[-1].weights))
    if files.animation is not None:
        from cnnkit.files.images.pillow import encoded_animation
        from cnnkit.views.frames.training import animate_training

        files.animation.write(
            lambda file_type, note: encoded_animation(*animate_training(text, moments), file_type, note)
        )


def _tensors(task: Task, trained: Trained, stack: StackShape) -> Mapping[str, Array]:
    """The parameters by their names in a file, which begin with the numbers of all layers."""
    whole = stack
    if task.hears:
        whole = stack._replace(layers=(stack.layers[0], *stack.layers))
    return named(whole, trained.learned)


def _record(report: Report, task: Task, training: Training, confusion: Array | None) -> None:
    """What ``--json`` says."""
    examples = training.examples
    report.record(
        inputs=[*task.names],
        layers=[*task.layers],
        input_shape=list(examples.inputs.shape[1:]),
        classes=[*examples.classes],
        examples={"train": len(examples.training), "validation": len(examples.validation)},
        epochs=[{name: _number(value) for name, value in epoch._asdict().items()} for epoch in training.epochs],
        best=training.best,
        confusion=confusion,
    )
