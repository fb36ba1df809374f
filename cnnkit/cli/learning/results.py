"""The files of ``cnnkit learn``: the kernel, a figure and an animation of how it was learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnkit.arrays import Array
from cnnkit.cli.figures import FigureFile
from cnnkit.cli.report import Report
from cnnkit.data.kernels.course import Course
from cnnkit.data.raster import Raster
from cnnkit.files.kernels import encode_kernel
from cnnkit.geometry.pair import pair
from cnnkit.geometry.window import Window
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.learning.learn import Learned
from cnnkit.operations.learning.windows import landing

KERNEL_FORMATS = ("json",)


class Files(NamedTuple):
    """Where the kernel, the figure and the animation go; each was found to be free to write."""

    kernel: FigureFile | None
    figure: FigureFile | None
    animation: FigureFile | None

    @classmethod
    def of(
        cls,
        output: str | None,
        figure: str | None,
        animate: str | None,
        report: Report,
        inputs: Sequence[str],
        *,
        force: bool,
    ) -> Files:
        """The files that are named; the command ends where one may not be written."""
        from cnnkit.files.images.pillow import ANIMATION_FORMATS
        from cnnkit.views.figures.canvas import FIGURE_FORMATS

        made: list[FigureFile | None] = []
        others = [*inputs]
        for name, option, kind, formats in (
            (output, "--output", "a kernel", KERNEL_FORMATS),
            (figure, "--figure", "a figure", FIGURE_FORMATS),
            (animate, "--animate", "an animation", ANIMATION_FORMATS),
        ):
            file = None
            if name is not None:
                file = FigureFile(name, report, option=option, kind=kind, formats=formats, others=others, force=force)
                others.append(name)
            made.append(file)
        return cls(*made)

    def write(
        self, found: Learned, pairs: Sequence[Raster], settings: Mapping[str, Any], titles: Sequence[str]
    ) -> None:
        """Write those that are wanted; pictures are of the first pair."""
        if self.kernel is not None:
            self.kernel.write(lambda file_type, note: encode_kernel(found.kernel, note))
        course = Course(
            found.kernel.weights.shape,
            np.array([point.step for point in found.path]),
            np.array([point.weights for point in found.path]),
            np.array([point.loss for point in found.path]),
        )
        if self.figure is not None:
            from cnnkit.views.figures.learning import Example, draw_learning

            before, after = pairs[:2]
            shown = Example(before, after, _made(found, before, after, settings))
            self.figure.write(
                lambda file_type, note: draw_learning(titles[0], shown, course, found.error, file_type, note)
            )
        if self.animation is not None:
            from cnnkit.files.images.pillow import encoded_animation
            from cnnkit.views.frames.learning import animate_learning

            title = " to ".join(titles[:2])
            self.animation.write(
                lambda file_type, note: encoded_animation(*animate_learning(title, course), file_type, note)
            )


def _made(found: Learned, before: Raster, after: Raster, settings: Mapping[str, Any]) -> Array:
    """What the kernel makes of the image before, of the size of the image after; NaN where it is not compared."""
    window = Window(*(pair(settings[name], name) for name in ("size", "stride", "dilation")))
    lands = landing(before.shape[:2], after.shape[:2], window)
    made = convolve(
        before.samples,
        found.kernel,
        stride=window.stride,
        dilation=window.dilation,
        padding=lands.padding,
        pad_mode=settings["pad_mode"] or "zero",
        depth=settings["depth"],
        dtype=np.float64,
    ).reshape(after.shape)
    if settings["pad_mode"] is None:
        rows, columns = lands.inside
        inside = np.zeros(after.shape[:2], bool)
        inside[rows.start : rows.stop, columns.start : columns.stop] = True
        made[~inside] = np.nan
    if after.is_integer:
        limits = np.iinfo(after.dtype)
        made = np.clip(made, limits.min, limits.max)
    return made
