"""``cnnkit learn``: find the kernel that turns one image into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnkit.cli import options
from cnnkit.cli.options import output_option, view_option
from cnnkit.cli.preparation import Preparing
from cnnkit.cli.usage.command import in_group

if TYPE_CHECKING:
    from cnnkit.cli.inputs import Source
    from cnnkit.cli.report import Report
    from cnnkit.data.raster import Raster
    from cnnkit.operations.learning.learn import Learned

EXAMPLES = """\
Examples:
  cnnkit learn                                      a worked example
  cnnkit learn photo.png sharp.png                  the 3x3 kernel between them
  cnnkit learn photo.png blurred.png --size 5 -o blur.json
  cnnkit convolve other.png --kernel @blur.json     what it does to another
  cnnkit learn a.png a2.png b.png b2.png --size 7 --method exact
  cnnkit learn photo.png outline.npy --bias --optimiser adam --steps 20000
  cnnkit learn photo.png grey.png --depth sum --size 1   how it was made grey
  cnnkit learn photo.png half.png --stride 2
  cnnkit learn photo.png sharp.png --figure learned.png --animate learned.gif
"""

window_option = in_group("Window")
descent_option = in_group("Descent")


def learn(
    *,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BEFORE AFTER]...",
            help="Images before and after, in pairs. None: a worked example.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[str, window_option(metavar="N[xN]", help="Of the kernel: 3, or 3x5 for rows x columns.")] = "3",
    stride: Annotated[str, window_option(metavar="N[xN]", help="Step from one window to the next.")] = "1",
    dilation: Annotated[str, window_option(metavar="N[xN]", help="Step between the samples of a window.")] = "1",
    pad_mode: Annotated[
        str | None,
        window_option(
            "--pad-mode",
            metavar="WORD",
            help="Edges count too: zero, replicate, reflect, symmetric, wrap or constant=V.",
        ),
    ] = None,
    depth: Annotated[
        str, window_option(metavar="WORD", help="One grid for all channels, or one for each: each or sum.")
    ] = "each",
    bias: Annotated[bool, window_option("--bias", help="Learn a number that is added to every sum, too.")] = False,
    method: Annotated[
        str, descent_option(metavar="WORD", help="Gradient descent or least squares: descent or exact.")
    ] = "descent",
    optimiser: Annotated[
        str, descent_option(metavar="WORD", help="How to descend, sgd plainly: momentum, sgd or adam.")
    ] = "momentum",
    steps: Annotated[int, descent_option(metavar="N", min=1, help="Steps of descent.")] = 6000,
    batch: Annotated[int, descent_option(metavar="N", min=1, help="Windows in each step.")] = 1024,
    rate: Annotated[
        float | None, descent_option(metavar="V", help="Of the first step, falling to 0.  [default: by the images]")
    ] = None,
    seed: Annotated[int, descent_option(metavar="N", min=0, help="Begin and draw windows otherwise.")] = 0,
    preparing: Preparing,
    output: Annotated[
        str | None, output_option("--output", "-o", metavar="FILE", help="Write the kernel here, as .json.")
    ] = None,
    figure: options.Figure = None,
    animate: Annotated[
        str | None,
        view_option("--animate", metavar="FILE", help="Also show the kernel change, as .gif, .webp or .apng."),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
    version: options.Version = False,
) -> None:
    """Find the kernel that turns one image into another.

    Its weights begin at random and go down the gradient of the squared error, as those of a network do. Without images,
    a worked example is shown.
    """
    from cnnkit.cli.inputs import find_sources
    from cnnkit.cli.learning.results import Files
    from cnnkit.cli.learning.text import Live, learned_text, numbers_text
    from cnnkit.cli.report import Report
    from cnnkit.errors import ArgumentError
    from cnnkit.geometry.pair import counted
    from cnnkit.operations.learning import learn as room

    report = Report("learn", quiet=quiet, as_json=as_json)
    settings: dict[str, Any] = {"size": size, "stride": stride, "dilation": dilation, "pad_mode": pad_mode}
    settings |= {"depth": depth, "bias": bias, "method": method, "optimiser": optimiser}
    settings |= {"steps": steps, "batch": batch, "rate": rate, "seed": seed}
    sources = find_sources(inputs, report=report) if inputs else []
    if len(sources) % 2:
        given = f"{counted(len(sources), 'image')} {'is' if len(sources) == 1 else 'are'} given"
        raise ArgumentError(f"{given}, and each before needs an after", "name pairs: before.png after.png")
    files = Files.of(output, figure, animate, report, [source.name for source in sources], force=force)
    report.begin(1)
    images = _read(sources, preparing, report) if sources else _example(preparing)
    if not sources:
        report.remark("no images are named: the built-in picture, before and after the kernel edge")
    with Live(report) as live:
        found = room.learn(*(one.samples for one in images), **settings, watch=live.show)
    if not quiet:
        report.show(learned_text(found, is_descent=method == "descent"))
    elif output is None:
        report.show(numbers_text(found.kernel))
    titles = [source.name for source in sources] or ["the built-in picture", "edge"]
    files.write(found, images, settings, titles)
    _record(report, sources, found)
    report.close()


def _read(sources: list[Source], preparing: Preparing, report: Report) -> list[Raster]:
    """The colours of all images, prepared; of sounds what `--features` makes by default."""
    from cnnkit.cli import pictures
    from cnnkit.data.raster import Raster
    from cnnkit.errors import InputError, SizeError, printable
    from cnnkit.operations.holes import NO_HOLES

    reading = pictures.Reading(options.Sounds(), None, preparing.read(None, NO_HOLES))
    found: list[Raster] = []
    for source in sources:
        try:
            for image in pictures.read(source, reading, report):
                found.append(Raster(image.colour))
                break
        except (InputError, SizeError) as error:
            raise type(error)(f"{printable(source.name)}: {error.problem}", error.hint) from None
    return found


def _example(preparing: Preparing) -> list[Raster]:
    """The built-in picture, before and after an edge kernel."""
    from cnnkit.data.kernels.scene import scene
    from cnnkit.data.kernels.text import kernel
    from cnnkit.data.raster import Raster
    from cnnkit.operations.convolution.convolve import convolve

    picture = scene()
    return [Raster(picture), Raster(convolve(picture, kernel("edge")))]


def _record(report: Report, sources: list[Source], found: Learned) -> None:
    """What ``--json`` says."""
    report.record(
        inputs=[source.name for source in sources],
        weights=found.kernel.weights,
        bias=[*found.kernel.bias],
        error=found.error,
        least_squares={"weights": found.exact, "distance": found.distance},
        windows=found.windows,
        left_out=found.left_out,
        path=[{"step": point.step, "error": point.loss} for point in found.path],
    )
