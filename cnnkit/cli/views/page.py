"""The file of ``--html``: a page of one input, with the part of it that a browser can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnkit.cli.figures import FigureFile
from cnnkit.cli.inputs import Source
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster
from cnnkit.data.trace import Seen
from cnnkit.errors import SizeError, printable
from cnnkit.files.writing import Encoder
from cnnkit.geometry.look import Look
from cnnkit.geometry.pair import pair_text
from cnnkit.views.page.page import draw_page, part_of, part_text

if TYPE_CHECKING:
    from cnnkit.cli.looking import Describe


class PageFile(FigureFile):
    """Where the page of one input goes, and what was seen of it."""

    def __init__(
        self, name: str, report: Report, others: Sequence[str], look: Look, *, force: bool, dry_run: bool
    ) -> None:
        option, kind, formats = "--html", "a page", ("html",)
        super().__init__(
            name, report, option=option, kind=kind, formats=formats, others=others, force=force, dry_run=dry_run
        )
        self.look = look
        self._seen: list[Seen] = []

    def add(self, describe: Describe, values: Raster, name: str) -> None:
        """Remember a result."""
        trace = describe(values, self.look, None)
        self._seen += [*trace.joined, Seen(name, trace, values, is_signed=False)]

    def draw(self, source: Source, image: Raster) -> None:
        """Write the page of an input, and say which part of it that is."""
        seen, self._seen = self._seen, []
        placement, part = seen[0].trace.placement, part_of(image, seen, self.look)
        if placement is not None:
            around = sum(placement.padding[:2]), sum(placement.padding[2:])
            padded = part.rows + around[0], part.columns + around[1]
            if any(length < span for length, span in zip(padded, placement.window.reach, strict=True)):
                what = "--crop" if self.look.crop else "--html"
                problem = f"{what}: a window spans {pair_text(placement.window.reach)} samples, and the page"
                hint = f"use a smaller window,{' a larger part,' if self.look.crop else ''} or --padding same"
                raise SizeError(f"{problem} would hold {pair_text(part[2:])}", hint=hint)
        if text := part_text(image, seen, self.look):
            self.report.say(f"{source}: on the page, {text}" + "; --crop takes others" * (self.look.crop is None))

        def page(file_type: str, note: str) -> Encoder:
            return draw_page(str(source), printable(source.name), image, seen, self.look, note)

        self.write(page)
