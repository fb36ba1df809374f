"""The figure of a run: the input, each kernel with its weights, and each result with a scale of its own.

Images stand beside their results; small grids have their numbers in them. Sounds stand above their results, seconds
above seconds: time runs to the right and frequency upwards, in kernels too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, NamedTuple

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.data.raster import Raster, Samples, SoundOrigin
from cnnkit.data.trace import MOST_MAPS, MOST_SIDE, Mask, Seen, Trace
from cnnkit.geometry.pair import brief_text, counted, pair_text
from cnnkit.views.figures.canvas import encoded
from cnnkit.views.figures.kernels import kernel_maps, kernel_strip
from cnnkit.views.figures.maps import (
    BAR_ROOM,
    GAP,
    MARGIN,
    WIDTH,
    Cells,
    Extremes,
    Map,
    Row,
    Size,
    cells_of,
    extent_text,
    figure_of,
    fitted,
    number_texts,
    some_lines,
)
from cnnkit.views.figures.sounds import SoundAxes
from cnnkit.views.figures.windows import (
    FIRST,
    FIRST_RESULT,
    first_frames,
    frames_of,
    middle_windows,
    singles,
    windows_along,
)

TALLEST, KERNEL, LARGEST_CELL = 3.4, 1.15, 0.42
NARROWEST = 1.3  # of a grid with a title
SOUND_HEIGHT, SOUND_LEFT = 1.6, 0.55
"""All in inches."""

MOST_DRAWN = 64
"""Results, or maps of them."""

FEW_MAPS, FEW_ACROSS, MOST_ACROSS = 16, 4, 6
"""Up to so many maps, there are the second number of them side by side, and otherwise the third."""

MOST_WINDOWS = 32
"""Windows along an axis that are drawn over a whole image."""


class _Item(NamedTuple):
    """A result, or one map of a result of a kernel for each map."""

    seen: Seen
    name: str
    values: Raster  # as it is drawn: of a sound, time runs to the right and frequency up
    is_signed: bool
    inside: tuple[range, range] | None  # the rows and columns of results that see no padding
    weights: Floats | None = None  # (rows, columns, channels), drawn likewise
    channels: tuple[str, ...] = ("",)  # what the grids of the kernel are for


def draw_run(title: str, image: Raster, seen: Sequence[Seen], file_type: str, note: str) -> Callable[[BinaryIO], None]:
    """Draw an image, called `title`, and what became of it; return a function that writes the figure, as `encoded`."""
    return encoded(lambda: figure_of(_rows(title, image, seen)), file_type, note)


def draw_result(title: str, image: Raster, one: Seen, file_type: str, note: str) -> Callable[[BinaryIO], None]:
    """Draw what became of a sound alone, on the axes of the sound; as `draw_run`."""
    return encoded(lambda: figure_of(_result_rows(title, image, one)), file_type, note)


def _result_rows(title: str, image: Raster, one: Seen) -> list[Row]:
    run, size = _Run(title, image), (WIDTH - 2 * MARGIN - SOUND_LEFT - BAR_ROOM, 2 * SOUND_HEIGHT)
    run.input_cells(size)
    axes, (item, *_) = SoundAxes(image.sound, image.shape), _items(one, image)  # type: ignore[arg-type]
    drawn = run.cells(item.values, size, item)
    lines = run.result_lines(item._replace(name=f"{title}: {item.name}"), drawn)
    return [[(MARGIN + SOUND_LEFT, [axes.map_of(item.values, one.trace, drawn, lines, size)])]]


def _rows(title: str, image: Raster, seen: Sequence[Seen]) -> list[Row]:
    """All that is drawn, from above."""
    items = [item for one in seen for item in _items(one, image)]
    run, drawn = _Run(title, image), items[:MOST_DRAWN]
    if image.sound is not None:
        rows = run.sound_rows(image.sound, drawn)
    elif _is_small(image):
        rows = run.grid_rows(drawn)
    elif len(items) > len(seen):
        rows = run.sheet_rows(drawn)
    else:
        rows = run.image_rows(drawn)
    if more := len(items) - len(drawn):
        rows.append([(MARGIN, [Map((f"not drawn: {counted(more, 'more result')}",))])])
    return rows


def _items(one: Seen, image: Raster) -> Iterator[_Item]:
    kernel, placement, is_turned = one.trace.kernel, one.trace.placement, _is_turned(image)
    inside = placement.inside if placement else None
    if inside and placement and is_turned:
        first, last = (placement.output[1] - end for end in (inside[1].stop, inside[1].start))
        inside = range(first, last), inside[0]
    item = _Item(one, one.name, _as_drawn(replace(one.values, sound=image.sound)), one.is_signed, inside)
    if kernel is None:
        yield item
        return
    weights = kernel.weights if kernel.weights.ndim > 2 else kernel.weights[..., None]
    weights = weights.swapaxes(0, 1)[::-1] if is_turned else weights
    depth, names = weights.shape[2], one.trace.channels
    if len(names) != depth:
        names = tuple(f"channel {channel}" for channel in range(depth)) if depth > 1 else ("",)
    if weights.ndim == 3:
        yield item._replace(weights=weights, channels=names)
        return
    maps = weights.shape[3]
    words = kernel.name.split("+") if kernel.name.count("+") == maps - 1 else [""] * maps
    for number, word in enumerate(words):
        one_map, grids = Raster(item.values.samples[..., number : number + 1]), weights[..., number]
        name = f"map {number}" + f": {word}" * bool(word)
        is_signed = bool((grids < 0).any())
        yield _Item(one, name if maps > 1 else one.name, one_map, is_signed, inside, grids, names)


def _is_small(image: Raster) -> bool:
    """Whether all its numbers are written out."""
    return max(image.shape[:2]) <= MOST_SIDE and image.colours <= MOST_MAPS


def _is_turned(image: Raster) -> bool:
    """Whether time runs down its rows: it is drawn with time to the right and frequency up."""
    return image.sound is not None and image.sound.features != "waveform"


def _as_drawn(image: Raster) -> Raster:
    return replace(image, source=image.samples.swapaxes(0, 1)[::-1]) if _is_turned(image) else image


class _Run:
    """What is drawn of one input."""

    def __init__(self, title: str, image: Raster) -> None:
        self.title, self.image = title, image
        self.scale: Extremes | None = (0.0, image.full_scale) if image.is_integer else None
        self.is_colour = image.is_integer and image.colours == 3
        self.is_noteless = _is_small(image) or (image.sound is not None and not _is_turned(image))  # all is drawn

    def cells(self, image: Raster, size: Size, item: _Item | None = None) -> Cells:
        """What is drawn of the input, of a part of it, or of a result."""
        is_colour = self.is_colour and image.colours == 3
        is_signed, inside = (False, None) if item is None else (item.is_signed, item.inside)
        cells = cells_of(image, size, self.scale, is_colour=is_colour, is_signed=is_signed, inside=inside)
        return cells._replace(note="") if self.is_noteless else cells

    def input_cells(self, size: Size) -> Cells:
        """The input, whose scale is that of results that lie within it."""
        cells = self.cells(_as_drawn(self.image), size)
        self.scale = self.scale or (cells.low, cells.high)
        return cells

    def input_lines(self, cells: Cells, unit: str = "") -> tuple[str, ...]:
        image = self.image
        channels = {1: "grey", 3: "R, G, B"}.get(image.colours) if image.is_integer else ""
        kind = image.sound.features if image.sound else channels or counted(image.colours, "channel")
        kind += " and alpha" * image.has_alpha
        return some_lines(
            self.title, f"input: {pair_text(image.shape)}, {kind}", f"{extent_text(cells)} {unit}".rstrip(), cells.note
        )

    def result_lines(self, item: _Item, cells: Cells) -> tuple[str, ...]:
        trace = item.seen.trace
        shape = pair_text((*trace.output[:2], item.values.shape[2]))
        is_other = cells.values.ndim == 3 and (cells.extend, cells.low, cells.high) != ("neither", *(self.scale or ()))
        clipped = f", drawn from {cells.low:g} to {cells.high:g}" * is_other
        return some_lines(item.name, _settings(trace), f"{shape}, {extent_text(cells)}{clipped}", cells.note)

    def image_rows(self, items: Sequence[_Item]) -> list[Row]:
        """The input, and a row for each result with its kernel, or its windows."""
        has_kernel = any(item.weights is not None for item in items)
        width = (WIDTH - 2 * MARGIN - BAR_ROOM - (KERNEL + 2 * GAP if has_kernel else GAP)) / 2
        second = WIDTH - MARGIN - BAR_ROOM - width
        size = fitted(self.image.shape[:2], (width, TALLEST))
        cells = self.input_cells(size)
        image = Map(self.input_lines(cells), size, cells)
        rows: list[Row] = []
        for number, item in enumerate(items):
            drawn = self.cells(item.values, size, item)
            result = Map(self.result_lines(item, drawn), size, drawn, has_bar=True)
            if item.weights is None:
                rows += self.pooled_rows(item, image, result, second)
                continue
            kernel = MARGIN + width + GAP, _kernel(item, KERNEL)
            rows.append([*([(MARGIN, [image])] if number == 0 else []), kernel, (second, [result])])
        return rows

    def pooled_rows(self, item: _Item, image: Map, result: Map, second: float) -> list[Row]:
        """An image and its result with the windows over both, or over a part of both where there are too many."""
        trace, size = item.seen.trace, image.size
        if trace.kind == "convolution":  # results of several kernels that became one
            return [[(second, [result])]]
        windows = windows_along(trace, 0), windows_along(trace, 1)
        if max(trace.output[:2]) <= MOST_WINDOWS:
            framed = image._replace(frames=frames_of(*windows)), result._replace(frames=FIRST_RESULT)
            return [[(MARGIN, [framed[0]]), (second, [framed[1]])]]
        if trace.placement is None:
            return [[(MARGIN, [image]), (second, [result])]]
        chosen = [middle_windows(trace, axis) for axis in (0, 1)]
        under = [[one[i] for i in which] for one, which in zip(windows, chosen, strict=True)]
        row, zoomed = [], []
        is_colour = self.is_colour and item.values.colours == 3
        near = self.scale if is_colour else None  # grey parts have a scale of their own
        for whole, samples, spans in ((image, self.image, under), (result, item.values, [*map(singles, chosen)])):
            top, left = (axis[0][0] for axis in spans)
            bottom, right = (sum(axis[-1]) for axis in spans)
            row.append(whole._replace(frames=[(top, left, bottom - top, right - left, FIRST)]))
            part = replace(samples, source=samples.samples[top:bottom, left:right])
            cells = cells_of(part, size, near, is_colour=is_colour)
            near = near or (cells.low, cells.high)
            lines = f"framed: rows {top} to {bottom - 1}, columns {left} to {right - 1}", extent_text(cells)
            texts = number_texts(part.samples[..., 0]) if part.shape[2] == 1 else None
            shifted = [
                [(first - start, count) for first, count in one] for start, one in zip((top, left), spans, strict=True)
            ]
            frames = frames_of(*shifted) if whole is image else FIRST_RESULT
            fits = fitted(part.shape[:2], (size[0], TALLEST))
            zoomed.append(Map(lines, fits, cells, texts, frames=frames))
        return [[(x, [one]) for x, one in zip((MARGIN, second), maps, strict=True)] for maps in (row, zoomed)]

    def sheet_rows(self, items: Sequence[_Item]) -> list[Row]:
        """The input, and below it each map under its kernel."""
        across = FEW_ACROSS if len(items) <= FEW_MAPS else MOST_ACROSS
        step = (WIDTH - 2 * MARGIN + GAP) / across
        size = fitted(self.image.shape[:2], (step - GAP, TALLEST))
        large = fitted(self.image.shape[:2], (2 * step - GAP, TALLEST))
        cells = self.input_cells(large)
        one = items[0].seen
        about = one.name, _settings(one.trace), f"{pair_text(one.trace.output)}: {counted(one.trace.output[2], 'map')}"
        image = Map(self.input_lines(cells), large, cells)
        rows: list[Row] = [[(MARGIN, [image]), (MARGIN + large[0] + 2 * GAP, [Map(about)])]]
        for number, item in enumerate(items):
            if number % across == 0:
                rows.append([])
            drawn = self.cells(item.values, size, item)
            lines = item.name, extent_text(drawn)
            weights = np.zeros((1, 1, 1)) if item.weights is None else item.weights
            maps = [kernel_strip(weights), Map((), size, drawn)]
            rows[-1].append((MARGIN + number % across * step, [maps[0]._replace(lines=lines), maps[1]]))
        if places := len(items) % across:
            rows[-1].append((MARGIN + places * step, [Map(())]))  # no title takes more than its place
        return rows

    def grid_rows(self, items: Sequence[_Item]) -> list[Row]:
        """Numbers: the image with its padding, the kernel and the result side by side."""
        rows: list[Row] = []
        before: object = None
        for item in items:
            trace, part = item.seen.trace, item.seen.trace.part
            samples, is_padding, corner = self.image.colour, np.zeros(self.image.shape[:2], np.bool_), (0, 0)
            if part is not None and np.sum(~part.is_padding) == is_padding.size:
                samples, is_padding, corner = part.samples, part.is_padding, part.corner
            wide = samples.shape[1], 0 if item.weights is None else item.weights.shape[1], item.values.shape[1]
            cell = min(LARGEST_CELL, (WIDTH - 2 * MARGIN - 4 * GAP - KERNEL) / sum(wide))
            frames = first_frames(trace, corner)
            row: Row = []
            if before != (before := (corner, is_padding.shape)):
                lines = self.input_lines(self.input_cells((1, 1)))
                blank = is_padding & (not trace.fill)
                maps = self.grids(samples, cell, lines, trace.channels, blank=blank)
                row.append((MARGIN, [one._replace(is_padding=is_padding, frames=frames[:1]) for one in maps]))
            x = MARGIN + max(NARROWEST, wide[0] * cell) + 2 * GAP
            if item.weights is not None:
                row.append((x, _kernel(item, WIDTH, cell)))
                x += max(KERNEL, wide[1] * cell) + 2 * GAP
            values = item.values.colour
            lines = self.result_lines(item, self.cells(item.values, (1, 1), item))
            maps = self.grids(values, cell, lines, trace.channels, is_signed=item.is_signed)
            row.append((x, [one._replace(frames=frames[1:]) for one in maps]))
            rows.append(row)
        return rows

    def grids(
        self,
        samples: Samples,
        cell: float,
        lines: tuple[str, ...],
        names: Sequence[str],
        *,
        is_signed: bool = False,
        blank: Mask | None = None,
    ) -> list[Map]:
        """A map with its numbers for each channel, without those that are `blank`."""
        size = samples.shape[1] * cell, samples.shape[0] * cell
        maps = []
        for channel in range(samples.shape[2]):
            alone = samples[..., channel : channel + 1]
            cells = cells_of(Raster(alone), size, self.scale, is_signed=is_signed)
            heading = [*(() if channel else lines), names[channel] if len(names) == samples.shape[2] else ""]
            texts = number_texts(alone[..., 0])
            maps.append(Map(some_lines(*heading), size, cells, texts if blank is None else np.where(blank, "", texts)))
        return maps

    def sound_rows(self, sound: SoundOrigin, items: Sequence[_Item]) -> list[Row]:
        """The sound, and below it each result beside its kernel."""
        axes = SoundAxes(sound, self.image.shape)
        x = MARGIN + SOUND_LEFT + (KERNEL + GAP) * any(item.weights is not None for item in items)
        size = WIDTH - MARGIN - BAR_ROOM - x, SOUND_HEIGHT
        cells = self.input_cells(size)
        lines = self.input_lines(cells, axes.columns.value if axes.columns else "")
        rows: list[Row] = [[(x, [axes.map_of(self.image, None, cells, lines, size)])]]
        for item in items:
            drawn = self.cells(item.values, size, item)
            result = axes.map_of(item.values, item.seen.trace, drawn, self.result_lines(item, drawn), size)
            rows.append([*([(MARGIN, _kernel(item, KERNEL))] if item.weights is not None else []), (x, [result])])
        return rows


def _kernel(item: _Item, width: float, largest: float = LARGEST_CELL) -> list[Map]:
    """The kernel of a result, in cells that are not too large; none of a pooling."""
    kernel, placement = item.seen.trace.kernel, item.seen.trace.placement
    if kernel is None or item.weights is None:
        return []
    about = [kernel.name, f"kernel {pair_text(kernel.weights.shape[: 2 + (item.weights.shape[2] > 1)])}"]
    if placement is not None and placement.window.dilation != (1, 1):
        about += [f"dilation {brief_text(placement.window.dilation)}"]
    return kernel_maps(item.weights, item.channels, about, (min(width, largest * item.weights.shape[1]), TALLEST))


def _settings(trace: Trace) -> str:
    """How windows were laid over the image, or what was pooled."""
    settings = [trace.what] if trace.kernel is None else []
    if trace.placement is not None:
        stride, padding = trace.placement.window.stride, trace.placement.padding
        settings += [f"stride {brief_text(stride)}"] * (trace.kernel is not None)
        fill = {"": "", "0": " of zeros"}.get(trace.fill, f", {trace.fill}") if padding.widest else ""
        settings += [f"padding {padding.brief}{fill}"]
    return ", ".join(settings)
