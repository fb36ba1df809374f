"""The file of ``--animate``: all results of an image, or those of a part that the eye can follow."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING

from cnnkit.cli.figures import FigureFile
from cnnkit.cli.inputs import Source
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster
from cnnkit.data.trace import Trace
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.files.images.pillow import ANIMATION_FORMATS, encoded_animation
from cnnkit.geometry.look import Crop, Look
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.views.frames.run import animate, scenes_of

if TYPE_CHECKING:
    from cnnkit.cli.looking import Describe

MOST_RESULTS = 150
"""Results that are animated, a frame each."""

MOST_CELLS, SMALL, FEW_CELLS = 24, 16, 8
"""Rows and columns of a part at most, of an image that is shown whole, and of a part that nobody chose."""


class AnimationFile(FigureFile):
    """Where the animation of one input goes, and the part that it shows."""

    def __init__(
        self, name: str, report: Report, others: Sequence[str], crop: Crop | None, *, force: bool, dry_run: bool
    ) -> None:
        option, kind, formats = "--animate", "an animation", ANIMATION_FORMATS
        super().__init__(
            name, report, option=option, kind=kind, formats=formats, others=others, force=force, dry_run=dry_run
        )
        self.crop = crop
        self._seen: list[tuple[Describe, Raster]] = []

    def add(self, describe: Describe, values: Raster) -> None:
        """Remember a result."""
        trace = describe(None, None, None)
        if trace.joined:
            raise ArgumentError("--animate and --combine are both given", hint="leave one of them out")
        if max(reach := _reach(trace)) > MOST_CELLS:
            problem = f"the window spans {pair_text(reach)} samples; --animate takes {MOST_CELLS}x{MOST_CELLS}"
            raise SizeError(problem, hint="use a smaller window, or --figure FILE.png")
        self._seen.append((describe, values))

    def draw(self, source: Source) -> None:
        """Animate what was seen of an input: the kernels one after another, over the same part."""
        crop, scenes = self._crop(), []
        for describe, values in self._seen:
            scenes += scenes_of(describe(values, Look(is_all=True, crop=crop), None))
        self._seen, note = [], ""
        if crop[2:] != scenes[0].trace.input[:2]:
            bottom, right = crop.row + crop.rows - 1, crop.column + crop.columns - 1
            note = f"part: rows {crop.row} to {bottom}, columns {crop.column} to {right}"
            note += ", around the strongest result" * (self.crop is None)
            self.report.note(source, [f"animated {note}"] if self.crop is None else [])
        animation = animate(scenes, note)
        self.write(lambda file_type, made_by: encoded_animation(*animation, file_type, made_by))

    def _crop(self) -> Crop:
        """The part that is shown: as asked for, all of a small image, or what surrounds the strongest result."""
        traces = [describe(values, Look(), None) for describe, values in self._seen]
        maps = sum(len(scenes_of(trace)) for trace in traces)
        most, first = max(MOST_RESULTS // maps, 1), traces[0]
        size = first.input[0], first.input[1]
        strongest = max((spot for trace in traces for spot in trace.spots), key=lambda spot: abs(spot.value))
        reaches = [_reach(trace) for trace in traces]
        reach = max(rows for rows, _ in reaches), max(columns for _, columns in reaches)

        def count(crop: Crop) -> int:
            parts = (describe(values, Look(((0, 0),), crop=crop), None).part for describe, values in self._seen)
            return max(len(part.places[0]) * len(part.places[1]) for part in parts if part)

        chosen = Look(crop=self.crop).within(size)
        is_large = max(chosen.rows, chosen.columns) > (MOST_CELLS if self.crop else SMALL)
        found = 0 if is_large else count(chosen)
        if 0 < found <= most:
            return chosen
        corner = (chosen.row, chosen.column) if self.crop and (found or is_large) else strongest.corner
        stride = first.placement.window.stride if first.placement else (1, 1)
        crop = _around(corner, reach, stride, size, isqrt(most))
        while count(crop) > most and (crop.rows > reach[0] or crop.columns > reach[1]):
            crop = crop._replace(rows=max(crop.rows - 1, reach[0]), columns=max(crop.columns - 1, reach[1]))
        if self.crop is None:
            return crop
        problem = f"{found * maps} results; at most {MOST_RESULTS} are animated" if found else "no window lies in it"
        if is_large:
            problem = f"{pair_text(chosen[2:])} samples; at most {MOST_CELLS}x{MOST_CELLS} are animated"
        raise SizeError(f"--crop: {problem}", hint=f"use --crop {crop.row},{crop.column},{crop.rows}x{crop.columns}")


def _reach(trace: Trace) -> Pair:
    """Rows and columns of the image that a window spans, the largest where they differ."""
    if trace.placement is not None:
        return trace.placement.window.reach
    rows, columns = (max(last - first + 1 for first, last in axis) for axis in trace.axes)
    return rows, columns


def _around(corner: Pair, reach: Pair, stride: Pair, size: Pair, most: int) -> Crop:
    """A part that holds a few windows along each axis, of which one at `corner` is in the middle."""
    axes = []
    for place, span, step, end in zip(corner, reach, stride, size, strict=True):
        more = min(max((FEW_CELLS - span) // step, 2), most - 1, (MOST_CELLS - span) // step)  # windows
        first = max(place, 0)
        start = first - min(max(more // 2, more - (end - span - first) // step), first // step) * step
        axes.append((start, min(span + more * step, end - start)))
    return Crop(axes[0][0], axes[1][0], axes[0][1], axes[1][1])
