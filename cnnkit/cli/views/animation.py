"""The file of ``--animate``: all results of an image, or those of a part that the eye can follow."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from cnnkit.cli.figures import FigureFile
from cnnkit.cli.inputs import Source
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster
from cnnkit.data.trace import Trace
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.files.images.pillow import ANIMATION_FORMATS, encoded_animation
from cnnkit.geometry.look import Crop, Look
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.views.frames.run import LANES, Layout, animate, scenes_of

if TYPE_CHECKING:
    from cnnkit.cli.looking import Describe

MOST_RESULTS = 150
"""Results that are animated at most, a frame each."""

MOST_CELLS, SMALL, FEW_CELLS = 24, 16, 8
"""Rows and columns of a part at most, of an image that is shown whole, and of a part that nobody chose."""


MOST_SCENES = 8
"""Kernels, or maps, that are animated one after another."""


class AnimationFile(FigureFile):
    """Where the animation of one input goes, and the part that it shows."""

    def __init__(
        self, name: str, report: Report, others: Sequence[str], look: Look, *, force: bool, dry_run: bool
    ) -> None:
        option, kind, formats = "--animate", "an animation", ANIMATION_FORMATS
        super().__init__(
            name, report, option=option, kind=kind, formats=formats, others=others, force=force, dry_run=dry_run
        )
        self.crop, self.place = look.crop, look.places[:1]
        self._seen: list[tuple[Describe, Raster]] = []

    def check(self, describes: Sequence[Describe]) -> None:
        """Refuse what cannot be followed before there are results: by what its frames would hold without them."""
        seen = []
        for describe in describes[:MOST_SCENES]:
            trace = describe(None, None, None)
            if trace.joined:
                raise ArgumentError("--animate and --combine are both given", hint="leave one of them out")
            depth = trace.output[2] if trace.kernel else len(trace.channels)
            seen.append((describe, Raster(np.broadcast_to(0.0, (*trace.output[:2], depth)))))
        (rows, columns, _), run = trace.input, _Run(seen)
        crop = Look(crop=self.crop).within((rows, columns))
        is_tried = self.crop is not None or max(rows, columns) <= SMALL
        problem = run.problem(crop)[0] if is_tried else ""
        if is_tried and not problem:
            return
        found = run.around(crop[:2]) if self.crop else None
        found = found or run.around(run.middle)
        if found is None:
            problem = f"windows of {pair_text(run.reach)} samples and their numbers cannot be read at once"
            raise SizeError(f"--animate: {problem}", hint="use a smaller window, or --figure FILE.png")
        if self.crop:
            raise SizeError(f"--crop: {problem}", hint=f"use {_crop_text(found)}")

    def add(self, describe: Describe, values: Raster) -> None:
        """Remember a result."""
        self._seen.append((describe, values))

    def draw(self, source: Source) -> None:
        """Animate what was seen of an input: the kernels one after another, over the same part."""
        seen, self._seen = self._seen, []
        run, count = _Run(seen[:MOST_SCENES]), len(seen)
        size, place = (run.traces[0].input[0], run.traces[0].input[1]), self.place
        whole = Look(crop=self.crop).within(size)
        crop, note = whole, ""
        if self.crop is None and (max(size) > SMALL or place or run.problem(whole)[0]):
            spots = [spot for one, values in run.seen for spot in one(values, Look(place), None).spots]
            corner = max(spots, key=lambda spot: abs(spot.value)).corner
            crop = run.around(corner) or run.smallest(corner)
        if crop[2:] != size:
            why = "" if self.crop else ", around --at" if place else ", around the strongest result"
            bottom, right = crop.row + crop.rows - 1, crop.column + crop.columns - 1
            note = f"part: rows {crop.row} to {bottom}, columns {crop.column} to {right}{why}"
            self.report.note(source, [] if self.crop else [f"animated: {_crop_text(crop)}{why}"])
        if count > MOST_SCENES:
            self.report.note(source, [f"animated: {MOST_SCENES} of {count} kernels"])
        animation = animate(run.layout(crop, note))
        self.write(lambda file_type, made_by: encoded_animation(*animation, file_type, made_by))
        self.report.drawn[self.kind]["part"] = crop._asdict()


class _Run:
    """What would be shown of results."""

    def __init__(self, seen: Sequence[tuple[Describe, Raster]]) -> None:
        self.seen, self.traces = seen, [describe(None, None, None) for describe, _ in seen]
        reaches = [_reach(trace) for trace in self.traces]
        self.reach = max(rows for rows, _ in reaches), max(columns for _, columns in reaches)
        placement = self.traces[0].placement
        self.stride = placement.window.stride if placement else (1, 1)

    @property
    def middle(self) -> Pair:
        """The corner of a window in the middle of the image."""
        lengths = zip(self.traces[0].input[:2], self.reach, self.stride, strict=True)
        row, column = (max(length - span, 0) // 2 // step * step for length, span, step in lengths)
        return row, column

    def problem(self, crop: Crop, lanes: Sequence[int] = LANES) -> tuple[str, bool]:
        """What is too much in a part, if anything, and whether fewer columns would help most."""
        if max(crop.rows, crop.columns) > MOST_CELLS:
            return f"{pair_text(crop[2:])} samples; at most {MOST_CELLS}x{MOST_CELLS} are animated", False
        counts = []
        for describe, values in self.seen:
            trace = describe(values, Look(((0, 0),), crop=crop), None)
            assert trace.part is not None
            counts.append(len(scenes_of(trace)) * trace.part.results[..., 0].size)
        if not min(counts):
            return "no window lies in it", False
        if sum(counts) > MOST_RESULTS:
            return f"{sum(counts)} results; at most {MOST_RESULTS} are animated", False
        layout = self.layout(crop, "part", lanes)
        problem = f"{pair_text(crop[2:])} samples with their products and sums have no room in a frame"
        return ("" if layout.fits else problem), layout.is_wide

    def around(self, corner: Pair) -> Crop | None:
        """The largest part around a window that is not too much: with all channels, or else with fewer."""
        for fewest, lanes in ((3, LANES[:1]), (1, LANES)):
            rows, columns = isqrt(MOST_RESULTS), isqrt(MOST_RESULTS)
            tried = None
            while max(rows, columns) >= fewest:
                crop, is_wide = self._part(corner, (max(rows, fewest), max(columns, fewest))), False
                if crop != tried:
                    problem, is_wide = self.problem(crop, lanes)
                    if not problem:
                        return crop
                tried = crop
                is_across = columns >= rows if rows >= fewest and not is_wide else True
                rows, columns = (rows, columns - 1) if is_across else (rows - 1, columns)
        return None

    def smallest(self, corner: Pair) -> Crop:
        """One window."""
        return self._part(corner, (1, 1))

    def _part(self, corner: Pair, most: Pair) -> Crop:
        return _around(corner, self.reach, self.stride, (self.traces[0].input[0], self.traces[0].input[1]), most)

    def layout(self, crop: Crop, note: str, lanes: Sequence[int] = LANES) -> Layout:
        """The frames of a part: of all channels, or of one where these have no room."""
        scenes = []
        for describe, values in self.seen:
            scenes += scenes_of(describe(values, Look(is_all=True, crop=crop), None))
        for most in lanes:
            layout = Layout(scenes[:MOST_SCENES], note, most)
            if layout.fits:
                break
        return layout


def _crop_text(crop: Crop) -> str:
    return f"--crop {crop.row},{crop.column},{pair_text(crop[2:])}"


def _reach(trace: Trace) -> Pair:
    """Rows and columns of the image that a window spans, the largest where they differ."""
    if trace.placement is not None:
        return trace.placement.window.reach
    rows, columns = (max(last - first + 1 for first, last in axis) for axis in trace.axes)
    return rows, columns


def _around(corner: Pair, reach: Pair, stride: Pair, size: Pair, most: Pair) -> Crop:
    """A part that holds a few windows along each axis, of which one at `corner` is in the middle."""
    axes = []
    for place, span, step, end, count in zip(corner, reach, stride, size, most, strict=True):
        more = max(min(max((FEW_CELLS - span) // step, 2), count - 1, (MOST_CELLS - span) // step), 0)  # windows
        first = max(place, 0)
        start = first - min(max(more // 2, more - (end - span - first) // step), first // step) * step
        axes.append((start, min(span + more * step, end - start)))
    return Crop(axes[0][0], axes[1][0], axes[0][1], axes[1][1])
