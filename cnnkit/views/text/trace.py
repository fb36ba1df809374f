"""A run in words and numbers, in 80 columns: what was chosen, the grids side by side, and sums product by product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from cnnkit.data.trace import MOST_MAPS, Mask, Numbers, Part, Spot, Trace
from cnnkit.geometry.pair import Pair, counted, pair_text
from cnnkit.geometry.window import Placement
from cnnkit.views.text.grids import (
    arranged,
    bordered,
    number_format,
    number_text,
    size_lines,
    total_text,
    wrapped,
)

MOST_TERMS = 25
"""Products or samples that are written as a sum."""

MOST_COLUMNS = 80

Draw = Callable[[Numbers, int], list[str]]
"""Draws a grid with a number of digits."""


def trace_text(trace: Trace) -> str:
    """All that a trace holds."""
    lines = [*fact_lines(trace), *part_lines(trace), *all_spot_lines(trace)]
    lines += [*([""] if trace.spots or trace.part else []), *wrapped(f"computed: {trace.method}", MOST_COLUMNS)]
    return "\n".join(lines)


def all_spot_lines(trace: Trace) -> list[str]:
    """Every result that is written out, each below a blank line."""
    lines = [line for spot in trace.spots for line in ("", *spot_lines(trace, spot))]
    return [*lines, *([""] if trace.ends else []), *(line for end in trace.ends for line in wrapped(end, MOST_COLUMNS))]


def fact_lines(trace: Trace) -> list[str]:
    """What was chosen, and what size comes out."""
    kernel, placement = trace.kernel, trace.placement
    lines = [trace.what, *_size_lines(trace)]
    if kernel is not None and placement is not None:
        effect = "differences: a flat region gives 0" if kernel.is_zero_sum else f"weights sum to {total_text(kernel)}"
        lines[0] += f", {effect}"
        lines.append(_anchor_line(placement))
    return [*lines, *(line for note in trace.notes for line in wrapped(note, MOST_COLUMNS))]


def _size_lines(trace: Trace) -> list[str]:
    if trace.placement is not None:
        return size_lines(trace.placement, fill=trace.fill, ceil=trace.ceil)
    rows, columns, _ = trace.input
    if trace.output[:2] == (1, 1):
        return [f"size: 1x1, one result from {rows}x{columns} = {rows * columns} samples in each channel"]
    lines = [
        "size: as given; window i of n, i from 0, holds the samples from",
        "  floor(i * input / n) to ceil((i + 1) * input / n) - 1",
    ]
    named = zip(("rows", "columns"), (rows, columns), trace.output, trace.axes, strict=False)
    for name, length, count, ends in named:
        shown = [f"{first} to {last}" for first, last in ends[:3]] + ["..."] * (len(ends) > 3)
        lines.append(f"  {name}: {counted(count, 'window')} over {length}: {', '.join(shown)}")
    return lines


def _anchor_line(placement: Placement) -> str:
    """Which of the kernel's samples lies over output (0, 0), where a result of the image's size has one."""
    axes = zip(placement.padding.before, placement.window.dilation, strict=True)
    rows, columns = (before // step if before % step == 0 else -1 for before, step in axes)
    if min(rows, columns) >= 0 and placement.window.stride == (1, 1):
        return f"anchor: row {rows}, column {columns} of the kernel lies over the place of the result"
    return f"the first window begins at row {-placement.padding.top}, column {-placement.padding.left}"


def part_lines(trace: Trace) -> list[str]:
    """The image with its padding, the kernel and the result side by side, or one below the other."""
    part = trace.part
    if part is None:
        return []
    blocks = [*_image_blocks(trace, part), *_kernel_blocks(trace), *_result_blocks(trace, part)]
    lines = [*arranged(blocks, MOST_COLUMNS)]
    if part.is_padding.any():
        lines += ["", "Outside the lines is padding" + ("." if trace.fill else ", which is no sample.")]
    return ["", *lines]


def _block(title: str, grid: Numbers, draw: Draw | None = None, width: int = MOST_COLUMNS) -> list[str]:
    """A grid below its title, with as many digits as fit the width; of a wider one, what its numbers are between."""
    for digits in (4, 3, 2):
        lines = (draw or _drawn)(grid, digits)
        if len(lines[0]) <= width:
            return [title, *lines]
    low, high = number_text(float(np.nanmin(grid))), number_text(float(np.nanmax(grid)))
    return [title, f"from {low} to {high}, too wide to write out"]


def _drawn(
    grid: Numbers,
    digits: int,
    *,
    marks: Mask | None = None,
    inside: tuple[slice, slice] = (slice(None), slice(None)),
    gaps: Pair | None = None,
) -> list[str]:
    """The rows of a grid; `marks` stand in place of numbers, or around those that they have a blank for."""
    text = number_format(grid, digits)
    cells = [[text(float(value)) for value in row] for row in grid]
    if marks is not None:
        cells = [
            [mark.replace("0", cell) or cell for cell, mark in zip(*row, strict=True)]
            for row in zip(cells, marks.tolist(), strict=True)
        ]
    return bordered(cells, *inside, gaps)


def _image_blocks(trace: Trace, part: Part) -> list[list[str]]:
    top, left = (int(np.argmin(part.is_padding.all(axis=1 - axis))) for axis in (0, 1))
    rows, columns = (int((~part.is_padding.all(axis=1 - axis)).sum()) for axis in (0, 1))
    is_all = (rows, columns) == trace.input[:2]
    where = "" if is_all else f", from row {part.corner[0] + top}, column {part.corner[1] + left}"
    gaps = _gaps(trace) if is_all else None
    blocks = []
    for name, grid in zip(trace.channels, np.moveaxis(part.samples, 2, 0)[:MOST_MAPS], strict=False):
        marks = np.where(part.is_padding & (not trace.fill), ".", np.where(np.isnan(grid), "?", ""))
        inside = slice(top, top + rows), slice(left, left + columns)
        title = f"image {name} {rows}x{columns}{where}".replace("  ", " ")
        blocks.append(_block(title, grid, partial(_drawn, marks=marks, inside=inside, gaps=gaps)))
    return blocks


def _kernel_blocks(trace: Trace) -> list[list[str]]:
    """The grids of each kernel, with their names where there are several."""
    kernels = [trace.kernel] if trace.kernel is not None else [one.trace.kernel for one in trace.joined]
    blocks = []
    for kernel in kernels:
        if kernel is None:
            continue
        weights = kernel.weights if kernel.weights.ndim > 2 else kernel.weights[:, :, None]
        weights = weights if weights.ndim == 4 else weights[..., None]
        depth, maps = weights.shape[2:]
        for number in range(maps)[:MOST_MAPS]:
            for channel in range(depth)[:MOST_MAPS]:
                name = f"kernel {number}" if maps > 1 else f"kernel {kernel.name}" if trace.joined else "kernel"
                name += f" {trace.channels[channel]}" if depth > 1 and depth == len(trace.channels) else ""
                blocks.append(_block(f"{name} {pair_text(kernel.size)}", weights[..., channel, number]))
    return blocks


def _result_blocks(trace: Trace, part: Part) -> list[list[str]]:
    results = part.results
    rows, columns, maps = results.shape
    if not results.size:
        return [["no window lies in this part"]]
    is_all = (rows, columns) == trace.output[:2]
    where = "" if is_all else f", from row {part.first[0]}, column {part.first[1]}"
    blocks = []
    for number in range(maps)[:MOST_MAPS]:
        name = map_name(trace, number, maps)
        blocks.append(_block(f"result {name} {rows}x{columns}{where}".replace("  ", " "), results[..., number]))
    return blocks


def map_name(trace: Trace, number: int, maps: int) -> str:
    """What one of the maps of a result is called; nothing where there is one."""
    if maps == 1:
        return ""
    if maps == len(trace.channels) and _is_each(trace):
        return trace.channels[number]
    return f"map {number}" + (f" of {maps}" if maps > MOST_MAPS else "")


def _is_each(trace: Trace) -> bool:
    return trace.kernel is None or trace.kernel.weights.ndim == 2


def _gaps(trace: Trace) -> Pair | None:
    """The size of windows that neither overlap nor hang over; None for others."""
    placement = trace.placement
    if placement is None or trace.kernel is not None:
        return None
    window = placement.window
    return window.size if window.stride == window.size and not placement.padding.widest else None


def spot_lines(trace: Trace, spot: Spot) -> list[str]:
    """One result: the samples under its window, the weights and products in their places, and the sum."""
    lines = [*wrapped(spot_title(trace, spot), MOST_COLUMNS), *_patches(trace, spot)]
    if spot.is_padding.any():
        lines.append("[ ] is padding" if trace.fill else ". is padding, which is no sample")
    lines += ["? is a hole"] if spot.is_hole.any() else []
    return lines + (sum_lines(spot) if spot.weights is not None else pooled_lines(trace, spot))


def spot_title(trace: Trace, spot: Spot) -> str:
    """Where a result stands, and what its window is over."""
    name = map_name(trace, spot.feature_map, trace.output[2])
    row, column = spot.place
    rows, columns = spot.samples.shape[:2]
    window = trace.placement.window if trace.placement is not None else None
    steps = window.dilation if window is not None else (1, 1)
    ends = (
        f"{axis} {first} to {first + (count - 1) * step}" + (f" in steps of {step}" if step > 1 else "")
        for axis, first, count, step in zip(("rows", "columns"), spot.corner, (rows, columns), steps, strict=True)
    )
    what = ", ".join(word for word in (spot.kernel, f"row {row}", f"column {column}", name) if word)
    return f"{what}: window over {', '.join(ends)}"


def _patches(trace: Trace, spot: Spot) -> list[str]:
    """The grids of a window, for each channel in a line where they fit."""
    lines = []
    for place, channel in enumerate(spot.channels):
        label = f"{channel} " if channel and len(spot.channels) > 1 else ""
        is_hole = spot.is_hole[..., place]
        marks = np.where(is_hole, "?", np.where(spot.is_padding, "[0]" if trace.fill else ".", ""))
        samples = partial(_drawn, marks=marks)
        blocks = [_block(f"{label}samples", spot.samples[..., place], samples, MOST_COLUMNS - 2)]
        if spot.weights is not None and spot.products is not None:
            for word, grids in (("weights", spot.weights), ("products", spot.products)):
                blocks.append(_block(f"{label}{word}", grids[..., place], None, MOST_COLUMNS - 2))
        lines += [f"  {line}".rstrip() for line in arranged(blocks, MOST_COLUMNS - 2)]
    return lines


def sum_lines(spot: Spot) -> list[str]:
    """The products of a result, their sum, and what it is in the picture."""
    products = spot.products
    assert products is not None
    count, depth = products.size, len(spot.channels)
    sums = [float(products[..., place].sum()) for place in range(depth)]
    terms = [number_text(value, 6) for value in (sums if depth > 1 else products.ravel())]
    total = f"{counted(count, 'product')}"
    if depth > 1:
        total += f" in all, {count // depth} for each of {depth} channels"
    text, value = " + ".join(_signed(terms)), number_text(spot.value, 6)
    if spot.is_lost:
        return [f"a hole under the window makes the result one: {value}", *_level_line(spot)]
    if len(terms) > MOST_TERMS:
        text = number_text(float(products.sum()), 6)
    if spot.factor_text:
        text = f"({text}) * {number_text(spot.factor, 6)}"
    text += f" + bias {number_text(spot.bias)}" if spot.bias else ""
    lines = wrapped(f"{total}: {value if text == value else f'{text} = {value}'}", MOST_COLUMNS)
    lines += [f"* {number_text(spot.factor, 6)}: {spot.factor_text}"] if spot.factor_text else []
    return lines + _level_line(spot)


def _signed(terms: Sequence[str]) -> list[str]:
    return [f"({term})" if term.startswith("-") and place else term for place, term in enumerate(terms)]


def _level_line(spot: Spot) -> list[str]:
    return [] if spot.level is None else [f"in the picture: {spot.level}"]


def pooled_lines(trace: Trace, spot: Spot) -> list[str]:
    """What became of the samples under a window."""
    is_sample = ~spot.is_padding & ~spot.is_hole[..., 0]
    samples = spot.samples[..., 0][is_sample]
    count = len(samples)
    value = number_text(spot.value, 6)
    if not count:
        return [f"padding or holes alone, no sample = {value}", *_level_line(spot)]
    shown = [number_text(float(sample), 6) for sample in samples[:MOST_TERMS]] + ["..."] * (count > MOST_TERMS)
    if trace.kind == "median":
        order = sorted(samples.tolist())[:MOST_TERMS]
        shown = [number_text(float(sample), 6) for sample in order] + ["..."] * (count > MOST_TERMS)
        text = f"in order {', '.join(shown)}: number {(count + 1) // 2} of {count}"
    elif trace.kind == "average":
        divisor = spot.divisor
        counted_in = f", {divisor - count} of them padding" if divisor > count else ""
        text = f"({' + '.join(_signed(shown))}) / {divisor}{counted_in}"
    elif trace.kind == "lp":
        power = f"{trace.p:g}"
        text = f"({' + '.join(f'|{sample}|^{power}' if sample != '...' else sample for sample in shown)})^(1/{power})"
    else:
        text = f"{'largest' if trace.kind == 'max' else 'smallest'} of {', '.join(shown)}"
    return [*wrapped(f"{text} = {value}", MOST_COLUMNS), *_level_line(spot)]
