"""``cnnkit run``: run the layers of a network on images and sounds."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

from cnnkit.cli import options
from cnnkit.cli.preparation import Preparing
from cnnkit.cli.usage.command import in_group

EXAMPLES = """\
Examples:
  cnnkit run                                       a worked example
  cnnkit run photo.png conv3-8 relu maxpool2       the maps of photo.png
  cnnkit run photo.png conv3-2 relu --weights 1=sobel-x+sobel-y -o maps.png
  cnnkit run photo.png conv3-8 relu maxpool2 --dry-run   sizes and parameters
  cnnkit run photo.png conv3-8 relu x2 maxpool2 --figure layers.png
  cnnkit run photo.png squeezenet1.1 --resize 224 --normalise imagenet --top 5
  cnnkit run photos/ conv5-8 relu --where 2:3      what excites map 3 of layer 2
  cnnkit run photos/ conv3-8 relu gap --resize 32 --stack -o values.npz
  cnnkit run - conv3-8 relu < in.png > maps.npy    in a pipe
  cnnkit run song.wav mfcc13 conv3-8 relu gap      a sound itself goes in
"""
EPILOG = """\
Inputs come first. The layers begin at the first word that is one, and are
written as in 'cnnkit shape', which explains them: conv3-64 maxpool2 flatten
fc10, branches, @net.txt, or a network by its name, as resnet18. A file of
such a name is written with its folder: ./relu.

A layer is named by its row in the table of --dry-run, from 1, by a mark
behind it (conv3-2 mark:edges, then --weights edges=sobel-x+sobel-y), or by
its word if it is the only one. Maps are counted from 0.
"""
run_option = in_group("Network")
look_option = options.view_option


class Settings(NamedTuple):
    """Options that say what the layers are made of."""

    weights: Annotated[
        list[str] | None,
        run_option(
            "--weights",
            metavar="TEXT",
            help="LAYER=PRESET+PRESET, or a file of weights; may be repeated.  [default: drawn at random, after He]",
        ),
    ] = None
    weights_order: Annotated[
        str | None,
        run_option("--weights-order", metavar="WORD", help="Order of axes in files of weights: hwio or oihw."),
    ] = None
    seed: Annotated[
        int | None,
        run_option("--seed", metavar="N", help="Draw weights, or the parts of --split, otherwise.  [default: 0]"),
    ] = None
    model: Annotated[
        str | None,
        run_option("--model", metavar="FILE", help="Run an .onnx, or what train wrote, and no layers."),
    ] = None
    algorithm: Annotated[
        str, run_option("--algorithm", metavar="WORD", help="auto, or direct for the smallest rounding errors.")
    ] = "auto"


class Looks(NamedTuple):
    """Options for looking at a run."""

    top: Annotated[
        int | None,
        look_option("--top", metavar="N", min=1, help="Print the N largest values of the output, and write no file."),
    ] = None
    figure: options.Figure = None
    activations: Annotated[
        str | None, look_option("--activations", metavar="FILE", help="Also write what every layer gives, as .npz.")
    ] = None
    where: Annotated[
        str | None,
        look_option(
            "--where",
            metavar="LAYER:MAP",
            help="Find and draw what excites a map most, in all inputs, and write nothing else.",
        ),
    ] = None
    crop: Annotated[str | None, in_group("Preparation")("--crop", metavar="HxW", help="Cut HxW out of the centre.")] = (
        None
    )


class Sets(NamedTuple):
    """Options that make one file of many results, or name their classes."""

    stack: Annotated[
        bool, options.set_option("--stack", help="Make one array of all results: -o set.npz or set.zarr.")
    ] = False
    labels: Annotated[
        str | None,
        options.set_option(
            "--labels", metavar="FILE", help="Names of classes for --top; with --stack: folder, those of folders."
        ),
    ] = None
    split: Annotated[
        str | None,
        options.set_option("--split", metavar="N:N[:N]", help="Deal files to train, validation and test: 80:10:10."),
    ] = None


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUT... LAYER...]",
        help="Files and folders to read (- is standard input), then the layers to run on each.",
        show_default=False,
    ),
]


def run(
    *,
    words: Words = None,
    files: options.Files,
    settings: Settings,
    frame: options.Frame = None,
    preparing: Preparing,
    sound: options.Sounds,
    looks: Looks,
    data_set: Sets,
    results: options.Results,
    version: options.Version = False,
) -> None:
    """Run networks on images and sounds.

    The output of the last layer is written beside the input: photo.png with conv3-8 relu gives photo.conv3-8-relu.npy.
    Without an input, a worked example is shown.

    An image goes in as it is, in levels; --scale 1/255 and --normalise bring it to other values. A sound becomes an
    image first, or goes in itself where the layers begin with mfcc13, logmel40, spectrogram or waveform.
    """
    from cnnkit.cli import compiling, pictures
    from cnnkit.cli.inputs import find_sources
    from cnnkit.cli.network import checks, loading
    from cnnkit.cli.network.ranking import Ranking, show_windows
    from cnnkit.cli.network.results import FORMATS, network_name
    from cnnkit.cli.network.task import Files, Running, Wanted
    from cnnkit.cli.outputs import Outputs
    from cnnkit.cli.report import Report
    from cnnkit.cli.work.schedule import each
    from cnnkit.operations.holes import NO_HOLES

    report = Report("run", quiet=results.quiet, as_json=results.as_json)
    recipe, inputs = checks.read_words(words or (), settings, looks.where)
    count, hears = checks.look_ahead(recipe)
    where = checks.check_looks(looks, data_set, results, sound, recipe, hears=hears)
    sources = find_sources(inputs, files, report, out_dir=results.out_dir, is_raw=bool(sound.raw))
    if not sources:
        from cnnkit.cli.network.example import example, next_line

        report.example(example(recipe, hears=hears) + preparing.of_example, next_line(recipe))
        return
    checks.check_network(recipe, sources)
    compiling.announce(report)
    if where is not None:
        report = Ranking(report, where)
    writes = checks.writes_files(looks, results)
    outputs = Outputs(
        sources,
        results if writes else results._replace(output=None, out_dir=None, file_format=None),
        formats=FORMATS,
        report=report,
        also_read=checks.files_of(recipe),
        collects=data_set.stack or not writes,
    )
    collected = options.DataSets(
        data_set.stack,
        data_set.labels if data_set.stack else None,
        data_set.split,
        settings.seed if data_set.split else None,
    )
    report.collection = pictures.collection(collected, results, sources)
    reading = pictures.Reading(
        sound._replace(features="waveform") if hears else sound,
        frame,
        preparing.read([looks.crop] if looks.crop else None, NO_HOLES),
    )
    reading = checks.prepared_as_trained(recipe, reading)
    shown = checks.figure_files(looks, results, report, sources, where)
    wanted = Wanted(writes, looks.top, checks.labels_of(looks, data_set, recipe), where, results.dry_run)
    task = Running(recipe, network_name(recipe, count), hears, reading, wanted, shown if where is None else Files())
    left = checks.check_outputs(outputs, sources, task) if writes else sources
    loading.speaks = True
    each(task, left, outputs, report, results)
    if isinstance(report, Ranking) and shown.figure is not None:
        show_windows(report, task, sources, shown.figure)
    report.close()
