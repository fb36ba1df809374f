"""Which steps of a run are played: as many results as the terminal has room for, around the strongest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from cnnkit.data.raster import Raster
from cnnkit.data.trace import MOST_MAPS, LevelsOf, Trace
from cnnkit.errors import SizeError
from cnnkit.geometry.look import Crop, Look
from cnnkit.geometry.pair import Pair
from cnnkit.views.text.grids import number_text
from cnnkit.views.text.play import ROOM, Detail, Film

Describe = Callable[[Raster | None, Look | None, LevelsOf | None], Trace]

DETAILS = [Detail(4), Detail(4, is_tight=True), Detail(3, is_tight=True)]

MOST_RESULTS = (12, 20)
"""Rows and columns of results with which the search for what fits begins: more would last too long."""

FEWEST_RESULTS = 4
"""With fewer on their image one sees no motion: windows are shown by themselves then, with more results."""

BY_THEMSELVES = [((3, 5), 7), ((3, 5), 5), ((2, 4), 4), ((1, 3), 3), ((1, 1), 3)]
"""Rows and columns of results, and most of those of their windows that are shown."""


def films(describe: Describe, values: Raster, look: Look, levels_of: LevelsOf | None, room: Pair = ROOM) -> list[Film]:
    """The largest film that has room, of results `values`, or one for each result that became a part of them.

    `room` is lines and columns. It is around `--at`, in `--crop`, or around the strongest.
    """
    why = "around --at" if look.places else "in --crop" if look.crop else "around the strongest result"
    for trace, channels, samples in _candidates(describe, values, look, levels_of, room):
        traces = [one.trace for one in trace.joined] or [trace]
        for count, detail in product(channels, DETAILS):
            made = [Film(one, detail._replace(channels=count, side=samples), why, room) for one in traces]
            if all(one.fits for one in made):
                return made
    return made


def _candidates(
    describe: Describe, values: Raster, look: Look, levels_of: LevelsOf | None, room: Pair
) -> Iterator[tuple[Trace, range, int]]:
    """Fewer and fewer results, the channels that may be shown, and the rows and columns of windows by themselves."""
    seen = describe(values, look._replace(places=look.places[:1], is_all=False), levels_of)
    bounds, depth = [range(seen.output[0]), range(seen.output[1])], len(seen.spots[0].channels)
    if look.crop is not None and seen.part is not None:
        if not seen.part.results.size:
            raise SizeError("--crop: no window lies in it", hint="use a larger part, or leave --crop out")
        bounds = [*seen.part.places]
    row, column = (min(max(one, span[0]), span[-1]) for one, span in zip(seen.spots[0].place, bounds, strict=True))

    def around(most: Pair) -> list[range]:
        spans = []
        for span, middle, count in zip(bounds, (row, column), most, strict=True):
            first = max(min(middle - count // 2, span[-1] + 1 - count), span[0])
            spans.append(range(first, min(first + count, span[-1] + 1)))
        return spans

    def traced(spans: list[range]) -> Trace:
        places = dict.fromkeys([(row, column), *product(spans[0], spans[1])])  # the first decides on the map
        return describe(values, Look(tuple(places), crop=_crop(seen, spans)), levels_of)

    rows, columns = (min(most, len(span)) for most, span in zip(MOST_RESULTS, bounds, strict=True))
    fewest = min(FEWEST_RESULTS, rows * columns)
    channels = depth if depth <= MOST_MAPS else MOST_MAPS - 1
    while rows * columns >= fewest:
        spans = around((rows, columns))
        if _may_fit(seen, spans, channels, room):
            yield traced(spans), range(channels, channels + 1), 0
        rows, columns = (rows * 4 // 5, columns) if rows > columns else (rows, columns * 4 // 5)
    for few, samples in BY_THEMSELVES:
        yield traced(around(few)), range(min(depth, MOST_MAPS), 0, -1), samples


def _may_fit(trace: Trace, results: list[range], channels: int, room: Pair) -> bool:
    """Whether results and their windows could fit: a quick look at the numbers of the strongest alone."""
    crop, spot, (rows, columns) = _crop(trace, results), trace.spots[0], map(len, results)
    if crop is None:
        return True
    cell = max(len(number_text(float(value), DETAILS[-1].digits)) for value in spot.samples.ravel()[: room[1]])
    image = channels * crop.columns * (cell + 1)
    result = columns * (len(number_text(spot.value, DETAILS[-1].digits)) + 1)
    below = rows + 2 if image + result > room[1] else 0
    return max(image, result) <= room[1] and crop.rows + 6 + below <= room[0]


def _crop(trace: Trace, results: list[range]) -> Crop | None:
    """The part of the image under the windows of some results, without padding."""
    if trace.placement is None:
        return None
    window, padding, ends = trace.placement.window, trace.placement.padding, []
    for axis, span in enumerate(results):
        first = span[0] * window.stride[axis] - padding[2 * axis]
        last = span[-1] * window.stride[axis] - padding[2 * axis] + window.reach[axis]
        begin = min(max(first, 0), trace.input[axis] - 1)
        ends.append((begin, max(min(last, trace.input[axis]) - begin, 1)))
    (row, rows), (column, columns) = ends
    return Crop(row, column, rows, columns)
