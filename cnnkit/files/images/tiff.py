"""tifffile: the only file that knows it.

It reads and writes what Pillow cannot at full depth: floats and 16 bits in colour, channels in planes.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np
import tifffile

from cnnkit.data.raster import ORIENTATION_TAG, Raster, Samples
from cnnkit.errors import InputError

ICC_TAG = 34675
GREY, RGB, ASSOCIATED = 1, 2, 1


def read_tiff(stream: BinaryIO) -> Raster:
    """Read the first image of a TIFF at its full depth, upright.

    An InputError if it is damaged, or compressed in a way that needs more than tifffile itself.
    """
    try:
        with tifffile.TiffFile(stream) as file:
            page: Any = file.pages[0]
            samples = page.asarray()
            if "S" in page.axes:  # the samples of a pixel, which may lie in planes
                samples = np.moveaxis(samples, page.axes.index("S"), -1)
            tags = page.tags
            turn = int(tags[ORIENTATION_TAG].value) if ORIENTATION_TAG in tags else 1
            profile = bytes(tags[ICC_TAG].value) if ICC_TAG in tags else None
            extra = [int(sample) for sample in page.extrasamples]
            colours = int(page.photometric)
            frames = len(file.pages)
    except Exception as error:  # tifffile raises all kinds of errors
        raise InputError(
            f"this TIFF cannot be read: {error}", hint="save it uncompressed or as PNG, or pip install imagecodecs"
        ) from None
    if samples.ndim not in (2, 3) or samples.dtype.kind not in "uif" or colours not in (GREY, RGB):
        raise InputError(
            f"this TIFF of {samples.dtype}, shape {samples.shape}, is not grey or RGB", hint="convert it first"
        )
    samples = samples[:, :, None] if samples.ndim == 2 else samples
    if extra and extra[0] == ASSOCIATED:
        samples = _divided_by_alpha(samples)
    notes = (f"only the first of its {frames} frames is read",) if frames > 1 else ()
    return Raster(samples, bool(extra), profile, notes, is_flat=samples.shape[2] == 1).turned(turn)


def read_size(stream: BinaryIO) -> tuple[int, int, int]:
    """Read (rows, columns, depth) of the first image of a TIFF, upright, without decoding it."""
    try:
        with tifffile.TiffFile(stream) as file:
            page: Any = file.pages[0]
            sides = [side for side, axis in zip(page.shape, page.axes, strict=True) if axis != "S"]
            depth = int(page.shape[page.axes.index("S")]) if "S" in page.axes else 1
            turn = int(page.tags[ORIENTATION_TAG].value) if ORIENTATION_TAG in page.tags else 1
            rows, columns = map(int, sides)
    except Exception as error:  # as above
        raise InputError(f"this TIFF cannot be read: {error}", hint="save it uncompressed or as PNG") from None
    return (columns, rows, depth) if turn in range(5, 9) else (rows, columns, depth)


def _divided_by_alpha(samples: Samples) -> Samples:
    """The colours of an image that stores them multiplied by alpha."""
    alpha = samples[..., -1:].astype(np.float64)
    white = float(np.iinfo(samples.dtype).max) if samples.dtype.kind in "ui" else 1.0
    colour = samples[..., :-1] * (white / np.where(alpha > 0, alpha, white))
    if samples.dtype.kind in "ui":
        colour = np.rint(colour).clip(0, white)
    return np.concatenate([colour.astype(samples.dtype), samples[..., -1:]], axis=2)


def read_note(stream: BinaryIO) -> str:
    """What the tag Software says; empty if it says nothing."""
    try:
        with tifffile.TiffFile(stream) as file:
            page: Any = file.pages[0]
            return str(page.software)
    except Exception:  # whatever the file is, it does not say that cnnkit made it
        return ""


def write_tiff(stream: BinaryIO, raster: Raster, note: str) -> None:
    """Write an image of uint16 or floats, deflated."""
    samples = raster.samples[:, :, 0] if raster.samples.shape[2] == 1 else np.ascontiguousarray(raster.samples)
    profile = raster.icc_profile
    content = io.BytesIO()  # tifffile seeks while it writes, which a pipe cannot
    tifffile.imwrite(
        content,
        samples,
        photometric="rgb" if samples.ndim == 3 and samples.shape[2] >= 3 else "minisblack",
        extrasamples=["unassalpha"] if raster.has_alpha else None,
        software=note.encode("ascii", "backslashreplace").decode(),
        metadata=None,
        compression="zlib",
        extratags=[(ICC_TAG, 7, len(profile), profile, True)] if profile else [],
    )
    stream.write(content.getbuffer())
