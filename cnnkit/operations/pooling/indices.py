"""The largest or smallest sample of every window, and its place in the image."""

from __future__ import annotations

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array, Integers, comparable
from cnnkit.errors import ArgumentError
from cnnkit.geometry.blocks import lines
from cnnkit.geometry.pair import Pair
from cnnkit.loops.machine.bands import run_bands
from cnnkit.loops.pooling.indices import pool_indices
from cnnkit.operations.pooling.extremes import EXTREMES, neutral
from cnnkit.operations.pooling.windows import Windows

FORMS = ("flat", "pairs")


def read_form(value: bool | str, kind: str) -> str | None:
    """Read the form indices should have, for this type of pooling; None for no indices.

    >>> read_form(True, "max"), read_form(False, "average")
    ('flat', None)
    """
    is_flag = isinstance(value, bool | np.bool_)
    if is_flag and not value:
        return None
    form = "flat" if is_flag else value
    if form not in FORMS:
        raise ArgumentError(f"unknown form of indices {value!r}", hint="use True, flat or pairs")
    if kind not in EXTREMES:
        raise ArgumentError(f"{kind} pooling has no indices", hint="use kind max or min, or leave indices out")
    return str(form)


def extremes_and_places(
    kind: str, samples: Array, windows: Windows, threads: int | None, *, skip_nan: bool
) -> tuple[Array, Integers]:
    """The largest or smallest sample of each window, and its place in the flat order of ONNX; -1 for none."""
    image = comparable(samples)
    out = arrays.allocate((len(image), *windows.output, image.shape[3]), image.dtype)
    places = arrays.allocate(out.shape, np.int64)
    run_bands(
        pool_indices,
        len(image) * windows.output[0],
        windows.taps * len(image) * image.shape[3],
        threads,
        image.reshape(-1),
        windows.rows.table,
        windows.columns.table,
        np.array([neutral(kind, samples.dtype)], image.dtype),
        places.reshape(-1),
        out.reshape(-1),
        lines(image.shape[1:], windows.output, windows.placement, image.itemsize),
        windows.rows.step,
        windows.columns.step,
        int(kind == "min"),
        int(skip_nan),
    )
    if skip_nan and image.dtype.kind == "f":
        out[(places < 0) & windows.hold_samples[..., None]] = np.nan
    return out.astype(samples.dtype, copy=False), places


def as_pairs(flat: Integers, size: Pair) -> Integers:
    """(row, column) of places in an image of `size`, (..., 2); -1 stays.

    >>> as_pairs(np.array([7, -1]), (2, 4)).tolist()
    [[1, 3], [-1, -1]]
    """
    place = flat % (size[0] * size[1])
    pairs = np.stack([place // size[1], place % size[1]], axis=-1)
    pairs[flat < 0] = -1
    return pairs
