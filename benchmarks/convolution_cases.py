"""What the convolution benchmark measures: filters and layers, their bars, and the true results.

No weight is 0, because some skip those. The bars are ratios to the best peer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from harness import BEST
from images import FLOAT_TOLERANCE, IMAGES, Array, ImageCase, Picture, Region, image, image_name, size_name

PARTS = ("filters", "layers")
DEFAULT_SIZES = ("600x400", "1", "12", "20")
KERNELS = (3, 5, 7, 11, 15, 31)
KERNELS_AT_20 = (3, 7, 31)
"""At 20 Mpixel only more memory moves than at 12, so fewer kernels suffice."""
FAMILIES = ("dense", "separable", "box")
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


@dataclass(frozen=True, eq=False)
class Case(ImageCase):
    """A convolution with zeros around (SAME).

    `weights` is one grid for every channel by itself (a filter), or HWIO with groups 1 or depth (a layer).
    """

    weights: Array = field(default_factory=lambda: np.empty(0))
    family: str = "layer"
    vectors: tuple[Array, Array] | None = None  # the column and row that the grid is the outer product of
    dilation: int = 1

    @property
    def reach(self) -> int:
        return (self.size - 1) * self.dilation + 1

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
        rows, columns, _ = self.picture.samples.shape
        return -(-rows // self.stride), -(-columns // self.stride)

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Zeros at the top, bottom, left and right. Source: TensorFlow's SAME, the odd one after."""
        sides: list[int] = []
        for given, made in zip(self.picture.samples.shape, self.output, strict=False):
            needed = max((made - 1) * self.stride + self.reach - given, 0)
            sides += [needed // 2, needed - needed // 2]
        return sides[0], sides[1], sides[2], sides[3]

    @property
    def before(self) -> tuple[int, int]:
        return self.padding[0], self.padding[2]

    def truth(self, region: Region) -> Array:
        """The results in a region, summed tap by tap in float64, which is exact for whole numbers of this size."""
        samples = self.window_samples(region, 0)
        rows, columns = (part.stop - part.start for part in region)
        is_by_channel = self.weights.ndim == 2 or self.groups > 1
        total = np.zeros(1)
        for i in range(self.size):
            for j in range(self.size):
                moved = samples[i * self.dilation :: self.stride, j * self.dilation :: self.stride][:rows, :columns]
                weights = self.weights[i, j].astype(np.float64)
                total = total + (moved * weights.reshape(-1) if is_by_channel else moved @ weights)
        return np.clip(np.floor(total + 0.5), 0, 255) if self.dtype == "uint8" else total

    def tolerance(self, name: str, largest: float) -> float:
        """Whole weights on 8 bits are exact; a box rounds, and may fall to the other side of a half."""
        if self.dtype == "uint8":
            return 1.0 if self.family == "box" else 0.0
        return FLOAT_TOLERANCE * largest


def sections(parts: list[str], sizes: list[str]) -> dict[str, Iterable[Case]]:
    """What is measured, by title."""
    works: dict[str, Iterable[Case]] = {}
    for size in sizes if "filters" in parts else ():
        works[f"Filters, {size_name(size)}"] = filters(size)
    if "layers" in parts:
        works["Layers"] = layers()
    return works


def filters(size: str) -> Iterator[Case]:
    for dtype, depth in IMAGES:
        for kernel in KERNELS_AT_20 if size == "20" else KERNELS:
            for family in FAMILIES:
                weights, vectors = grid(family, kernel, is_whole=dtype == "uint8")
                name = f"{image_name(dtype, depth)}, {kernel}x{kernel} {family}"
                bars = {BEST: filter_bar(size, dtype, depth, kernel, family)}
                yield Case(name, image(size, dtype, depth), kernel, 1, bars, weights, family, vectors)


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
    """Whole weights that sum to 1, so that not all results of an 8-bit image saturate."""
    choice = [weight for weight in range(-largest, largest + 1) if weight != 0]
    weights = random.choice(choice, count)
    while (excess := int(weights.sum()) - 1) != 0:
        place, weight = random.integers(count), random.choice(choice)
        if abs(excess + weight - weights[place]) <= abs(excess):
            weights[place] = weight
    return weights.astype(np.float64)


def filter_bar(size: str, dtype: str, depth: int, kernel: int, family: str) -> float | None:
    """What a filter is held to: on small images by fewer rows than on large ones."""
    if size in ("small", "600x400"):
        if family == "box":
            return 1.0
        is_grey = (dtype, depth) == ("float32", 1) and kernel <= 7
        if is_grey or (dtype, family, kernel) == ("uint8", "separable", 5):
            return 0.9
        return 0.75 if kernel > 7 else None
    if dtype == "uint8":
        return 0.8 if family == "box" else 0.75 if kernel > 3 else 0.33
    if kernel <= 7 and depth == 3:
        return 0.7
    return 0.75 if kernel > 3 else 0.65


def layers() -> Iterator[Case]:
    for rows, columns, depth, kernel, stride, dilation, kernels in LAYERS:
        random = np.random.default_rng(0)
        picture = Picture(random.standard_normal((rows, columns, depth), dtype=np.float32))
        shape = (kernel, kernel, depth, kernels) if kernels else (kernel, kernel, 1, depth)
        step = f" s{stride}" if stride > 1 else ""
        step += f" d{dilation}" if dilation > 1 else ""
        name = f"{rows}x{columns}x{depth}, {kernel}x{kernel}{step}, {kernels or 'depthwise'}"
        bars = layer_bars(columns, depth, kernel, is_plain=bool(kernels) and stride == dilation == 1)
        weights = random.standard_normal(shape, dtype=np.float32)
        yield Case(name, picture, kernel, stride, bars, weights, dilation=dilation)


def layer_bars(columns: int, depth: int, kernel: int, *, is_plain: bool) -> Mapping[str, float | None]:
    if depth <= 4 and columns >= 224:
        return {BEST: 0.5 if columns >= 1920 else 1.0}
    return {BEST: 0.85 if is_plain and kernel == 3 and depth >= 32 else 1.0}
