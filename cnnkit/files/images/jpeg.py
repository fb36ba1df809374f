"""Small JPEGs straight into arrays, by simplejpeg.

It is libjpeg-turbo, as inside Pillow, and gives the same samples; Pillow takes as long again to rearrange them, as each
of its pixels has four bytes.
"""

from __future__ import annotations

from typing import IO

import numpy as np
import numpy.typing as npt
import simplejpeg

MOST_PIXELS = 1 << 22
"""Of images that are decoded here: of larger ones Pillow's pixels are rearranged by several threads."""

COLOURS = {1: "GRAY", 3: "RGB"}

Samples = npt.NDArray[np.uint8]


def decoded(stream: IO[bytes], size: tuple[int, int, int]) -> Samples | None:
    """The samples of a JPEG of this size, or None where anything about it is unusual: Pillow says then what it is."""
    stream.seek(0)
    try:
        samples = simplejpeg.decode_jpeg(stream.read(), COLOURS[size[2]], strict=True)
    except (ValueError, KeyError):
        return None
    return samples if samples.shape == size else None
