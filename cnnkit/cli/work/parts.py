"""Into how many parts an image goes that several machines work on, where its rows can be read and written anywhere."""

from __future__ import annotations

import os
from math import prod
from typing import NamedTuple

from cnnkit.cli.inputs import Source
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.work.account import Task
from cnnkit.data.part import Part

LEAST_BYTES, MOST_BYTES = 32 << 20, 1 << 30
"""Of an image in a part: less is worked on in the time that a machine takes to begin; more would be much to lose."""

SUFFIXES = (".zarr", ".tif", ".tiff")


class Dividing(NamedTuple):
    """What decides on parts."""

    task: Task
    outputs: Outputs

    def parts(self, source: Source, most: int, key: str) -> list[Part]:
        """The parts of an image, at `most` so many unless it is huge, and what ends them; none if it stays whole."""
        n_bytes = self._bytes(source)
        count = min(n_bytes // LEAST_BYTES, max(most, -(-n_bytes // MOST_BYTES)))
        return [Part(number, count, key) for number in range(count + 1)] if count > 1 else []

    def _bytes(self, source: Source) -> int:
        """Of an image that can be divided."""
        outputs, suffix = self.outputs, os.path.splitext(os.path.normpath(source.name))[1].lower()
        natural = "zarr" if suffix == ".zarr" else ""
        is_wanted = suffix in SUFFIXES and outputs.format(natural) == "zarr" and not outputs.collects
        if not is_wanted or not self.task.goes_by_rows:
            return 0
        from cnnkit.files.images.raster import read_raster

        try:
            with source.open() as stream:
                image = read_raster(stream)
        except Exception:  # of which its own turn will tell
            return 0
        return prod(image.shape) * image.dtype.itemsize if image.bands.begins_anywhere and not image.has_alpha else 0
