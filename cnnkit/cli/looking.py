"""What a user wants to see of a run: ``--explain``, ``--at``, ``--crop``, ``--preview``, as a figure or in motion.

Everything is drawn from one description of the run, and none of it changes the result.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnkit.cli.figures import FigureFile
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results, Views
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster
from cnnkit.data.trace import MOST_SIDE, LevelsOf, Seen, Trace
from cnnkit.errors import ArgumentError
from cnnkit.geometry.look import Look, read_look, split_crops
from cnnkit.geometry.pair import pair_text
from cnnkit.loops.machine import rehearsal
from cnnkit.operations.levels import raster_levels
from cnnkit.operations.maps import tiled
from cnnkit.views.text.grids import number_text
from cnnkit.views.text.trace import all_spot_lines, part_lines, trace_text

if TYPE_CHECKING:
    from cnnkit.cli.views.animation import AnimationFile
    from cnnkit.cli.views.page import PageFile
    from cnnkit.views.text.play import Film

Describe = Callable[[Raster | None, Look | None, LevelsOf | None], Trace]
"""Describes a run; with its result, what is looked at."""


class Looking:
    """What is shown of each input, and the figure of one."""

    def __init__(
        self,
        views: Views,
        results: Results,
        report: Report,
        sources: Sequence[Source],
        options: Sequence[str],
        kernels: Sequence[str] = (),
    ) -> None:
        """The words of `options` for inputs, and of `kernels`, are as they were typed."""
        self.look = read_look(views.at or [], split_crops(views.crop)[1])
        self.report, self.threads = report, results.threads
        self.explains = views.explain or self.look.is_wanted
        self.previews = views.preview
        if views.preview and results.quiet:
            raise ArgumentError("--preview and --quiet are both given", hint="leave one of them out")
        self.has_several = len(sources) > 1
        self.plays = views.play
        self._films: list[Film] = []
        if views.play:
            from cnnkit.cli.terminal.player import check_play

            check_play(results, sources, self.look)
        self.figure: FigureFile | None = None
        self._seen: list[Seen] = []
        self.animation: AnimationFile | None = None
        others = [*(one.name for one in sources), *([results.output] if results.output else [])]
        dry_run, force = results.dry_run, results.force
        for option, name in (("--figure", views.figure), ("--animate", views.animate), ("--html", views.html)):
            if name is not None and len(sources) > 1:
                raise ArgumentError(f"{option} names one file for {len(sources)} inputs", hint="name one input")
        if views.figure is not None:
            self.figure = FigureFile(views.figure, report, others=others, force=force, dry_run=dry_run)
            others.append(views.figure)
        if views.animate is not None:
            from cnnkit.cli.views.animation import AnimationFile

            self.animation = AnimationFile(views.animate, report, others, self.look, force=force, dry_run=dry_run)
            others.append(views.animate)
        self.page: PageFile | None = None
        if views.html is not None:
            from cnnkit.cli.views.page import PageFile
            from cnnkit.views.page.page import Typed

            typed = Typed("", kernels, options)
            self.page = PageFile(views.html, report, others, self.look, typed, force=force, dry_run=dry_run)

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can look: it draws no figure, and nothing on this terminal."""
        return not (self.figure or self.animation or self.page or self.plays or self.previews)

    def begin(self, report: Report, threads: int | None) -> Looking:
        """Begin with an input, of which a report is given."""
        self.report, self.threads = report, threads
        return self

    def prepared(self, image: Raster) -> Raster:
        """The image with rows that can be taken in any order, where they will be."""
        files = {"--figure": self.figure, "--animate": self.animation, "--html": self.page}
        drawn = next((name for name, one in files.items() if one is not None), "--play" if self.plays else "")
        if drawn and image.frame is not None and not image.frame.is_alone:
            raise ArgumentError(f"{drawn} draws one frame, not all", hint="choose one: --frame 1")
        is_looked_at = self.explains or drawn or max(image.shape[:2]) <= MOST_SIDE
        return image.whole() if is_looked_at and image.bands.is_unpacked else image

    def check(self, describes: Sequence[Describe]) -> None:
        """Refuse what cannot be shown of an image before anything is written."""
        if self.animation is not None:
            self.animation.check(describes)

    def describe(
        self,
        source: Source,
        describe: Describe,
        values: Raster,
        levels_of: LevelsOf | None,
        facts: dict[str, Any],
        *,
        name: str,
        is_signed: bool,
        is_result: bool = False,
    ) -> None:
        """Say how a result came about, and remember it for figures; `values` are the results before levels.

        It `is_result`, what the command is for, where the result goes nowhere else.
        """
        if self.animation is not None:
            self.animation.add(describe, values)
        if self.page is not None:
            self.page.add(describe, values, name)
        if self.plays:
            from cnnkit.cli.terminal.scene import films
            from cnnkit.cli.terminal.screen import terminal_size

            lines, columns = terminal_size()
            self._films += films(describe, values, self.look, levels_of, (lines - 1, columns))
        is_small = max(*values.shape[:2]) <= MOST_SIDE and sys.stderr.isatty()
        if not (self.explains or is_result or is_small or self.figure):
            return
        is_written_out = self.explains or is_result or max(*values.shape[:2]) <= MOST_SIDE
        trace = describe(values, self.look, levels_of) if is_written_out else describe(None, None, None)
        if self.explains:
            facts["windows"] = [spot.facts for spot in trace.spots]
        if is_result and self.report.quiet:
            self.report.show("\n".join(rows_text(values)))
        elif self.explains:
            head = f"{source}{f', {self.report.frame}' if self.report.frame else ''}:\n" * self.has_several
            self.report.explain(head + trace_text(trace), is_result=is_result)
        elif is_result:
            self.report.show(result_text(trace, values))
        elif is_small:
            self.report.say("\n".join(part_lines(trace)[1:]))
        if self.figure is not None:
            self._seen += [*trace.joined, Seen(name, trace, values, is_signed)]

    def preview(self, source: Source, picture: Raster, values: Raster) -> None:
        """Show a result on the terminal, with the range of its values."""
        if not self.previews:
            return
        is_turned = values.sound is not None and values.is_picture  # time to the right, frequency up
        levels = picture if picture.is_integer else raster_levels(picture, np.uint8, "minmax").raster
        samples = levels.samples.swapaxes(0, 1)[::-1] if is_turned else levels.samples
        if levels.colours not in (1, 3) and not levels.has_alpha:
            samples = tiled(levels).samples
        numbers = values.colour[np.isfinite(values.colour)]
        extent = (
            f"{number_text(float(numbers.min()))} to {number_text(float(numbers.max()))}" if numbers.size else "none"
        )
        self.report.picture(
            samples, f"{source}: {pair_text(values.shape)}, values {extent}", keeps_aspect=not is_turned
        )

    def draw(self, source: Source, image: Raster) -> None:
        """Draw the figure of an input and what was seen of it, its animation, and play it."""
        if self.figure is not None and self._seen:
            from cnnkit.views.figures.run import draw_run

            title, seen = str(source), self._seen
            self.figure.write(lambda file_type, note: draw_run(title, image, seen, file_type, note))
        if self.animation is not None:
            self.animation.draw(source)
        if self.page is not None:
            self.page.draw(source, image)
        if self._films and not rehearsal.note:
            from cnnkit.cli.terminal.player import play

            play(self._films)


def result_text(trace: Trace, values: Raster) -> str:
    """The grids of a run side by side, and how one result came about; of large ones the result alone."""
    if trace.part is None:
        return "\n".join(rows_text(values))
    return "\n".join([*part_lines(trace)[1:], *all_spot_lines(trace)])


def rows_text(values: Raster) -> list[str]:
    """The numbers of a result, a row a line; a blank line stands between maps.

    >>> rows_text(Raster(np.full((1, 2, 1), 0.1, np.float32)))  # not 0.100000001490116
    ['0.1 0.1']
    """
    maps = np.moveaxis(values.samples, 2, 0)
    rows = [["", *(" ".join(f"{float(str(value)):.15g}" for value in row) for row in one)] for one in maps]
    return [line for one in rows for line in one][1:]
