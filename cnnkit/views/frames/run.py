"""A run in motion: the window slides over the image, right and then down, and the results fill up.

Each result is one frame, with the samples under the window, the weights, their products in place, and the sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from textwrap import wrap
from typing import NamedTuple

import numpy as np

from cnnkit.data.trace import MOST_MAPS, Numbers, Spot, Trace
from cnnkit.geometry.pair import Pair, brief_text, pair_text
from cnnkit.views.frames.page import (
    GAP,
    LETTER,
    MARGIN,
    PALETTE,
    WIDEST,
    Colour,
    Grid,
    Indices,
    Page,
    Texts,
    cell_width,
    lines_of,
    placed,
)
from cnnkit.views.text.grids import number_text
from cnnkit.views.text.trace import pooled_lines, sum_lines

LETTERS = 36
"""Across the narrowest frame."""

DIGITS = (4, 3)
"""Of numbers: the first with which a frame is no wider than can be read on a phone, or the last."""

STEP_MS, PAUSE_MS = 600, 3000
"""How long a result is shown, and the last one of a kernel."""

Step = tuple[Spot, ...]
"""Results that come about at one time: one of each channel by itself, or one."""


class Scene(NamedTuple):
    """The way of a window over a part."""

    name: str
    trace: Trace
    steps: tuple[Step, ...]


class Animation(NamedTuple):
    """Frames, what their indices stand for, and how long each is shown."""

    frames: list[Indices]
    palette: Indices  # (colours, 3)
    milliseconds: list[int]


def scenes_of(trace: Trace) -> list[Scene]:
    """The ways of the window: one, or one for each map of several that sum over channels."""
    is_each = len(trace.channels) > 1 and all(len(spot.channels) == 1 for spot in trace.spots)
    found: dict[int, dict[Pair, list[Spot]]] = {}
    for spot in trace.spots:
        found.setdefault(0 if is_each else spot.feature_map, {}).setdefault(spot.place, []).append(spot)
    name, maps = trace.kernel.name if trace.kernel else "", trace.output[2]
    names = name.split("+") if len(name.split("+")) == maps else [f"map {number}" for number in range(maps)]
    return [
        Scene(name if is_each or maps == 1 else names[number], trace, tuple(map(tuple, places.values())))
        for number, places in sorted(found.items())
    ]


def animate(scenes: Sequence[Scene], note: str = "") -> Animation:
    """Draw a frame for each step of each scene; `note` says which part of the image it is."""
    for digits in DIGITS:
        films = [_Film(scenes, number, digits) for number in range(len(scenes))]
        width = max(film.extent[1] for film in films)
        if width <= WIDEST:
            break
    width = max(width, LETTERS * LETTER)
    texts = [film.texts(note, width // LETTER) for film in films]
    above = max(len(heading) for heading, _ in texts)
    below = max(len(lines) for _, footers in texts for lines in footers)
    size = max(film.extent[0] for film in films), width + 2 * MARGIN
    frames = []
    for film, (heading, footers) in zip(films, texts, strict=True):
        page, head = film.begin(size), lines_of(heading, above, size[1])
        for number, lines in enumerate(footers):
            frame = [head, film.advance(page, number), lines_of(lines, below, size[1])]
            frames.append(np.pad(np.concatenate(frame), ((MARGIN, MARGIN), (0, 0))))
    ends = [PAUSE_MS if step is scene.steps[-1] else STEP_MS for scene in scenes for step in scene.steps]
    return Animation(frames, PALETTE, ends)


class _Film:
    """The frames of a scene, in which the results of those before it stay."""

    def __init__(self, scenes: Sequence[Scene], number: int, digits: int) -> None:
        self.scene, self.trace, self.digits = scenes[number], scenes[number].trace, digits
        steps = self.scene.steps
        used = {name for spot in steps[0] for name in spot.channels}
        self.channels = [name for name in self.trace.channels if name in used][:MOST_MAPS]
        self._read_image()
        size, wide = self.cells.shape[:2], cell_width(self.cells)
        images = [Grid(f"image {name}".rstrip(), self.first, size, wide) for name in self.channels]
        sides: list[list[Grid]] = [[] for _ in images]
        for word, title in (("weights", "kernel"), ("products", "products")) if self.trace.kernel else ():
            numbers = np.concatenate([getattr(spot, word).ravel() for one in scenes for spot in chain(*one.steps)])
            for side in sides:
                side.append(Grid(title, (0, 0), steps[0][0].is_padding.shape, cell_width(self._texts(numbers))))
        self.is_split = len(steps[0]) > 1
        self.shown = [self.scene] if self.is_split else scenes
        self.done, self.own = ([], 0) if self.is_split else (scenes[:number], number)
        results = [[self._result_grid(one, place)] for one in self.shown for place in range(len(one.steps[0]))]
        width = images[0].extent[1] + GAP + max((grid.extent[1] for grid in sides[0]), default=0)
        rows = [
            [[image], side] if width <= WIDEST else [[image], *([grid] for grid in side)]
            for image, side in zip(images, sides, strict=True)
        ]
        if self.is_split:
            rows = [[*row, result] for row, result in zip(rows, results, strict=True)]
        else:
            rows = [[*rows[0], list(chain(*results))]] if len(rows) == 1 else [*rows, results]
        grids, self.extent = placed(rows)
        own, lanes = 1 + len(sides[0]), len(images)  # grids of a channel before results
        self.lanes = [row[:own] for row in grids[:lanes]]
        self.results = [*chain(*(row[own:] for row in grids[:lanes]), *grids[lanes:])]

    def _texts(self, numbers: Numbers) -> Texts:
        texts = [number_text(float(one), self.digits) for one in numbers.flat]
        return np.array(texts, object).reshape(numbers.shape)

    def _read_image(self) -> None:
        """The numbers of a part, and of what windows reach beyond it, and which cells are no padding."""
        part, spots = self.trace.part, [*chain(*self.scene.steps)]
        assert part is not None
        spans = [(part.corner, part.is_padding.shape), *((spot.corner, self._spread(spot)) for spot in spots)]
        self.first = min(row for (row, _), _ in spans), min(column for (_, column), _ in spans)
        size = np.max([np.add(*span) for span in spans], axis=0) - self.first
        self.cells: Texts = np.full((*size, len(self.channels)), "", object)
        self.colours: Indices = np.full(size, Colour.SHADE, np.uint8)
        top, left = np.subtract(part.corner, self.first)
        here = slice(top, top + part.is_padding.shape[0]), slice(left, left + part.is_padding.shape[1])
        self.colours[here][~part.is_padding] = Colour.WHITE
        samples = part.samples[..., [self.trace.channels.index(name) for name in self.channels]]
        self.cells[here] = np.where(np.isnan(samples), "?", self._texts(samples))
        for spot in spots:
            texts = np.where(spot.is_hole, "?", self._texts(spot.samples))
            for k, lane in self._lanes_of(spot):
                for place, (row, column) in self._under(spot):
                    self.cells[row, column, lane] = texts[place][k]
        if not self.trace.fill:
            self.cells[self.colours == Colour.SHADE] = ""
        inside = np.argwhere(self.colours == Colour.WHITE)
        corner, end = inside.min(axis=0), inside.max(axis=0) + 1
        self.inside = *(corner + self.first).tolist(), *(end - corner).tolist()

    def _lanes_of(self, spot: Spot) -> list[Pair]:
        """The channels under a window that are shown, and where."""
        return [(k, self.channels.index(name)) for k, name in enumerate(spot.channels) if name in self.channels]

    def _steps(self) -> Pair:
        return self.trace.placement.window.dilation if self.trace.placement else (1, 1)

    def _spread(self, spot: Spot) -> Pair:
        """Rows and columns from the first to the last sample under a window."""
        (rows, columns), (down, across) = spot.is_padding.shape, self._steps()
        return (rows - 1) * down + 1, (columns - 1) * across + 1

    def _under(self, spot: Spot) -> Iterator[tuple[Pair, Pair]]:
        """The samples under a window: their places in it, and in the grid of the image."""
        top, left = np.subtract(spot.corner, self.first).tolist()
        down, across = self._steps()
        for a, b in np.ndindex(*spot.is_padding.shape):
            yield (a, b), (top + a * down, left + b * across)

    def _result_grid(self, scene: Scene, place: int) -> Grid:
        """The results of a scene, or of one of its channels."""
        spots = [step[place] for step in scene.steps]
        first, last = min(spot.place for spot in spots), max(spot.place for spot in spots)
        is_one = self.is_split or (len(self.shown) == 1 and self.trace.output[2] == 1)
        name = "result" if is_one else scene.name
        name += f" {spots[0].channels[0]}" * self.is_split
        size = last[0] - first[0] + 1, last[1] - first[1] + 1
        return Grid(name, first, size, cell_width(self._texts(np.array([spot.value for spot in spots]))))

    def texts(self, note: str, letters: int) -> tuple[list[str], list[list[str]]]:
        """The lines above the grids, and those below for each step."""
        footers = []
        for number, step in enumerate(self.scene.steps):
            row, column = step[0].place
            lines = [f"row {row}, column {column}: {number + 1} of {len(self.scene.steps)}"]
            for spot in step:
                outcome = sum_lines(spot) if spot.weights is not None else pooled_lines(self.trace, spot)
                lines.append(f"{spot.channels[0]}: " * self.is_split + " ".join(line.strip() for line in outcome))
            footers.append(_wrapped(lines, letters))
        heading = [*_heading(self.trace), note]
        if len(self.channels) < len(self.trace.channels):
            heading.append(f"{len(self.channels)} of {len(self.trace.channels)} channels are shown")
        return _wrapped(heading, letters), footers

    def begin(self, size: Pair) -> Page:
        """What does not move: the image, empty grids, and the results of scenes before."""
        page = Page(np.zeros(size, np.uint8))
        for lane, (image, *_) in enumerate(self.lanes):
            page.cells(image, self.cells[..., lane], self.colours)
        for grid in self.results:
            page.cells(grid, np.full(grid.size, "", object), np.zeros(grid.size, np.uint8))
        for before, scene in enumerate(self.done):
            for step in scene.steps:
                self._fill(page, self.results[before], step[0])
        return page

    def _fill(self, page: Page, grid: Grid, spot: Spot) -> None:
        page.cell(grid, spot.place, number_text(spot.value, self.digits), Colour.FILLED)

    def advance(self, page: Page, number: int) -> Indices:
        """Fill in the results of a step, and return the frame with its windows."""
        steps = self.scene.steps
        grids = self.results if self.is_split else [self.results[self.own]]
        for spot, grid in zip(steps[number], grids, strict=True):
            self._fill(page, grid, spot)
        frame = Page(page.pixels.copy())
        for place, spot in enumerate(steps[number]):
            for k, lane in self._lanes_of(spot):
                self._draw_window(frame, lane, spot, k, steps[number - 1][place] if number else None)
            frame.frame(grids[place].box(spot.place), Colour.RESULT, 4)
        return frame.pixels

    def _draw_window(self, page: Page, lane: int, spot: Spot, k: int, before: Spot | None) -> None:
        """Draw a window over a channel, where it was before, and the products."""
        image, *side = self.lanes[lane]
        for _, (row, column) in self._under(spot):
            colour = Colour.UNDER if self.colours[row, column] == Colour.WHITE else Colour.UNDER_SHADE
            place = self.first[0] + row, self.first[1] + column
            page.cell(image, place, self.cells[row, column, lane], colour)
        if (self.colours == Colour.SHADE).any():
            page.frame(image.box(self.inside[:2], self.inside[2:]), Colour.INK, 2)
        if before is not None:
            page.frame(image.box(before.corner, self._spread(before)), Colour.BEFORE, 2)
        page.frame(image.box(spot.corner, self._spread(spot)), Colour.WINDOW, 4)
        if spot.weights is not None and spot.products is not None:
            page.cells(side[0], self._texts(spot.weights[..., k]), np.zeros(side[0].size, np.uint8))
            products = np.where(spot.is_hole[..., k], "?", self._texts(spot.products[..., k]))
            page.cells(side[1], products, np.full(side[1].size, Colour.UNDER, np.uint8))


def _wrapped(texts: Sequence[str], letters: int) -> list[str]:
    return [*chain(*(wrap(text, letters, subsequent_indent="  ", break_on_hyphens=False) for text in texts))]


def _heading(trace: Trace) -> list[str]:
    """What is done, how the window moves, and what size comes out."""
    words: list[str] = []
    lines, placement = [trace.what], trace.placement
    if placement is not None:
        window, padding = placement.window, placement.padding
        fill = f" filled with {trace.fill}" if padding.widest and trace.fill else ""
        words = [f"padding {padding.brief}{fill}"] if padding.widest or trace.kernel else []
        if trace.kernel:
            words.insert(0, f"stride {brief_text(window.stride)}")
            words += [f"dilation {brief_text(window.dilation)}"] if window.dilation != (1, 1) else []
    depth = 2 if max(trace.input[2], trace.output[2]) == 1 else 3
    lines += [", ".join(words)] if words else []
    lines.append(f"image {pair_text(trace.input[:depth])}, result {pair_text(trace.output[:depth])}")
    return lines
