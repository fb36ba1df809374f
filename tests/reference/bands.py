"""The slow twin of mel bands: triangles asked bin by bin.

Source: HTK's mel (2595 log10(1 + f / 700)) and Slaney's (3 f / 200 up to 1 kHz, 27 steps to a factor of 6.4 above it).
"""

from __future__ import annotations

import math


def mel(hertz: float, scale: str = "htk") -> float:
    """A frequency on one of the two mel scales."""
    if scale == "htk":
        return 2595 * math.log10(1 + hertz / 700)
    return 3 * hertz / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def hertz(mels: float, scale: str = "htk") -> float:
    """And back."""
    if scale == "htk":
        return 700 * (10 ** (mels / 2595) - 1)
    return 200 * mels / 3 if mels < 15 else 1000 * math.exp((mels - 15) * math.log(6.4) / 27)


def triangles(
    n_mels: int,
    n_fft: int,
    rate: int,
    fmin: float,
    fmax: float,
    *,
    scale: str = "htk",
    family: str = "bin",
    norm: str = "none",
    bins: str = "all",
    half_rate: str = "exact",
) -> list[list[float]]:
    """The weight of every bin in every band: straight lines over bins, over hertz or over mels."""
    low, high = mel(fmin, scale), mel(fmax, scale)
    points = [low + (high - low) / (n_mels + 1) * m for m in range(n_mels + 1)] + [high]
    edges = [hertz(point, scale) for point in points]

    def frequency(k: int) -> float:
        return k * (rate // 2) / (n_fft // 2) if half_rate == "floor" else k * rate / n_fft

    def place(k: int) -> float:
        return {"bin": float(k), "hz": frequency(k), "mel": mel(frequency(k), scale)}[family]

    corners = {"bin": [float(math.floor((n_fft + 1) * edge / rate)) for edge in edges], "hz": edges, "mel": points}[
        family
    ]
    first, last = 0, n_fft // 2
    if bins == "htk":  # HTK's HSigP.c counts bins from 1, and rounds its limits in its own way
        first, last = int(fmin * n_fft / rate + 2.5) - 1, min(int(fmax * n_fft / rate + 0.5), n_fft // 2) - 1

    def weight(m: int, k: int) -> float:
        left, peak, right = corners[m : m + 3]
        where = place(k)
        height = 0.0
        if first <= k <= last and left <= where < right:
            height = (where - left) / (peak - left) if where < peak else (right - where) / (right - peak)
        return height * 2 / (edges[m + 2] - edges[m]) if norm == "slaney" else height

    return [[weight(m, k) for k in range(n_fft // 2 + 1)] for m in range(n_mels)]
