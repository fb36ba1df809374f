"""``cnnkit mfcc``: sounds as MFCCs or the steps towards them, frames down the rows, coefficients across the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from cnnkit.cli import options
from cnnkit.cli.features.options import Settings
from cnnkit.cli.options import output_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnkit.cli.features.pictures import Pictures
    from cnnkit.cli.features.text import Account
    from cnnkit.cli.inputs import Source
    from cnnkit.cli.outputs import Outputs
    from cnnkit.cli.report import Report
    from cnnkit.data.recipes.finish import Finish
    from cnnkit.data.recipes.recipe import Recipe
    from cnnkit.files.sounds.header import SoundHeader

EXAMPLES = """\
Examples:
  cnnkit mfcc                                          a worked example
  cnnkit mfcc song.wav                                 song.mfcc13.npy
  cnnkit mfcc song.wav --print-shape                   100x13x1, from its header
  cnnkit mfcc *.flac --dialect psf --out-dir features  many sounds
  cnnkit mfcc sounds/ -r --out-dir features            and its sub-folders
  cnnkit mfcc song.wav --features logmel --dialect kaldi --n-mels 80
  cnnkit mfcc song.wav --segment 3s --layout nctf      a batch for PyTorch
  cnnkit mfcc a.wav --deltas columns --cmvn utterance  39 normalised columns
  cnnkit mfcc *.wav --duration 4s --channel all        arrays of one shape
  cnnkit mfcc call.raw --raw 8000,ulaw                 samples without a header
  cnnkit mfcc song.wav -o song.png                     a picture with axes
  cnnkit mfcc song.wav --figure song.svg --preview     beside song.mfcc13.npy
  cnnkit mfcc --dialect librosa --show-recipe          all that it does, as JSON
  cnnkit shape $(cnnkit mfcc song.wav --print-shape -q) conv3-32 maxpool2
"""


def mfcc(
    *,
    inputs: options.Inputs = None,
    files: options.Files,
    features: options.Features = None,
    dialect: options.Dialect = "lecture",
    channel: options.Channel = None,
    sample_rate: options.SampleRate = None,
    raw: options.Raw = None,
    settings: Settings,
    data_set: options.DataSets,
    results: options.Results,
    print_shape: Annotated[
        bool, output_option("--print-shape", help="Print the shape alone, from the file's header; compute nothing.")
    ] = False,
    show_recipe: Annotated[
        bool, output_option("--show-recipe", help="Print the recipe as JSON, settled for a sound if one is named.")
    ] = False,
    explain: Annotated[
        bool, output_option("--explain", help="Say how the numbers come about, and what other tools would give.")
    ] = False,
    engine: Annotated[
        str, output_option(metavar="WORD", help="Who computes them: cnnkit, or psf (python_speech_features).")
    ] = "cnnkit",
    verify: Annotated[
        bool, output_option("--verify", help="Also compute with python_speech_features, and compare.")
    ] = False,
    figure: options.Figure = None,
    preview: options.Preview = False,
    version: options.Version = False,
) -> None:
    """Turn sounds into MFCCs or log mel bands for a CNN.

    The result is written beside the input: song.wav gives song.mfcc13.npy, frames x 13 x 1. Without an input, a worked
    example is shown.
    """
    from cnnkit.cli.features import text
    from cnnkit.cli.features.pictures import Pictures
    from cnnkit.cli.inputs import SOUNDS, find_sources
    from cnnkit.cli.report import Report
    from cnnkit.data.recipes.finish import plan_sound, read_settings

    report = Report("mfcc", quiet=results.quiet, as_json=results.as_json)
    recipe, finish = read_settings(
        dialect, features, {name: value for name, value in settings._asdict().items() if value is not None}
    )
    _check_engine(engine, recipe, verify=verify)
    printed = "--print-shape" if print_shape else "--show-recipe" if show_recipe else ""
    others = {"show_recipe": show_recipe and print_shape, "verify": verify, "figure": figure, "preview": preview}
    text.refuse_outputs(printed, output=results.output, out_dir=results.out_dir, format=results.file_format, **others)
    sources = (
        find_sources(inputs, files, report, out_dir=results.out_dir, kinds=SOUNDS, is_raw=bool(raw))
        if inputs or files.files_from or not show_recipe
        else []
    )
    account = text.Account(report, explain=explain, are_many=len(sources) > 1)
    if show_recipe and not sources:
        account.recipe(recipe)
        return
    pictures = Pictures(figure, results, report, len(sources), preview=preview)
    if not sources:
        from cnnkit.cli.usage.following import next_command

        report.example(text.example(recipe), next_command("mfcc", "--print-shape"))
        return

    def describe(source: Source) -> None:
        header = _header(source, raw, channel, report)
        plan = plan_sound(recipe, finish, *header.sizes(channel, sample_rate))
        account.recipe_or_shape(source, plan, header.notes, is_recipe=show_recipe)

    if printed:
        from cnnkit.cli.work.account import each_here

        each_here(report, sources, describe)
        report.close()
        return
    from cnnkit.cli import compiling
    from cnnkit.cli.features.job import FEATURE_FORMATS, result_name
    from cnnkit.cli.outputs import Outputs
    from cnnkit.cli.work.schedule import each

    compiling.announce(report)
    outputs = Outputs(sources, results, formats=FEATURE_FORMATS, report=report, collects=data_set.stack)

    def shape(source: Source) -> Sequence[int]:
        header = _header(source, raw, channel, Report("", quiet=True))
        return plan_sound(recipe, finish, *header.sizes(channel, sample_rate)).shape

    if data_set.is_wanted:
        from cnnkit.cli.work.datasets import Collection

        hint = "cut and pad: --duration 4s, or --length 100"
        report.collection = Collection(data_set, results, sources, shape, hint)
    name, file_type = result_name(recipe, finish), outputs.format("npy")

    left = outputs.check(sources, [f".{name}.{file_type}"])
    pictures.open(left, lambda source: outputs.path(source, name, file_type))
    reading, computing, result = (channel, sample_rate, raw), (engine, verify), (name, file_type)
    task = Extraction(recipe, finish, reading, computing, result, pictures, account)
    each(task, left, outputs, report, results)
    report.close()


class Extraction(NamedTuple):
    """What is done with each sound."""

    recipe: Recipe
    finish: Finish
    reading: tuple[str | None, int | None, str | None]  # channel, sample rate, and the format of raw samples
    computing: tuple[str, bool]  # the engine, and whether its numbers are verified
    result: tuple[str, str]  # the words of its name, and its format
    pictures: Pictures
    account: Account

    @property
    def goes_by_rows(self) -> bool:
        """No row of a result is made of some rows alone."""
        return False

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can do it: it draws nothing."""
        return not self.pictures.types

    @property
    def shows(self) -> bool:
        """Whether it shows anything beside results."""
        return self.account.explain or bool(self.pictures.types)

    def work(self, source: Source, outputs: Outputs, report: Report, threads: int | None) -> None:
        """Compute and write the features of a sound."""
        from cnnkit.cli.features.job import Job
        from cnnkit.cli.outputs import made_by
        from cnnkit.data.recipes.finish import plan_sound
        from cnnkit.files.sounds.sound import open_signal
        from cnnkit.geometry.pair import pair_text

        account, pictures, (name, file_type) = self.account._replace(report=report), self.pictures, self.result
        with source.open(is_raw=bool(self.reading[2])) as stream, open_signal(stream, *self.reading) as sound:
            job = Job(plan_sound(self.recipe, self.finish, *sound.sizes), *self.computing, threads)
            job.check(file_type, *pictures.types)
            notes = list(sound.notes)
            if outputs.collects:
                account.collected(source, job, job.rows(sound, notes, report.progress_of(source)), notes)
                return
            rows = pictures.gathered(job.rows(sound, notes, report.progress_of(source)))
            if outputs.dry_run or outputs.is_stdout(source):  # all of it is computed before anything is written
                rows = rows.tried() if outputs.dry_run else rows.gathered()
            encode = job.encode(rows, file_type, str(source), made_by())
            delivery = outputs.write(source, name, file_type, encode, pair_text(job.plan.shape))
        account.written(source, job.plan, notes, delivery)
        pictures.make(job, rows, source)


def _header(source: Source, raw: str | None, channel: str | None, report: Report) -> SoundHeader:
    from cnnkit.files.sounds.header import read_header

    with source.open(is_raw=bool(raw)) as stream:
        header = read_header(stream, raw).of_channel(channel)
    report.note(source, header.notes)
    return header


def _check_engine(engine: str, recipe: Recipe, *, verify: bool) -> None:
    from cnnkit.data.recipes.dialects import check_engine
    from cnnkit.errors import ArgumentError

    check_engine(engine)
    if engine == "psf" or verify:
        from cnnkit.operations.features import psf

        psf.check(recipe)
        if engine == "psf" and verify:
            raise ArgumentError("--engine psf and --verify are both given", hint="leave one out: it agrees with itself")
