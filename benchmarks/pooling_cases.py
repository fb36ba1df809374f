"""What the pooling benchmark measures: images, feature maps and windows, and the true results.

All data are random with fixed seeds. An image's noise is darker in some places than in others, so that the largest
sample of a wide window is not the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Region = tuple[slice, slice]

SIZES = {"small": (150, 200), "1": (1000, 1000), "12": (3000, 4000), "20": (4000, 5000)}
"""Rows and columns; a bare number is in Mpixel."""
DEFAULT_SIZES = ("1", "12", "20")
BAR = 0.4
"""The largest ratio to the best peer."""
AIM, COPIES = 0.2, 1.5
"""The aims: a ratio to the best peer, and one to a memory copy."""

IMAGES = (("uint8", 1), ("uint8", 3), ("float32", 1), ("float32", 3))
# size and stride
MAXIMA = ((2, 2), (3, 1), (3, 2), (7, 1))
AVERAGES = ((2, 2), (3, 1), (7, 1))
AVERAGES_OF_BYTES = ((2, 2), (3, 1))
GROWTH = (3, 7, 15, 31, 63)
MEDIANS = {"uint8": (3, 5, 7, 15, 31), "float32": (3, 5)}

MAPS = ((112, 112, 64), (56, 56, 64), (28, 28, 128), (7, 7, 512))
MAP_WORKS = (("max", 2, 2), ("max", 3, 1), ("max", 3, 2), ("average", 2, 2), ("average", 3, 1))
BINS = 7
"""Rows and columns of an adaptive pooling's result; all maps are a multiple of it."""

WINDOW, GLOBAL, ADAPTIVE = "window", "global", "adaptive"

FLOAT_TOLERANCE = 1e-5
"""Largest error of a float32 mean or norm, as a share of the largest true one."""
PATCH = 32
"""Rows and columns of the patches at which a large result is compared with the truth."""
WHOLE = 10_000_000
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
class Case:
    """One row: what is kept of square windows of `size`, `stride` apart, on a picture.

    Windows that overlap are laid with (size - 1) / 2 samples of padding on each side, others with none. A mean divides
    by size x size everywhere: padding counts as zeros, the one rule at the edge that all peers have.
    """

    name: str
    picture: Picture
    kind: str
    size: int = 0
    stride: int = 0
    how: str = WINDOW
    dtype: str = "float32"

    @property
    def is_frame(self) -> bool:
        """Whether it is an image for image tools, or a layer's feature maps."""
        return self.depth <= 4

    @property
    def depth(self) -> int:
        """Channels."""
        return int(self.picture.samples.shape[2])

    @property
    def padding(self) -> int:
        """Rows and columns around, on each side."""
        return (self.size - 1) // 2 if self.stride < self.size else 0

    @property
    def output(self) -> tuple[int, int]:
        """Rows and columns of the result."""
        if self.how == GLOBAL:
            return 1, 1
        rows, columns, _ = self.picture.samples.shape
        around = 2 * self.padding - self.size
        return (rows + around) // self.stride + 1, (columns + around) // self.stride + 1

    @property
    def moved(self) -> int:
        """Bytes of the input and of the output."""
        return (
            self.picture.samples.nbytes + self.output[0] * self.output[1] * self.depth * np.dtype(self.dtype).itemsize
        )

    @property
    def edge(self) -> int:
        """Rows and columns of a result at each side that are not compared: each tool has its own median there."""
        return self.padding if self.kind == "median" else 0

    def cropped(self, pixels: int) -> Case:
        """The same work on a corner of at most `pixels`, to estimate from."""
        side = int(pixels**0.5)
        return replace(self, picture=Picture(np.ascontiguousarray(self.picture.samples[:side, :side])))


@lru_cache(maxsize=1)
def image(size: str, dtype: str, depth: int) -> Picture:
    rows, columns = SIZES[size]
    light = np.outer(*(0.55 + 0.45 * np.sin(np.arange(length) / 40) for length in (rows, columns)))
    samples = np.random.default_rng(0).random((rows, columns, depth), dtype=np.float32)
    samples *= light[:, :, None].astype(np.float32)
    return Picture((256 * samples).astype(np.uint8) if dtype == "uint8" else samples)


@lru_cache(maxsize=1)
def maps(shape: tuple[int, int, int]) -> Picture:
    return Picture(np.random.default_rng(0).standard_normal(shape, dtype=np.float32))


def work(picture: Picture, title: str, kind: str, size: int, stride: int, dtype: str = "") -> Case:
    """A window's row; `dtype` if the result has not the kind's own type."""
    own = "float32" if kind in ("average", "lp") else str(picture.samples.dtype)
    is_told = kind == "average" and picture.samples.dtype == np.uint8
    to = f", to {dtype or own}" if is_told else ""
    return Case(f"{title}, {kind} {size}x{size} s{stride}{to}", picture, kind, size, stride, dtype=dtype or own)


def whole(picture: Picture, title: str, kind: str) -> Case:
    dtype = "float32" if kind == "average" else str(picture.samples.dtype)
    return Case(f"{title}, global {kind}", picture, kind, how=GLOBAL, dtype=dtype)


def title(dtype: str, depth: int) -> str:
    return f"{'grey' if depth == 1 else 'RGB'} {dtype}"


def images(size: str) -> Iterator[Case]:
    for dtype, depth in IMAGES:
        picture, name = image(size, dtype, depth), title(dtype, depth)
        for window, stride in MAXIMA:
            yield work(picture, name, "max", window, stride)
        for window, stride in AVERAGES:
            yield work(picture, name, "average", window, stride)
        for window, stride in AVERAGES_OF_BYTES if dtype == "uint8" else ():
            yield work(picture, name, "average", window, stride, "uint8")
        for kind in ("max", "average"):
            yield whole(picture, name, kind)


def growth(size: str) -> Iterator[Case]:
    for dtype in ("uint8", "float32"):
        for kind in ("max", "average"):
            for window in GROWTH:
                yield work(image(size, dtype, 1), title(dtype, 1), kind, window, 1)


def feature_maps() -> Iterator[Case]:
    for shape in MAPS:
        picture, name = maps(shape), "x".join(map(str, shape))
        for kind, window, stride in MAP_WORKS:
            yield work(picture, name, kind, window, stride)
        for kind in ("max", "average"):
            yield whole(picture, name, kind)
        step = shape[0] // BINS
        for kind in ("max", "average") if step > 1 else ():
            case = Case(f"{name}, adaptive {kind} {BINS}x{BINS}", picture, kind, step, step, ADAPTIVE)
            yield case


def medians(size: str) -> Iterator[Case]:
    for dtype, depth in IMAGES:
        if depth == 1 or (size in ("small", "1") and dtype == "uint8"):
            for window in MEDIANS[dtype]:
                yield work(image(size, dtype, depth), title(dtype, depth), "median", window, 1)


def others(size: str) -> Iterator[Case]:
    """A few rows of the kinds that few have: a minimum is a maximum upside down, an lp an average of squares."""
    for dtype, depth in IMAGES[:3]:
        for window, stride in ((2, 2), (3, 1), (7, 1)):
            yield work(image(size, dtype, depth), title(dtype, depth), "min", window, stride)
    for window, stride in ((2, 2), (3, 1)):
        yield work(image(size, "float32", 1), title("float32", 1), "lp", window, stride)
    for window, stride in ((2, 2), (3, 1)):
        yield work(maps(MAPS[1]), "x".join(map(str, MAPS[1])), "lp", window, stride)


def regions(case: Case) -> list[Region]:
    """Where a result is compared with the truth: everywhere, or corners, middle and a few other places."""
    rows, columns = case.output
    if rows * columns * case.depth * case.size**2 <= WHOLE:
        return [(slice(0, rows), slice(0, columns))]
    random = np.random.default_rng(2)
    places = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5), *random.random((5, 2)).tolist()]
    tops = [round(down * (rows - PATCH)) for down, _ in places]
    lefts = [round(across * (columns - PATCH)) for _, across in places]
    return [(slice(top, top + PATCH), slice(left, left + PATCH)) for top, left in zip(tops, lefts, strict=True)]


def truth(case: Case, region: Region) -> Array:
    """The results in a region, in float64, window by window; NaN stands for padding, which is no sample."""
    samples = case.picture.samples
    if case.how == GLOBAL:
        flat = samples.reshape(-1, case.depth)
        values = flat.max(axis=0) if case.kind == "max" else flat.mean(axis=0, dtype=np.float64)
        return np.asarray(values, np.float64)[None, None]
    firsts = [part.start * case.stride - case.padding for part in region]
    ends = [(part.stop - 1) * case.stride - case.padding + case.size for part in region]
    bounds = list(zip(firsts, ends, samples.shape, strict=False))
    inside = tuple(slice(max(first, 0), min(end, length)) for first, end, length in bounds)
    around = [(max(-first, 0), max(end - length, 0)) for first, end, length in bounds]
    crop = np.pad(samples[inside].astype(np.float64), [*around, (0, 0)], constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(crop, (case.size, case.size), axis=(0, 1))
    result = reduced(case.kind, windows[:: case.stride, :: case.stride])
    return np.floor(result + 0.5) if case.kind == "average" and case.dtype == "uint8" else result


def reduced(kind: str, windows: Array) -> Array:
    """What is kept of the last two axes."""
    axes = (-2, -1)
    if kind == "max":
        return np.asarray(np.fmax.reduce(windows, axis=axes))
    if kind == "min":
        return np.asarray(np.fmin.reduce(windows, axis=axes))
    if kind == "average":
        return np.asarray(np.nan_to_num(windows).mean(axis=axes))
    if kind == "lp":
        return np.asarray(np.sqrt(np.square(np.nan_to_num(windows)).sum(axis=axes)))
    ordered = np.sort(windows.reshape(*windows.shape[:-2], -1), axis=-1)
    middle = (np.count_nonzero(~np.isnan(ordered), axis=-1, keepdims=True) - 1) // 2
    return np.asarray(np.take_along_axis(ordered, middle, axis=-1)[..., 0])
