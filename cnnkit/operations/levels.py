"""From sums to the whole numbers of an image file, by a rule, with an account of what was clipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.data.bands import Bands
from cnnkit.data.raster import Raster
from cnnkit.errors import SizeError, unknown_word
from cnnkit.loops.levels import INFINITE_BIN, MAGNITUDE_BINS, MAGNITUDE_SHIFT, count_magnitudes, level_samples
from cnnkit.loops.machine.threads import in_order

RANGE_WORDS = ("auto", "clip", "abs", "offset", "minmax")
LOOK_FIRST = ("auto", "minmax")  # need all values before the first level
BLOCK_SAMPLES = 1 << 16
"""Samples mapped at a time, few enough to stay in a processor's cache from the first step to the last."""

LEAST_SPAN = 1e-300
"""Values that differ by less are one: white divided by the difference would be infinite."""

SHARE_BELOW_WHITE = 0.995
"""Of the magnitudes of a derivative, which ``auto`` makes as bright as that allows."""

Samples = npt.NDArray[Any]

Inside = tuple[range, range]
"""Rows and columns of results."""


class Levels(NamedTuple):
    """How values became levels of an image."""

    word: str  # clip, abs, offset or minmax
    minimum: float  # of the values before, without NaN
    maximum: float
    clipped: float  # share of the samples outside of what the file can hold, 0 to 1
    not_numbers: int  # samples that were NaN; they became black
    white: int  # the largest level
    factor: float = 1.0  # of magnitudes

    @property
    def text(self) -> str:
        """One phrase for a person."""
        factor = f" x {self.factor:.4g}" if self.factor != 1 else ""
        ways = {
            "clip": f"clipped to 0..{self.white}",
            "abs": f"as |v|{factor}, clipped to {self.white}",
            "offset": f"shifted so that 0 is {(self.white + 1) // 2}",
            "minmax": f"stretched to 0..{self.white}",
        }
        share = "" if self.word == "minmax" else f", {_share(self.clipped)} clipped"
        black = f", {self.not_numbers} NaN made black" if self.not_numbers else ""
        return f"values {self.minimum:.6g} to {self.maximum:.6g} {ways[self.word]}{share}{black}"


class _Part(NamedTuple):
    """The account of some samples."""

    minimum: float  # infinite where all are NaN
    maximum: float
    clipped: int
    not_numbers: int


class _Mapping(NamedTuple):
    """From a value to its level: (v - black) scale, of the value or, for ``abs``, its magnitude."""

    word: str
    white: int
    black: float = 0.0
    scale: float = 1.0

    def write(self, values: Samples, out: Samples) -> _Part:
        """Write the levels of flat values."""
        numbers = arrays.contiguous(values, np.float32 if values.dtype == np.float32 else np.float64)
        integer = f"i{numbers.itemsize}"
        account = np.empty(4, np.int64)
        is_magnitude = int(self.word == "abs")
        is_exact = numbers.itemsize == 4 and (self.black, self.scale) == (0, 1)  # no sum or product that float32 rounds
        mapping = np.array([self.black, self.scale, self.white, 0.5], np.float32 if is_exact else np.float64)
        level_samples(numbers, numbers.view(integer), mapping, is_magnitude, out, account)
        low, high = account[:2].astype(integer)
        if low > high:
            return _Part(np.inf, -np.inf, int(account[2]), int(account[3]))
        extent = np.array([low, high])
        bits = extent ^ ((extent >> (8 * numbers.itemsize - 1)) & np.iinfo(integer).max)
        minimum, maximum = (bits.view(numbers.dtype) + 0.0).tolist()  # no negative zero
        return _Part(minimum, maximum, int(account[2]), int(account[3]))

    def made(self, values: Samples, dtype: np.dtype[Any]) -> Samples:
        """The levels of values."""
        out = np.empty(values.shape, dtype)
        self.write(np.ascontiguousarray(values).reshape(-1), out.reshape(-1))
        return out

    def levels(self, parts: Iterable[_Part], size: int, lost: int = 0) -> Levels:
        """The account of all parts together, without `lost` NaN, of which others tell."""
        minima, maxima, clipped, not_numbers = zip(*parts, strict=True)
        minimum, maximum = min(minima), max(maxima)
        if minimum > maximum:
            minimum = maximum = 0.0
        share = 0.0 if self.word == "minmax" else sum(clipped) / max(size, 1)
        factor = self.scale if self.word == "abs" else 1.0
        return Levels(self.word, minimum, maximum, share, sum(not_numbers) - lost, self.white, factor)


def _share(share: float) -> str:
    return "nothing" if share == 0 else f"{100 * share:.1f} %" if share >= 0.001 else "under 0.1 %"


def range_word(word: str, *, is_zero_sum: bool, has_levels: bool) -> str:
    """Settle ``auto``, which stays for differences (`is_zero_sum`): the whole range if no white is known, else clip."""
    if word not in RANGE_WORDS:
        raise unknown_word("range", word, RANGE_WORDS)
    if word != "auto":
        return word
    return ("auto" if is_zero_sum else "clip") if has_levels else "minmax"


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
    minimum, maximum = _extent(values.reshape(-1))
    if minimum >= -1 and maximum <= 1:
        return "minmax"
    negative, positive = (float(part.sum(dtype=np.float64)) for part in (values[values < 0], values[values > 0]))
    return "abs" if negative < 0 and -3 * negative >= positive else "clip"


class Levelled(NamedTuple):
    """A result as the levels of a picture."""

    raster: Raster
    account: Callable[[], Levels]  # once all bands of the levels were made
    levels_of: Callable[[Samples], Samples]  # of some of its colours


def raster_levels(
    result: Raster, dtype: npt.DTypeLike, word: str, *, inside: Inside | None = None, threads: int | None = None
) -> Levelled:
    """A result as the levels of a picture, and its account.

    `word` is one of `range_word`; for ``auto``, the results `inside` give the factor. Holes, which are said by
    themselves, are left out.
    """
    levels, colours, lost = np.dtype(dtype), result.colours, 0
    if result.lost is not None:
        lost = int(np.count_nonzero(result.lost.results))
        known = result.samples.astype(np.result_type(result.dtype, np.float32))
        known[..., :colours][result.lost.results] = np.nan
        result = result.with_samples(known)
    bands = result.bands
    mapping = _mapping(word, int(np.iinfo(levels).max), bands, colours, inside, threads)
    opacity = _Mapping("clip", mapping.white)
    parts: dict[int, _Part] = {}

    def make(taken: Any, first: int, last: int) -> Samples:
        values = bands.make(taken, first, last)
        out = np.empty(values.shape, levels)
        if colours == values.shape[2]:
            parts[first] = mapping.write(values.reshape(-1), out.reshape(-1))
            return out
        for channels, how in ((slice(colours), mapping), (slice(colours, None), opacity)):
            flat = np.ascontiguousarray(values[..., channels])
            part = np.empty(flat.shape, levels)
            account = how.write(flat.reshape(-1), part.reshape(-1))
            out[..., channels] = part
            if how is mapping:
                parts[first] = account
        return out

    size = result.shape[0] * result.shape[1] * colours
    made = bands._replace(dtype=levels, make=make)
    return Levelled(
        result.with_samples(made),
        lambda: mapping.levels(parts.values(), size, lost),
        lambda values: mapping.made(np.asarray(values, result.dtype), levels),
    )


def _mapping(word: str, white: int, bands: Bands, colours: int, inside: Inside | None, threads: int | None) -> _Mapping:
    """How values become levels, by a look at all of them where the word needs that."""
    if word == "offset":
        return _Mapping(word, white, -float((white + 1) // 2))
    if word == "minmax":
        black, span = _stretch(in_order(*bands.steps(lambda rows, _: _finite_extent(rows[..., :colours])), threads))
        return _Mapping(word, white, black, white / span if span else 1.0)
    if word != "auto":
        return _Mapping(word, white)
    down, across = inside or (range(bands.shape[0]), range(bands.shape[1]))

    def counted(rows: Samples, first: int) -> Samples:
        counts = np.zeros(MAGNITUDE_BINS, np.int64)
        some = slice(max(down.start - first, 0), max(down.stop - first, 0))
        known = np.ascontiguousarray(rows[some, :, :colours], np.float32)
        columns = across.start * colours, across.stop * colours
        count_magnitudes(known.reshape(len(known), -1).view(np.int32), *columns, counts)
        return counts

    counts = sum(in_order(*bands.steps(counted), threads), np.zeros(MAGNITUDE_BINS, np.int64))[: INFINITE_BIN + 1]
    rank = np.ceil(SHARE_BELOW_WHITE * counts.sum())
    place = int(np.searchsorted(np.cumsum(counts), rank)) if rank else 0
    bright = float(np.array([place << MAGNITUDE_SHIFT], np.int32).view(np.float32)[0])
    return _Mapping("abs", white, scale=max(1.0, white / bright) if bright > LEAST_SPAN else 1.0)


@np.errstate(over="ignore")
def to_levels(values: Samples, dtype: npt.DTypeLike, word: str) -> tuple[Samples, Levels]:
    """Map values to the levels of an image of `dtype`, uint8 or uint16, rounded half away from zero.

    >>> levels, account = to_levels(np.array([-300.0, -0.5, 0.5, 254.5]), np.uint8, "abs")
    >>> levels.tolist(), account.text
    ([255, 1, 1, 255], 'values -300 to 254.5 as |v|, clipped to 255, 25.0 % clipped')
    """
    flat = np.ascontiguousarray(values).reshape(-1)
    out = np.empty(flat.shape, dtype)
    mapping = _mapping(word, int(np.iinfo(dtype).max), Bands.of(flat.reshape(1, -1, 1)), 1, None, 1)
    blocks = [slice(start, start + BLOCK_SAMPLES) for start in range(0, len(flat), BLOCK_SAMPLES)]
    account = mapping.levels([mapping.write(flat[block], out[block]) for block in blocks], len(flat))
    return out.reshape(values.shape), account


def _extent(flat: Samples) -> tuple[float, float]:
    """Smallest and largest number; 0 where there is none."""
    minimum, maximum = float(flat.min()), float(flat.max())
    if not np.isnan(minimum):
        return minimum, maximum
    numbers = flat[~np.isnan(flat)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)


def _finite_extent(values: Samples) -> tuple[float, float]:
    """Smallest and largest finite number; infinite where there is none."""
    minimum, maximum = float(values.min()), float(values.max())
    if np.isfinite(maximum - minimum):
        return minimum, maximum
    numbers = values[np.isfinite(values)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else (np.inf, -np.inf)


def _stretch(extents: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The value that becomes black, and how far above it white is; infinities lie beyond both."""
    minima, maxima = zip(*extents, strict=True)
    minimum, span = min(minima), max(maxima) - min(minima)
    return (minimum if np.isfinite(minimum) else 0.0), span if LEAST_SPAN < span < np.inf else 0.0


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
