"""Words for tapers, the window functions of frames; `cnnkit.operations.features.tables` computes them."""

from __future__ import annotations

from typing import Any

from cnnkit.errors import unknown_word

TAPERS = ("none", "hann", "hamming", "blackman", "blackmanharris", "bartlett", "povey")
"""Window functions. All but none are also periodic or symmetric by name: hann-symmetric, hamming-periodic."""

_OTHER_TAPERS = {
    **dict.fromkeys(("rectangular", "rectangle", "rect", "boxcar", "ones"), "none"),
    **{"hanning": "hann-symmetric", "triang": "bartlett", "triangular": "bartlett", "blackman-harris": TAPERS[4]},
    **{"hann-window": "hann", "hamming-window": "hamming-periodic"},
}
"""What others call them; hanning is symmetric in NumPy and in Kaldi, PyTorch's are periodic."""


def read_taper(name: str, value: Any) -> str:
    """Read the word of a taper.

    >>> read_taper("taper", "hann-symmetric")
    'hann-symmetric'
    """
    words = [*TAPERS, *(f"{kind}-{form}" for kind in TAPERS[1:] for form in ("periodic", "symmetric"))]
    if value in words:
        return str(value)
    hint = f"use one of {', '.join(TAPERS)}; -symmetric or -periodic can follow"
    raise unknown_word(name, value, words, hint=hint, synonyms=_OTHER_TAPERS)


def is_periodic(taper: str) -> bool:
    """Whether a taper is a period of a function, which ends one sample before it begins anew.

    >>> is_periodic("hann"), is_periodic("hamming"), is_periodic("hamming-periodic")
    (True, False, True)
    """
    return taper in ("hann", "none") or taper.endswith("-periodic")
