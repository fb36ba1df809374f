"""``cnnkit mfcc``: sounds as MFCCs or the steps towards them, frames down the rows, coefficients across the columns."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnkit.cli import features_options as recipe
from cnnkit.cli import finish_options as finish
from cnnkit.cli import options

EPILOG = """\b
Examples:
  cnnkit mfcc                                          a worked example on a tone
  cnnkit mfcc song.wav                                 song.mfcc13.npy
  cnnkit mfcc song.wav --print-shape                   100x13x1, from the header alone
  cnnkit mfcc *.flac --dialect psf --out-dir features  python_speech_features' own numbers
  cnnkit mfcc song.wav --features logmel --dialect kaldi --n-mels 80
  cnnkit mfcc song.wav --segment 3s --layout nchw      a batch of pieces, for PyTorch
  cnnkit mfcc song.wav --deltas --cmvn utterance       39 columns, each of mean 0 and variance 1
  cnnkit mfcc song.wav -o song.png                     a picture with axes
  cnnkit mfcc --dialect librosa --show-recipe          all that it does, as JSON
  cnnkit shape $(cnnkit mfcc song.wav --print-shape -q) conv3-32 maxpool2 flatten fc10
"""


def mfcc(  # noqa: PLR0915 the options are long, and each is handed on once
    inputs: options.Inputs = None,
    dialect: options.Dialect = "lecture",
    features: options.Features = None,
    n_mfcc: recipe.Coefficients = None,
    frame_length: recipe.FrameLength = None,
    hop_length: recipe.HopLength = None,
    n_fft: recipe.FftSize = None,
    framing: recipe.Framing = None,
    taper: recipe.Taper = None,
    preemphasis: recipe.Preemphasis = None,
    n_mels: recipe.MelCount = None,
    fmin: recipe.LowEdge = None,
    fmax: recipe.HighEdge = None,
    lifter: recipe.Lifter = None,
    energy: recipe.Energy = None,
    scale: recipe.Scale = None,
    rounding: recipe.Rounding = None,
    n_fft_least: recipe.LeastFft = None,
    pad_mode: recipe.PadMode = None,
    remove_mean: recipe.RemoveMean = None,
    preemphasis_over: recipe.PreemphasisOver = None,
    spectrum: recipe.Spectrum = None,
    mel_scale: recipe.MelScale = None,
    mel_family: recipe.MelFamily = None,
    mel_norm: recipe.MelNorm = None,
    mel_bins: recipe.MelBins = None,
    half_rate: recipe.HalfRate = None,
    empty_bands: recipe.EmptyBands = None,
    log: recipe.Log = None,
    log_guard: recipe.LogGuard = None,
    log_floor: recipe.LogFloor = None,
    log_range: recipe.LogRange = None,
    log_shift: recipe.LogShift = None,
    log_gain: recipe.LogGain = None,
    dct: recipe.Dct = None,
    lifter_first: recipe.LifterFirst = None,
    energy_of: recipe.EnergyOf = None,
    c0: recipe.C0 = None,
    precision: recipe.Precision = None,
    deltas: finish.Deltas = None,
    cmvn: finish.Cmvn = None,
    length: finish.Length = None,
    fit: finish.Fit = None,
    segment: finish.Segment = None,
    layout: finish.LayoutWord = None,
    channel: options.Channel = None,
    sample_rate: options.SampleRate = None,
    print_shape: Annotated[
        bool, typer.Option("--print-shape", help="Print the shape alone, from the file's header; compute nothing.")
    ] = False,
    show_recipe: Annotated[
        bool, typer.Option("--show-recipe", help="Print the recipe as JSON, settled for a sound if one is named.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how the numbers come about, and what other tools would give.")
    ] = False,
    engine: Annotated[
        str, typer.Option(metavar="WORD", help="cnnkit, or psf: python_speech_features itself.")
    ] = "cnnkit",
    verify: Annotated[
        bool, typer.Option("--verify", help="Compute with python_speech_features too; it has to agree.")
    ] = False,
    output: options.Output = None,
    out_dir: options.OutputFolder = None,
    file_format: options.Format = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
    threads: options.Threads = None,
    version: options.Version = False,
) -> None:
    """Turn sounds into MFCCs, or the steps on the way to them, as arrays for a CNN.

    The result stands beside the input: song.wav gives song.mfcc13.npy, frames x 13 x 1. Without an input, a worked
    example is shown.
    """
    from cnnkit.cli import features_text
    from cnnkit.cli.inputs import Source, find_sources
    from cnnkit.cli.report import Report
    from cnnkit.data.recipes.dialects import check_engine, read_recipe
    from cnnkit.data.recipes.finish import check_finish, lay_out, read_finish
    from cnnkit.errors import ArgumentError

    report = Report("mfcc", quiet=quiet, as_json=as_json)
    asked = read_recipe(
        dialect,
        features or "mfcc",
        n_mfcc=n_mfcc,
        frame_length=frame_length,
        hop_length=hop_length,
        n_fft=n_fft,
        framing=framing,
        taper=taper,
        preemphasis=preemphasis,
        n_mels=n_mels,
        fmin=fmin,
        fmax=fmax,
        lifter=lifter,
        energy=energy,
        scale=scale,
        rounding=rounding,
        n_fft_least=n_fft_least,
        pad_mode=pad_mode,
        remove_mean=remove_mean,
        preemphasis_over=preemphasis_over,
        spectrum=spectrum,
        mel_scale=mel_scale,
        mel_family=mel_family,
        mel_norm=mel_norm,
        mel_bins=mel_bins,
        half_rate=half_rate,
        empty_bands=empty_bands,
        log=log,
        log_guard=log_guard,
        log_floor=log_floor,
        log_range=log_range,
        log_shift=log_shift,
        log_gain=log_gain,
        dct=dct,
        lifter_first=lifter_first,
        energy_of=energy_of,
        c0=c0,
        precision=precision,
    )
    finished = read_finish(deltas=deltas, cmvn=cmvn, length=length, fit=fit, segment=segment, layout=layout)
    check_finish(asked, finished)
    check_engine(engine)
    if engine == "psf" or verify:
        from cnnkit.operations.features import psf as features_psf

        features_psf.check(asked)
        if engine == "psf" and verify:
            raise ArgumentError("--engine psf and --verify are both given", hint="leave one out: it agrees with itself")
    printed = "--print-shape" if print_shape else "--show-recipe" if show_recipe else ""
    if printed:
        others = {"show_recipe": show_recipe and print_shape, "verify": verify}
        features_text.refuse_outputs(printed, output=output, out_dir=out_dir, format=file_format, **others)
    sources = [] if show_recipe and not inputs else find_sources(inputs)
    tell = features_text.Teller(report, explain=explain, are_many=len(sources) > 1)
    if show_recipe and not sources:
        tell.recipe(asked)
        return
    if not sources:
        report.example(features_text.example(asked))
        return

    def from_header(source: Source) -> None:
        from cnnkit.files.sounds.header import read_header

        with source.open() as stream:
            count, rate = read_header(stream).count_and_rate(channel, sample_rate)
        product = lay_out(asked, finished, count, rate)
        if show_recipe and not as_json:
            tell.recipe(product.layout.settled)
        else:
            tell.shape(source, product, finished)

    if printed:
        report.each(sources, from_header)
        report.close()
        return
    from cnnkit.cli import pictures
    from cnnkit.cli.features_job import FEATURE_FORMATS, Job
    from cnnkit.cli.outputs import Outputs, made_by
    from cnnkit.files.images.raster import raster_made_by_cnnkit

    pictures.announce_compiling(report)
    job = Job(asked, finished, channel, sample_rate, engine, verify, threads)
    outputs = Outputs(
        sources,
        output,
        out_dir,
        file_format,
        formats=FEATURE_FORMATS,
        force=force,
        dry_run=dry_run,
        report=report,
    )

    def work(source: Source) -> None:
        with source.open() as stream, job.open(stream) as sound:
            product, notes = job.product(sound), list(sound.notes)
            rows = job.rows(sound, notes, report.progress_of(source))
            if dry_run or outputs.is_stdout(source):  # all of it is known to be right before anything is written
                rows = rows.gathered()
            kind = outputs.format("npy")
            encode = job.encode(rows, product, kind, str(source), made_by())
            where, what = outputs.write(source, job.words, kind, encode, raster_made_by_cnnkit)
        tell.written(source, product, finished, notes, output=where, action=what)

    report.each(sources, work)
    report.close()
