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
from cnnkit.views.page.page import Typed, draw_page, part_of

if TYPE_CHECKING:
    from cnnkit.cli.looking import Describe


class PageFile(FigureFile):
    """Where the page of one input goes, and what was seen of it."""

    def __init__(
        self, name: str, report: Report, others: Sequence[str], look: Look, typed: Typed, *, force: bool, dry_run: bool
    ) -> None:
        option, kind, formats = "--html", "a page", ("html",)
        super().__init__(
            name, report, option=option, kind=kind, formats=formats, others=others, force=force, dry_run=dry_run
        )
        self.look, self.typed = look, typed
        self._seen: list[Seen] = []

    def add(self, describe: Describe, values: Raster, name: str) -> None:
        """Remember a result; the first says which part of the image the page holds, and has to have a window there."""
        trace = describe(values, self.look, None)
        seen = [*self._seen, *trace.joined, Seen(name, trace, values, is_signed=False)]
        placement, part = trace.placement, part_of(seen, self.look)
        if placement is not None and not self._seen:
            around = sum(placement.padding[:2]), sum(placement.padding[2:])
            padded = part.rows + around[0], part.columns + around[1]
            if any(length < span for length, span in zip(padded, placement.window.reach, strict=True)):
                what = "--crop" if self.look.crop else "--html"
                problem = f"{what}: a window spans {pair_text(placement.window.reach)} samples"
                hint = f"use a smaller window,{' a larger part,' if self.look.crop else ''} or --padding same"
                raise SizeError(f"{problem}, the page {pair_text(part[2:])}", hint=hint)
        self._seen = seen

    def draw(self, source: Source, image: Raster) -> None:
        """Write the page of an input, and say which part of it that is."""
        seen, self._seen = self._seen, []
        part, name = part_of(seen, self.look), printable(source.name)
        is_part = part[2:] != image.shape[:2]
        if is_part:
            text = f"on the page, {part.row},{part.column},{pair_text(part[2:])}"
            self.report.say(f"{source}: {text}{'; --crop takes others' * (self.look.crop is None)}")
        is_option = name.startswith("-") and not (source.is_stdin or source.is_grid)
        typed = self.typed._replace(input=f"./{name}" if is_option else name)

        def page(file_type: str, note: str) -> Encoder:
            return draw_page(str(source), typed, image, seen, self.look, note)

        self.write(page)
        if is_part:
            self.report.drawn[self.kind]["part"] = list(part)
