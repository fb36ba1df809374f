"""``cnnkit pool``: shrink images to one number per window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cnnkit.cli import options
from cnnkit.cli.preparation import Preparing
from cnnkit.cli.usage.command import in_group

if TYPE_CHECKING:
    from cnnkit.cli.inputs import Source
    from cnnkit.cli.looking import Looking
    from cnnkit.cli.outputs import Outputs
    from cnnkit.cli.pictures import Reading
    from cnnkit.cli.report import Report
    from cnnkit.operations.pooling.settings import Pooling

EXAMPLES = """\
Examples:
  cnnkit pool --size 3 --stride 2                   a worked example
  cnnkit pool photo.png --size 2                    photo.maxpool2.png
  cnnkit pool photo.png --size 3 --stride 2         photo.maxpool3-s2.png
  cnnkit pool *.png --type average --out-dir small  many images
  cnnkit pool photos/ -r --out-dir small            a folder, and those in it
  cnnkit pool photo.png --size 5 --stride 1 --type median --padding same
  cnnkit pool photo.png --adaptive 7x7              7x7, whatever the size
  cnnkit pool photo.jpg --resize 224 --normalise imagenet   photo.maxpool2.npy
  cnnkit pool --size 2 < in.png > out.png           in a pipe
  cnnkit pool song.wav --size 2                     song.logmel.maxpool2.npy
"""
window_option = in_group("Windows")


class Settings(NamedTuple):
    """Options that say which samples are pooled, and how."""

    size: Annotated[
        str | None,
        window_option(metavar="N[xN]|global", help="Rows x columns of the window, or global.  [default: 2]"),
    ] = None
    stride: Annotated[
        str | None, window_option(metavar="N[xN]", help="Step from one window to the next.  [default: the size]")
    ] = None
    kind: Annotated[str, window_option("--type", metavar="WORD", help="max, average, min, lp or median.")] = "max"
    adaptive: Annotated[
        str | None, window_option(metavar="N[xN]", help="Number of results, whatever the image's size.")
    ] = None
    padding: Annotated[
        str, window_option(metavar="WORD|N", help="same, same-lower, valid, full, 1, 1x2 or 0x1x0x1.")
    ] = "valid"
    ceil: Annotated[bool, window_option("--ceil", help="Let a last window hang over the end of the image.")] = False
    count_padding: Annotated[bool, window_option("--count-padding", help="Divide an average by the padding too.")] = (
        False
    )
    dilation: Annotated[str, window_option(metavar="N[xN]", help="Step between samples of a window.")] = "1"
    p: Annotated[float, window_option("--p", metavar="P", help="Power for --type lp, above 0.")] = 2


def pool(
    *,
    inputs: options.Inputs = None,
    files: options.Files,
    settings: Settings,
    holes: options.Holes,
    frame: options.Frame = None,
    preparing: Preparing,
    sound: options.Sounds,
    views: options.Views,
    data_set: options.DataSets,
    results: options.Results,
    version: options.Version = False,
) -> None:
    """Shrink images to one number per window.

    The result is written beside the input: photo.png with --size 2 gives photo.maxpool2.png. Without an input, a worked
    example is shown.

    A sound becomes an image first: song.wav gives song.logmel.maxpool2.npy, and -o x.png draws it with axes.
    """
    from cnnkit.cli.inputs import find_sources
    from cnnkit.cli.report import Report
    from cnnkit.operations.pooling.settings import read_pooling

    report = Report("pool", quiet=results.quiet, as_json=results.as_json)
    more = []
    if settings.size is None and settings.adaptive is None:
        settings = settings._replace(size="2")
        more = ["--size", "1x2" if sound.features == "waveform" else "2"]
    pooling = read_pooling(**settings._asdict(), **holes._asdict())
    preparation = preparing.read(views.crop, pooling.holes)
    sources = find_sources(inputs, files, report, out_dir=results.out_dir, is_raw=bool(sound.raw))
    if not sources:
        views.check_input()
        from cnnkit.cli.examples import pooling_example
        from cnnkit.cli.usage.following import next_command

        report.example(pooling_example(pooling) + holes.of_example + preparing.of_example, next_command("pool", *more))
        return
    from cnnkit.cli import compiling, pictures
    from cnnkit.cli.delivery import PICTURE_FORMATS
    from cnnkit.cli.looking import Looking
    from cnnkit.cli.outputs import Outputs
    from cnnkit.cli.work.schedule import each

    compiling.announce(report)
    looking = Looking(views, results, report, sources, sound.words(frame))
    outputs = Outputs(sources, results, formats=PICTURE_FORMATS, report=report, collects=data_set.stack)
    report.collection = pictures.collection(data_set, results, sources)

    reading = pictures.Reading(sound, frame, preparation)
    left = pictures.check(outputs, sources, [pooling.name], reading, lambda image, number: image)
    each(Pooled(pooling, reading, looking), left, outputs, report, results)
    report.close()


class Pooled(NamedTuple):
    """What is done with each image."""

    pooling: Pooling
    reading: Reading
    looking: Looking

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can do it."""
        return self.looking.can_be_sent

    @property
    def shows(self) -> bool:
        """Whether it shows anything beside results."""
        return self.looking.explains or not self.looking.can_be_sent

    @property
    def goes_by_rows(self) -> bool:
        """Whether rows of a result need no others of the image than those near them."""
        reads_one = self.reading.preparation is None and self.reading.frame != "all"
        return reads_one and not self.pooling.holes.are_sought

    def work(self, source: Source, outputs: Outputs, report: Report, threads: int | None) -> None:
        """Pool an image."""
        from cnnkit.cli import pictures
        from cnnkit.cli.delivery import Rendering, deliver
        from cnnkit.operations.pooling.raster import pool_raster
        from cnnkit.operations.pooling.trace import pooling_trace

        pooling, looking = self.pooling, self.looking.begin(report, threads)
        for read in pictures.read(source, self.reading, report, explain=looking.explains):
            image = looking.prepared(read.for_passes() if pooling.kind == "lp" else read)
            describe = partial(pooling_trace, pooling, image)
            looking.check([describe])
            deliver(
                outputs,
                report,
                source,
                pooling.name,
                pool_raster(pooling, image, threads),
                image,
                rendering=Rendering("minmax" if pooling.kind == "lp" else "auto"),  # a norm exceeds its samples
                stride=pooling.window.stride[1] if pooling.window else 0,
                looking=looking,
                describe=describe,
            )
            looking.draw(source, image)
