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
    TALLEST,
    TEXT_LINE,
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
from cnnkit.views.text.grids import number_format
from cnnkit.views.text.trace import pooled_lines, sum_lines

LETTERS = 36
"""Across the narrowest frame."""

DIGITS = ((4, False), (3, False), (2, False), (2, True))
"""Of numbers, and whether all have equal decimals: the first with which a frame can be read on a phone, or the last."""

LANES = (MOST_MAPS, 1)
"""Channels that are shown at most, in the order in which they are tried."""

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


def narrowed(scenes: Sequence[Scene], lanes: int) -> list[Scene]:
    """Scenes of so many channels by themselves: where not all are shown, of the strongest one."""
    spots = [spot for scene in scenes for step in scene.steps for spot in step]
    if all(len(scene.steps[0]) <= lanes for scene in scenes):
        return [*scenes]
    strongest = max(spots, key=lambda spot: abs(spot.value)).feature_map
    return [
        scene._replace(steps=tuple((step[min(strongest, len(step) - 1)],) for step in scene.steps)) for scene in scenes
    ]


class Layout:
    """The frames of scenes before they are drawn: with how many digits, and how large; `note` names the part."""

    def __init__(self, scenes: Sequence[Scene], note: str = "", lanes: int = MOST_MAPS) -> None:
        self.scenes = narrowed(scenes, lanes)
        for form in DIGITS:
            self.films = [_Film(self.scenes, number, form, lanes) for number in range(len(self.scenes))]
            width = max(film.extent[1] for film in self.films)
            if width <= WIDEST:
                break
        width = max(width, LETTERS * LETTER)
        self.texts = [film.texts(note, width // LETTER) for film in self.films]
        heights = [
            film.extent[0] + TEXT_LINE * (len(heading) + max(map(len, footers)))
            for film, (heading, footers) in zip(self.films, self.texts, strict=True)
        ]
        self.size = max(heights) + 2 * MARGIN, width + 2 * MARGIN

    @property
    def is_wide(self) -> bool:
        """Whether numbers cannot be read on a phone."""
        return self.size[1] > WIDEST + 2 * MARGIN

    @property
    def fits(self) -> bool:
        """Whether all of a frame can be seen."""
        return not self.is_wide and self.size[0] <= TALLEST


def animate(layout: Layout) -> Animation:
    """Draw a frame for each step of each scene, with its text directly above and below the grids."""
    frames, (rows, columns) = [], layout.size
    for film, (heading, footers) in zip(layout.films, layout.texts, strict=True):
        page, head = film.begin((film.extent[0], columns)), lines_of(heading, columns)
        for number, lines in enumerate(footers):
            frame = np.concatenate([head, film.advance(page, number), lines_of(lines, columns)])
            frames.append(np.pad(frame, ((MARGIN, rows - MARGIN - len(frame)), (0, 0))))
    ends = [PAUSE_MS if step is scene.steps[-1] else STEP_MS for scene in layout.scenes for step in scene.steps]
    return Animation(frames, PALETTE, ends)


class _Film:
    """The frames of a scene, in which the results of those before it stay."""

    def __init__(self, scenes: Sequence[Scene], number: int, form: tuple[int, bool], lanes: int) -> None:
        self.scene, self.trace = scenes[number], scenes[number].trace
        steps = self.scene.steps
        used = {name for spot in steps[0] for name in spot.channels}
        self.channels = [name for name in self.trace.channels if name in used][:lanes]
        part, spots = self.trace.part, [spot for one in scenes for spot in chain(*one.steps)]
        assert part is not None
        numbers = {"image": [part.samples, *(spot.samples for spot in spots)]}
        numbers["result"] = [np.array([spot.value for spot in spots])]
        for word in ("weights", "products") if self.trace.kernel else ():
            numbers[word] = [getattr(spot, word) for spot in spots]
        flat = {word: np.concatenate([one.ravel() for one in each]) for word, each in numbers.items()}
        self.formats = {word: number_format(each, *form) for word, each in flat.items()}
        self._read_image()
        size, wide = self.cells.shape[:2], cell_width(self.cells)
        images = [Grid(f"image {name}".rstrip(), self.first, size, wide) for name in self.channels]
        sides: list[list[Grid]] = [[] for _ in images]
        self.is_split = len(steps[0]) > 1
        for word, title in (("weights", "kernel"), ("products", "products")) if self.trace.kernel else ():
            across = cell_width(self._texts(word, flat[word]))
            for side in sides[:1] if self.is_split and word == "weights" else sides:  # channels share their kernel
                side.append(Grid(title, (0, 0), steps[0][0].is_padding.shape, across))
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
        owns = [1 + len(side) for side in sides]  # grids of a channel before results
        self.lanes = [row[:own] for row, own in zip(grids, owns, strict=False)]
        rest = [row[own:] for row, own in zip(grids, owns, strict=False)]
        self.results = [*chain(*rest, *grids[len(owns) :])]

    def _texts(self, word: str, numbers: Numbers) -> Texts:
        texts = [self.formats[word](float(one)) for one in numbers.flat]
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
        self.cells[here] = np.where(np.isnan(samples), "?", self._texts("image", samples))
        for spot in spots:
            texts = np.where(spot.is_hole, "?", self._texts("image", spot.samples))
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
        is_each = len(spots[0].channels) == 1
        is_one = self.is_split or (len(self.shown) == 1 and (self.trace.output[2] == 1 or is_each))
        name = f"result {spots[0].channels[0] if is_each else ''}".rstrip() if is_one else scene.name
        size = last[0] - first[0] + 1, last[1] - first[1] + 1
        return Grid(name, first, size, cell_width(self._texts("result", np.array([spot.value for spot in spots]))))

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
        elif len({spot.feature_map for spot in self.trace.spots}) < self.trace.output[2]:
            number = self.scene.steps[0][0].feature_map
            heading.append(f"map {number}, the strongest there, of {self.trace.output[2]}")
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
        page.cell(grid, spot.place, self.formats["result"](spot.value), Colour.FILLED)

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
            if len(side) > 1:
                page.cells(side[0], self._texts("weights", spot.weights[..., k]), np.zeros(side[0].size, np.uint8))
            products = np.where(spot.is_hole[..., k], "?", self._texts("products", spot.products[..., k]))
            page.cells(side[-1], products, np.full(side[-1].size, Colour.UNDER, np.uint8))


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
