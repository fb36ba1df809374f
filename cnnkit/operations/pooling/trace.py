"""What a pooling did, result by result: the samples under a window, and what became of them."""

from __future__ import annotations

import numpy as np

from cnnkit.data.raster import Raster, Samples
from cnnkit.data.trace import MOST_MAPS, MOST_SIDE, LevelsOf, Part, Spot, Trace, channel_names, looked_at
from cnnkit.geometry.look import Look
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.operations.pooling.method import method_text
from cnnkit.operations.pooling.settings import Pooling
from cnnkit.operations.pooling.windows import Bins, Windows
from cnnkit.operations.results import rows_of, strongest

MOST_BINS = 3
"""Windows along an axis of which the samples are told, where they differ in size."""


def pooling_trace(
    settings: Pooling,
    image: Raster,
    result: Raster | None = None,
    look: Look | None = None,
    levels_of: LevelsOf | None = None,
    threads: int | None = None,
) -> Trace:
    """Describe a pooling of an image; with its `result`, what `look` says, sample by sample. As `convolution_trace`."""
    shape, holes = image.shape, settings.holes
    windows = settings.windows(shape[:2])
    has_holes = holes.are_sought and holes.find(image.colour) is not None
    text = f"holes: samples that are {holes.text}, left out; a window of holes alone gives one"
    trace = Trace(
        what=pooling_words(settings),
        input=shape,
        output=(*windows.output, shape[2]),
        channels=channel_names(image.colours, is_colour=image.is_integer),
        kind=settings.kind,
        p=settings.p,
        placement=windows.placement,
        settings=settings.keywords,
        ceil=settings.ceil,
        fill="0" if settings.count_padding else "",
        axes=() if windows.placement else (_ends(windows.rows), _ends(windows.columns)),
        notes=(text,) * holes.are_sought,
        method=method_text(settings, windows, shape, image.dtype, has_holes=has_holes),
    )
    if result is None or look is None:
        return trace
    part = _part(windows, image, look, result)
    shown = part if look.crop else None
    places = look.places_in(windows.output, shown and shown.places)
    if not places:
        everything = range(windows.output[0]), range(windows.output[1])
        inside = looked_at(shown, windows.placement.inside if windows.placement else everything, windows.output)
        places = (strongest(result.bands, inside, result.colours, threads)[0],)
    spots = []
    for values, (row, column) in zip(rows_of(result.bands, [row for row, _ in places]), places, strict=True):
        levels = None if levels_of is None else levels_of(values[None, column : column + 1, : result.colours])[0, 0]
        for channel in range(result.colours)[:MOST_MAPS]:
            level = None if levels is None else int(levels[channel])
            spot = _spot(settings, windows, image, (row, column), channel)
            spot = spot._replace(value=float(values[column, channel]), level=level)
            spots.append(spot.marked(holes.nodata, result.lost is not None and bool(spot.is_hole.any())))
    return trace._replace(spots=tuple(spots), part=part)


def pooling_words(settings: Pooling) -> str:
    """The settings in a line.

    >>> from cnnkit.operations.pooling.settings import read_pooling
    >>> pooling_words(read_pooling(2)), pooling_words(read_pooling("global", kind="average"))
    ('max pooling, window 2x2, stride 2x2', 'average pooling, one window as large as the image')
    """
    kind = f"{settings.kind} pooling" + (f" with p {settings.p:g}" if settings.kind == "lp" else "")
    if window := settings.window:
        apart = f", dilation {pair_text(window.dilation)}" if window.dilation != (1, 1) else ""
        return f"{kind}, window {pair_text(window.size)}, stride {pair_text(window.stride)}{apart}"
    if settings.bins:
        return f"{kind} to {pair_text(settings.bins)}, whatever the size of the image"
    return f"{kind}, one window as large as the image"


def _ends(bins: Bins) -> tuple[tuple[int, int], ...]:
    """The first and last sample of the first windows, and an empty end where there are more."""
    ends = [(first, first + count - 1) for first, count in bins.table.T[: MOST_BINS + 1].tolist()]
    return tuple(ends)


def _spot(settings: Pooling, windows: Windows, image: Raster, place: Pair, channel: int) -> Spot:
    """The samples under a window of one channel, with places of padding where the window has a size of its own."""
    spans = []
    for axis, bins in enumerate(windows.axes):
        first, count = int(bins.firsts[place[axis]]), int(bins.counts[place[axis]])
        if windows.placement:
            window, padding = windows.placement.window, windows.placement.padding
            first = place[axis] * window.stride[axis] - padding[2 * axis]
            count = window.size[axis]
        spans.append(range(first, first + count * bins.step, bins.step))
    samples, is_padding = _under(image, spans[0], spans[1])
    samples, sought = samples[..., channel : channel + 1], settings.holes
    found = sought.find(samples) if sought.are_sought else None
    is_hole = np.zeros(samples.shape, np.bool_) if found is None else found & ~is_padding[..., None]
    samples = np.where(is_hole, samples.dtype.type(0), samples)
    divisor = int(windows.rows.divisors[place[0]] * windows.columns.divisors[place[1]])
    return Spot(
        place=place,
        feature_map=channel,
        channels=(channel_names(image.colours, is_colour=image.is_integer)[channel],),
        corner=(spans[0].start, spans[1].start),
        samples=samples,
        is_padding=is_padding,
        is_hole=is_hole,
        weights=None,
        value=0.0,
        divisor=divisor - int(is_hole.sum()),
    )


def _under(image: Raster, rows: range, columns: range) -> tuple[Samples, Samples]:
    """The samples in these places, 0 outside of the image, and which are outside."""
    size = image.shape[:2]
    inside = [np.array([0 <= one < size[axis] for one in places]) for axis, places in enumerate((rows, columns))]
    down = [min(max(one, 0), size[0] - 1) for one in rows]
    across = [min(max(one, 0), size[1] - 1) for one in columns]
    samples = rows_of(image.bands, down)[:, across]
    is_padding = ~np.logical_and.outer(*inside)
    samples[is_padding] = 0
    return samples, is_padding


def _part(windows: Windows, image: Raster, look: Look, result: Raster) -> Part | None:
    """The part that is looked at, or all of a small image; None of a large one."""
    size = image.shape[:2]
    if look.crop is None and max(size) > MOST_SIDE:
        return None
    crop = look.within((size[0], size[1]))
    spans, chosen = [], []
    for axis, (begin, length) in enumerate(((crop.row, crop.rows), (crop.column, crop.columns))):
        bins, low, high = windows.axes[axis], begin, begin + length
        if windows.placement and max(windows.placement.padded) <= 2 * MOST_SIDE:
            before, after = windows.placement.padding[2 * axis : 2 * axis + 2]
            low, high = low - before * (low == 0), high + after * (high == size[axis])
        lasts = bins.firsts + (bins.counts - 1) * bins.step
        within = np.flatnonzero((bins.counts == 0) | ((bins.firsts >= begin) & (lasts < begin + length)))
        spans.append(range(low, high))
        chosen.append(within)
    samples, is_padding = _under(image, spans[0], spans[1])
    results = rows_of(result.bands, chosen[0].tolist())[:, chosen[1], : result.colours]
    first = tuple(int(one[0]) if len(one) else 0 for one in chosen)
    return Part(
        (spans[0].start, spans[1].start), samples[..., : image.colours], is_padding, (first[0], first[1]), results
    )
