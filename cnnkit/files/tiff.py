"""TIFFs of 16-bit colour, which Pillow reduces to 8 bits, and of floats in colour, which it refuses."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np
import tifffile

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError

ORIENTATION_TAG = 274
ICC_TAG = 34675
HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_tiff(stream: BinaryIO) -> Raster:
    """Read the first image of a TIFF at its full depth, upright.

    Raises
    ------
    InputError
        If it is damaged, or compressed in a way that needs more than tifffile itself.
    """
    try:
        with tifffile.TiffFile(stream) as file:
            page: Any = file.pages[0]
            samples = page.asarray()
            if page.planarconfig == 2 and samples.ndim == 3:
                samples = np.moveaxis(samples, 0, 2)
            tags = page.tags
            turn = int(tags[ORIENTATION_TAG].value) if ORIENTATION_TAG in tags else 1
            profile = bytes(tags[ICC_TAG].value) if ICC_TAG in tags else None
            has_alpha = len(page.extrasamples) > 0
            frames = len(file.pages)
    except Exception as error:  # decoding somebody else's file may stumble over anything
        raise InputError(
            f"this TIFF cannot be read: {error}", hint="save it uncompressed or as PNG, or pip install imagecodecs"
        ) from None
    if samples.ndim not in (2, 3) or samples.dtype.kind not in "uif":
        raise InputError(f"this TIFF holds {samples.dtype} of shape {samples.shape}", hint="give a grey or RGB image")
    samples = samples[:, :, None] if samples.ndim == 2 else samples
    notes = (f"only the first of its {frames} frames is read",) if frames > 1 else ()
    return Raster(samples, has_alpha, profile, notes).turned(turn)


def write_tiff(stream: BinaryIO, raster: Raster, note: str) -> None:
    """Write an image of uint16 or floats, deflated."""
    samples = raster.samples[:, :, 0] if raster.samples.shape[2] == 1 else np.ascontiguousarray(raster.samples)
    profile = raster.icc_profile
    content = io.BytesIO()  # tifffile goes back while it writes, which a pipe cannot
    tifffile.imwrite(
        content,
        samples,
        photometric="rgb" if samples.ndim == 3 and samples.shape[2] >= 3 else "minisblack",
        extrasamples=["unassalpha"] if raster.has_alpha else None,
        software=note,
        metadata=None,
        compression="zlib",
        extratags=[(ICC_TAG, 7, len(profile), profile, True)] if profile else [],
    )
    stream.write(content.getbuffer())
