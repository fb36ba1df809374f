"""The values that the fields of a recipe can have: each read and checked by itself.

Standard library only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from operator import index
from typing import Any

from cnnkit.data.recipes.mel import MEL_BINS, MEL_FAMILIES, MEL_NORMS, MEL_SCALES
from cnnkit.errors import ArgumentError, unknown_word
from cnnkit.geometry.framing import framing
from cnnkit.geometry.padding import pad_mode
from cnnkit.geometry.pair import LARGEST

WORDS = {
    "rounding": ("half-up", "down"),
    "scale": ("as-is", "unit", "int16"),
    "preemphasis_over": ("sound", "frame"),
    "taper": ("none", "hann", "hamming", "povey"),
    "spectrum": ("power", "magnitude", "power/n_fft"),
    "mel_scale": MEL_SCALES,
    "mel_family": MEL_FAMILIES,
    "mel_norm": MEL_NORMS,
    "mel_bins": MEL_BINS,
    "half_rate": ("exact", "floor"),
    "empty_bands": ("error", "allow"),
    "log": ("ln", "log10", "db", "none"),
    "log_guard": ("zero", "max", "add"),
    "dct": ("ortho", "htk"),
    "energy_of": ("spectrum", "frame"),
    "c0": ("first", "last"),
    "precision": ("float32", "float64"),
}
"""The fields whose values are words, as `cnnkit.data.recipes.recipe.Recipe` explains them.

Hann is periodic, 0.5 - 0.5 cos(2 pi n / L); Hamming symmetric, 0.54 - 0.46 cos(2 pi n / (L - 1)); Povey's a symmetric
Hann to the power of 0.85."""

MOST_MELS = 2**16
"""No more bands than this are meant."""

SMALLEST_FLOOR = 1e-37
"""No power is raised to less than this, which float32 can hold."""

Length = int | str
"""Samples, or milliseconds as text: 2048, "25ms"."""


def whole_number(name: str, value: object) -> int:
    """Read a whole number of 1 or more.

    Raises
    ------
    ArgumentError
        If it is none, below 1, or too large to be meant.

    >>> whole_number("n_mfcc", 13.0)
    13
    """
    try:
        number = int(value) if isinstance(value, float) and value.is_integer() else index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ArgumentError(f"{name} {value!r} is not a whole number", hint=f"give {name} as a whole number") from None
    most = MOST_MELS if name in ("n_mels", "n_mfcc") else LARGEST
    if isinstance(value, bool) or not 1 <= number <= most:
        raise ArgumentError(f"{name} {value} is not between 1 and {most}", hint=f"use {name} 1 or more")
    return number


def read_length(name: str, value: object) -> Length:
    """Read a number of samples, or milliseconds such as ``25ms``.

    >>> read_length("hop_length", "512"), read_length("hop_length", "12.5ms")
    (512, '12.5ms')
    """
    text = value.strip() if isinstance(value, str) else ""
    if not isinstance(value, str) or re.fullmatch(r"-?[0-9]{1,18}", text):
        return whole_number(name, int(text) if text else value)
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?ms", text) and float(text[:-2]) > 0:
        return text
    raise ArgumentError(
        f"{name} {value!r} is neither samples nor milliseconds", hint=f"write {name} as 512, or as 10ms"
    )


def _between(least: float, most: float = math.inf) -> Callable[[str, Any], float]:
    def read(name: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not (math.isfinite(number) and least <= number <= most):
            bounds = f"{least:g} or more" if math.isinf(most) else f"{least:g} to {most:g}"
            what = "a finite number" if math.isinf(least) else f"a finite number of {bounds}"
            hint = f"give {name} as a number" if math.isinf(least) else f"use {name} {bounds}"
            raise ArgumentError(f"{name} {value!r} is not {what}", hint=hint)
        return number

    return read


def _word(name: str, value: object) -> str:
    if value not in WORDS[name]:
        raise unknown_word(name, value, WORDS[name])
    return str(value)


def _pad_mode(name: str, value: Any) -> str:
    mode = pad_mode(value)
    if mode.is_constant and mode.value:
        raise ArgumentError(f"{name} {value} is not for sounds", hint="use zero")
    return "zero" if mode.is_constant else mode.word


def _switch(name: str, value: object) -> bool:
    if value not in (True, False):
        raise ArgumentError(f"{name} {value!r} is neither true nor false", hint=f"use {name}=True or {name}=False")
    return bool(value)


READERS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("n_fft", "n_fft_least", "n_mels", "n_mfcc"), whole_number),
    **dict.fromkeys(("frame_length", "hop_length"), read_length),
    **dict.fromkeys(("fmin", "fmax", "lifter"), _between(0)),
    "preemphasis": _between(0, 1),
    "log_floor": _between(SMALLEST_FLOOR),
    "log_range": lambda name, value: None if value == "none" else _between(0)(name, value),
    **dict.fromkeys(("log_shift", "log_gain"), _between(-math.inf)),
    "lifter_first": lambda name, value: int(_between(0, 1)(name, value)),
    "framing": lambda _, word: framing(word).word,
    "pad_mode": _pad_mode,
    **dict.fromkeys(WORDS, _word),
    **dict.fromkeys(("energy", "remove_mean"), _switch),
}
"""For every field of a recipe, the function of its name and a value that gives the value read."""
