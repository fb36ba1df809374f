"""A run step by step, each step a screen of text: the window over the image, weights, products, the results so far.

A `Film` lays all steps of a `Trace` out alike, so that nothing moves but the window. It computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from cnnkit.data.trace import Numbers, Spot, Trace
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.views.text.grids import number_format, wrapped
from cnnkit.views.text.trace import MOST_COLUMNS, map_name, pooled_lines, spot_title, sum_lines

ROOM = (23, MOST_COLUMNS)
"""Lines and columns of a terminal of 80x24, whose last line is for the keys."""

Span = tuple[str, str]
"""Text and its style: title, window, mark (the sample that a pooling takes), padding, result, or none."""

Line = list[Span]
Block = list[Line]


class Detail(NamedTuple):
    """How much is shown at once."""

    digits: int = 4
    channels: int = 4
    is_tight: bool = False  # whether one blank stands between numbers, and not two
    side: int = 0  # 0: windows over their surroundings; else by themselves, the middle of so many rows and columns


class Film:
    """All steps of a trace, map by map, row by row: one for each of its spots, which form a rectangle of results.

    `why` says why this rectangle is shown, where it is not all of the results.
    """

    def __init__(self, trace: Trace, detail: Detail, why: str = "", room: Pair = ROOM) -> None:
        self.trace, self.detail, self.room = trace, detail, room
        self.spots = sorted(trace.spots, key=lambda spot: (spot.feature_map, spot.place))
        rows, columns = ([spot.place[axis] for spot in self.spots] for axis in (0, 1))
        self._rows, self._columns = range(min(rows), max(rows) + 1), range(min(columns), max(columns) + 1)
        self.results = len(self._rows), len(self._columns)
        self._notes, self._tops = self._note_lines(why), dict[int, int]()
        self._box = self._surroundings()
        self.lines, self.columns = len(self._box[0]), 2 * len(self._box[1])  # at least
        if detail.side or self.fits:
            self._lay_out()

    @property
    def fits(self) -> bool:
        """Whether every step has its room."""
        return self.lines <= self.room[0] and self.columns <= self.room[1]

    def top(self, width: int = MOST_COLUMNS) -> int:
        """Lines above the grids, with a blank one."""
        if width not in self._tops:
            self._tops[width] = 1 + max(len(self._head(step, width)) for step in range(len(self.spots)))
        return self._tops[width]

    def frame(self, step: int, width: int = MOST_COLUMNS, top: int = 0) -> list[Line]:
        """The lines of a step, counted from 0, whose text is wrapped; the grids begin below `top` lines or more."""
        lines = self._head(step, width)
        lines += [[]] * (max(top, self.top(width)) - len(lines))
        for band in self._bands(step)[self._choice]:
            lines += [*_beside(band), []]
        return lines + [[(text, "")] for line in self._feet[step] for text in wrapped(line, width)]

    def _head(self, step: int, width: int) -> list[Line]:
        texts = [(self.trace.what, "title"), (self._titles[step], ""), *((note, "") for note in self._notes)]
        return [[(line, style)] for text, style in texts for line in wrapped(text, width)]

    def _note_lines(self, why: str) -> list[str]:
        """What of the run is not shown."""
        trace, depth, notes = self.trace, len(self.spots[0].channels), []
        if self.results != trace.output[:2]:
            rows, columns = (f"{span[0]} to {span[-1]}" for span in (self._rows, self._columns))
            notes.append(f"only rows {rows}, columns {columns} of {pair_text(trace.output[:2])}, {why}")
        maps = sorted({spot.feature_map for spot in self.spots})
        if len(maps) < trace.output[2]:
            shown = f"maps 0 to {maps[-1]}" if len(maps) > 1 else f"map {maps[0]}, the strongest there,"
            notes.append(f"{shown} of {trace.output[2]}")
        if self.detail.channels < depth:
            notes.append(f"{self.detail.channels} of {depth} channels are shown; the sum is over all")
        return notes

    def _surroundings(self) -> tuple[range, range]:
        """Rows and columns of the image under all windows; with all results, the rest of it and its padding too."""
        under, part = [_under(self.trace, spot) for spot in self.spots], self.trace.part
        if part is not None and self.results == self.trace.output[:2]:
            (top, left), (rows, columns) = part.corner, part.is_padding.shape
            under.append((range(top, top + rows), range(left, left + columns)))
        down, across = (range(min(one[a][0] for one in under), max(one[a][-1] for one in under) + 1) for a in (0, 1))
        return down, across

    def _lay_out(self) -> None:
        """Find the widths that hold for every step, and the first arrangement that has room."""
        trace, spots, depth = self.trace, self.spots, self.detail.channels
        grids = {"image": [spot.samples for spot in spots], "result": [np.array([[[spot.value]]]) for spot in spots]}
        grids["image"] += [trace.part.samples] if trace.part is not None and not self.detail.side else []
        for word, numbers in [(word, one) for spot in spots for word, one in _tables(spot).items()]:
            grids.setdefault(word, []).append(numbers[..., :depth])
        self._formats = {
            word: number_format(np.concatenate([self._shown(one).ravel() for one in each]), self.detail.digits)
            for word, each in grids.items()
        }
        self._cells = self._canvas()
        self._values = {(spot.feature_map, spot.place): self._text("result", spot.value) for spot in spots}
        found = {"image": [[[*self._cells.values()]]], "result": [[[(text, "") for text in self._values.values()]]]}
        for word in grids.keys() - found:
            found[word] = [self._numbers(word, one[..., c]) for one in grids[word] for c in range(one.shape[2])]
        least = len("...") if self.detail.side else 1
        self._widths = {
            word: max(least, *(len(text) for rows in tables for row in rows for text, _ in row))
            for word, tables in found.items()
        }
        self._titles = [f"{n} of {len(spots)}: {spot_title(trace, spot)}" for n, spot in enumerate(spots, 1)]
        self._feet = [
            [*(sum_lines(spot) if spot.weights is not None else pooled_lines(trace, spot)), *filter(None, [spot.end])]
            for spot in spots
        ]
        for choice in range(len(self._bands(0))):
            self._choice = choice
            frame = self.frame(0)
            feet = [sum(len(wrapped(line, MOST_COLUMNS)) for line in lines) for lines in self._feet]
            self.lines = len(frame) + max(feet) - feet[0]
            self.columns = max(map(_width, frame))
            if self.fits:
                return

    def _canvas(self) -> dict[tuple[str, int, int], Span]:
        """The samples of the image and its padding that are shown, by channel, row and column."""
        trace, part, side, cells = self.trace, self.trace.part, self.detail.side, dict[tuple[str, int, int], Span]()
        known = [(spot.corner, _steps(trace), spot.samples, spot.is_padding, spot.channels) for spot in self.spots]
        if part is not None and not side:
            known.insert(0, (part.corner, (1, 1), part.samples, part.is_padding, trace.channels))
        for (top, left), step, samples, is_padding, channels in known:
            for i, j in product(*(_middle(count, side) for count in is_padding.shape)):
                y, x = top + i * step[0], left + j * step[1]
                if min(i, j) >= 0 and y in self._box[0] and x in self._box[1]:
                    for c, name in enumerate(channels):
                        text = "?" if np.isnan(samples[i, j, c]) else self._text("image", samples[i, j, c])
                        padding = (text if trace.fill else ".", "padding")
                        cells.setdefault((name, y, x), padding if is_padding[i, j] else (text, ""))
        return cells

    def _text(self, word: str, value: float) -> str:
        return self._formats[word](float(value)) if np.isfinite(value) else str(value)

    def _shown(self, numbers: Numbers) -> Numbers:
        for axis in (0, 1) if self.detail.side else ():
            numbers = numbers.take([i for i in _middle(numbers.shape[axis], self.detail.side) if i >= 0], axis)
        return numbers

    def _numbers(self, word: str, numbers: Numbers) -> list[Line]:
        """What is shown of a grid."""
        rows, columns = (_middle(count, self.detail.side) for count in numbers.shape)
        return [[(self._text(word, numbers[i, j]) if min(i, j) >= 0 else "...", "") for j in columns] for i in rows]

    def _bands(self, step: int) -> list[list[list[Block]]]:
        """Ways to arrange a step: blocks side by side, in one band or in two, one below the other."""
        spot, name = self.spots[step], map_name(self.trace, self.spots[step].feature_map, self.trace.output[2])
        names, tables, blocks = spot.channels[: self.detail.channels], _tables(spot), list[Block]()
        images = [self._block("image", one, self._image(spot, one)) for one in names]
        for c, one in enumerate(names if tables else ()):
            pair = [self._block(word, one, self._numbers(word, numbers[..., c])) for word, numbers in tables.items()]
            blocks += pair if len(names) == 1 else [[*pair[0], [], *pair[1]]]
        result = self._block("result", name, self._results(spot))
        below = [blocks] if blocks else []
        return [[[*images, *blocks, result]], [[*images, result], *below], [images, [*blocks, result]]]

    def _image(self, spot: Spot, name: str) -> list[Line]:
        """The window over its surroundings, or by itself."""
        down, across = _under(self.trace, spot)
        mark = _mark(self.trace, spot)
        shown: list[Sequence[int | None]] = [*self._box]
        if self.detail.side:
            shown = [[None if i < 0 else one[i] for i in _middle(len(one), self.detail.side)] for one in (down, across)]
        rows = []
        for y in shown[0]:
            line = []
            for x in shown[1]:
                text, style = ("...", "") if y is None or x is None else self._cells.get((name, y, x), ("", ""))
                style = "window" if y in down and x in across else style
                line.append((text, "mark" if (y, x) == mark else style))
            rows.append(line)
        return rows

    def _results(self, spot: Spot) -> list[Line]:
        """What is there after a step."""
        rows = []
        for place_row in self._rows:
            places = [(place_row, column) for column in self._columns]
            texts = [self._values[spot.feature_map, place] if place <= spot.place else "." for place in places]
            styles = ["result" if place == spot.place else "" for place in places]
            rows.append([*zip(texts, styles, strict=True)])
        return rows

    def _block(self, word: str, name: str, rows: Sequence[Line]) -> Block:
        width, end = self._widths[word], "" if self.detail.is_tight else " "
        title = f" {word} {name}" if word == "result" else f" {name} {word}" if name else f" {word}"
        return [
            [(title.rstrip(), "title")],
            *([(f" {text:>{width}}{end}", style) for text, style in row] for row in rows),
        ]


def _tables(spot: Spot) -> dict[str, Numbers]:
    if spot.weights is None or spot.products is None:
        return {}
    return {"weights": spot.weights, "products": spot.products}


def _steps(trace: Trace) -> Pair:
    return (1, 1) if trace.placement is None else trace.placement.window.dilation


def _under(trace: Trace, spot: Spot) -> tuple[range, range]:
    """Rows and columns of the image whose samples a window holds."""
    down, across = (
        range(first, first + count * step, step)
        for first, count, step in zip(spot.corner, spot.is_padding.shape, _steps(trace), strict=True)
    )
    return down, across


def _mark(trace: Trace, spot: Spot) -> Pair | None:
    """Row and column of the sample that a result is, where a pooling takes one."""
    found = (spot.samples[..., 0] == spot.value) & ~spot.is_padding & ~spot.is_hole[..., 0]
    if trace.kind not in ("max", "min", "median") or not found.any():
        return None
    (down, across), place = _under(trace, spot), int(found.argmax())
    return down[place // found.shape[1]], across[place % found.shape[1]]


def _middle(count: int, most: int) -> list[int]:
    """The places of so many that are shown, those in the middle, and -1 for what is left out at both ends.

    >>> _middle(3, 5), _middle(9, 5), _middle(6, 0)
    ([0, 1, 2], [-1, 3, 4, 5, -1], [0, 1, 2, 3, 4, 5])
    """
    if not most or count <= most:
        return list(range(count))
    first = (count - most) // 2 + 1
    return [-1, *range(first, first + most - 2), -1]


def _width(line: Line) -> int:
    return sum(len(text) for text, _ in line)


def _beside(blocks: Sequence[Block]) -> Block:
    """Blocks side by side, each as wide in every line."""
    lines: Block = [[] for _ in range(max(map(len, blocks)))]
    for block in blocks:
        width = max(map(_width, block)) + 2
        for line, more in zip(lines, [*block, *[Line()] * (len(lines) - len(block))], strict=True):
            line += [*more, (" " * (width - _width(more)), "")]
    return [line[:-1] for line in lines]
