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
from typing import Any, BinaryIO

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


def draw_page(
    title: str, word: str, image: Raster, seen: Sequence[Seen], look: Look, note: str
) -> Callable[[BinaryIO], None]:
    """A page of an image, which is `word` on the command line; return a function that writes it, with a `note`."""
    content = page(title, note, description(title, word, image, seen, look)).encode()

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


def description(title: str, word: str, image: Raster, seen: Sequence[Seen], look: Look) -> dict[str, Any]:
    """What the script reads: a part of the image, kernels, and the settings as keywords of the library."""
    traces = [one.trace for one in seen if one.trace.kernel is not None or one.trace.kind != "convolution"]
    first, part = traces[0], part_of(image, seen, look)
    rows, columns = slice(part.row, part.row + part.rows), slice(part.column, part.column + part.columns)
    samples = image.samples[rows, columns, : image.colours]
    corner = next(one.trace.spots[0].corner for one in seen if one.trace.spots)
    at = corner[0] - part.row, corner[1] - part.column
    is_within = -part.rows < at[0] < part.rows and -part.columns < at[1] < part.columns
    names = first.channels if len(first.channels) == image.colours else [f"channel {c}" for c in range(image.colours)]
    return {
        "title": title,
        "input": word,
        "options": _options(image),
        "kind": first.kind,
        "shape": samples.shape,
        "samples": _numbers(samples),
        "names": list(names),
        "is_colour": image.is_integer and image.colours == 3,
        "scale": [0, image.full_scale] if image.is_integer else None,
        "corner": [part.row, part.column],
        "at": at if is_within else None,
        "notes": list(_notes(image, seen, look)),
        "sound": _sound(image, part),
        "settings": dict(first.settings),
        "kernels": [*_own_kernels(traces), *_presets()] if first.kernel is not None else [],
    }


def part_of(image: Raster, seen: Sequence[Seen], look: Look) -> Crop:
    """The part of an image that a page holds: the crop, or all, or as much as there is room for around a result.

    Its windows are those of the run: it begins a number of strides into the image and leaves off as many before the
    end, so that padding of `same` is what it was.
    """
    trace = next((one.trace for one in seen if one.trace.spots), seen[0].trace)
    strides = trace.placement.window.stride if trace.placement else (1, 1)
    crop = None if look.crop is None else look.within((image.shape[0], image.shape[1]))
    begins, counts = [], []
    for axis, (length, stride) in enumerate(zip(image.shape[:2], strides, strict=True)):
        if crop is not None:
            begin, end = crop[axis] // stride * stride, crop[axis] + crop[axis + 2]
        elif trace.spots and length > MOST_ROWS:
            middle = trace.spots[0].corner[axis] + trace.spots[0].samples.shape[axis] // 2
            begin = -(-min(max(middle - MOST_ROWS // 2, 0), length - MOST_ROWS) // stride) * stride
            end = min(begin + MOST_ROWS, length)
        else:
            begin, end = 0, length
        count = end + (length - end) % stride - begin
        count -= max(0, -(-(count - MOST_ROWS) // stride) * stride)
        begins.append(begin)
        counts.append(count if count > 0 else min(end - begin, MOST_ROWS))  # of strides as long as a part
    return Crop(*begins, *counts)


def part_text(image: Raster, seen: Sequence[Seen], look: Look) -> str:
    """Which rows and columns of an image a page holds, where they are not all."""
    row, column, rows, columns = part_of(image, seen, look)
    if (rows, columns) == image.shape[:2]:
        return ""
    return f"rows {row} to {row + rows - 1}, columns {column} to {column + columns - 1}"


def _notes(image: Raster, seen: Sequence[Seen], look: Look) -> Iterator[str]:
    """What a reader of the page has to know of it."""
    size = pair_text(image.shape)
    if text := part_text(image, seen, look):
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


def _options(image: Raster) -> list[str]:
    """What else the command line of a sound has, or of one frame of several."""
    if image.sound is None:
        return [f"--frame {image.frame.number}"] if image.frame is not None and image.frame.of > 1 else []
    dialect = image.sound.recipe["dialect"]
    features = image.sound.features
    return [f"--features {features}"] * (features != "logmel") + [f"--dialect {dialect}"] * (dialect != "lecture")


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


def _own_kernels(traces: Sequence[Trace]) -> Iterator[dict[str, Any]]:
    """The kernels of the run, one for each map; as they were written, also where the run turned them."""
    for trace in traces:
        kernel = trace.kernel
        if kernel is None:
            continue
        kernel = kernel.flipped if trace.settings.get("flip_kernel") else kernel
        weights = kernel.weights
        if weights.ndim < 4:
            yield _kernel(kernel, weights, YOURS)
            continue
        maps, groups = weights.shape[3], trace.settings["groups"]
        is_spread = trace.settings["depth"] == "sum" and weights.shape[2] == 1 and groups == 1
        for number in range(maps):
            grids = weights[:, :, 0, number] if is_spread else weights[..., number]
            first = number * groups // maps * weights.shape[2]
            yield _kernel(Kernel(grids, f"{kernel.name}, map {number}"), grids, YOURS, first)


def _presets() -> Iterator[dict[str, Any]]:
    for family, presets in FAMILIES.items():
        for kernel in (preset.kernel() for preset in presets):
            if max(kernel.size) <= LARGEST_PRESET:
                yield _kernel(kernel, kernel.weights, family)


def _kernel(kernel: Kernel, weights: Numbers, family: str, first: int = 0) -> dict[str, Any]:
    """A kernel as the script reads it: a grid for each channel from the `first` on, or one for all."""
    grids = [weights] if weights.ndim == 2 else list(np.moveaxis(weights, 2, 0))
    preset = PRESETS.get(kernel.name)
    is_preset = preset is not None and np.array_equal(preset.kernel().weights, weights)
    return {
        "name": kernel.name,
        "word": kernel.name if is_preset else "",
        "family": family,
        "grids": [grid.tolist() for grid in grids],
        "is_deep": weights.ndim > 2,
        "first": first,
    }


def _numbers(samples: Numbers) -> list[float | str]:
    """Samples in order; JSON has no NaN and no infinities, so that these are words."""
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [one if isfinite(one) else words[str(one)] for one in samples.ravel().tolist()]
