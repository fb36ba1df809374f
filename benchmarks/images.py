"""The images that convolution and pooling are measured on, and whether results on them are right.

All data are random with fixed seeds. An image's noise is darker in some places than in others, so that the largest
sample of a wide window is not the same everywhere; no time depends on the values otherwise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import cv2
import numpy as np
from harness import BEST, OURS, Difference

Array = np.ndarray[Any, Any]
Region = tuple[slice, slice]
AnyCase = TypeVar("AnyCase", bound="ImageCase")

SIZES = {"small": (150, 200), "600x400": (400, 600), "1": (1000, 1000), "12": (3000, 4000), "20": (4000, 5000)}
"""Rows and columns; a bare number is in Mpixel, and "small" is for a trial."""
IMAGES = (("uint8", 1), ("uint8", 3), ("float32", 1), ("float32", 3))
FLOAT_TOLERANCE = 1e-5
"""Largest error of a float32 result, as a share of the largest true magnitude: an FFT's share, not a wrong sample's."""
PATCH = 32
"""Rows and columns of the patches at which a large result is compared with the truth."""
WHOLE = 12_000_000
"""Samples in all windows together up to which all of a result is compared with the truth."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Samples of (rows, columns, depth), and the same in other layouts, made once."""

    samples: Array

    @property
    def flat(self) -> Array:
        """A grey image without its depth, as image tools take it."""
        return self.samples[:, :, 0] if self.samples.shape[2] == 1 else self.samples

    @cached_property
    def planes(self) -> Array:
        """(1, depth, rows, columns), as frameworks take it."""
        return np.ascontiguousarray(self.samples.transpose(2, 0, 1))[None]

    @property
    def pixels(self) -> int:
        """Rows times columns."""
        return int(self.samples.shape[0] * self.samples.shape[1])


@dataclass(frozen=True, eq=False)
class ImageCase(ABC):
    """One row: a picture, over which square windows move by `stride`."""

    name: str
    picture: Picture
    size: int = 0
    stride: int = 1
    bars: Mapping[str, float | None] = field(default_factory=lambda: {BEST: None})

    @property
    def depth(self) -> int:
        """Channels of the picture."""
        return int(self.picture.samples.shape[2])

    @property
    def reach(self) -> int:
        """Rows and columns that a window spans."""
        return self.size

    @property
    def dtype(self) -> str:
        """Of the result."""
        return str(self.picture.samples.dtype)

    @property
    def edge(self) -> int:
        """Rows and columns of a rival's result at each side that are not compared."""
        return 0

    @property
    @abstractmethod
    def output(self) -> tuple[int, int]:
        """Rows and columns of the result."""

    @property
    @abstractmethod
    def before(self) -> tuple[int, int]:
        """Padding at the top and on the left."""

    @abstractmethod
    def truth(self, region: Region) -> Array:
        """The results in a region, in float64."""

    @abstractmethod
    def tolerance(self, name: str, largest: float) -> float:
        """How far a result may be from the truth, whose largest magnitude is `largest`."""

    def cropped(self: AnyCase, pixels: int) -> AnyCase:
        """The same work on a corner of at most `pixels`, to estimate from."""
        side = int(pixels**0.5)
        return replace(self, picture=Picture(np.ascontiguousarray(self.picture.samples[:side, :side])))

    def window_samples(self, region: Region, fill: float) -> Array:
        """The samples under all windows of a region, in float64, with `fill` as padding."""
        samples = self.picture.samples
        sides = zip(region, self.before, samples.shape, strict=False)
        bounds = [
            (part.start * self.stride - before, (part.stop - 1) * self.stride - before + self.reach, length)
            for part, before, length in sides
        ]
        inside = tuple(slice(max(first, 0), min(end, length)) for first, end, length in bounds)
        around = [(max(-first, 0), max(end - length, 0)) for first, end, length in bounds]
        return np.pad(samples[inside].astype(np.float64), [*around, (0, 0)], constant_values=fill)

    def regions(self) -> list[Region]:
        """Where a result is compared with the truth: everywhere, or corners, middle and a few other places."""
        rows, columns = self.output
        if rows * columns * self.depth * self.size**2 <= WHOLE:
            return [(slice(0, rows), slice(0, columns))]
        random = np.random.default_rng(2)
        places = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5), *random.random((5, 2)).tolist()]
        tops = [round(down * (rows - PATCH)) for down, _ in places]
        lefts = [round(across * (columns - PATCH)) for _, across in places]
        return [(slice(top, top + PATCH), slice(left, left + PATCH)) for top, left in zip(tops, lefts, strict=True)]

    def check(self) -> Check:
        """Compares results with the truth, and all of each with all of ours."""
        return Check(self)


class Check:
    """Compares the results of a case; cnnkit's comes first."""

    def __init__(self, case: ImageCase) -> None:
        self.case = case
        self.expected = [(region, case.truth(region)) for region in case.regions()]
        self.largest = max(float(np.abs(part).max()) for _, part in self.expected)
        self.ours = np.empty(0)

    def __call__(self, name: str, result: Any) -> Difference:
        """How far a result is off."""
        case, image = self.case, self.as_image(result)
        edge = 0 if name == OURS else case.edge
        largest = max(self.difference(image, region, part, edge) for region, part in self.expected)
        if name == OURS:
            self.ours = image
        else:
            inner = slice(case.edge, -case.edge or None)
            planes = [(image[inner, inner, plane], self.ours[inner, inner, plane]) for plane in range(image.shape[2])]
            # Both may be off by the tolerance, on either side.
            largest = max([largest, *(float(cv2.norm(*pair, cv2.NORM_INF)) / 2 for pair in planes)])
        problem = "" if image.dtype == case.dtype else f", in {image.dtype}"
        return Difference(largest, case.tolerance(name, self.largest), problem)

    def as_image(self, result: Any) -> Array:
        """(rows, columns, depth) from what a rival returns: without a copy, unless it is a number for each channel."""
        array: Array = np.asarray(result)
        if self.case.output == (1, 1):
            return array.astype(self.case.dtype).reshape(1, 1, -1)
        if array.ndim == 4:
            array = array[0].transpose(1, 2, 0)
        return array[:, :, None] if array.ndim == 2 else array

    def difference(self, image: Array, region: Region, expected: Array, edge: int) -> float:
        """From the truth, at most, in a region without the outermost `edge` rows and columns of the image."""
        inner = [
            slice(max(part.start, edge), min(part.stop, length - edge))
            for part, length in zip(region, self.case.output, strict=True)
        ]
        there = [slice(p.start - part.start, p.stop - part.start) for p, part in zip(inner, region, strict=True)]
        return float(np.abs(image[tuple(inner)] - expected[tuple(there)]).max(initial=0.0))


@lru_cache(maxsize=1)
def image(size: str, dtype: str, depth: int) -> Picture:
    rows, columns = SIZES[size]
    light = np.outer(*(0.55 + 0.45 * np.sin(np.arange(length) / 40) for length in (rows, columns)))
    samples = np.random.default_rng(0).random((rows, columns, depth), dtype=np.float32)
    samples *= light[:, :, None].astype(np.float32)
    return Picture((256 * samples).astype(np.uint8) if dtype == "uint8" else samples)


def image_name(dtype: str, depth: int) -> str:
    return f"{'grey' if depth == 1 else 'RGB'} {dtype}"


def size_name(size: str) -> str:
    return f"{size} Mpixel" if size.isdigit() else size
