"""Images from files and into them, of any format, which the content shows and not the name."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError, OutputError
from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix, matrix_made_by_cnnkit, read_npy
from cnnkit.files.recognition import HEAD_BYTES, recognise, unreadable_sound_error
from cnnkit.files.writing import Encoder

IMAGE_FORMATS = ("png", "jpg", "webp", "tiff")


def read_raster(stream: BinaryIO) -> Raster:
    """Read an image file at its full depth, or an array of (rows, columns) or (rows, columns, depth).

    An InputError if it is neither, or is truncated.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    name = recognise(head).name
    if name == "npy":
        return _from_array(stream)
    from cnnkit.files.images import png

    if png.is_plain_png(head):
        return png.read_png(stream)
    from cnnkit.files.images import pillow

    raster = pillow.read_image(stream)
    if raster is None and name == "tiff":
        from cnnkit.files.images import tiff

        stream.seek(0)
        raster = tiff.read_tiff(stream)
    if raster is None:
        raise unreadable_sound_error(head, stream) or InputError(
            "this is neither an image nor a sound that can be read",
            hint="give a PNG, JPEG, TIFF, WebP, .npy, WAV, FLAC, MP3 or Ogg; for bare samples add --raw 16000,s16le",
        )
    return raster


def _from_array(stream: BinaryIO) -> Raster:
    array = read_npy(stream)
    if array.ndim not in (2, 3) or array.size == 0:
        raise InputError(
            f"this .npy has shape {array.shape}, which is not an image",
            hint="give rows x columns, or rows x columns x depth",
        )
    return Raster(array[:, :, None], is_flat=True) if array.ndim == 2 else Raster(array)


def natural_format(raster: Raster, *, has_levels: bool) -> str:
    """The format that holds a result without loss: png for grey and colour with a known white, else npy."""
    return "png" if has_levels and (raster.has_alpha or raster.shape[2] in (1, 3)) else "npy"


def encode_raster(raster: Raster, file_format: str, note: str, threads: int | None = None) -> Encoder:
    """A function that writes a raster in any format: an image of levels, a float TIFF, or the bare array.

    An OutputError if the format cannot hold such an image.
    """
    note = note.encode("ascii", "backslashreplace").decode()  # the one text that every format takes
    samples, depth = raster.samples, raster.shape[2]
    if file_format in MATRIX_FORMATS:
        return encode_matrix(samples[:, :, 0] if raster.is_flat and depth == 1 else samples, file_format, note)
    if depth not in (1, 3) and not raster.has_alpha:
        raise OutputError(f"{depth} feature maps are not the channels of a picture", hint="write them as .npy")
    if file_format == "png":
        from cnnkit.files.images.png import write_png

        return lambda stream: write_png(stream, samples, icc_profile=raster.icc_profile, note=note, threads=threads)
    if file_format == "tiff" and samples.dtype != np.uint8:
        from cnnkit.files.images.tiff import write_tiff

        return lambda stream: write_tiff(stream, raster, note)
    if samples.dtype != np.uint8 or (file_format == "jpg" and raster.has_alpha):
        what = "alpha" if raster.has_alpha else f"{samples.dtype} samples"
        raise OutputError(f"a .{file_format} file cannot hold {what}", hint="write it as .png")
    from cnnkit.files.images.pillow import write_image

    return lambda stream: write_image(stream, raster, file_format, note)


def raster_made_by_cnnkit(path: Path) -> bool:
    """Whether a file says that cnnkit made it."""
    try:
        with path.open("rb") as stream:
            name = recognise(stream.read(HEAD_BYTES)).name
            if name == "zip":
                return matrix_made_by_cnnkit(path)
            if name == "png":
                from cnnkit.files.images.png import read_note
            elif name == "tiff":
                from cnnkit.files.images.tiff import read_note
            elif name in ("pdf", "xml"):
                from cnnkit.files.figures import read_note
            else:
                from cnnkit.files.images.pillow import read_note
            stream.seek(0)
            return read_note(stream).startswith("made by cnnkit ")
    except OSError:
        return False
