"""``cnnkit mfcc``: sounds as MFCCs, frames down the rows, coefficients across the columns."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnkit.cli import options

EPILOG = """\b
Examples:
  cnnkit mfcc                                          a worked example on a tone
  cnnkit mfcc song.wav                                 song.mfcc13.npy
  cnnkit mfcc song.wav --print-shape                   100x13x1, from the header alone
  cnnkit mfcc *.flac --dialect psf --out-dir features  python_speech_features' own numbers
  cnnkit mfcc song.wav --n-mfcc 20 -o song.csv
  cnnkit shape $(cnnkit mfcc song.wav --print-shape -q) conv3-32 maxpool2 flatten fc10
"""


def mfcc(
    inputs: options.Inputs = None,
    dialect: Annotated[str, typer.Option(metavar="WORD", help="Whose recipe: lecture or psf.")] = "lecture",
    n_mfcc: Annotated[int | None, typer.Option(metavar="N", help="Coefficients to keep.  [default: 13]")] = None,
    frame_length: Annotated[
        str | None, typer.Option(metavar="N|Nms", help="Samples in a frame, or milliseconds.  [lecture 2048, psf 25ms]")
    ] = None,
    hop_length: Annotated[
        str | None, typer.Option(metavar="N|Nms", help="From one frame to the next.  [lecture 512, psf 10ms]")
    ] = None,
    n_fft: Annotated[
        int | None, typer.Option(metavar="N", help="FFT size.  [default: the next power of two, 512 at least]")
    ] = None,
    framing: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="pad-end, valid, center, psf or kaldi.  [lecture pad-end, psf psf]"),
    ] = None,
    taper: Annotated[
        str | None, typer.Option(metavar="WORD", help="none, hann or hamming, on every frame.  [default: none]")
    ] = None,
    preemphasis: Annotated[
        float | None, typer.Option(metavar="K", help="K of x[n] - K x[n-1].  [default: 0.97]")
    ] = None,
    n_mels: Annotated[int | None, typer.Option(metavar="N", help="Mel bands.  [default: 26]")] = None,
    fmin: Annotated[float | None, typer.Option(metavar="HZ", help="Where the bands begin.  [default: 0]")] = None,
    fmax: Annotated[
        float | None, typer.Option(metavar="HZ", help="Where they end.  [default: half the sample rate]")
    ] = None,
    lifter: Annotated[
        float | None, typer.Option(metavar="Q", help="Raise the high coefficients; 0 leaves them.  [default: 22]")
    ] = None,
    energy: Annotated[
        bool | None,
        typer.Option("--energy/--no-energy", help="Put the log power in place of coefficient 0.  [default: energy]"),
    ] = None,
    channel: options.Channel = None,
    print_shape: Annotated[
        bool, typer.Option("--print-shape", help="Print the shape alone, from the file's header; compute nothing.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how the numbers come about, and what other tools would give.")
    ] = False,
    output: options.Output = None,
    out_dir: options.OutputFolder = None,
    file_format: options.Format = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
    version: options.Version = False,
) -> None:
    """Turn sounds into MFCCs, as arrays for a CNN.

    The result stands beside the input: song.wav gives song.mfcc13.npy, frames x 13 x 1. Without an input, a worked
    example is shown.
    """
    from cnnkit.cli import features_text
    from cnnkit.cli.inputs import Source, find_sources
    from cnnkit.cli.report import Report
    from cnnkit.data.dialects import read_recipe

    report = Report("mfcc", quiet=quiet, as_json=as_json)
    recipe = read_recipe(
        dialect,
        frame_length=frame_length,
        hop_length=hop_length,
        n_fft=n_fft,
        framing=framing,
        taper=taper,
        preemphasis=preemphasis,
        n_mels=n_mels,
        fmin=fmin,
        fmax=fmax,
        n_mfcc=n_mfcc,
        lifter=lifter,
        energy=energy,
    )
    sources = find_sources(inputs)
    if not sources:
        report.example(features_text.example(recipe))
        return
    tell = features_text.Teller(report, explain=explain, are_many=len(sources) > 1)

    def shape_of(source: Source) -> None:
        from cnnkit.files.sound_header import read_header

        with source.open() as stream:
            header = read_header(stream)
        if channel is not None:
            header.pick(channel)
        tell.shape(source, recipe.lay_out(header.samples, header.sample_rate))

    if print_shape:
        features_text.refuse_outputs(output, out_dir, file_format)
        report.each(sources, shape_of)
        report.close()
        return
    from cnnkit.cli.outputs import Outputs, made_by
    from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix, matrix_made_by_cnnkit

    outputs = Outputs(
        sources,
        output,
        out_dir,
        file_format,
        formats=MATRIX_FORMATS,
        force=force,
        dry_run=dry_run,
        report=report,
    )

    def work(source: Source) -> None:
        from cnnkit.files.sound import read_sound
        from cnnkit.operations.feature_blocks import run

        with source.open() as stream:
            signal = read_sound(stream, channel)
        layout = recipe.lay_out(len(signal.samples), signal.sample_rate)
        result = run(recipe, signal)
        kind = outputs.format("npy")
        encode = encode_matrix(result, kind, made_by())
        where, what = outputs.write(source, f"mfcc{recipe.n_mfcc}", kind, encode, matrix_made_by_cnnkit)
        tell.written(source, layout, signal.notes, where, what)

    report.each(sources, work)
    report.close()
