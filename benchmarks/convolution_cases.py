"""What the convolution benchmark measures: images, kernels and layers, their bars, and the true results.

All data are random with fixed seeds. Times do not depend on the values, as long as no weight is 0. The bars are ratios
to the best peer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Region = tuple[slice, slice]

SIZES = {"600x400": (400, 600), "1": (1000, 1000), "12": (3000, 4000), "20": (4000, 5000)}
"""Rows and columns; a bare number is in Mpixel."""
KERNELS = (3, 5, 7, 11, 15, 31)
KERNELS_AT_20 = (3, 7, 31)
"""At 20 Mpixel only more memory moves than at 12, so fewer kernels tell enough."""
FAMILIES = ("dense", "separable", "box")
IMAGES = (("uint8", 1), ("uint8", 3), ("float32", 1), ("float32", 3))

FLOAT_TOLERANCE = 1e-5
"""Largest error of a float32 result, as a share of the largest true magnitude: an FFT's share, not a wrong tap's."""
PATCH = 32
"""Rows and columns of the patches at which a large result is compared with the truth."""
WHOLE = 65_536
"""Output positions up to which all of a result is compared with the truth."""


@dataclass(frozen=True, eq=False)
class Case:
    """One row: an image of (rows, columns, depth), weights, and how they are laid over it, zeros around (SAME).

    `weights` is one grid for every channel by itself (a filter), or HWIO with groups 1 or depth (a layer).
    """

    name: str
    image: Array
    weights: Array
    bar: float | None
    family: str = "layer"
    vectors: tuple[Array, Array] | None = None
    stride: int = 1
    dilation: int = 1

    @property
    def size(self) -> int:
        """Rows of the grid, and columns."""
        return int(self.weights.shape[0])

    @property
    def depth(self) -> int:
        """Channels of the image."""
        return int(self.image.shape[2])

    @property
    def groups(self) -> int:
        """As many as channels where each is convolved by itself."""
        return self.depth if self.weights.ndim == 2 or self.weights.shape[2] == 1 else 1

    @property
    def hwio(self) -> Array:
        """The weights as a layer has them; a filter's as one grid for each channel."""
        if self.weights.ndim == 4:
            return self.weights
        return np.repeat(self.weights[:, :, None, None], self.depth, axis=3)

    @property
    def output(self) -> tuple[int, int]:
        """Rows and columns of the result."""
        return -(-self.image.shape[0] // self.stride), -(-self.image.shape[1] // self.stride)

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Zeros at the top, bottom, left and right. Source: TensorFlow's SAME, the odd one after."""
        extent = (self.size - 1) * self.dilation + 1
        sides: list[int] = []
        for given, made in zip(self.image.shape, self.output, strict=False):
            needed = max((made - 1) * self.stride + extent - given, 0)
            sides += [needed // 2, needed - needed // 2]
        return sides[0], sides[1], sides[2], sides[3]

    @property
    def operations(self) -> float:
        """Multiplications and additions, in thousand millions."""
        return 2e-9 * self.output[0] * self.output[1] * self.hwio.size

    def cropped(self, pixels: int) -> Case:
        """The same work on a corner of at most `pixels`, to estimate from."""
        edge = int(pixels**0.5)
        corner = np.ascontiguousarray(self.image[:edge, :edge])
        return Case(self.name, corner, self.weights, None, self.family, self.vectors, self.stride, self.dilation)


@lru_cache(maxsize=1)
def image(size: str, dtype: str, depth: int) -> Array:
    shape = (*SIZES[size], depth)
    random = np.random.default_rng(0)
    if dtype == "uint8":
        return random.integers(0, 256, shape, dtype=np.uint8)
    return random.random(shape, dtype=np.float32)


def filters(sizes: list[str]) -> Iterator[Case]:
    for size in sizes:
        for dtype, depth in IMAGES:
            for kernel in KERNELS_AT_20 if size == "20" else KERNELS:
                for family in FAMILIES:
                    weights, vectors = grid(family, kernel, is_whole=dtype == "uint8")
                    name = f"{'grey' if depth == 1 else 'RGB'} {dtype}, {kernel}x{kernel} {family}"
                    bar = filter_bar(size, dtype, kernel)
                    yield Case(name, image(size, dtype, depth), weights, bar, family, vectors)


def grid(family: str, size: int, *, is_whole: bool) -> tuple[Array, tuple[Array, Array] | None]:
    """Weights, and the column and row they are the outer product of."""
    random = np.random.default_rng(size)
    if family == "box":
        return np.full((size, size), 1 / size**2), None
    if family == "dense":
        return whole(random, size * size, 4).reshape(size, size) if is_whole else random.normal(size=(size, size)), None
    column, row = (whole(random, size, 2) if is_whole else random.normal(size=size) for _ in range(2))
    return np.outer(column, row), (column, row)


def whole(random: np.random.Generator, count: int, largest: int) -> Array:
    """Whole weights that sum to 1, so that not all results of an 8-bit image saturate; none is 0, which some skip."""
    choice = [weight for weight in range(-largest, largest + 1) if weight != 0]
    weights = random.choice(choice, count)
    while (excess := int(weights.sum()) - 1) != 0:
        place, weight = random.integers(count), random.choice(choice)
        if abs(excess + weight - weights[place]) <= abs(excess):
            weights[place] = weight
    return weights.astype(np.float64)


def filter_bar(size: str, dtype: str, kernel: int) -> float | None:
    """A box is held to the bar of the other kernels; small 3x3 work has none."""
    if kernel > 3:
        return 0.75
    if size == "600x400":
        return None
    return 0.33 if dtype == "uint8" else 0.65


LAYERS = (
    # rows, columns, depth, kernel, stride, dilation, kernels (0: depthwise)
    (224, 224, 3, 3, 1, 1, 32),
    (224, 224, 3, 7, 2, 1, 64),
    (1080, 1920, 3, 3, 1, 1, 8),
    (3000, 4000, 3, 3, 1, 1, 3),
    (112, 112, 64, 3, 1, 1, 64),
    (56, 56, 64, 3, 1, 1, 64),
    (28, 28, 128, 3, 1, 1, 128),
    (14, 14, 256, 3, 1, 1, 256),
    (7, 7, 512, 3, 1, 1, 512),
    (224, 224, 16, 3, 1, 1, 16),
    (112, 112, 32, 5, 1, 1, 64),
    (28, 28, 192, 5, 1, 1, 32),
    (56, 56, 64, 3, 2, 1, 128),
    (112, 112, 32, 3, 2, 1, 64),
    (28, 28, 128, 3, 1, 2, 128),
    (56, 56, 64, 1, 1, 1, 128),
    (28, 28, 128, 1, 1, 1, 256),
    (14, 14, 512, 1, 1, 1, 512),
    (7, 7, 1024, 1, 1, 1, 1024),
    (112, 112, 32, 3, 1, 1, 0),
    (56, 56, 128, 3, 1, 1, 0),
    (28, 28, 256, 5, 1, 1, 0),
    (56, 56, 128, 3, 2, 1, 0),
)


def layers() -> Iterator[Case]:
    for rows, columns, depth, kernel, stride, dilation, kernels in LAYERS:
        random = np.random.default_rng(0)
        samples = random.standard_normal((rows, columns, depth), dtype=np.float32)
        shape = (kernel, kernel, depth, kernels) if kernels else (kernel, kernel, 1, depth)
        step = f" s{stride}" if stride > 1 else ""
        step += f" d{dilation}" if dilation > 1 else ""
        name = f"{rows}x{columns}x{depth}, {kernel}x{kernel}{step}, {kernels or 'depthwise'}"
        bar = layer_bar(columns, depth, kernel, is_plain=bool(kernels) and stride == dilation == 1)
        weights = random.standard_normal(shape, dtype=np.float32)
        yield Case(name, samples, weights, bar, stride=stride, dilation=dilation)


def layer_bar(columns: int, depth: int, kernel: int, *, is_plain: bool) -> float:
    if depth <= 4 and columns >= 224:
        return 0.4 if columns >= 1920 else 1.0
    return 0.85 if is_plain and kernel == 3 and depth >= 32 else 1.1


def regions(case: Case) -> list[Region]:
    """Where a result is compared with the truth: everywhere, or corners, middle and a few other places."""
    rows, columns = case.output
    if rows * columns <= WHOLE:
        return [(slice(0, rows), slice(0, columns))]
    random = np.random.default_rng(2)
    places = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5), *random.random((5, 2)).tolist()]
    tops = [round(down * (rows - PATCH)) for down, _ in places]
    lefts = [round(across * (columns - PATCH)) for _, across in places]
    return [(slice(top, top + PATCH), slice(left, left + PATCH)) for top, left in zip(tops, lefts, strict=True)]


def truth(case: Case, region: Region) -> Array:
    """The results in a region, summed tap by tap in float64, which is exact for whole numbers of this size."""
    firsts = [part.start * case.stride - before for part, before in zip(region, case.padding[::2], strict=True)]
    lengths = [(part.stop - part.start - 1) * case.stride + (case.size - 1) * case.dilation + 1 for part in region]
    ends = [first + length for first, length in zip(firsts, lengths, strict=True)]
    inside = tuple(
        slice(max(first, 0), min(end, given)) for first, end, given in zip(firsts, ends, case.image.shape, strict=False)
    )
    around = [(part.start - first, end - part.stop) for part, first, end in zip(inside, firsts, ends, strict=True)]
    crop = np.pad(case.image[inside].astype(np.float64), [*around, (0, 0)])
    total = np.zeros(1)
    for i in range(case.size):
        for j in range(case.size):
            down, across = i * case.dilation, j * case.dilation
            rows, columns = (part.stop - part.start for part in region)
            samples = crop[down :: case.stride, across :: case.stride][:rows, :columns]
            weights = case.weights[i, j].astype(np.float64)
            is_by_channel = case.weights.ndim == 2 or case.groups > 1
            total = total + (samples * weights.reshape(-1) if is_by_channel else samples @ weights)
    return total
