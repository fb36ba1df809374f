"""From sums to the whole numbers of an image file, by a rule, with an account of what was clipped."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.data.raster import Raster
from cnnkit.errors import SizeError, unknown_word

RANGE_WORDS = ("auto", "clip", "abs", "offset", "minmax")
BLOCK_SAMPLES = 1 << 16
"""Samples mapped at a time, few enough to stay in a processor's cache from the first step to the last."""

HALF = float(np.nextafter(0.5, 0.0))
"""Added before rounding down. With one half itself, the largest number below one half would become 1."""

LEAST_SPAN = 1e-300
"""Values that differ by less are one: white divided by the difference would be infinite."""

Samples = npt.NDArray[Any]


class Levels(NamedTuple):
    """How values became levels of an image."""

    word: str  # clip, abs, offset or minmax
    minimum: float  # of the values before, without NaN
    maximum: float
    clipped: float  # share of the samples outside of what the file can hold, 0 to 1
    not_numbers: int  # samples that were NaN; they became black
    white: int  # the largest level

    @property
    def text(self) -> str:
        """One phrase for a person."""
        ways = {
            "clip": f"clipped to 0..{self.white}",
            "abs": f"as |v|, clipped to {self.white}",
            "offset": f"shifted so that 0 is {(self.white + 1) // 2}",
            "minmax": f"stretched to 0..{self.white}",
        }
        share = "" if self.word == "minmax" else f", {_share(self.clipped)} clipped"
        black = f", {self.not_numbers} NaN made black" if self.not_numbers else ""
        return f"values {self.minimum:.6g} to {self.maximum:.6g} {ways[self.word]}{share}{black}"


def _share(share: float) -> str:
    return "nothing" if share == 0 else f"{100 * share:.1f} %" if share >= 0.001 else "under 0.1 %"


def range_word(word: str, *, is_zero_sum: bool, has_levels: bool) -> str:
    """Settle ``auto``: magnitudes of differences (`is_zero_sum`), the whole range if no white is known, else clip."""
    if word not in RANGE_WORDS:
        raise unknown_word("range", word, RANGE_WORDS)
    if word != "auto":
        return word
    return ("abs" if is_zero_sum else "clip") if has_levels else "minmax"


def levels(values: npt.ArrayLike, range: str = "auto", dtype: npt.DTypeLike = "uint8") -> Samples:
    """Values as the levels of a picture, 0 black and the largest white, rounded half away from zero.

    Parameters
    ----------
    values : array_like of any shape
        Real numbers; a bool is black or white. NaN becomes black.
    range : {"auto", "clip", "abs", "offset", "minmax"}
        ``clip`` the values, ``abs`` their magnitudes, ``offset`` with 0 in the middle, ``minmax`` stretched from the
        smallest to the largest. ``auto`` looks at nothing but the values: minmax if all lie in [-1, 1], else abs if
        a quarter or more of their magnitude is negative, as of differences, else clip.
    dtype : {"uint8", "uint16"}
        Type of the levels.

    Returns
    -------
    ndarray of `dtype`, in the shape of `values`
        The values themselves where ``auto`` finds them to be levels of that type.

    Raises
    ------
    ArgumentError
        If `range` or `dtype` is unknown, or the values are masked or not real numbers.
    SizeError
        If there are no values.

    Examples
    --------
    >>> levels([-300, -1.5, 7]).tolist(), levels([-1.5, 7, 300]).tolist(), levels([0, 0.5, 1]).tolist()
    ([255, 2, 7], [0, 7, 255], [0, 128, 255])
    """
    if dtype not in ("uint8", "uint16", np.uint8, np.uint16):
        raise unknown_word("dtype of levels", dtype, ("uint8", "uint16"))
    array, wanted = real_values(values), np.dtype(dtype)
    word = range_word(range, is_zero_sum=False, has_levels=True) if range != "auto" else values_word(array)
    if array.dtype == np.bool_:
        return np.multiply(array, np.iinfo(wanted).max, dtype=wanted)
    return array if range == "auto" and array.dtype == wanted else to_levels(array, wanted, word)[0]


def real_values(values: npt.ArrayLike) -> Samples:
    """An array of at least one real number."""
    array = arrays.real(values, "values")
    if array.size == 0:
        raise SizeError(f"values of shape {array.shape} are none", hint="give at least one")
    return array


@np.errstate(over="ignore")
def values_word(values: Samples) -> str:
    """Settle ``auto`` for values of which nothing else is known."""
    minimum, maximum, _ = _extent(values.reshape(-1))
    if minimum >= -1 and maximum <= 1:
        return "minmax"
    negative, positive = (float(part.sum(dtype=np.float64)) for part in (values[values < 0], values[values > 0]))
    return "abs" if negative < 0 and -3 * negative >= positive else "clip"


def raster_levels(result: Raster, dtype: npt.DTypeLike, word: str) -> tuple[Raster, Levels]:
    """A result as the levels of a picture, and the account of it; holes, which are said by themselves, are left out."""
    lost = None if result.lost is None else result.lost.results
    values = result.colour if lost is None else np.where(lost, np.nan, result.colour)
    samples, account = to_levels(values, dtype, word)
    if lost is not None:
        account = account._replace(not_numbers=account.not_numbers - int(np.count_nonzero(lost)))
    if result.has_alpha:
        samples = np.concatenate([samples, to_levels(result.alpha, dtype, "clip")[0]], axis=2)
    return result.with_samples(samples), account


@np.errstate(over="ignore")
def to_levels(values: Samples, dtype: npt.DTypeLike, word: str) -> tuple[Samples, Levels]:
    """Map values to the levels of an image of `dtype`, uint8 or uint16, rounded half away from zero.

    >>> levels, account = to_levels(np.array([-300.0, -0.5, 0.5, 254.5]), np.uint8, "abs")
    >>> levels.tolist(), account.text
    ([255, 1, 1, 255], 'values -300 to 254.5 as |v|, clipped to 255, 25.0 % clipped')
    """
    white = int(np.iinfo(dtype).max)
    flat = np.ascontiguousarray(values).reshape(-1)
    levels = np.empty(flat.shape, dtype=dtype)
    minimum, maximum, not_numbers = _extent(flat)
    black, span = _stretch(flat, minimum, maximum) if word == "minmax" else (0.0, 0.0)
    scale = white / span if span else 1.0
    shift = float((white + 1) // 2) if word == "offset" else -black * scale
    clipped = 0
    for start in range(0, len(flat), BLOCK_SAMPLES):
        block = flat[start : start + BLOCK_SAMPLES].astype(np.float64)
        if word == "abs":
            np.abs(block, out=block)
        else:
            block *= scale
            block += shift
        block += HALF
        np.floor(block, out=block)  # everything below 0 is black, so up and away from zero are the same
        if word != "minmax":
            clipped += int(np.count_nonzero((block < 0) | (block > white)))
        np.nan_to_num(block, copy=False, nan=0.0, posinf=white, neginf=0.0)
        levels[start : start + BLOCK_SAMPLES] = block.clip(0, white)
    account = Levels(word, minimum, maximum, clipped / max(len(flat), 1), not_numbers, white)
    return levels.reshape(values.shape), account


def _extent(flat: Samples) -> tuple[float, float, int]:
    """Smallest and largest number, and how many samples are NaN."""
    minimum, maximum = float(flat.min()), float(flat.max())
    if not np.isnan(minimum):
        return minimum, maximum, 0
    numbers = flat[~np.isnan(flat)]
    lost = int(flat.size - numbers.size)
    return (float(numbers.min()), float(numbers.max()), lost) if numbers.size else (0.0, 0.0, lost)


def _stretch(flat: Samples, minimum: float, maximum: float) -> tuple[float, float]:
    """The value that becomes black, and how far above it white is; infinities lie beyond both."""
    if not np.isfinite(maximum - minimum):
        numbers = flat[np.isfinite(flat)]
        minimum, maximum = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
    span = maximum - minimum
    return minimum, span if LEAST_SPAN < span < np.inf else 0.0


def to_full_scale(values: Samples, full_scale: float | None) -> tuple[Samples, int]:
    """Samples of a sound as the integers of its file, rounded, and how many were clipped; else as float32.

    >>> to_full_scale(np.array([-1.5, 40000.0]), 32768.0)
    (array([   -2, 32767], dtype=int16), 1)
    """
    scale = full_scale or 1.0
    integer = {2.0**7: "int8", 2.0**15: "int16", 2.0**23: "int32", 2.0**31: "int32"}.get(scale)
    if integer is None:
        return values.astype(np.float32, copy=False), 0
    low, high = -scale, scale - 1
    clipped = int(np.count_nonzero((values < low - 0.5) | (values >= high + 0.5)))
    return arrays.convert(np.clip(values.astype(np.float64), low, high), np.dtype(integer)), clipped
