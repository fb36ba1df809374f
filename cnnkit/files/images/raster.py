"""Images from files and into them, of any format, which the content shows and not the name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cnnkit.data.bands import Bands
from cnnkit.data.raster import RESOLUTION, Raster, Samples, as_levels
from cnnkit.data.rows import Rows
from cnnkit.errors import InputError, OutputError, printable
from cnnkit.files.images.capacity import check_room
from cnnkit.files.images.depths import check_depth
from cnnkit.files.images.flat import read_rows
from cnnkit.files.images.frames import chosen, left_out
from cnnkit.files.images.header import read_png_parts, read_size
from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix, npy_layout, read_npy
from cnnkit.files.reading import ZarrFolder
from cnnkit.files.recognition import HEAD_BYTES, damaged, is_like_table, not_an_image_error, recognise
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import pair_text
from cnnkit.loops.machine.threads import in_order

IMAGE_FORMATS = ("png", "jpg", "webp", "tiff")
FORMAT_ALIASES = {"jpeg": "jpg", "tif": "tiff"}
MOST_PIXELS_ALONG = {"jpg": 65500, "webp": 16383}  # what libjpeg and libwebp write

PROFILE_COLOURS = {b"GRAY": 1, b"RGB ": 3}
"""The number of colours that a profile (ICC.1, bytes 16 to 19) describes."""


def read_raster(stream: BinaryIO) -> Raster:
    """Read an image at its full depth, or an array of rows x columns (x depth); an InputError if it is neither."""
    return next(read_frames(stream))


def read_frames(stream: BinaryIO, frame: str | None = None) -> Iterator[Raster]:
    """Read images as `read_raster` does, one at a time: the frame chosen, from 1, or "all"; None is the first alone."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    found = recognise(head)
    if found.name == "tiff":
        from cnnkit.files.images import tiff

        yield from map(_with_fitting_profile, tiff.read_tiff(stream, frame))
        return
    is_array = isinstance(stream, ZarrFolder) or found.name in ("npy", "zip", "pnm", "table")
    if is_array or (found.name == "png" and frame is None):
        for _, place in chosen(frame, 1):
            yield replace(_read_one(stream, found.name), frame=place)
        return
    if found.kind != "image":
        raise _no_image(head, stream)
    if found.name in ("jpeg", "jp2", "avif"):
        read_size(stream)  # which refuses other colours and depths, and headers that are cut off
    if found.name == "png" and any("fdAT" in fault or "fcTL" in fault for fault in read_png_parts(stream)[3]):
        raise damaged("this PNG is damaged: a chunk of its frames fails its check")  # at which Pillow does not look
    from cnnkit.files.images import pillow

    bits = check_depth(stream, found.name)
    stream.seek(0)
    image = pillow.open_image(stream)
    count = pillow.count_frames(image)
    is_deep = found.name == "png" and head[24] == 16
    for number, place in chosen(frame, count):
        if is_deep and number:
            raise InputError("frames of 16 bits after the first of a PNG cannot be read", hint="use --frame 1")
        notes: tuple[str, ...] = ()
        if is_deep or (found.name == "png" and count == 1):
            stream.seek(0)
            raster = _read_one(stream, "png")
            raster = replace(raster, notes=tuple(note for note in raster.notes if note not in left_out(count)))
        else:
            raster = _with_fitting_profile(pillow.read_image(image, number))
            notes = left_out(count) if place is None and image.format != "MPO" else ()  # whose second is a preview
        if bits % 8:  # Pillow puts them into the upper bits of 8 or 16
            levels, note = as_levels(raster.samples >> (-bits % 8), (1 << bits) - 1)
            raster = replace(raster, source=levels, notes=raster.notes + note)
        yield replace(raster, frame=place, notes=notes + raster.notes)


def _no_image(head: bytes, stream: BinaryIO) -> InputError:
    """The error for a file that is neither an image nor a table, though it may look like one."""
    if is_like_table(head):
        from cnnkit.files.tables import read_table

        read_table(stream)  # which says where it is none
    return not_an_image_error(head, stream)


def _read_one(stream: BinaryIO, name: str) -> Raster:
    """The first or only image of a file that is read here."""
    if isinstance(stream, ZarrFolder):
        from cnnkit.files.zarr.image import read_zarr

        return read_zarr(stream.folder)
    if name == "npy":
        return _from_array(stream, name)
    if name == "zip":
        from cnnkit.files.npz import open_array

        return _from_array(open_array(stream), name)
    if name == "table":
        from cnnkit.files.tables import read_table

        is_typed = getattr(stream, "is_typed", False)
        return Raster(read_table(stream, is_typed=is_typed)[:, :, None], is_flat=True, file_format="csv")
    if name == "pnm":
        from cnnkit.files.images.pnm import read_pnm

        return read_pnm(stream)
    from cnnkit.files.images.png import read_png

    return _with_fitting_profile(read_png(stream))


def _with_fitting_profile(raster: Raster) -> Raster:
    """The image, without a colour profile that is damaged or is for other colours, of which it gets a note."""
    profile = raster.icc_profile
    if profile is None:
        return raster
    size = int.from_bytes(profile[:4], "big")
    n_tags = int.from_bytes(profile[128:132], "big")
    if profile[36:40] != b"acsp" or not 132 + 12 * n_tags <= size <= len(profile):
        return replace(raster, icc_profile=None, notes=(*raster.notes, "its colour profile is damaged and left out"))
    colours = raster.colours
    if PROFILE_COLOURS.get(profile[16:20]) != colours:
        kind = printable(profile[16:20].decode("latin-1")).strip()
        note = f"its colour profile is for {kind}, not for {'grey' if colours == 1 else 'RGB'}, and left out"
        return replace(raster, icc_profile=None, notes=(*raster.notes, note))
    return replace(raster, icc_profile=profile[:size])


def _from_array(stream: BinaryIO, name: str) -> Raster:
    size = read_size(stream)  # which refuses other shapes
    layout = npy_layout(stream) if name == "npy" else None
    if layout is not None:
        start, shape, dtype = layout
        rows, columns, depth = (*shape, 1)[:3]
        return Raster(read_rows(stream, start, (rows, columns, depth), dtype), is_flat=len(shape) == 2)
    check_room(size, stream.seek(0, os.SEEK_END) // prod(size))
    stream.seek(0)
    array = read_npy(stream)
    return Raster(array[:, :, None], is_flat=True) if array.ndim == 2 else Raster(array)


def natural_format(raster: Raster, *, has_levels: bool) -> str:
    """The format that holds a result without loss: png for grey and colour with a known white, else npy.

    Of a table it is a table again, where it holds the result, and of a .zarr, which may not fit into memory, a .zarr;
    feature maps become a picture of all of them.
    """
    if raster.file_format == "zarr":
        return raster.file_format
    if raster.file_format and raster.shape[2] == 1:
        return raster.file_format
    if raster.are_maps:
        return "png" if has_levels else "npy"
    return "png" if has_levels and (raster.has_alpha or raster.shape[2] in (1, 3)) else "npy"


def encode_raster(raster: Raster, file_format: str, note: str, threads: int | None = None) -> Encoder:
    """A function that writes a raster in any format; an OutputError if the format cannot hold such an image."""
    note = note.encode("ascii", "backslashreplace").decode()  # the one text that every format takes
    dtype, depth = raster.dtype, raster.shape[2]
    if file_format in MATRIX_FORMATS:
        shape = raster.shape[:2] if raster.is_flat and depth == 1 else raster.shape
        rows = Rows(shape, dtype, lambda: in_order(*raster.bands.steps(_in_one_piece), threads))
        return encode_matrix(rows, file_format, note)
    if file_format == "tiff":
        from cnnkit.files.images.tiff import write_tiff

        if dtype.itemsize > 8:
            raise OutputError(f"a .tiff file cannot hold {dtype}", hint="give float64")
        return lambda stream: write_tiff(stream, [raster], note, threads)
    if depth not in (1, 3) and not raster.has_alpha:
        raise OutputError(
            f"{depth} bands or feature maps are not the channels of a picture", hint="write them as .npy or .tiff"
        )
    if file_format == "png":
        from cnnkit.files.images.png import write_png

        kept: dict[str, Any] = {"icc_profile": raster.icc_profile, "chunks": raster.chunks}
        return lambda stream: write_png(stream, raster.bands, note=note, threads=threads, **kept)
    if dtype != np.uint8 or (file_format == "jpg" and raster.has_alpha):
        what = "alpha" if raster.has_alpha else f"{dtype} samples"
        raise OutputError(f"a .{file_format} file cannot hold {what}", hint="write it as .png")
    most = MOST_PIXELS_ALONG.get(file_format, 0)
    if most and max(raster.shape[:2]) > most:
        problem = f"a .{file_format} file has at most {most} pixels along a side, not {pair_text(raster.shape[:2])}"
        raise OutputError(problem, hint="write it as .png")
    from cnnkit.files.images.pillow import write_image

    return lambda stream: write_image(stream, raster, file_format, note, threads)


def _in_one_piece(samples: Samples, first: int) -> Samples:
    return np.ascontiguousarray(samples)


def without(raster: Raster, file_format: str) -> str:
    """What says how the colours of an image are meant, and a picture of another format is written without."""
    if file_format not in IMAGE_FORMATS or file_format == "png":
        return ""
    if file_format == "webp" and raster.icc_profile and raster.colours == 1:
        return "colour profile for grey"
    redundant = {RESOLUTION, b"sRGB"}
    if raster.icc_profile or b"sRGB" in raster.chunks:  # which says the same
        redundant |= {b"gAMA", b"cHRM"}
    return ", ".join(name.decode() for name in raster.chunks if name not in redundant)


class Stack:
    """Frames on their way into one file: they wait in a temporary file, so that memory holds one at a time."""

    FORMATS = ("tiff", "npy", "npz", "zarr")

    def __init__(self) -> None:
        from cnnkit.files.spool import Spool

        self._spool = Spool()
        self._frames: list[Raster] = []  # their samples are in the file
        self._facts: list[Mapping[str, Any]] = []  # what is to be said of each

    def add(self, frame: Raster, file_format: str, facts: Mapping[str, Any]) -> None:
        """Add a frame; an OutputError if the format cannot hold it beside the others."""
        if file_format not in self.FORMATS:
            raise OutputError(
                f"a .{file_format} file holds one frame",
                hint="write a file for each frame with --out-dir DIR, or write .npy or .tiff",
            )
        if file_format == "zarr" and not self._frames:  # before all of them are computed
            from cnnkit.files.zarr.package import check_installed

            check_installed(writes="write .npy or .tiff")
        self._frames.append(frame)
        if file_format != "tiff" and len(self.kinds) > 1:
            raise OutputError(
                f"frames of {' and '.join(self.kinds)} are not one array",
                hint="write .tiff, or a file for each frame: --out-dir DIR",
            )
        start, dtype, (_, columns, depth) = self._spool.add(Rows.of(frame.samples)), frame.dtype, frame.shape
        row_bytes = columns * depth * dtype.itemsize

        def take(first: int, last: int) -> Samples:
            return self._spool.read(start + first * row_bytes, (last - first, columns, depth), dtype)

        self._facts.append(facts)
        self._frames[-1] = frame.with_samples(Bands(frame.shape, dtype, take, lambda taken, first, last: taken))

    @property
    def kinds(self) -> list[str]:
        """The different shapes and types of the frames, in words."""
        return [*{f"{pair_text(frame.shape)} {frame.dtype}": None for frame in self._frames}]

    @property
    def account(self) -> tuple[str, dict[str, Any]]:
        """The size of the file in words, and what ``--json`` says of it: one shape and type only where there is one."""
        count, kinds, rows = len(self._frames), self.kinds, self.rows
        if len(kinds) == 1:
            return f"{count}x{kinds[0]}", {"shape": list(rows.shape), "dtype": str(rows.dtype), "frames": self._facts}
        shown = ", ".join(kinds[:3]) + ", ..." * (len(kinds) > 3)
        return f"{count} frames: {shown}", {"shape": None, "dtype": None, "frames": self._facts}

    @property
    def rows(self) -> Rows:
        """The array of frames x rows x columns x depth."""
        return self._spool.rows((len(self._frames), *self._frames[0].shape), self._frames[0].dtype)

    def encoder(self, file_format: str, note: str, threads: int | None = None) -> Encoder | Callable[[Path], None]:
        """A function that writes all frames: an array, as .zarr into a folder, or a TIFF with a page for each."""
        if file_format == "zarr":
            from cnnkit.files.zarr.writing import stack_filler

            return stack_filler(self._frames, note, threads)
        if file_format != "tiff":
            return encode_matrix(self.rows, file_format, note)
        from cnnkit.files.images.tiff import write_tiff

        return lambda stream: write_tiff(stream, self._frames, note, threads)
