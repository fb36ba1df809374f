"""What a user wants to see of a run beside its result: ``--explain``, ``--at``, ``--crop``, ``--figure``, ``--preview``.

Everything is drawn from one description of the run, and none of it changes the result.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cnnkit.cli.figures import FigureFile
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results, Views
from cnnkit.cli.report import Report, colour_depth
from cnnkit.data.raster import Raster
from cnnkit.data.trace import MOST_SIDE, LevelsOf, Seen, Trace
from cnnkit.errors import ArgumentError
from cnnkit.geometry.look import Look, read_look
from cnnkit.geometry.pair import pair_text
from cnnkit.operations.levels import raster_levels, range_word
from cnnkit.views.text.trace import fact_lines, part_lines, spot_lines, trace_text

Describe = Callable[[Raster | None, Look | None, LevelsOf | None], Trace]
"""Describes a run; with its result, what is looked at."""


class Looking:
    """What is shown of each input, and the figure of one."""

    def __init__(self, views: Views, results: Results, report: Report, sources: Sequence[Source]) -> None:
        self.look = read_look(views.at or [], views.crop)
        self.report, self.threads = report, results.threads
        self.explains = views.explain or self.look.is_wanted
        self.previews = views.preview
        self.figure: FigureFile | None = None
        self._seen: list[Seen] = []
        if views.figure is not None:
            if len(sources) > 1:
                raise ArgumentError(f"--figure names one file for {len(sources)} inputs", hint="name one input")
            others = [*(one.name for one in sources), *([results.output] if results.output else [])]
            dry_run, force = results.dry_run, results.force
            self.figure = FigureFile(views.figure, report, others=others, force=force, dry_run=dry_run)

    def prepared(self, image: Raster) -> Raster:
        """The image with rows that can be taken in any order, where they will be."""
        is_looked_at = self.explains or self.figure is not None or max(image.shape[:2]) <= MOST_SIDE
        return image.whole() if is_looked_at and image.bands.is_unpacked else image

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
    ) -> None:
        """Say how a result came about, and remember it for the figure; `values` are the results before levels."""
        is_small = max(*values.shape[:2]) <= MOST_SIDE and sys.stderr.isatty()
        if self.explains:
            trace = describe(values, self.look, levels_of)
            self.report.explain(trace_text(trace))
            facts["windows"] = [spot.facts for spot in trace.spots]
        elif source.is_grid or is_small:
            trace = describe(values, self.look, levels_of)
            lines = part_lines(trace)[1:]
            if source.is_grid:
                for spot in trace.spots:
                    lines += ["", *spot_lines(trace, spot)]
            self.report.say("\n".join(lines))
        elif self.figure is not None:
            trace = describe(None, None, None)
        else:
            return
        if self.figure is not None:
            self._seen.append(Seen(name, trace, values, is_signed))

    def draw(self, source: Source, image: Raster) -> None:
        """Draw the figure of an input and what was seen of it."""
        if self.figure is not None and self._seen:
            from cnnkit.views.figures.run import draw_run

            title, seen = source.label, self._seen
            self.figure.write(lambda file_type, note: draw_run(title, image, seen, file_type, note))
