"""``cnnkit pool``: shrink images to one number per window."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnkit.cli import options

EPILOG = """\b
Examples:
  cnnkit pool --size 3 --stride 2                            a worked example with these settings
  cnnkit pool photo.png --size 2                             photo.maxpool2.png
  cnnkit pool photo.png --size 3 --stride 2 --padding same   half the size, windows overlap
  cnnkit pool *.png --size 4 --type average --out-dir small  many images
  cnnkit pool photo.png --size 5 --stride 1 --type median --padding same
  cnnkit pool photo.png --adaptive 7x7                       7x7, however large the image is
  cnnkit pool --size 2 < in.png > out.png                    in a pipe
  cnnkit pool song.wav --size 2                              song.logmel.maxpool2.png
"""


def pool(
    inputs: options.Inputs = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="N[xN]|global", help="Rows x columns of the window, or global.  [default: 2]"),
    ] = None,
    stride: Annotated[
        str | None, typer.Option(metavar="N[xN]", help="Step from one window to the next.  [default: the size]")
    ] = None,
    kind: Annotated[str, typer.Option("--type", metavar="WORD", help="max, average, min, lp or median.")] = "max",
    adaptive: Annotated[
        str | None, typer.Option(metavar="N[xN]", help="Number of results, whatever the image's size.")
    ] = None,
    padding: Annotated[
        str, typer.Option(metavar="WORD|N", help="same, same-lower, valid, full, 1, 1x2 or 0x1x0x1.")
    ] = "valid",
    ceil: Annotated[bool, typer.Option("--ceil", help="Let a last window hang over the end of the image.")] = False,
    count_padding: Annotated[
        bool, typer.Option("--count-padding", help="Divide an average by the padding too.")
    ] = False,
    dilation: Annotated[str, typer.Option(metavar="N[xN]", help="Step between samples of a window.")] = "1",
    p: Annotated[float, typer.Option("--p", metavar="P", help="Power for --type lp, above 0.")] = 2,
    nan: Annotated[str, typer.Option("--nan", metavar="WORD", help="propagate or ignore NaN samples.")] = "propagate",
    features: options.Features = None,
    dialect: options.SoundDialect = None,
    channel: options.Channel = None,
    sample_rate: options.SampleRate = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say where the windows land, with numbers.")] = False,
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
    """Shrink images to one number per window.

    The result is written beside the input: photo.png with --size 2 gives photo.maxpool2.png. Without an input, a worked
    example is shown.

    A sound becomes an image first: song.wav gives song.logmel.maxpool2.png.
    """
    from cnnkit.cli.inputs import Source, find_sources
    from cnnkit.cli.report import Report, next_command
    from cnnkit.operations.pooling.settings import read_pooling

    report = Report("pool", quiet=quiet, as_json=as_json)
    settings = read_pooling(
        "2" if size is None and adaptive is None else size,
        stride=stride,
        kind=kind,
        padding=padding,
        ceil=ceil,
        count_padding=count_padding,
        dilation=dilation,
        adaptive=adaptive,
        p=p,
        nan=nan,
    )
    sources = find_sources(inputs)
    if not sources:
        from cnnkit.cli.pooling_text import pooling_example

        report.example(pooling_example(settings), next_command("pool", "--size", "2"))
        return
    from cnnkit.cli import pictures
    from cnnkit.cli.outputs import Outputs
    from cnnkit.operations.pooling.raster import pool_raster

    pictures.announce_compiling(report)
    outputs = Outputs(
        sources,
        output,
        out_dir,
        file_format,
        formats=pictures.PICTURE_FORMATS,
        force=force,
        dry_run=dry_run,
        report=report,
    )

    def work(source: Source) -> None:
        image = pictures.read(
            source,
            report,
            explain=explain,
            features=features,
            dialect=dialect,
            channel=channel,
            sample_rate=sample_rate,
        )
        if explain:
            from cnnkit.cli.pooling_text import pooling_text

            report.say(pooling_text(settings, image.shape, image.samples.dtype))
        result = pool_raster(settings, image, threads)
        pictures.deliver(
            outputs,
            report,
            source,
            settings.name,
            result,
            image,
            value_range="minmax" if settings.kind == "lp" else "auto",  # a norm is larger than any of its samples
            stride=settings.window.stride[1] if settings.window else 0,
            threads=threads,
        )

    report.each(sources, work)
    report.close()
