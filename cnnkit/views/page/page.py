"""A run as one page that opens from disk: the samples, kernels and settings, and the script that computes with them.

The script computes every result itself, so that settings can be changed on the page. Nothing is fetched from anywhere,
and what comes from the user is text: escaped in HTML, and without ``<``, ``>`` and ``&`` in the data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.presets import FAMILIES, PRESETS
from cnnkit.data.raster import Raster
from cnnkit.data.trace import Numbers, Seen, Trace
from cnnkit.geometry.look import Crop, Look
from cnnkit.geometry.pair import pair_text
from cnnkit.views.figures.sounds import SoundAxes

MOST_ROWS = 128
"""Of the part of an image that a page holds, and the most columns."""

LARGEST_PRESET = 9
"""Rows and columns; larger presets are not offered."""

YOURS = "of this command"


class Typed(NamedTuple):
    """What stands on a command line, a word each, for the line that the page gives back."""

    input: str
    kernels: Sequence[str] = ()
    options: Sequence[str] = ()  # of how the input is read


def draw_page(
    title: str, typed: Typed, image: Raster, seen: Sequence[Seen], look: Look, note: str
) -> Callable[[BinaryIO], None]:
    """A page of an image, and what was typed; return a function that writes it, with a `note`."""
    content = page(title, note, description(title, typed, image, seen, look)).encode()

    def write(stream: BinaryIO) -> None:
        stream.write(content)

    return write


def page(title: str, note: str, run: dict[str, Any]) -> str:
    """The page as text.

    >>> "&lt;b&gt;.png</title>" in page("<b>.png", "made by hand", {})
    True
    """
    style, script, text = (Path(__file__).with_name(f"page.{end}").read_text("utf-8") for end in ("css", "js", "html"))
    data = json.dumps(run, allow_nan=False, separators=(",", ":"))
    for mark in "<>&":
        data = data.replace(mark, f"\\u{ord(mark):04x}")
    fields = {
        "generator": f'<meta name="generator" content="{escape(note)}">',
        "title": escape(title),
        "made": escape(note),
        "run": data,
        "style": style,
        "script": script,
    }
    for name, content in fields.items():
        text = text.replace(f"<!-- {name} -->", content)
    return text


def description(title: str, typed: Typed, image: Raster, seen: Sequence[Seen], look: Look) -> dict[str, Any]:
    """What the script reads: a part of the image, kernels, and the settings as keywords of the library."""
    traces = [one.trace for one in seen if one.trace.kernel is not None or one.trace.kind != "convolution"]
    first, part = traces[0], part_of(seen, look)
    limits = np.iinfo(image.dtype) if image.dtype.kind in "iu" else None
    rows, columns = slice(part.row, part.row + part.rows), slice(part.column, part.column + part.columns)
    samples = image.samples[rows, columns, : image.colours]
    corner = next(one.trace.spots[0].corner for one in seen if one.trace.spots)
    at = corner[0] - part.row, corner[1] - part.column
    is_within = -part.rows < at[0] < part.rows and -part.columns < at[1] < part.columns
    kernels = [*_own_kernels(traces, typed.kernels), *_presets()] if first.kernel is not None else []
    once: dict[tuple[str, str], dict[str, Any]] = {}  # without presets that are kernels of the run
    for one in kernels:
        once.setdefault((one["name"], str(one["grids"])), one)
    names = first.channels if len(first.channels) == image.colours else [f"channel {c}" for c in range(image.colours)]
    return {
        "title": title,
        "typed": [typed.input, *typed.options],
        "kind": first.kind,
        "shape": samples.shape,
        "samples": _numbers(samples),
        "names": list(names),
        "is_colour": image.is_integer and image.colours == 3,
        "scale": [0, image.full_scale] if image.is_integer else None,
        "bounds": [int(limits.min), int(limits.max)] if limits else None,
        "is_part": part[2:] != image.shape[:2],
        "corner": [part.row, part.column],
        "at": at if is_within else None,
        "notes": list(_notes(image, seen, look)),
        "sound": _sound(image, part),
        "settings": dict(first.settings),
        "kernels": list(once.values()),
    }


def part_of(seen: Sequence[Seen], look: Look) -> Crop:
    """The part of an image that a page holds: the crop, or all, or as much as there is room for around a result.

    Its windows are those of the run: it begins a number of strides into the image and leaves off as many before the
    end, so that padding of `same` is what it was.
    """
    trace = next((one.trace for one in seen if one.trace.spots), seen[0].trace)
    size = trace.input[0], trace.input[1]
    window = trace.placement.window if trace.placement else None
    crop = None if look.crop is None else look.within(size)
    axes = []
    for axis, length in enumerate(size):
        stride = window.stride[axis] if window else 1
        if crop is not None:
            begin, end = crop[axis] // stride * stride, crop[axis] + crop[axis + 2]
            axes.append((begin, _strides(begin, end, length, stride) or min(end - begin, MOST_ROWS)))
        elif trace.spots and length > MOST_ROWS:
            spot = trace.spots[0]
            span = window.reach[axis] if window else spot.samples.shape[axis]
            is_same = str(trace.settings["padding"]).startswith("same") if window else False
            axes.append(_around(spot.corner[axis], span, length, stride, is_same=is_same))
        else:
            axes.append((0, _strides(0, length, length, stride) or MOST_ROWS))
    return Crop(axes[0][0], axes[1][0], axes[0][1], axes[1][1])


def _strides(begin: int, end: int, length: int, stride: int) -> int:
    """How many samples a part has that ends whole strides before the image does; 0 of strides as long as a part."""
    count = end + (length - end) % stride - begin
    return max(count - max(0, -(-(count - MOST_ROWS) // stride) * stride), 0)


def _around(corner: int, span: int, length: int, stride: int, *, is_same: bool) -> tuple[int, int]:
    """Where a part begins that holds a window, and how many samples it has."""
    first, last = max(corner, 0), min(corner + span, length)
    latest = first // stride * stride
    middle = -(-min(max((first + last - MOST_ROWS) // 2, 0), length - MOST_ROWS) // stride) * stride
    for begin in (min(middle, latest), latest):
        count = _strides(begin, min(begin + MOST_ROWS, length), length, stride)
        if begin + count >= last:
            return begin, count
    most = min(MOST_ROWS, length - latest)
    if not is_same:  # the end of the part moves no window
        return latest, most
    is_alone = first + span == last and span <= stride  # one stride, in which `same` pads nothing
    return (first, min(stride, MOST_ROWS, length - first)) if is_alone else (latest, count or most)


def _notes(image: Raster, seen: Sequence[Seen], look: Look) -> Iterator[str]:
    """What a reader of the page has to know of it."""
    size = pair_text(image.shape)
    row, column, rows, columns = part_of(seen, look)
    if (rows, columns) != image.shape[:2]:
        text = f"rows {row} to {row + rows - 1}, columns {column} to {column + columns - 1}"
        why = "" if look.crop else f", around {'a result that --at names' if look.places else 'the strongest result'}"
        yield f"Of {size}, {text}{why}; the edges of this part are those of the image here."
        if any(one.trace.kind != "convolution" and one.trace.placement is None for one in seen):
            yield "This part is pooled here, not the image: its windows and results are others than the command's."
    else:
        yield f"{size}."
    if image.has_alpha:
        yield "Transparency does not count here."
    if any(note.startswith("holes") for one in seen for note in one.trace.notes):
        yield "Holes are samples like others here."
    if any(one.trace.kernel is None and one.trace.kind == "convolution" for one in seen):
        yield "Each kernel by itself; their results are not combined here."


def _sound(image: Raster, part: Crop) -> dict[str, Any] | None:
    """When and at which frequencies the samples of a sound are."""
    if image.sound is None:
        return None
    axes = SoundAxes(image.sound, image.shape)
    columns = axes.columns
    begin = axes.first + (part.column if axes.is_wave else part.row) * axes.step
    return {
        "features": image.sound.features,
        "is_wave": axes.is_wave,
        "first": begin,
        "step": axes.step,
        "places": columns.places[part.column : part.column + part.columns] if columns else [],
        "axis": columns.axis if columns else "",
        "unit": columns.unit if columns else "",
        "value": columns.value if columns else "",
    }


def _own_kernels(traces: Sequence[Trace], words: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The kernels of the run, one for each map, with their words; as they were written, also where they were turned."""
    for place, trace in enumerate(traces):
        kernel, word = trace.kernel, words[place] if words else ""
        if kernel is None:
            continue
        kernel = kernel.flipped if trace.settings.get("flip_kernel") else kernel
        weights = kernel.weights
        if weights.ndim < 4:
            yield _kernel(kernel, weights, YOURS, word)
            continue
        maps, groups = weights.shape[3], trace.settings["groups"]
        is_spread = trace.settings["depth"] == "sum" and weights.shape[2] == 1 and groups == 1
        for number in range(maps):
            grids = weights[:, :, 0, number] if is_spread else weights[..., number]
            first = number * groups // maps * weights.shape[2]
            if len(words) == maps > len(traces):  # kernels that became a layer
                yield _kernel(Kernel(grids, words[number]), grids, YOURS, words[number], first)
            else:  # a flat map is written as a kernel of its own
                word_of_map = "" if is_spread else word
                yield _kernel(Kernel(grids, f"{kernel.name}, map {number}"), grids, YOURS, word_of_map, first, number)


def _presets() -> Iterator[dict[str, Any]]:
    for family, presets in FAMILIES.items():
        for kernel in (preset.kernel() for preset in presets):
            if max(kernel.size) <= LARGEST_PRESET:
                yield _kernel(kernel, kernel.weights, family)


def _kernel(
    kernel: Kernel, weights: Numbers, family: str, word: str = "", first: int = 0, number: int | None = None
) -> dict[str, Any]:
    """A kernel as the script reads it: a grid for each channel from the `first` on, or one for all."""
    grids = [weights] if weights.ndim == 2 else list(np.moveaxis(weights, 2, 0))
    preset = PRESETS.get(kernel.name)
    is_preset = preset is not None and np.array_equal(preset.kernel().weights, weights)
    return {
        "name": kernel.name,
        "word": word or (kernel.name if is_preset else ""),
        "map": number,
        "family": family,
        "grids": [grid.tolist() for grid in grids],
        "is_deep": weights.ndim > 2,
        "first": first,
    }


def _numbers(samples: Numbers) -> list[float | str]:
    """Samples in order; JSON has no NaN and no infinities, so that these are words."""
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [one if isfinite(one) else words[str(one)] for one in samples.ravel().tolist()]
