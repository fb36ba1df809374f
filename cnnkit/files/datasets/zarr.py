"""Data sets as Zarr: a folder with a file for some samples each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import memory
from cnnkit.data.rows import Rows
from cnnkit.errors import quoted
from cnnkit.files.datasets.archive import Member, Members, check_type, sliced
from cnnkit.files.recognition import damaged
from cnnkit.files.spool import row_step
from cnnkit.files.zarr.package import open_node

JSON = ("recipe", "preparation")
"""Texts that become attributes with fields."""


def zarr_members(path: Path) -> Members:
    """The arrays of a .zarr, and single numbers among its attributes; an InputError for what is none."""
    group = open_node(path, "group")
    try:
        arrays = {str(name): partial(_member, group, str(name)) for name in group.array_keys()}
        numbers = {name: value for name, value in dict(group.attrs).items() if isinstance(value, int | float)}
    except Exception as error:  # it reads JSON of strangers, which fails in many ways
        raise damaged(f"this is no .zarr, or a damaged one: {error}") from None
    singles = {name: partial(Member, Rows.of(np.array([value]))) for name, value in numbers.items()}
    return {**singles, **arrays}


def _member(group: Any, name: str) -> Member:
    try:
        array = group[name]
        shape, dtype = tuple(array.shape), np.dtype(array.dtype)
        chunks = tuple(array.chunks)
        codecs = [getattr(array, one, None) for one in ("filters", "compressors", "serializer")]
        codecs += [getattr(array, "compressor", None)] if codecs[1] is None else []
    except Exception as error:
        raise damaged(f"its array {quoted(name)} cannot be read: {error}") from None
    if "pickle" in repr(codecs).lower():
        dtype = np.dtype(object)
    check_type(dtype, name)
    shape, chunks = shape or (1,), chunks or (1,)
    of_chunk = prod(chunks) * dtype.itemsize
    memory.check(of_chunk, f"a chunk of the array {quoted(name)}", "write it in smaller chunks")
    step = max(row_step(shape, dtype) // chunks[0], 1) * chunks[0]
    memory.check(step * prod(shape[1:]) * dtype.itemsize, f"a row of chunks of {quoted(name)}", "use smaller chunks")
    rows = sliced(array, step)

    def blocks() -> Iterator[npt.NDArray[Any]]:
        try:
            yield from rows.blocks()
        except Exception as error:
            raise damaged(f"its array {quoted(name)} is damaged: {error}") from None

    return Member(rows._replace(blocks=blocks))


def filler(data: Rows, beside: Mapping[str, npt.NDArray[Any] | str]) -> Callable[[Path], None]:
    """A function that writes `data` and arrays beside it into a new folder; texts and numbers become attributes.

    In format 2, which every release of zarr reads, and whose texts of a fixed length have a specification.
    """

    def fill(folder: Path) -> None:
        import zarr

        is_new = hasattr(zarr.Group, "create_array")  # from release 3 on
        group = zarr.open_group(str(folder), mode="w", **({"zarr_format": 2} if is_new else {}))
        make = group.create_array if is_new else group.create_dataset
        step = min(row_step(data.shape, data.dtype), data.shape[0])
        array = make("data", shape=data.shape, chunks=(step, *data.shape[1:]), dtype=data.dtype)
        first = 0
        for block in data.blocks():
            array[first : first + len(block)] = block
            first += len(block)
        attributes: dict[str, Any] = {}
        for name, value in beside.items():
            if isinstance(value, str):
                attributes[name] = json.loads(value) if name in JSON else value
            elif np.ndim(value) == 0:
                attributes[name] = value.item()
            else:
                make(name, shape=value.shape, chunks=value.shape, dtype=value.dtype)[:] = value
        group.attrs.update(attributes)

    return fill
