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

from cnnkit.errors import ArgumentError

QUALITY = "HQ"

LARGEST_RATIO = 1000
"""One rate over the other, at most. More is a slip of the hand: 16 for 16000 Hz."""


def resampled(pieces: Iterable[npt.NDArray[Any]], rate: int, wanted: int) -> Iterator[npt.NDArray[np.float32]]:
    """The samples of `pieces` at the rate `wanted`, in pieces of other lengths.

    Parameters
    ----------
    pieces : iterable of ndarray, (n,)
        One channel of a sound, in order; of any real type.
    rate, wanted : int
        The rate of the pieces and the one wanted, in hertz.

    Yields
    ------
    ndarray, (n,)
        float32 on the scale of the pieces: 16 bits stay between -32768 and 32767, and peaks may lie beyond. Together
        they have ``geometry.resampling.resampled_count`` samples.

    Raises
    ------
    ArgumentError
        If the rates are too far apart.
    """
    check_rates(rate, wanted)
    import soxr

    stream = soxr.ResampleStream(rate, wanted, 1, dtype="float32", quality=QUALITY)
    for piece in pieces:
        yield stream.resample_chunk(np.ascontiguousarray(piece, np.float32))
    yield stream.resample_chunk(np.empty(0, np.float32), last=True)


def check_rates(rate: int, wanted: int) -> None:
    """Refuse a rate that is none, or too far from the one there is.

    Raises
    ------
    ArgumentError
        If `wanted` is below 1, or one rate is more than LARGEST_RATIO times the other.
    """
    if wanted < 1:
        raise ArgumentError(f"sample_rate {wanted} is not positive", hint="give it in hertz, such as 16000")
    if max(rate, wanted) > LARGEST_RATIO * min(rate, wanted):
        raise ArgumentError(
            f"{rate:,} Hz and {wanted:,} Hz are more than {LARGEST_RATIO} times apart",
            hint="give sample_rate in hertz, such as 16000",
        )
