"""Images into Zarr, a row of chunks at a time, as their bands come.

In format 2, which every release of zarr and other programs read. Chunks are packed by blosc's LZ4 with their bits
sorted: 0.8 to 1.2 GB/s on one core, to 70 to 80 % of a blurred photograph. The package's own choice, zstd, takes two to
four times as long and leaves more of floats, whose lowest bits are noise; levels of a byte LZ4 without the sorting
would leave as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.data.bands import Bands
from cnnkit.data.part import Part
from cnnkit.data.raster import Raster, Samples
from cnnkit.errors import OutputError
from cnnkit.files.zarr.package import check_installed, codec
from cnnkit.loops.machine.threads import in_order, share

SIDE = 512
"""Rows and columns of a chunk, unless a chunk or a row of chunks would take too much."""

MOST_CHUNK_BYTES, MOST_ROW_BYTES = 4 << 20, 128 << 20
LEAST_SIDE = 16
FEW = 4096  # of so many samples, one tells of most chunks that they are not empty

PACKING = {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 2}
"""2 sorts bits."""

AXES = {2: "yx", 3: "yxc", 4: "tyxc"}
"""The names of the axes of arrays, by their number."""


def chunk_sides(shape: tuple[int, int, int], itemsize: int) -> tuple[int, int]:
    """Rows and columns of the chunks of an image.

    >>> chunk_sides((20000, 20000, 1), 4), chunk_sides((100, 90, 3), 1), chunk_sides((2000, 3000, 64), 4)
    ((512, 512), (100, 90), (128, 128))
    """
    rows = columns = SIDE
    while rows * columns * shape[2] * itemsize > MOST_CHUNK_BYTES and rows > LEAST_SIDE:
        rows, columns = rows // 2, columns // 2
    while rows * prod(shape[1:]) * itemsize > MOST_ROW_BYTES and rows > LEAST_SIDE:
        rows //= 2
    return min(rows, shape[0]), min(columns, shape[1])


def filler(
    raster: Raster, made_by: str, threads: int | None = None, part: Part | None = None
) -> Callable[[Path], None]:
    """A function that writes an image, or its rows in a `part`, into a folder.

    An OutputError if the package is missing.
    """
    dimensions = 2 if raster.is_flat and raster.shape[2] == 1 else 3
    return _filler([raster], raster.shape[:dimensions], made_by, threads, part)


def stack_filler(frames: Sequence[Raster], made_by: str, threads: int | None = None) -> Callable[[Path], None]:
    """The same for images of one size and type, which become frames x rows x columns x depth."""
    return _filler(frames, (len(frames), *frames[0].shape), made_by, threads, None)


def _filler(
    frames: Sequence[Raster], shape: tuple[int, ...], made_by: str, threads: int | None, part: Part | None
) -> Callable[[Path], None]:
    """A function that writes images, or their rows in a `part`, into an array of a shape."""
    check_installed(writes="write .npy or .tiff")
    first = frames[0]
    if first.dtype.itemsize > 8:
        raise OutputError(f"a .zarr cannot hold {first.dtype}", hint="give float64")
    dtype, depth = first.dtype.newbyteorder("<"), first.shape[2]
    sides = chunk_sides(first.shape, dtype.itemsize)
    axes = AXES[len(shape)]

    def fill(folder: Path) -> None:
        blosc = codec(PACKING)
        side_of = {"t": 1, "y": sides[0], "x": sides[1], "c": depth}
        header = {
            "zarr_format": 2,
            "shape": list(shape),
            "chunks": [side_of[axis] for axis in axes],
            "dtype": dtype.str,
            "compressor": blosc.get_config(),
            "fill_value": False if dtype.kind == "b" else 0,
            "order": "C",
            "filters": None,
        }
        attributes: dict[str, Any] = {"command": made_by, "_ARRAY_DIMENSIONS": [*axes]}
        if all(frame.has_alpha for frame in frames):
            attributes["channels"] = [*(["grey"] if depth == 2 else ["red", "green", "blue"]), "alpha"]
        if part is None or part.is_end:
            (folder / ".zarray").write_text(json.dumps(header))
            (folder / ".zattrs").write_text(json.dumps(attributes))
        height = first.shape[0]
        rows = (0, height) if part is None else part.rows(height, sides[0])
        for number, frame in enumerate(frames):
            start, end = f"{number}." * ("t" in axes), ".0" * ("c" in axes)
            _write(frame.bands, rows, sides, dtype, partial(_path, folder, start, end), blosc.encode, threads)

    return fill


def _path(folder: Path, start: str, end: str, place: tuple[int, int]) -> Path:
    """The file of the chunk at a place among those of a frame."""
    return folder / f"{start}{place[0]}.{place[1]}{end}"


def _write(
    bands: Bands,
    wanted: tuple[int, int],
    sides: tuple[int, int],
    dtype: np.dtype[Any],
    path: Callable[[tuple[int, int]], Path],
    encode: Callable[[Samples], bytes],
    threads: int | None,
) -> None:
    """Write all chunks of the wanted rows, those left out in which all is zero."""
    (_, columns, depth), (height, width), (begin, end) = bands.shape, sides, wanted
    across = -(-columns // width)
    waiting = np.zeros((across, height, width, depth), dtype)  # the chunks of a row of chunks, one behind the other
    done = begin

    def write(number: int) -> None:
        content = waiting[number].reshape(-1)
        words = content.view(np.uint64 if content.nbytes % 8 == 0 else np.uint8)
        if words[::FEW].any() or words.any():  # -0.0 is no zero here
            path(((done - 1) // height, number)).write_bytes(encode(content))

    def use(samples: Samples, first: int) -> Samples:
        return samples[max(begin - first, 0) : end - first]

    for band in in_order(*bands.steps(use, begin, end), threads):
        while len(band):
            row = done % height
            part, band = band[: height - row], band[height - row :]  # noqa: PLW2901  # what is left of it
            for number in range(across):
                piece = part[:, number * width : (number + 1) * width]
                waiting[number, row : row + len(part), : piece.shape[1]] = piece
            done += len(part)
            if done == end:
                waiting[:, row + len(part) :] = 0
            if done == end or done % height == 0:
                share(lambda: write, across, threads)
