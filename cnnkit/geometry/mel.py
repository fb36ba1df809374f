"""Where the triangular bands of the mel scale lie: their edges in hertz, and in bins of an FFT.

Bands are equally wide on the mel scale, so narrow at low frequencies and wide at high ones; each rises from one
edge to the next and falls to the one after, so n bands have n + 2 edges.

Standard library only, so that a recipe can be checked before anything heavy is imported.
Source: mel = 2595 log10(1 + f / 700), O'Shaughnessy 1987, as in HTK; the edges in bins are those of
python_speech_features 0.6, floor((n_fft + 1) f / rate).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from cnnkit.errors import SizeError

WIDEST_FFT = 2**20
"""No larger FFT is proposed: more than 20 s of speech in one frame."""


def mel(frequency: float) -> float:
    """A frequency on the mel scale.

    >>> round(mel(1000), 2)
    999.99
    """
    return 2595 * math.log10(1 + frequency / 700)


def hertz(mels: float) -> float:
    """The frequency of a place on the mel scale.

    >>> round(hertz(mel(440)), 9)
    440.0
    """
    return float(700 * (10 ** (mels / 2595) - 1))


def mel_edges(n_mels: int, fmin: float, fmax: float) -> list[float]:
    """The n_mels + 2 edges, in hertz, equally far apart on the mel scale.

    >>> [round(edge) for edge in mel_edges(2, 0, 8000)]
    [0, 921, 3056, 8000]
    """
    low, high = mel(fmin), mel(fmax)
    step = (high - low) / (n_mels + 1)
    return [hertz(low + index * step) for index in range(n_mels + 1)] + [hertz(high)]


def bin_edges(n_mels: int, n_fft: int, sample_rate: int, fmin: float, fmax: float) -> tuple[int, ...]:
    """The edges as FFT bins: bin k is the frequency k * sample_rate / n_fft.

    Band m rises from edge m, where it is 0, to edge m + 1, where it is 1, and is 0 again at edge m + 2.

    Parameters
    ----------
    n_mels, n_fft : int
        Bands, and samples in the FFT.
    sample_rate : int
        In hertz.
    fmin, fmax : float
        Where the first band begins and the last one ends, in hertz.

    Raises
    ------
    SizeError
        If a band would cover no bin at all: its coefficient would be the same for every sound.

    Examples
    --------
    >>> bin_edges(26, 512, 16000, 0, 8000)[:6]
    (0, 2, 4, 7, 10, 13)
    """
    edges = _floored(n_mels, n_fft, sample_rate, fmin, fmax)
    empty = _first_empty(edges)
    if empty is None:
        return tuple(edges)
    between = mel_edges(n_mels, fmin, fmax)
    raise SizeError(
        f"mel band {empty + 1} of {n_mels} ({between[empty]:.1f} to {between[empty + 2]:.1f} Hz) covers no bin"
        f" of an FFT of {n_fft}, whose bins are {sample_rate / n_fft:.1f} Hz apart",
        hint=_cure(n_mels, n_fft, sample_rate, fmin, fmax),
    )


def _floored(n_mels: int, n_fft: int, sample_rate: int, fmin: float, fmax: float) -> list[int]:
    return [math.floor((n_fft + 1) * edge / sample_rate) for edge in mel_edges(n_mels, fmin, fmax)]


def _first_empty(edges: list[int]) -> int | None:
    """The first band without a weight above 0: one bin up is 0 at its own start, and there is nothing going down."""
    for band in range(len(edges) - 2):
        low, peak, high = edges[band : band + 3]
        if peak == high and peak - low < 2:
            return band
    return None


def _cure(n_mels: int, n_fft: int, sample_rate: int, fmin: float, fmax: float) -> str:
    def works(bands: int, size: int) -> bool:
        return _first_empty(_floored(bands, size, sample_rate, fmin, fmax)) is None

    cures = []
    if works(1, n_fft):
        cures.append(f"n_mels {_largest(lambda bands: works(bands, n_fft), below=min(n_mels, n_fft))} or less")
    size = 1 << n_fft.bit_length()
    while size < WIDEST_FFT and not works(n_mels, size):
        size *= 2
    if size < WIDEST_FFT:
        cures.append(f"n_fft {size}")
    return f"use {', or '.join(cures)}" if cures else "use fewer bands, further between fmin and fmax"


def _largest(works: Callable[[int], bool], below: int) -> int:
    """The largest number that works, between 1, which does, and `below`, which does not."""
    good, bad = 1, below
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if works(middle) else (good, middle)
    return good
