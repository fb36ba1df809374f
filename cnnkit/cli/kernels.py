"""``cnnkit kernels``: which kernels there are, one with its weights, and a sheet of what they do to an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnkit.cli import options
from cnnkit.cli.options import output_option

if TYPE_CHECKING:
    from cnnkit.cli.figures import FigureFile
    from cnnkit.cli.inputs import Source
    from cnnkit.data.kernels.kernel import Kernel

EXAMPLES = """\
Examples:
  cnnkit kernels                                 every preset, one a line
  cnnkit kernels sobel:45 gaussian:sigma=2       these, with their weights
  cnnkit kernels vertical                        presets for vertical edges
  cnnkit kernels "1/16 * (1 2 1; 2 4 2; 1 2 1)"  a literal, as it is read
  cnnkit kernels --figure sheet.png              what they do to a picture
  cnnkit kernels edge box:9 --figure two.png --image photo.jpg
"""

LAST_LINE = "\nThe weights of one: cnnkit kernels sobel. Those for a word: cnnkit kernels blur"

BUILT_IN = "built-in picture"

LONGEST_SIDE = 160
"""Rows or columns of an image on a sheet; of a larger one, means of squares are shown."""


def kernels(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KERNEL|WORD]...", help="Presets, literals or @FILE, or words to look for; else all."),
    ] = None,
    figure: options.Figure = None,
    image: Annotated[
        str | None,
        options.view_option("--image", metavar="FILE", help="Image of the figure, instead of a built-in picture."),
    ] = None,
    force: Annotated[bool, output_option("--force", "-f", help="Replace the figure, whoever made it.")] = False,
    as_json: options.Json = False,
    version: options.Version = False,
) -> None:
    """List kernels, show their weights, draw what they do.

    Without a name, every preset has a line. With one, its weights, source and settings are shown; a word that is no
    name lists the presets that it describes.
    """
    from cnnkit.cli.report import Report, show
    from cnnkit.data.kernels.presets import FAMILIES, PRESETS
    from cnnkit.data.kernels.search import preset_called, search
    from cnnkit.errors import ArgumentError
    from cnnkit.files.kernels import read_kernel
    from cnnkit.views.text.kernels import kernel_lines, kernel_text

    report = Report("kernels", as_json=as_json)
    if image and not figure:
        raise ArgumentError(f"--image {image} is for a figure alone", hint="add --figure sheet.png")
    found: list[Kernel] = []
    texts = []
    for name in names or ():
        hits, preset = search(name), preset_called(name.partition(":")[0])
        if hits and not preset:
            found += [one.kernel() for one in hits]
            texts.append("\n".join(kernel_lines(hits)))
        else:
            found.append(read_kernel(name))
            others = [one for one in hits if one is not preset][:6]
            texts.append(kernel_text(found[-1], preset, others if len(names or ()) == 1 else ()))
    if not names:
        found = [preset.kernel() for preset in PRESETS.values()]
        texts = ["\n".join([family, *kernel_lines(presets)]) for family, presets in FAMILIES.items()]
        texts[-1] += f"\n{LAST_LINE}"
    for kernel in found:
        facts = {"detects": kernel.detects, "source": kernel.source, "sum": float(kernel.weights.sum())}
        report.record(name=kernel.name, shape=list(kernel.weights.shape), weights=kernel.weights.tolist(), **facts)
    if figure:
        from cnnkit.cli.figures import FigureFile
        from cnnkit.cli.inputs import Source

        read = [text[1:] for text in names or () if text.startswith("@")] + ([image] if image else [])
        file = FigureFile(figure, report, others=read, force=force)
        from cnnkit.cli.work.account import each_here

        each_here(report, [Source(image or BUILT_IN)], lambda source: _draw(file, found, source if image else None))
    if not as_json:
        show("\n\n".join(texts))
    report.close()


def _draw(file: FigureFile, found: Sequence[Kernel], source: Source | None) -> None:
    """Write a sheet of kernels, and of what they make of an image or of the built-in picture."""
    import shlex
    from functools import partial

    import numpy as np

    from cnnkit.cli import compiling, pictures
    from cnnkit.data.kernels.scene import scene
    from cnnkit.data.kernels.search import preset_called
    from cnnkit.data.raster import Raster
    from cnnkit.errors import ArgumentError, InputError
    from cnnkit.files.reading import is_sound
    from cnnkit.operations.convolution.raster import convolve_raster
    from cnnkit.operations.convolution.settings import read_convolution
    from cnnkit.operations.levels import range_word, raster_levels
    from cnnkit.operations.pooling.raster import pool_raster
    from cnnkit.operations.pooling.settings import read_pooling
    from cnnkit.views.figures.sheet import Response, draw_kernels

    deep = [kernel for kernel in found if kernel.weights.ndim > 2]
    if deep:
        problem = f"{deep[0].name} has {deep[0].weights.ndim} dimensions, and a figure shows flat kernels"
        raise ArgumentError(problem, hint="leave it out, or --figure")
    if source:
        with source.open() as stream:
            if is_sound(stream, None, {}):
                preset = found[0].name if preset_called(found[0].name) else "edge"
                line = shlex.join(["cnnkit", "convolve", source.name, "-k", preset, "--figure", str(file.path)])
                raise ArgumentError("a sheet of kernels shows pictures, and this is a sound", hint=f"write {line}")
    compiling.announce(file.report)
    reading = pictures.Reading(options.Sounds(), None)
    frames = pictures.read(source, reading, file.report) if source else iter([Raster(scene())])
    image = next(frames)
    if image.colours not in (1, 3):
        raise InputError(f"it has {image.colours} channels, and a figure shows 1 or 3", hint="give a picture")
    image, dtype, is_integer = Raster(image.colour), image.dtype, image.is_integer

    def levels(result: Raster, **known: Any) -> Raster:
        """The levels that a file of a result would have; `known` is what its kernel is known for."""
        word = range_word("auto", is_zero_sum=known.pop("is_zero_sum", False), has_levels=is_integer)
        return raster_levels(result, dtype if is_integer else np.uint8, word, **known)[0]

    step, title = -(-max(image.shape[:2]) // LONGEST_SIDE), source.path.name if source else BUILT_IN
    if step > 1:
        window = min(step, image.shape[0]), min(step, image.shape[1])
        image = pool_raster(read_pooling(window, kind="average"), image)
        image, title = (levels(image) if is_integer else image).whole(), f"{title}, means of {step}x{step}"
    drawn = [levels(image)]
    for one in map(read_convolution, found):
        known = {"is_zero_sum": one.kernel.is_zero_sum, "inside": one.place(image.shape[:2]).inside}
        drawn.append(levels(convolve_raster(one, image), **known))
    first, *others = [(one.samples // (257 if one.dtype == np.uint16 else 1)).astype(np.uint8) for one in drawn]
    file.write(partial(draw_kernels, first, title, [*map(Response, found, others)]))
