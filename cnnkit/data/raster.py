"""An image as it flows through the operations: samples, and what a file needs to hold them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays

Samples = npt.NDArray[Any]

MIN_OPACITY = 1e-6
"""Share of full opacity below which a pixel has no colour: dividing by it would make noise."""

ORIENTATION_TAG = 274
"""The tag of TIFF and Exif that says how a camera was held."""

TURNED = "turned upright, as its camera noted"
"""The note of an image whose file has another orientation."""


class SoundOrigin(NamedTuple):
    """The sound that an image was made from."""

    features: str  # waveform, spectrogram, mel, logmel or mfcc
    sample_rate: int  # in hertz
    full_scale: float | None  # the value that full scale has
    recipe: Mapping[str, Any]  # every field of the recipe by its name


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

    samples: Samples
    has_alpha: bool = False  # whether the last channel is alpha, not multiplied into the colours
    icc_profile: bytes | None = None  # the colour profile, carried from file to file
    notes: tuple[str, ...] = ()  # what reading it did that a user should know: turned upright, frames left out
    is_flat: bool = False  # whether its one channel came without a depth axis, and leaves without one as an array
    sound: SoundOrigin | None = None
    lost: Lost | None = None  # of a result of an image with holes

    @property
    def shape(self) -> tuple[int, int, int]:
        """(rows, columns, depth)."""
        rows, columns, depth = self.samples.shape
        return rows, columns, depth

    @property
    def is_integer(self) -> bool:
        """Whether the samples are levels."""
        return self.samples.dtype in (np.uint8, np.uint16)

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
        upright = self.samples.swapaxes(0, 1) if orientation >= 5 else self.samples
        upright = upright[:: -1 if orientation in (3, 4, 7, 8) else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]
        return replace(self, samples=upright, notes=(*self.notes, TURNED))

    def with_samples(self, samples: Samples, *, has_alpha: bool | None = None) -> Raster:
        """The same image with other samples."""
        changed = replace(self, samples=samples, has_alpha=self.has_alpha if has_alpha is None else has_alpha)
        # A profile says what colours mean; it means nothing to another number of them.
        return changed if changed.colour.shape[2] == self.colour.shape[2] else replace(changed, icc_profile=None)

    def with_values(self, values: Samples, *, has_alpha: bool | None = None) -> Raster:
        """The same image with the values of an operation, in the type the library gives for such an image."""
        dtype = arrays.result_type(self.samples.dtype, None)
        return self.with_samples(arrays.convert(values, dtype), has_alpha=has_alpha)

    @property
    def full_scale(self) -> float:
        """The value of white and of full opacity: 255, 65535, or 1.0 for floats.

        >>> Raster(np.zeros((1, 1, 1), np.uint8)).full_scale
        255.0
        """
        return float(np.iinfo(self.samples.dtype).max) if self.is_integer else 1.0
