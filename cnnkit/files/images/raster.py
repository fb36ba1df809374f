"""Whatever file holds an image: its content says what it is, not its name."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError, OutputError
from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix, is_npy, matrix_made_by_cnnkit, read_npy
from cnnkit.files.writing import Encoder

IMAGE_FORMATS = ("png", "jpg", "webp", "tiff")
TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_raster(stream: BinaryIO) -> Raster:
    """Read an image file at its full depth, or an array of (rows, columns) or (rows, columns, depth).

    Raises
    ------
    InputError
        If it is neither, or is truncated.
    """
    head = stream.read(26)
    stream.seek(0)
    if is_npy(head):
        return _from_array(stream)
    from cnnkit.files.images import png

    if png.is_plain_png(head):
        return png.read_png(stream)
    from cnnkit.files.images import pillow

    raster = pillow.read_image(stream)
    if raster is None and head.startswith(TIFF_HEADS):
        from cnnkit.files.images import tiff

        stream.seek(0)
        raster = tiff.read_tiff(stream)
    if raster is None:
        from cnnkit.files.recognition import unheard

        raise unheard(head) or InputError(
            "this is no image or sound cnnkit can read",
            hint="give a PNG, JPEG, TIFF, WebP, .npy, WAV, FLAC, MP3 or Ogg",
        )
    return raster


def _from_array(stream: BinaryIO) -> Raster:
    array = read_npy(stream)
    if array.ndim not in (2, 3) or array.size == 0:
        raise InputError(
            f"this .npy has shape {array.shape}, which is no image",
            hint="give rows x columns, or rows x columns x depth",
        )
    return Raster(array[:, :, None], is_flat=True) if array.ndim == 2 else Raster(array)


def natural_format(raster: Raster, *, has_levels: bool) -> str:
    """The format that holds a result without loss: png for grey and colour with a known white, else npy."""
    return "png" if has_levels and (raster.has_alpha or raster.shape[2] in (1, 3)) else "npy"


def encode_raster(raster: Raster, kind: str, note: str, threads: int | None = None) -> Encoder:
    """A function that writes a raster in any format: an image of levels, a float TIFF, or the bare array.

    Raises
    ------
    OutputError
        If the format cannot hold such an image.
    """
    note = note.encode("ascii", "backslashreplace").decode()  # the one text that every format takes
    samples, depth = raster.samples, raster.shape[2]
    if kind in MATRIX_FORMATS:
        return encode_matrix(samples[:, :, 0] if raster.is_flat and depth == 1 else samples, kind, note)
    if depth not in (1, 3) and not raster.has_alpha:
        raise OutputError(f"{depth} feature maps are no colours", hint="write them as .npy")
    if kind == "png":
        from cnnkit.files.images.png import write_png

        return lambda stream: write_png(stream, samples, icc_profile=raster.icc_profile, note=note, threads=threads)
    if kind == "tiff" and samples.dtype != np.uint8:
        from cnnkit.files.images.tiff import write_tiff

        return lambda stream: write_tiff(stream, raster, note)
    if samples.dtype != np.uint8 or (kind == "jpg" and raster.has_alpha):
        what = "alpha" if raster.has_alpha else f"{samples.dtype} samples"
        raise OutputError(f"a .{kind} file cannot hold {what}", hint="write it as .png")
    from cnnkit.files.images.pillow import write_image

    return lambda stream: write_image(stream, raster, kind, note)


def raster_made_by_cnnkit(path: Path) -> bool:
    """Whether a file says that cnnkit made it."""
    from cnnkit.files import figures
    from cnnkit.files.images import png

    try:
        with path.open("rb") as stream:
            head = stream.read(26)
            stream.seek(0)
            if head.startswith(png.SIGNATURE):
                note = png.read_note(stream)
            elif head.startswith(b"PK"):
                return matrix_made_by_cnnkit(path)
            elif head.startswith(figures.HEADS):
                note = figures.read_note(stream)
            elif head.startswith(TIFF_HEADS):
                from cnnkit.files.images import tiff

                note = tiff.read_note(stream)
            else:
                from cnnkit.files.images import pillow

                note = pillow.read_note(stream)
    except OSError:
        return False
    return note.startswith("made by cnnkit ")
