"""What ``cnnkit mfcc`` shows beside what it writes: the figure of ``--figure``, the picture of ``--preview``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnkit.cli.options import Results
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError

if TYPE_CHECKING:
    from cnnkit.cli.features.job import Job
    from cnnkit.cli.figures import FigureFile
    from cnnkit.cli.inputs import Source
    from cnnkit.data.rows import Rows


class Pictures:
    """The pictures of one command over `inputs` sounds; what makes no sense is refused."""

    def __init__(self, figure: str | None, results: Results, report: Report, inputs: int, *, preview: bool) -> None:
        self.figure, self.results, self.report, self.preview = figure, results, report, preview
        self.file: FigureFile | None = None
        if (figure or preview) and not inputs:
            raise ArgumentError(f"{'--figure' if figure else '--preview'} has no sound to show", hint="name a sound")
        if figure and inputs > 1:
            hint = "name one of them, or draw all: --out-dir DIR --format svg"
            raise ArgumentError(f"--figure draws one sound, not {inputs}", hint)
        if preview and results.quiet:
            raise ArgumentError("--preview and --quiet are both given", hint="leave one of them out")

    def open(self, sources: Sequence[Source], result: Callable[[Source], Path]) -> None:
        """Check where the figure goes: it is neither a sound nor the result of one."""
        if self.figure:
            from cnnkit.cli.figures import FigureFile

            others = [str(path) for one in sources if one.path.exists() for path in (one.path, result(one))]
            force, dry_run = self.results.force, self.results.dry_run
            self.file = FigureFile(self.figure, self.report, others=others, force=force, dry_run=dry_run)

    @property
    def types(self) -> list[str]:
        """The types of file that a sound is drawn as; a preview is one as well."""
        return ([self.file.type] if self.file else []) + ["png"] * self.preview

    def gathered(self, rows: Rows) -> Rows:
        """The same features, computed once for the result and the pictures, which need all of them."""
        if not self.types:
            return rows
        features = rows.array()
        return rows._replace(blocks=lambda: [features])

    def make(self, job: Job, rows: Rows, source: Source) -> None:
        """Draw the figure of a sound, and show it on the terminal."""
        if self.file:
            self.file.write(lambda file_type, note: job.encode(rows, file_type, str(source), note))
        if self.preview:
            levels, line = job.preview(rows)
            self.report.picture(levels, f"{source}: {line}", keeps_aspect=False)
