"""Holes: samples that are missing, marked by NaN or by a value (nodata, as GDAL says); they take no part in results."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from operator import index
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Array
from cnnkit.data.raster import Lost, Raster, holds
from cnnkit.errors import ArgumentError, SizeError, quoted, unknown_word

NAN_WORDS = ("propagate", "ignore")

Mask = npt.NDArray[np.bool_]


class Holes(NamedTuple):
    """Which samples are holes, and what marks them in results."""

    nan: str = "propagate"
    nodata: float | None = None  # an int where it is whole, since a float cannot hold every 64-bit integer

    @property
    def skips_nan(self) -> bool:
        """Whether NaN samples are holes."""
        return self.nan == "ignore" or (self.nodata is not None and isnan(self.nodata))

    @property
    def are_sought(self) -> bool:
        """Whether any sample can be a hole."""
        return self != NO_HOLES

    @property
    def text(self) -> str:
        """What marks a hole: -9999, NaN, or both."""
        value = [] if self.nodata is None or isnan(self.nodata) else [str(self.nodata)]
        return " or ".join(value + ["NaN"] * self.skips_nan)

    def find(self, samples: Array) -> Mask | None:
        """Where the holes are; None where there are none. A `SizeError` if the samples cannot hold the value.

        >>> Holes("ignore", -1).find(np.array([np.nan, -1, 2]))
        array([ True,  True, False])
        """
        self.check(samples.dtype, "samples")
        holes = None
        if self.skips_nan and samples.dtype.kind == "f":
            holes = np.isnan(samples)
        if self.nodata is not None and not isnan(self.nodata):
            is_marked = samples == samples.dtype.type(self.nodata)
            holes = is_marked if holes is None else holes | is_marked
        return holes if holes is not None and holes.any() else None

    def check(self, dtype: np.dtype[Any], what: str) -> None:
        """Raise a `SizeError` where `dtype` cannot hold the value."""
        if self.nodata is None or holds(dtype, self.nodata):
            return
        limits = "0 or 1" if dtype.kind == "b" else "finite in that type"
        if dtype.kind in "ui":
            limits = f"whole numbers from {np.iinfo(dtype).min} to {np.iinfo(dtype).max}"
        raise SizeError(
            f"nodata {self.nodata} cannot be among {dtype} {what}, which are {limits}",
            hint="give the value that marks missing samples in this image, or leave nodata out",
        )

    def note(self, result: Raster, holes: Mask | None, lost: Mask | None) -> Raster:
        """A result that knows what was left out of the image, and what is lost, where holes were sought."""
        if not self.are_sought:
            return result
        missing = 0 if holes is None else int(np.count_nonzero(holes))
        where = np.zeros(result.colour.shape, np.bool_) if lost is None else lost[0]
        return replace(result, lost=Lost(missing, self.text, self.nodata, where))

    def mark(self, out: Array, lost: Mask | None) -> Array:
        """Put the value where results are missing, which are NaN without it; `out` itself is changed."""
        if lost is not None and self.nodata is not None:
            out[lost] = self.nodata
        return out


NO_HOLES = Holes()


def read_holes(nan: str = "propagate", nodata: float | str | None = None) -> Holes:
    """Read which samples are holes; the value may be text.

    >>> read_holes("ignore", "-9999").text, read_holes(nodata="nan").skips_nan
    ('-9999 or NaN', True)
    """
    if not isinstance(nan, str) or nan not in NAN_WORDS:
        raise unknown_word("nan setting", nan, NAN_WORDS)
    return Holes(nan, None if nodata is None else _number(nodata))


def _number(value: Any) -> float:
    given = value.replace("_", "?") if isinstance(value, str) else value  # Python reads 1_000 as a number
    try:
        return int(given if isinstance(given, str) else index(given))
    except (TypeError, ValueError):
        pass  # it is not whole
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError):
        shown = quoted(value) if isinstance(value, str) else repr(value)
        raise ArgumentError(f"nodata {shown} is not a number", hint="use a number such as -9999 or 0, or nan") from None
