"""What the pooling benchmark measures: images, feature maps and windows, their bars, and the true results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from harness import BEST, COPY, OURS
from images import FLOAT_TOLERANCE, IMAGES, Array, ImageCase, Picture, Region, image, image_name, size_name

PARTS = ("images", "growth", "maps", "median", "others")
DEFAULT_SIZES = ("1", "12", "20")
BARS = {BEST: 0.4, COPY: 1.5}
"""The largest ratio to the best peer, and the aim for the ratio to a memory copy."""

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


@dataclass(frozen=True, eq=False)
class Case(ImageCase):
    """A pooling of one kind.

    Windows that overlap have (size - 1) / 2 samples of padding on each side, others none. A mean divides by
    size x size everywhere: padding counts as zeros, the one rule at the edge that all peers have.
    """

    kind: str = "max"
    how: str = WINDOW
    result: str = "float32"

    @property
    def is_frame(self) -> bool:
        """Whether it is an image for image tools, or a layer's feature maps."""
        return self.depth <= 4

    @property
    def dtype(self) -> str:
        return self.result

    @property
    def is_mean_of_bytes(self) -> bool:
        """Whether means are rounded to 8 bits."""
        return self.kind == "average" and self.result == "uint8"

    @property
    def padding(self) -> int:
        """Rows and columns around, on each side."""
        return (self.size - 1) // 2 if self.stride < self.size else 0

    @property
    def before(self) -> tuple[int, int]:
        return self.padding, self.padding

    @property
    def output(self) -> tuple[int, int]:
        if self.how == GLOBAL:
            return 1, 1
        rows, columns, _ = self.picture.samples.shape
        around = 2 * self.padding - self.size
        return (rows + around) // self.stride + 1, (columns + around) // self.stride + 1

    @property
    def moved(self) -> int:
        """Bytes of the input and of the output."""
        results = self.output[0] * self.output[1] * self.depth
        return self.picture.samples.nbytes + results * np.dtype(self.result).itemsize

    @property
    def edge(self) -> int:
        """Each tool has its own median where windows leave the image."""
        return self.padding if self.kind == "median" else 0

    def truth(self, region: Region) -> Array:
        """The results in a region, in float64, window by window; NaN marks padding, which is no sample."""
        if self.how == GLOBAL:
            flat = self.picture.samples.reshape(-1, self.depth)
            values = flat.max(axis=0) if self.kind == "max" else flat.mean(axis=0, dtype=np.float64)
            return np.asarray(values, np.float64)[None, None]
        samples = self.window_samples(region, np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(samples, (self.size, self.size), axis=(0, 1))
        result = reduced(self.kind, windows[:: self.stride, :: self.stride])
        return np.floor(result + 0.5) if self.is_mean_of_bytes else result

    def tolerance(self, name: str, largest: float) -> float:
        """Extremes and medians are exact; a mean in 8 bits may fall to the other side of a half, but not ours."""
        if self.kind not in ("average", "lp"):
            return 0.0
        if self.is_mean_of_bytes:
            return 0.0 if name == OURS else 1.0
        return FLOAT_TOLERANCE * largest


def reduced(kind: str, windows: Array) -> Array:
    """One number for the last two axes."""
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


def sections(parts: list[str], sizes: list[str]) -> dict[str, Iterable[Case]]:
    """What is measured, by title; growth and the rarer kinds at one size only."""
    works: dict[str, Iterable[Case]] = {}
    one = "12" if "12" in sizes else sizes[0]
    for size in sizes if "images" in parts else ():
        works[f"Images, {size_name(size)}"] = images(size)
    if "growth" in parts:
        works[f"Growth with the window, {size_name(one)}"] = growth(one)
    if "maps" in parts:
        works["Feature maps, float32"] = feature_maps()
    for size in sizes if "median" in parts else ():
        if size != "20":
            works[f"Medians, {size_name(size)}"] = medians(size)
    if "others" in parts:
        works[f"Minimum and Lp, {size_name(one)}"] = others(one)
    return works


@lru_cache(maxsize=1)
def maps(shape: tuple[int, int, int]) -> Picture:
    return Picture(np.random.default_rng(0).standard_normal(shape, dtype=np.float32))


def work(picture: Picture, title: str, kind: str, size: int, stride: int, result: str = "") -> Case:
    """A window's row; `result` is its dtype if it is not the kind's own."""
    result = result or result_of(picture, kind)
    to = f", to {result}" if kind == "average" and picture.samples.dtype == np.uint8 else ""
    name = f"{title}, {kind} {size}x{size} s{stride}{to}"
    return Case(name, picture, size, stride, BARS, kind, result=result)


def whole(picture: Picture, title: str, kind: str) -> Case:
    return Case(f"{title}, global {kind}", picture, 0, 1, BARS, kind, GLOBAL, result_of(picture, kind))


def result_of(picture: Picture, kind: str) -> str:
    return "float32" if kind in ("average", "lp") else str(picture.samples.dtype)


def images(size: str) -> Iterator[Case]:
    for dtype, depth in IMAGES:
        picture, name = image(size, dtype, depth), image_name(dtype, depth)
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
                yield work(image(size, dtype, 1), image_name(dtype, 1), kind, window, 1)


def feature_maps() -> Iterator[Case]:
    for shape in MAPS:
        picture, name = maps(shape), "x".join(map(str, shape))
        for kind, window, stride in MAP_WORKS:
            yield work(picture, name, kind, window, stride)
        for kind in ("max", "average"):
            yield whole(picture, name, kind)
        step = shape[0] // BINS
        for kind in ("max", "average") if step > 1 else ():
            yield Case(f"{name}, adaptive {kind} {BINS}x{BINS}", picture, step, step, BARS, kind, ADAPTIVE)


def medians(size: str) -> Iterator[Case]:
    for dtype, depth in IMAGES:
        if depth == 1 or (size not in ("12", "20") and dtype == "uint8"):
            for window in MEDIANS[dtype]:
                yield work(image(size, dtype, depth), image_name(dtype, depth), "median", window, 1)


def others(size: str) -> Iterator[Case]:
    """A few rows of the kinds that few have: a minimum is a maximum upside down, an lp an average of squares."""
    for dtype, depth in IMAGES[:3]:
        for window, stride in ((2, 2), (3, 1), (7, 1)):
            yield work(image(size, dtype, depth), image_name(dtype, depth), "min", window, stride)
    for window, stride in ((2, 2), (3, 1)):
        yield work(image(size, "float32", 1), image_name("float32", 1), "lp", window, stride)
    for window, stride in ((2, 2), (3, 1)):
        yield work(maps(MAPS[1]), "x".join(map(str, MAPS[1])), "lp", window, stride)
