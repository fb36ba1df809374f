"""An image as it flows through the operations: samples, and what a file needs to hold them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite, prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.data.bands import Bands

Samples = npt.NDArray[Any]

MIN_OPACITY = 1e-6  # share of full opacity below which a pixel has no colour: dividing by it would make noise
TURNED = "turned upright, as its camera noted"
"""The note of an image whose file has another orientation."""

MOST_KEPT_BYTES = 1 << 28  # of an image that is kept for several passes
MOST_GROWTH = 4  # times the samples of an image, beyond which a result is held against the limit of memory
SIDEWAYS, UPSIDE_DOWN = range(5, 9), (3, 4, 7, 8)
"""Orientations in which rows are columns of the file, and those that then begin with the last."""

RESOLUTION = b"pHYs"
"""The chunk of PNG with the pixels along a metre, across and down, and a byte for the unit."""


def as_levels(samples: Samples, white: int) -> tuple[Samples, tuple[str, ...]]:
    """Samples of 0 to `white` as levels of 8 or 16 bits, and a note where a bit depth other than PNG's was scaled.

    >>> as_levels(np.array([0, 500, 1000]), 1000)
    (array([    0, 32768, 65535], dtype=uint16), ('its levels, 0 to 1000, are scaled to 0 to 65535',))
    """
    full, dtype = (255, np.uint8) if white <= 255 else (65535, np.uint16)
    if white == full:
        return samples.astype(dtype, copy=False), ()
    levels = ((np.arange(white + 1, dtype=np.uint32) * full + white // 2) // white).astype(dtype)
    note = f"its levels, 0 to {white}, are scaled to 0 to {full}"
    return levels[samples], () if white in (1, 3, 15) else (note,)


def unpacked(rows: npt.NDArray[np.uint8], bits: int, count: int) -> Samples:
    """Samples of 1 to 15 bits, the first `count` in each row of bytes.

    >>> unpacked(np.array([[0xAB, 0xCD, 0xEF]], np.uint8), 12, 2).tolist() == [[0xABC, 0xDEF]]
    True
    """
    if bits == 8:
        return rows[:, :count]
    if 8 % bits == 0:
        shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
        samples: Samples = (rows[:, :, None] >> shifts) & np.uint8((1 << bits) - 1)
        return samples.reshape(len(rows), -1)[:, :count]
    first = np.arange(count) * bits
    padded, place = np.pad(rows, ((0, 0), (0, 2))).astype(np.uint32), first // 8
    three = padded[:, place] << 16 | padded[:, place + 1] << 8 | padded[:, place + 2]
    return np.asarray(three >> (24 - first % 8 - bits).astype(np.uint32) & np.uint32((1 << bits) - 1))


def holds(dtype: np.dtype[Any], value: float) -> bool:
    """Whether samples of `dtype` can have a value.

    >>> holds(np.dtype("u1"), -9999), holds(np.dtype("f4"), 1e300), holds(np.dtype("f4"), 0.1)
    (False, False, True)
    """
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return not isfinite(value) or bool(np.isfinite(dtype.type(value)))
    least, most = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return isfinite(value) and value == int(value) and bool(least <= value <= most)


def upright(samples: Samples, orientation: int) -> Samples:
    """Samples of an image, or some of its rows or columns, turned as an EXIF orientation (1 to 8) says."""
    turned = samples.swapaxes(0, 1) if orientation in SIDEWAYS else samples
    return turned[:: -1 if orientation in UPSIDE_DOWN else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]


class SoundOrigin(NamedTuple):
    """The sound that an image was made from."""

    features: str  # waveform, spectrogram, mel, logmel or mfcc
    sample_rate: int  # in hertz
    full_scale: float | None  # the value that full scale has
    recipe: Mapping[str, Any]  # every field of the recipe by its name


class Frame(NamedTuple):
    """The place of an image among the frames of its file."""

    number: int  # from 1
    of: int
    is_alone: bool = True  # whether it was chosen by itself, and not all of them


class Lost(NamedTuple):
    """What an operation left out of an image, and what it could therefore not compute."""

    missing: int  # samples of the image that are holes
    sought: str  # what marks them, in words
    nodata: float | None  # what marks holes in the result; NaN if nothing else does
    results: npt.NDArray[np.bool_]  # which colours could not be computed, (rows, columns, colours); they are NaN


@dataclass(frozen=True, eq=False)
class Raster:
    """An image of (rows, columns, depth), its colour channels first, alpha last.

    uint8 and uint16 samples are levels, 0 black and the largest white; any other real type holds values that are no
    levels yet.
    """

    source: Samples | Bands
    has_alpha: bool = False  # whether the last channel is alpha, not multiplied into the colours
    icc_profile: bytes | None = None  # the colour profile, carried from file to file
    notes: tuple[str, ...] = ()  # what reading it did that a user should know: turned upright, frames left out
    is_flat: bool = False  # whether its one channel came without a depth axis, and leaves without one as an array
    sound: SoundOrigin | None = None
    chunks: Mapping[bytes, bytes] = field(default_factory=dict)  # of a PNG for a PNG: what colours mean, resolution
    frame: Frame | None = None  # where the user chose among the frames of a file
    lost: Lost | None = None  # of a result of an image with holes
    are_maps: bool = False  # whether its channels are several feature maps, and no colours
    preparation: Mapping[str, Any] = field(default_factory=dict)  # settings, "shape_before", and "done" in words
    file_format: str = ""  # that its results have if none is chosen, where that does not follow from their samples

    @property
    def shape(self) -> tuple[int, int, int]:
        """(rows, columns, depth)."""
        rows, columns, depth = self.source.shape
        return rows, columns, depth

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the samples."""
        return self.source.dtype

    @cached_property
    def samples(self) -> Samples:
        """All samples at once."""
        return self.source.array() if isinstance(self.source, Bands) else self.source

    def whole(self) -> Raster:
        """The same image, all of whose samples are there, with what was found out while they came."""
        samples = self.samples
        return replace(self, source=samples, notes=(*self.notes, *self.bands.notes))

    def for_passes(self) -> Raster:
        """The same image, whole if it is small enough and several passes would unpack its rows each time."""
        size = prod(self.shape) * self.dtype.itemsize
        return self.whole() if self.bands.is_unpacked and size <= MOST_KEPT_BYTES else self

    @property
    def bands(self) -> Bands:
        """The samples, some rows at a time."""
        return self.source if isinstance(self.source, Bands) else Bands.of(self.source)

    @property
    def is_integer(self) -> bool:
        """Whether the samples are levels."""
        return self.dtype in (np.uint8, np.uint16)

    @property
    def is_picture(self) -> bool:
        """Whether it is meant to be looked at: an image with levels, or the frames of a sound with their spectra.

        >>> Raster(np.zeros((1, 9, 1)), sound=SoundOrigin("waveform", 22050, None, {})).is_picture
        False
        """
        return self.is_integer or (self.sound is not None and self.sound.features != "waveform")

    @property
    def colour(self) -> Samples:
        """The channels without alpha."""
        return self.samples[..., :-1] if self.has_alpha else self.samples

    @property
    def alpha(self) -> Samples:
        """The alpha channel, (rows, columns, 1)."""
        return self.samples[..., -1:]

    def turned(self, orientation: int) -> Raster:
        """The image upright, whatever EXIF orientation (1 to 8) its camera noted.

        >>> Raster(np.arange(6).reshape(2, 3, 1)).turned(6).samples[:, :, 0].tolist()
        [[3, 0], [4, 1], [5, 2]]
        """
        if orientation not in range(2, 9):
            return self
        chunks = dict(self.chunks)
        if orientation in SIDEWAYS and RESOLUTION in chunks:
            across, down, unit = (chunks[RESOLUTION][part] for part in (slice(4), slice(4, 8), slice(8, None)))
            chunks[RESOLUTION] = down + across + unit
        whole = self.whole()
        return replace(whole, source=upright(whole.samples, orientation), chunks=chunks, notes=(*whole.notes, TURNED))

    @property
    def colours(self) -> int:
        """The number of channels without alpha."""
        return self.shape[2] - self.has_alpha

    def with_samples(self, samples: Samples | Bands, *, has_alpha: bool | None = None) -> Raster:
        """The same image with other samples; a SizeError if they are bands of a result far larger than it.

        What comes in bands takes no memory, but a slip in a padding should not fill a disk.
        """
        if isinstance(samples, Bands) and prod(samples.shape) > MOST_GROWTH * prod(self.shape):
            arrays.check_size((1, *samples.shape), samples.dtype)
        changed = replace(self, source=samples, has_alpha=self.has_alpha if has_alpha is None else has_alpha)
        # A profile says what colours mean; it means nothing to another number of them. Nor does a resolution to another
        # number of pixels.
        same_colours = changed.colours == self.colours
        same_size = changed.shape[:2] == self.shape[:2]
        chunks = {k: v for k, v in self.chunks.items() if (same_size if k == RESOLUTION else same_colours)}
        return replace(changed, icc_profile=self.icc_profile if same_colours else None, chunks=chunks)

    def with_values(self, values: Samples | Bands, *, has_alpha: bool | None = None) -> Raster:
        """The same image with the values of an operation, in the type the library gives for such an image."""
        dtype = arrays.result_type(self.dtype, None)
        if isinstance(values, Bands):
            changed = values.then(lambda rows: arrays.convert(rows, dtype), dtype=dtype)
            return self.with_samples(changed, has_alpha=has_alpha)
        return self.with_samples(arrays.convert(values, dtype), has_alpha=has_alpha)

    @property
    def full_scale(self) -> float:
        """The value of white and of full opacity: 255, 65535, or 1.0 for floats.

        >>> Raster(np.zeros((1, 1, 1), np.uint8)).full_scale
        255.0
        """
        return float(np.iinfo(self.dtype).max) if self.is_integer else 1.0
