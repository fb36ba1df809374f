"""What a convolution did, result by result: the samples under a window, the weights, their products, the sum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnkit.arrays import Integers
from cnnkit.data.luminance import grey
from cnnkit.data.raster import MIN_OPACITY, Raster, Samples
from cnnkit.data.trace import MOST_MAPS, MOST_SIDE, LevelsOf, Part, Seen, Spot, Trace, channel_names, looked_at
from cnnkit.geometry.look import Look
from cnnkit.geometry.padding import PadMode, source_index
from cnnkit.geometry.pair import Pair, pair_text
from cnnkit.geometry.window import Placement
from cnnkit.operations.convolution.holes import totals, without_transforms
from cnnkit.operations.convolution.planner import plan_convolution
from cnnkit.operations.convolution.raster import convolve_raster, is_alpha_weighted
from cnnkit.operations.convolution.settings import Convolution
from cnnkit.operations.holes import Mask
from cnnkit.operations.results import rows_of, strongest


def convolution_trace(
    convolution: Convolution,
    image: Raster,
    result: Raster | None = None,
    look: Look | None = None,
    levels_of: LevelsOf | None = None,
    threads: int | None = None,
) -> Trace:
    """Describe a convolution of an image; with its `result`, what `look` says, in samples and sums.

    The rows of the image and of the result must be there in any order (`Raster.whole`).
    """
    shape, dtype, algorithm = (1, *image.shape[:2], image.colours), image.dtype, "auto"
    holes = convolution.holes
    if holes.are_sought and holes.find(image.colour[None]) is not None:
        samples, algorithm = without_transforms(convolution, image.colour[None])
        dtype = samples.dtype
    dtype = np.dtype(np.float64) if is_alpha_weighted(convolution, image) else dtype
    plan = plan_convolution(convolution, dtype, shape, algorithm)
    kernel, mode = convolution.kernel, convolution.pad_mode
    trace = Trace(
        what=f"kernel {kernel.name} {pair_text(kernel.weights.shape)}",
        input=image.shape,
        output=(*plan.placement.output, plan.shape[3]),
        channels=channel_names(1 if convolution.depth == "grey" else image.colours, is_colour=image.is_integer),
        kernel=kernel,
        placement=plan.placement,
        settings=convolution.keywords,
        fill="0" if mode == PadMode("constant", 0.0) else mode.word,
        notes=_notes(convolution, image),
        method=f"{plan.algorithm}, sums in {plan.sum_type}; {plan.reason}",
    )
    if result is None or look is None:
        return trace
    windows = _Windows(convolution, image, plan.placement)
    spots, part = [], windows.part(look, result)
    shown = part if look.crop else None
    places: Sequence[Pair] = look.places_in(plan.placement.output, shown and shown.places)
    named = None
    if not places:
        inside = looked_at(shown, plan.placement.inside, plan.placement.output)
        place, named = strongest(result.bands, inside, result.colours, threads)
        places = [place]
    elif result.colours > MOST_MAPS:
        values = rows_of(result.bands, [row for row, _ in places])
        named = int(np.abs(values[0, places[0][1], : result.colours]).argmax())
    rows = rows_of(result.bands, [row for row, _ in places])[..., : result.colours]
    for values, (row, column) in zip(rows, places, strict=True):
        levels = None if levels_of is None else levels_of(values[None, column : column + 1])[0, 0]
        for number in range(result.colours) if named is None or convolution.is_each else [named]:
            if result.colours > MOST_MAPS and number != named:
                continue
            level = None if levels is None else int(levels[number])
            spot = windows.spot((row, column), number, float(values[column, number]), level)
            spots.append(spot.marked(holes.nodata, result.lost is not None))
    return trace._replace(spots=tuple(spots), part=part)


def combined_trace(
    way: str | None,
    convolutions: Sequence[Convolution],
    image: Raster,
    result: Raster | None = None,
    look: Look | None = None,
    levels_of: LevelsOf | None = None,
    threads: int | None = None,
) -> Trace:
    """Describe several convolutions whose results become one: what each gives at the same places, and what all do."""
    first = convolutions[0]
    if way is None:
        return convolution_trace(first, image, result, look, levels_of, threads)
    trace = convolution_trace(first, image, result, look, levels_of, threads)
    together, joined = trace.spots, []
    places = tuple(dict.fromkeys(spot.place for spot in together))
    for one in convolutions:
        own = convolve_raster(one, image, threads)
        same = look._replace(places=places, is_all=False) if look is not None else None
        of = convolution_trace(one, image, own if result is not None else None, same, None, threads)
        named = tuple(spot._replace(kernel=one.kernel.name) for spot in of.spots)
        joined.append(Seen(one.name, of._replace(spots=named), own, one.kernel.is_zero_sum))
    spots = tuple(spot for one in joined for spot in one.trace.spots)
    ends, ways = [], {}
    for spot in together:
        values = [f"{one.value:.6g}" for one in spots if (one.place, one.feature_map) == (spot.place, spot.feature_map)]
        channel = f", {trace.channels[spot.feature_map]}" * (len(trace.channels) > 1)
        level = "" if spot.level is None else f"; in the picture: {spot.level}"
        where = f"row {spot.place[0]}, column {spot.place[1]}{channel}"
        what = "a hole in one is a hole" if spot.is_lost else f"{way} of {', '.join(values)} = {spot.value:.6g}"
        ways[spot.place, spot.feature_map] = f"{what}{level}"
        ends.append(f"{where}: {what}{level}")
    for place, seen in enumerate(joined):
        ended = tuple(spot._replace(end=ways.get((spot.place, spot.feature_map), "")) for spot in seen.trace.spots)
        joined[place] = seen._replace(trace=seen.trace._replace(spots=ended))
    names = [one.kernel.name for one in convolutions]
    what = f"{way} of {' and '.join(names) if len(names) == 2 else f'{len(names)} kernels'}"
    return trace._replace(what=what, kernel=None, joined=tuple(joined), spots=spots, ends=tuple(ends))


def _notes(convolution: Convolution, image: Raster) -> tuple[str, ...]:
    notes = []
    if convolution.holes.are_sought:
        rule = "a window that holds one gives one"
        if not convolution.kernel.is_zero_sum:
            rule = "sum over the other samples * sum of weights / sum of theirs; padding is known"
        notes.append(f"holes: samples that are {convolution.holes.text}; {rule}")
    if is_alpha_weighted(convolution, image):
        notes.append("alpha: a colour counts by its opacity; the sum is divided by what is opaque under the window")
    if convolution.depth == "grey" and image.colours > 1:
        notes.append("grey: 0.299 R + 0.587 G + 0.114 B")
    return tuple(notes)


class _Windows:
    """The samples under windows, as they count."""

    def __init__(self, convolution: Convolution, image: Raster, placement: Placement) -> None:
        self.convolution, self.image, self.placement = convolution, image, placement
        self.is_weighted = is_alpha_weighted(convolution, image)
        depth = 1 if convolution.depth == "grey" else image.colours
        weights = convolution.weights(depth)
        self.weights = weights if weights.ndim == 4 else weights[:, :, None, None]
        self.names = channel_names(depth, is_colour=image.is_integer)

    def spot(self, place: Pair, number: int, value: float, level: int | None) -> Spot:
        """How a result of one map came about."""
        window, convolution = self.placement.window, self.convolution
        corner = self._corner(place)
        rows, columns = (
            [corner[axis] + step * n for n in range(window.size[axis])] for axis, step in enumerate(window.dilation)
        )
        channels, weights = [number], self.weights[..., 0]
        if not convolution.is_each:
            depth, maps = self.weights.shape[2:]
            first = number * convolution.groups // maps * depth
            channels, weights = [*range(first, first + depth)], self.weights[..., number]
        samples, is_padding, is_hole, known = self._under(rows, columns, channels)
        factor, text = 1.0, ""
        if self.is_weighted:
            share = float((known[..., 0] * weights[..., 0]).sum() / weights.sum())
            factor = 1 / share if share > MIN_OPACITY else 0.0
            text = "divided by the share of opaque weights" if factor else "nothing opaque counts under the window"
        elif is_hole.any() and not convolution.kernel.is_zero_sum:
            total = totals(convolution, len(self.names))[0]
            theirs = float((weights * ~is_hole).sum())
            factor = float(total[number % len(total)]) / theirs if theirs else 0.0
            text = "times sum of weights / sum of those over known samples"
        bias = float(convolution.bias[number % len(convolution.bias)])
        return Spot(
            place, number, tuple(self.names[c] for c in channels), corner, samples, is_padding, is_hole, weights, value,
            level, bias, factor, text,
        )  # fmt: skip

    def _corner(self, place: Pair) -> Pair:
        window, padding = self.placement.window, self.placement.padding
        return place[0] * window.stride[0] - padding.top, place[1] * window.stride[1] - padding.left

    def _under(
        self, rows: Sequence[int], columns: Sequence[int], channels: Sequence[int]
    ) -> tuple[Samples, Mask, Mask, Samples]:
        """Samples in these places as float64, which of them are padding and holes, and how opaque they are."""
        mode, size = self.convolution.pad_mode, self.placement.input
        down, across = self._sources(rows, columns, mode)
        beyond = [[not 0 <= one < most for one in places] for places, most in zip((rows, columns), size, strict=True)]
        is_padding: Mask = np.array(beyond[0])[:, None] | np.array(beyond[1])
        found = rows_of(self.image.bands, down.clip(0).tolist())[:, across.clip(0)]
        colour = found[..., : self.image.colours]
        is_hole = self.convolution.holes.find(colour)
        holes: Mask = np.zeros(colour.shape, np.bool_) if is_hole is None else is_hole
        samples = colour.astype(np.float64)
        if self.convolution.depth == "grey":
            samples, holes = grey(colour).astype(np.float64), np.logical_or.reduce(holes, axis=2, keepdims=True)
        is_fill = np.logical_or.outer(down < 0, across < 0)
        samples[is_fill], holes[is_fill] = mode.value, False
        known = np.ones((*samples.shape[:2], 1))
        if self.is_weighted:
            going_on = PadMode("replicate") if mode.is_constant else mode
            near = self._sources(rows, columns, going_on)
            alpha = rows_of(self.image.bands, near[0].tolist())[:, near[1], -1:]
            known = alpha / self.image.full_scale
            samples = samples * known
        return np.where(holes, 0.0, samples)[..., channels], is_padding, holes[..., channels], known

    def _sources(self, rows: Sequence[int], columns: Sequence[int], mode: PadMode) -> tuple[Integers, Integers]:
        """The samples of the image that places hold, down and across; -1 for the constant."""
        size = self.placement.input
        down, across = (
            np.array([source_index(one, most, mode) for one in places])
            for places, most in zip((rows, columns), size, strict=True)
        )
        return down, across

    def part(self, look: Look, result: Raster) -> Part | None:
        """The part that is looked at, or all of a small image; None of a large one."""
        if look.crop is None and max(*self.placement.input, *self.placement.padded) > 2 * MOST_SIDE:
            return None
        crop = look.within(self.placement.input)
        size, padding, window = self.placement.input, self.placement.padding, self.placement.window
        spans, firsts, counts = [], [], []
        for axis, (begin, length) in enumerate(((crop.row, crop.rows), (crop.column, crop.columns))):
            before, after = padding[2 * axis : 2 * axis + 2]
            low = begin - (before if begin == 0 else 0)
            high = begin + length + (after if begin + length == size[axis] else 0)
            first = -(-(low + before) // window.stride[axis])
            last = min((high - window.reach[axis] + before) // window.stride[axis] + 1, self.placement.output[axis])
            spans.append(range(low, high))
            firsts.append(first)
            counts.append(max(last - first, 0))
        samples, is_padding, holes, _ = self._under(spans[0], spans[1], range(len(self.names)))
        rows = rows_of(result.bands, range(firsts[0], firsts[0] + counts[0]))
        results = rows[:, firsts[1] : firsts[1] + counts[1], : result.colours]
        shown = np.where(holes, np.nan, samples)
        return Part((spans[0][0], spans[1][0]), shown, is_padding, (firsts[0], firsts[1]), results)
