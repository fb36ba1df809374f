"""Data sets as Zarr: a folder with a file for some samples each. The one place that knows the package zarr."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.rows import Rows
from cnnkit.errors import OutputError
from cnnkit.files.spool import row_step

JSON = ("recipe", "preparation")
"""Texts that become attributes with fields."""


def check_installed() -> None:
    """Raise an OutputError if the package is missing."""
    if find_spec("zarr") is None:
        raise OutputError(
            "a .zarr is written with the package zarr, which is not installed",
            hint="install it with pip install 'cnnkit[zarr]', or write .npz",
        )


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
