"""Images in Zarr: which array of a group is one, which of its axes are rows, columns and channels, and its rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnkit.data.raster import Raster, Samples
from cnnkit.errors import InputError, SizeError, quoted
from cnnkit.files.images.tiles import tiled_rows
from cnnkit.files.recognition import damaged
from cnnkit.files.zarr.chunks import Chunks
from cnnkit.files.zarr.layout import Layout, attributes_of, read_layout
from cnnkit.geometry.pair import pair_text

LEAST_BYTES = 1 << 20
"""Of rows that are read together: rows of smaller chunks are joined."""

MOST_SAMPLES = 1 << 40
"""Of an image: the bands of a larger one would not have room in a list."""

ROWS = ("y", "row", "rows", "height", "lat", "latitude")
COLUMNS = ("x", "column", "columns", "width", "lon", "longitude")
CHANNELS = ("c", "channel", "channels", "band", "bands", "depth", "colour", "color", "rgb")
"""Names of axes."""

OME_AXES = ("t", "c", "z", "y", "x")
"""Of OME-Zarr before release 0.4, which does not say so."""

MOST_NAMES = 6  # arrays that an error names


class _Axes(NamedTuple):
    """The axes of an array that are those of an image; all others have one sample."""

    rows: int
    columns: int
    channels: int | None


def read_zarr(path: Path) -> Raster:
    """The image in a folder: an array, or a group with one, or the first level of OME-Zarr.

    Parameters
    ----------
    path : Path
        An array of rows x columns, or rows x columns x depth; of others, names of its axes say which these are.

    Returns
    -------
    raster : Raster
        Its rows are read when they are taken.

    Raises
    ------
    InputError
        If there is no image in it, or it is damaged; if the package is needed and missing.
    SizeError
        If a chunk or a row of chunks takes more memory than one array may.
    """
    layout, names = _found(path)
    axes = _axes(layout, names)
    shape = _shape(layout, axes)
    if prod(shape) > MOST_SAMPLES:
        raise SizeError(f"an image of {pair_text(shape)} has more than {MOST_SAMPLES:,} samples", "take a part of it")
    chunks, dtype = Chunks(layout), layout.dtype.newbyteorder("=")
    order = [axes.rows, axes.columns] + ([] if axes.channels is None else [axes.channels])
    sides = [layout.chunks[axis] for axis in order]
    together = max(LEAST_BYTES // (sides[0] * prod(shape[1:]) * dtype.itemsize), 1)
    counts = [together, *(-(-layout.shape[axis] // side) for axis, side in zip(order[1:], sides[1:], strict=True))]
    inside = tuple(slice(None) if axis in order else 0 for axis in range(len(layout.shape)))
    turned = [sorted(order).index(axis) for axis in order]

    def fill(row: int, place: int, samples: Samples) -> None:
        places = [int(one) for one in np.unravel_index(place, counts)]
        begins = [number * side for number, side in zip(places, sides, strict=True)]
        if begins[0] >= len(samples):
            return
        target = samples if axes.channels is not None else samples[:, :, 0]
        part = target[tuple(slice(begin, begin + side) for begin, side in zip(begins, sides, strict=True))]
        numbers = [0] * len(layout.shape)
        for axis, number in zip(order, (row * together + places[0], *places[1:]), strict=True):
            numbers[axis] = number
        block = chunks.read(tuple(numbers))
        if block is None:
            part[...] = layout.fill
        else:
            part[...] = block[inside].transpose(turned)[tuple(map(slice, part.shape))]

    rows = tiled_rows(shape, dtype, together * sides[0], prod(counts), fill)
    has_alpha = _has_alpha(layout.attributes, shape[2], dtype)
    return Raster(rows, has_alpha, is_flat=axes.channels is None, file_format="zarr")


def read_size(path: Path) -> tuple[int, int, int]:
    """(rows, columns, depth) of the image in a folder, by its header alone."""
    layout, names = _found(path)
    return _shape(layout, _axes(layout, names))


def _found(path: Path) -> tuple[Layout, Sequence[str]]:
    """The array that is meant, and the names of its axes."""
    layout = read_layout(path)
    if layout is not None:
        return layout, layout.dimensions
    attributes = attributes_of(path)
    ome = attributes.get("ome")
    scales = attributes.get("multiscales") or (ome.get("multiscales") if isinstance(ome, dict) else None)
    if scales:
        return _first_level(path, scales)
    try:
        names = sorted(entry.name for entry in os.scandir(path) if entry.is_dir() and entry.name[0] != ".")
    except OSError as error:
        raise InputError(f"this folder cannot be read: {error.strerror}", "check its permissions (ls -ld)") from None
    layouts = {name: found for name in names if (found := _array(path / name))}
    if "data" in layouts and {"files", "labels"} & {*names}:
        count, *shape = layouts["data"].shape
        problem = f"this is a data set of {count:,} samples of {pair_text(shape)}, not one image"
        raise InputError(problem, "give the images that it was made of, or an array with one image")
    images = {name: found for name, found in layouts.items() if len(found.shape) > 1}
    if len(images) == 1:
        ((_, layout),) = images.items()
        return layout, layout.dimensions
    shown = ", ".join(map(quoted, [*images][:MOST_NAMES])) + ", ..." * (len(images) > MOST_NAMES)
    if images:
        raise InputError(f"this .zarr holds {len(images)} arrays: {shown}", f"name one: {path / next(iter(images))}")
    raise InputError("this .zarr holds no array that can be an image", hint="name the folder of the array in it")


def _array(folder: Path) -> Layout | None:
    """The array in a folder, if there is one that can be read."""
    try:
        return read_layout(folder)
    except InputError:
        return None


def _first_level(path: Path, scales: Any) -> tuple[Layout, Sequence[str]]:
    """The largest level of OME-Zarr, and the names of its axes."""
    try:
        place = scales[0]["datasets"][0]["path"]
        axes = scales[0].get("axes")
        names = [(one["name"] if isinstance(one, dict) else str(one)).lower() for one in axes] if axes else []
        parts = [part for part in place.split("/") if part]
    except (LookupError, TypeError, AttributeError):
        raise damaged("the multiscales of this .zarr cannot be read") from None
    if not parts or any(part in (".", "..") or "\\" in part or ":" in part or "\0" in part for part in parts):
        raise damaged(f"its first level is at {quoted(place)}, which is not inside of it")
    layout = read_layout(path.joinpath(*parts))
    if layout is None:
        raise damaged(f"its first level, {quoted(place)}, is not there")
    return layout, names or layout.dimensions or (OME_AXES if len(layout.shape) == len(OME_AXES) else ())


def _axes(layout: Layout, names: Sequence[str]) -> _Axes:
    """Which axes are those of an image; an InputError if others have more than one sample."""
    shape = layout.shape
    if len(names) == len(shape):
        rows, columns, channels = (
            [axis for axis, name in enumerate(names) if name in known] for known in (ROWS, COLUMNS, CHANNELS)
        )
        if len(rows) == len(columns) == 1 and len(channels) < 2:
            found = _Axes(rows[0], columns[0], channels[0] if channels else None)
            for axis, side in enumerate(shape):
                if axis not in found and side > 1:
                    problem = f"this .zarr has {side:,} planes along {quoted(names[axis])}: {pair_text(shape)}"
                    raise InputError(problem, "save one of them as an array of its own")
            return found
    first = 0
    while len(shape) > 3 and len(shape) - first > 2 and shape[first] == 1:
        first += 1
    if len(shape) - first not in (2, 3):
        hint = "give rows x columns, or rows x columns x depth"
        raise InputError(f"this .zarr has the shape {shape}, which is not an image", hint)
    return _Axes(first, first + 1, first + 2 if len(shape) - first == 3 else None)


def _shape(layout: Layout, axes: _Axes) -> tuple[int, int, int]:
    depth = 1 if axes.channels is None else layout.shape[axes.channels]
    return layout.shape[axes.rows], layout.shape[axes.columns], depth


def _has_alpha(attributes: dict[str, Any], depth: int, dtype: np.dtype[Any]) -> bool:
    """Whether the last channel is marked as alpha, as cnnkit does."""
    names = attributes.get("channels")
    has_white = dtype.kind == "f" or dtype in (np.uint8, np.uint16)
    return has_white and isinstance(names, list) and depth in (2, 4) and len(names) == depth and names[-1] == "alpha"
