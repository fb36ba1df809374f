"""``cnnkit convolve``: slide kernels over images and sounds."""

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
    from cnnkit.operations.convolution.settings import Convolution

EXAMPLES = """\
Examples:
  cnnkit convolve                                           a worked example
  cnnkit convolve photo.jpg --kernel edge                   photo.edge.png
  cnnkit convolve photo.png -k edge --stride 2              photo.edge-s2.png
  cnnkit convolve *.png -k gaussian:sigma=2 --out-dir soft  many images
  cnnkit convolve photos/ -r -k edge --out-dir edges        and its sub-folders
  cnnkit convolve photo.png -k sobel-x -k sobel-y           a result for each
  cnnkit convolve photo.png -k sobel-x -k sobel-y --combine magnitude
  cnnkit convolve photo.png -k sobel-x --range offset       0 becomes grey
  cnnkit convolve photo.png -k edge -o edges.npy            the sums themselves
  cnnkit convolve photo.png -k edge --at 20,30              one sum, written out
  cnnkit convolve "5 3 1; 2 6 4; 0 8 7" -k "1 0; 0 1"       a grid of your own
  cnnkit convolve - -k sharpen < in.png > out.png           in a pipe
  cnnkit convolve song.wav -k edge                          song.logmel.edge.npy
  cnnkit convolve song.wav -k edge -o edges.png             with axes
  cnnkit convolve song.wav -k "1/3 1/3 1/3" --features waveform -o soft.wav
"""
EPILOG = """\
Kernels:
  edge  sobel:45  gaussian:sigma=2,size=7  presets with their settings;
                                           'cnnkit kernels' shows them all
  "0 -1 0; -1 5 -1; 0 -1 0"                weights, row by row; numbers may be
                                           written 1/9, 0.5 or 1e-3
  @k.txt  @k.csv  @k.json  @k.npy  @k.mat  weights from a file (.mat as vips
                                           writes it), up to
                                           rows x columns x depth x kernels
"""
window_option = in_group("Kernels and windows")


class Settings(NamedTuple):
    """Options that say how a kernel slides over an image."""

    stride: Annotated[str, window_option(metavar="N[xN]", help="Step from one window to the next.")] = "1"
    padding: Annotated[
        str, window_option(metavar="WORD|N", help="same, same-lower, valid, full, 1, 1x2 or 0x1x0x1.")
    ] = "same"
    pad_mode: Annotated[
        str, window_option(metavar="WORD", help="zero, replicate, reflect, symmetric, wrap or constant=V.")
    ] = "zero"
    dilation: Annotated[str, window_option(metavar="N[xN]", help="Step between samples of a window.")] = "1"
    groups: Annotated[
        int | None,
        window_option(metavar="N", help="Groups of channels, of 4-D weights.  [default: the kernel's, or 1]"),
    ] = None
    bias: Annotated[
        float | None, window_option(metavar="V", help="Added to every sum.  [default: the kernel's own, or 0]")
    ] = None
    flip_kernel: Annotated[
        bool, window_option("--flip-kernel", help="Turn the kernel by 180 degrees: the mathematical convolution.")
    ] = False
    depth: Annotated[
        str, window_option(metavar="WORD", help="Each channel by itself, their sum, or grey first: each, sum or grey.")
    ] = "each"


def convolve(
    *,
    inputs: options.Inputs = None,
    files: options.Files,
    kernel: Annotated[
        list[str] | None,
        window_option(
            "--kernel",
            "-k",
            metavar="KERNEL",
            help="A preset (edge), weights or @FILE; as under Kernels below, may be repeated.",
        ),
    ] = None,
    settings: Settings,
    combine: Annotated[
        str | None,
        window_option("--combine", metavar="WORD", help="Make the results of several kernels one: magnitude or max."),
    ] = None,
    value_range: Annotated[
        str,
        options.value_option("--range", metavar="WORD", help="Values to levels: auto, clip, abs, offset, minmax."),
    ] = "auto",
    holes: options.Holes,
    frame: options.Frame = None,
    preparing: Preparing,
    sound: options.Sounds,
    views: options.Views,
    data_set: options.DataSets,
    results: options.Results,
    version: options.Version = False,
) -> None:
    """Slide kernels over images, summing products.

    The result is written beside the input: photo.png with --kernel edge gives photo.edge.png. Without an input, a
    worked example is shown.

    A sound becomes an image first: song.wav with --kernel edge gives song.logmel.edge.npy, and
    -o x.png draws it with axes.
    """
    from cnnkit.cli import compiling, pictures
    from cnnkit.cli.delivery import PICTURE_FORMATS
    from cnnkit.cli.inputs import find_sources
    from cnnkit.cli.looking import Looking
    from cnnkit.cli.outputs import Outputs
    from cnnkit.cli.report import Report
    from cnnkit.cli.work.schedule import each
    from cnnkit.data.kernels.kernel import layer
    from cnnkit.errors import ArgumentError
    from cnnkit.files.kernels import read_kernel
    from cnnkit.operations.convolution.combine import check_combination, combined_name
    from cnnkit.operations.convolution.raster import like_result
    from cnnkit.operations.convolution.settings import read_convolution
    from cnnkit.operations.levels import range_word

    report = Report("convolve", quiet=results.quiet, as_json=results.as_json)
    sources = find_sources(inputs, files, report, out_dir=results.out_dir, is_raw=bool(sound.raw))
    if sources and not kernel:
        file = next((source.name for source in sources[1:] if source.name.endswith((".txt", ".json"))), "")
        hint = f"write --kernel @{file}" if file else "add --kernel edge; 'cnnkit kernels' shows them all"
        raise ArgumentError("no kernel is given", hint=hint)
    kernels = [read_kernel(text) for text in kernel or ["edge"]]
    if settings.depth == "sum" and len(kernels) > 1:
        kernels = [layer(kernels)]
    convolutions = [read_convolution(one, **settings._asdict(), **holes._asdict()) for one in kernels]
    for one in convolutions:
        range_word(value_range, is_zero_sum=one.kernel.is_zero_sum, has_levels=True)  # which refuses other words
    groups = [[one] for one in convolutions]
    if combine:
        check_combination(combine, convolutions)
        groups = [convolutions]
    reading = pictures.Reading(sound, frame, preparing.read(views.crop, convolutions[0].holes))
    if not sources:
        views.check_input()
        from cnnkit.cli.examples import convolution_example
        from cnnkit.cli.usage.following import next_command

        report.example(
            "\n\n".join(convolution_example(group, combine) for group in groups)
            + holes.of_example
            + preparing.of_example,
            next_command("convolve", *([] if kernel else ["--kernel", "edge"])),
        )
        return
    compiling.announce(report)
    names = result_names([combined_name(combine, group) for group in groups])
    looking = Looking(views, results, report, sources, sound.words(frame), kernel or ())
    outputs = Outputs(
        sources,
        results,
        formats=PICTURE_FORMATS,
        report=report,
        results_per_source=len(groups),
        also_read=[text[1:] for text in kernel or [] if text.startswith("@")],
        collects=data_set.stack,
    )
    report.collection = pictures.collection(data_set, results, sources)

    task = Convolving(names, groups, combine, value_range, reading, looking)
    left = pictures.check(outputs, sources, names, reading, lambda image, number: like_result(groups[number][0], image))
    each(task, left, outputs, report, results)
    report.close()


class Convolving(NamedTuple):
    """What is done with each image."""

    names: list[str]  # of the results, one for each group of kernels
    groups: list[list[Convolution]]
    combine: str | None
    value_range: str
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
        return (
            self.reading.preparation is None
            and self.reading.frame != "all"
            and self.looking.can_be_sent
            and all(one.pad_mode.word != "wrap" and not one.holes.are_sought for group in self.groups for one in group)
        )

    def work(self, source: Source, outputs: Outputs, report: Report, threads: int | None) -> None:
        """Convolve an image with each group of kernels."""
        from cnnkit.cli import pictures
        from cnnkit.cli.delivery import Rendering, deliver
        from cnnkit.operations.convolution.combine import convolve_combined, inside_all
        from cnnkit.operations.convolution.trace import combined_trace
        from cnnkit.operations.levels import LOOK_FIRST, range_word

        looking = self.looking.begin(report, threads)
        zero_sums = [all(one.kernel.is_zero_sum for one in group) for group in self.groups]
        words = [range_word(self.value_range, is_zero_sum=is_zero_sum, has_levels=True) for is_zero_sum in zero_sums]
        takes_passes = len(words) > 1 or words[0] in LOOK_FIRST
        for read in pictures.read(source, self.reading, report, explain=looking.explains):
            image = looking.prepared(read.for_passes() if takes_passes else read)
            describes = [partial(combined_trace, self.combine, group, image) for group in self.groups]
            looking.check(describes)
            for name, group, is_zero_sum, describe in zip(self.names, self.groups, zero_sums, describes, strict=True):
                deliver(
                    outputs,
                    report,
                    source,
                    name,
                    convolve_combined(self.combine, group, image, threads),
                    image,
                    rendering=Rendering(self.value_range, is_zero_sum, inside_all(group, image.shape[:2])),
                    stride=group[0].window.stride[1],
                    looking=looking,
                    describe=describe,
                )
            looking.draw(source, image)


def result_names(names: list[str]) -> list[str]:
    """Different names, also where case does not count: what comes again gets a number behind `_`, which no other has.

    >>> result_names(["edge", "k-s2", "k-s2"])
    ['edge', 'k-s2', 'k-s2_2']
    """
    folded = [name.casefold() for name in names]
    counts = [folded[:place].count(name) for place, name in enumerate(folded)]
    return [f"{name}_{count + 1}" if count else name for name, count in zip(names, counts, strict=True)]
