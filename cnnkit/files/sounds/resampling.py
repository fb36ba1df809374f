"""soxr: the only file that knows it. A sound at another rate, made while it is read.

soxr's filter passes all below 0.91 of half the lower rate and holds what it folds back below -120 dB (its quality HQ,
20 bits), so nothing of a higher rate is heard as something else. A sound in pieces gives the same bits as in one.

Source: the SoX Resampler library, https://sourceforge.net/projects/soxr.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.geometry.resampling import check_rates

QUALITY = "HQ"


def resampled(
    pieces: Iterable[npt.NDArray[Any]], rate: int, wanted: int, channels: int = 1
) -> Iterator[npt.NDArray[np.float32]]:
    """The samples of `pieces`, (n,) or (n, channels), at the rate `wanted`, in hertz, in pieces of other lengths.

    They become float32 on the scale they had: 16 bits stay between -32768 and 32767, but peaks may lie beyond.
    Together they are ``geometry.resampling.resampled_count`` samples. An ArgumentError if the rates are too far apart.
    """
    check_rates(rate, wanted)
    import soxr

    stream = soxr.ResampleStream(rate, wanted, channels, dtype="float32", quality=QUALITY)
    for piece in pieces:
        yield stream.resample_chunk(np.ascontiguousarray(piece, np.float32))
    yield stream.resample_chunk(np.empty((0, channels)[: 1 + (channels > 1)], np.float32), last=True)
