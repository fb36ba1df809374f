"""The files of ``cnnkit learn``: the kernel, a figure and an animation of how it was learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnkit.arrays import Array
from cnnkit.cli.figures import FigureFile
from cnnkit.cli.report import Report
from cnnkit.files.kernels import encode_kernel
from cnnkit.operations.learning.learn import Learned

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

    def write(self, found: Learned, images: Sequence[Array]) -> None:
        """Write those that are wanted."""
        if self.kernel is not None:
            self.kernel.write(lambda file_type, note: encode_kernel(found.kernel, note))
