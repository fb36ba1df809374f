"""The command line of ``cnnkit run``, read and checked before any work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnkit.cli import options
from cnnkit.cli.figures import FigureFile
from cnnkit.cli.inputs import Source, is_grid
from cnnkit.cli.network.loading import HEARING, Recipe, read_model, read_trained
from cnnkit.cli.network.ranking import figure_name, read_where
from cnnkit.cli.network.results import file_words
from cnnkit.cli.network.task import Files, Place, Running
from cnnkit.cli.options import Sounds
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.pictures import Reading
from cnnkit.cli.report import Report
from cnnkit.data.preparation import Preparation, read_preparation
from cnnkit.errors import ArgumentError, InputError, quoted, unknown_word
from cnnkit.files.images.frames import ALL
from cnnkit.files.network.recognition import is_weights
from cnnkit.files.stacks import StackFiles
from cnnkit.network.notation.arguments import split_arguments
from cnnkit.network.notation.expansion import read_layers
from cnnkit.operations.network.layouts import ORDERS
from cnnkit.operations.network.program import ALGORITHMS

if TYPE_CHECKING:
    from cnnkit.cli.network.run import Looks, Sets, Settings

SOME_LAYERS = "conv3-8 relu maxpool2"


def read_words(words: Sequence[str], settings: Settings, where: str | None) -> tuple[Recipe, list[str]]:
    """The network that is typed, and the inputs before it."""
    inputs, layers = split_arguments(words, os.path.lexists)
    options.given.pop("words", None)
    options.given.update({name: value for name, value in (("inputs", inputs), ("layers", layers)) if value})
    if settings.algorithm not in ALGORITHMS:
        raise unknown_word("algorithm", settings.algorithm, ALGORITHMS)
    order = (settings.weights_order or "").lower()
    if order and order not in ORDERS:
        raise unknown_word("order of weights", order, ORDERS)
    if (settings.seed or 0) < 0:
        raise ArgumentError(f"--seed {settings.seed} is below 0", hint="write a whole number of 0 or more")
    for word in inputs:
        _check_input(word, layers, settings.model)
    if settings.model is not None and layers:
        raise ArgumentError("--model and layers are both given", hint=f"leave {layers[0]} out, or --model")
    if settings.model is not None and settings.weights:
        raise ArgumentError("--model and --weights are both given", hint="leave --weights out: a model has its own")
    if settings.model is not None and is_weights(settings.model):
        words, model, trained = read_trained(settings.model).layers, None, settings.model
    else:
        words, model, trained = tuple(layers), settings.model, None
    recipe = Recipe(
        words,
        tuple(settings.weights or ()),
        order,
        settings.seed or 0,
        model,
        settings.algorithm,
        tuple(_named(settings.weights or (), where)),
        trained,
    )
    return recipe, inputs


def prepared_as_trained(recipe: Recipe, reading: Reading) -> Reading:
    """How inputs become images, as those that a network was trained on did where nothing else is asked for."""
    if recipe.trained is None:
        return reading
    found = read_trained(recipe.trained)
    try:
        preparation = read_preparation(**_together(found.preparation, reading.preparation))
        given = {name: value for name, value in reading.sound._asdict().items() if value}
        sound = Sounds(**{**{name: value for name, value in found.sound.items() if name != "raw"}, **given})
        _check_sounds(sound)
    except (TypeError, ValueError, AttributeError, OverflowError):
        problem = f"--model {recipe.trained}: what it says of the preparation of inputs cannot be read"
        raise InputError(problem, "train it again") from None
    return reading._replace(preparation=preparation, sound=sound)


def _together(trained: Mapping[str, Any], given: Preparation | None) -> dict[str, Any]:
    """The preparation of training, but for what is asked for now."""
    asked = {} if given is None else given.settings
    groups = {"grey", "rgb"}, {"resize", "fit", "resample"}
    replaced = {name for group in groups if group & {*asked} for name in group}
    return {name: value for name, value in trained.items() if name not in replaced} | asked


def _check_sounds(sound: Sounds) -> None:
    """Raise an error for options of sounds that a file could not have from cnnkit."""
    from cnnkit.data.recipes.dialects import check_kind, read_recipe

    if sound.features is not None:
        check_kind(sound.features)
    if sound.dialect is not None:
        read_recipe(sound.dialect)
    if not isinstance(sound.channel or "", str) or not isinstance(sound.sample_rate or 1, int):
        raise TypeError("no options of sounds")


def _check_input(word: str, layers: Sequence[str], model: str | None) -> None:
    """Refuse what is no input here, but something else."""
    if word.lower().endswith(".onnx") and model is None:
        raise ArgumentError(f"{quoted(word)} is a model, and no input", hint=f"write --model {word}")
    is_size = word[:1].isdigit() and {*word.lower()} <= {*"0123456789x@"} and not word.isdecimal()
    if is_size and not os.path.lexists(word) and not is_grid(word):
        line = " ".join(["cnnkit shape", word, *(layers or [SOME_LAYERS])])
        raise ArgumentError(f"{quoted(word)} is a size, and run takes files", hint=f"for sizes alone, {line}")


def _named(weights: Sequence[str], where: str | None) -> Iterator[str]:
    """What --weights and --where call layers, which may be marks."""
    for text in weights:
        if "=" in text:
            yield text.partition("=")[0].removeprefix("mark:")
    if where:
        yield where.rpartition(":")[0].removeprefix("mark:")


def look_ahead(recipe: Recipe) -> tuple[int, bool]:
    """The number of layers, and whether the first takes a sound itself; an error for layers that cannot be read."""
    if recipe.model is not None:
        read_model(recipe.model)
        return 0, False
    if not recipe.words:
        return 0, False
    for word in recipe.words[1:]:
        if os.path.lexists(word) and "." in word and word[0] != "@":
            line = " ".join(["cnnkit run", word, *(one for one in recipe.words if one != word)])
            raise ArgumentError(
                f"{quoted(word)} is a file, and stands behind a layer", hint=f"inputs come first: {line}"
            )
    layers = read_layers(recipe.words, StackFiles(), recipe.named)
    return len(layers), bool(layers) and layers[0].name in HEARING


def check_looks(
    looks: Looks, data_set: Sets, results: options.Results, sound: options.Sounds, recipe: Recipe, *, hears: bool
) -> Place | None:
    """Refuse options that do not go together; the map of --where."""
    if hears:
        for option, value in (("--features", sound.features), ("--dialect", sound.dialect)):
            if value is not None:
                problem = f"{option} {value} is for images of sounds, and {recipe.words[0]} takes the sound itself"
                raise ArgumentError(problem, hint=f"leave {option} out, or {recipe.words[0]}")
    if data_set.labels is not None and not (looks.top or data_set.stack):
        raise ArgumentError("--labels names classes for --top", hint="add --top 5, or leave --labels out")
    if looks.top and str(results.output) == "-":
        raise ArgumentError("--top and the result both want standard output", hint="use -o FILE for the result")
    if looks.where is None:
        return None
    others = {"--top": looks.top, "--activations": looks.activations, "--stack": data_set.stack or None}
    others |= {"--output": results.output, "--format": results.file_format, "--resume": results.resume or None}
    taken = next((option for option, value in others.items() if value is not None), "")
    if taken:
        hint = f"leave {taken} out" + ("; --figure names the picture" if taken == "--output" else "")
        raise ArgumentError(f"--where prints and draws alone, and {taken} is given too", hint)
    return read_where(looks.where)


def check_network(recipe: Recipe, sources: Sequence[Source]) -> None:
    """Refuse inputs without a network."""
    if not recipe.words and recipe.model is None:
        name = "-" if sources[0].is_stdin else str(sources[0])
        raise ArgumentError("no layers are given", hint=f"write them behind the input: cnnkit run {name} {SOME_LAYERS}")


def writes_files(looks: Looks, results: options.Results) -> bool:
    """Whether outputs are written: not those that are to be looked at alone."""
    if looks.where is not None:
        return False
    return looks.top is None or bool(results.output or results.out_dir or results.file_format)


def files_of(recipe: Recipe) -> list[str]:
    """The files that a network is made of."""
    names = [word[1:] for text in recipe.words for word in text.split() if word[:1] == "@"]
    names += [text.partition("=")[2].removeprefix("@") for text in recipe.weights]
    names += [*recipe.weights, *filter(None, (recipe.model, recipe.trained))]
    return [name for name in names if os.path.isfile(name)]


def labels_of(looks: Looks, data_set: Sets, recipe: Recipe) -> Mapping[int, str]:
    """The names of classes."""
    if looks.top is None or data_set.stack:
        return {}
    if not data_set.labels:
        return dict(enumerate(read_trained(recipe.trained).classes)) if recipe.trained is not None else {}
    from cnnkit.files.labels import read_labels

    return read_labels(data_set.labels)


def figure_files(
    looks: Looks, results: options.Results, report: Report, sources: Sequence[Source], where: Place | None
) -> Files:
    """The files that show a run, refused where they may not be written."""
    others = [*(one.name for one in sources), *([results.output] if results.output else [])]
    force, dry_run = results.force, results.dry_run
    figure = looks.figure
    if where is not None and figure is None:
        figure = str(Path(results.out_dir or "") / figure_name(where))
        if results.out_dir is not None and not results.out_dir.exists():
            if results.dry_run:
                report.say(f"would write {figure}  figure")
                return Files()
            with suppress(OSError):  # which is told where the figure is refused
                results.out_dir.mkdir(parents=True)
    given = (("--figure", looks.figure if where is None else None), ("--activations", looks.activations))
    for option, name in given:
        if name is not None and len(sources) > 1:
            raise ArgumentError(f"{option} names one file for {len(sources)} inputs", hint="name one input")
    drawn = None if figure is None else FigureFile(figure, report, others=others, force=force, dry_run=dry_run)
    if looks.activations is None:
        return Files(drawn)
    others += [figure] if figure else []
    archive = FigureFile(
        looks.activations,
        report,
        option="--activations",
        kind="all activations",
        formats=("npz",),
        others=others,
        force=force,
        dry_run=dry_run,
    )
    return Files(drawn, archive)


def check_outputs(outputs: Outputs, sources: Sequence[Source], task: Running) -> list[Source]:
    """End the command if a result may not be written; leave out inputs that are results of others."""
    frame, sound = task.reading.frame, task.reading.sound
    file_type = outputs.chosen or "npy"
    begins = [f"frame{'1' if frame == ALL else frame}."] if frame else [""]
    if not (task.hears or frame):
        from cnnkit.data.recipes.dialects import read_recipe
        from cnnkit.data.recipes.recipe import features_name

        recipe = read_recipe(sound.dialect or "lecture", sound.features or options.DEFAULT_FEATURES)
        begins.append(f"{features_name(recipe.dialect, recipe.kind)}.")

    def results(source: Source) -> Iterator[Path]:
        from cnnkit.cli import pictures

        with suppress(Exception):  # of which its own turn will tell
            for image in pictures.read(source, task.reading, Report("", quiet=True)):
                yield outputs.path(source, file_words(task.name, image, hears=task.hears), file_type)

    endings = [f".{begin}{task.name}.{file_type}" for begin in begins]
    return outputs.check(sources, endings, results, frames=frame == ALL)
