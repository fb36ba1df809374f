"""The slope of a layer's weights: products of samples and slopes, summed over all places of some images.

It is a tile's work: scalars are the samples under neighbouring weights of a kernel, vectors the slopes of neighbouring
kernels, and a run goes along a row of the output. Index letters: n image, e entry, m row of weights, k kernel. All
arrays are flat.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.loops.convolution.tile import Tile
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import REGISTERS

HEIGHT = 6
"""Rows of weights of a tile: with two vectors of kernels, twelve sums, enough to keep the multipliers busy."""

WIDE_HEIGHT = 12 if REGISTERS == 32 else HEIGHT
"""Of tiles for many kernels: where there are registers for it, each vector that is loaded is used more often."""

ENTRY = 5
"""Numbers of an entry: where its samples begin in an image, its slopes in theirs, its weights, and how many rows and
columns of weights it has."""


class Sums(Tile):
    """A tile that adds to what stands in `sums` already, known by its name."""

    def __init__(self, name: str, height: int, width: int, *, is_lanewise: bool = False) -> None:
        super().__init__(height, width, is_lanewise=is_lanewise, is_brief=True)
        self.__name__ = name

    def __reduce__(self) -> str:
        return self.__name__


narrow = Sums("narrow", HEIGHT, 1)
wide = Sums("wide", WIDE_HEIGHT, 2)
lanewise = Sums("lanewise", HEIGHT, 1, is_lanewise=True)


class Products(NamedTuple):
    """Where samples, slopes and weights lie, and how the work is divided."""

    images: int
    parts: int  # of the images, each with sums of its own
    shares: int  # of the entries
    image_values: int  # from one image to the next
    slope_values: int
    step: int  # between the samples of neighbouring results
    spacing: int  # between the samples of neighbouring rows of weights
    kernels: int  # in a row of weights, and in a place of the output
    weights: int  # of one part


@compiled("f4[1], f4[1], i8[1], i8[1], i8[1], f4[1], Products, f4[1], i8, i8", Products=Products)
def sum_products(
    tile: Any,
    image: Any, slopes: Any, entries: Any, segments: Any, chunks: Any, sums: Any, how: Products, aside: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Sum the products of units `first` to `last`, each some entries of some images; `sums` is (parts, weights).

    Samples and slopes are read a tile beyond their end.
    """
    count = entries.shape[0] // ENTRY
    for unit in range(first, last):
        part = unit // how.shares
        share = unit - part * how.shares
        e0 = count * share // how.shares
        e1 = count * (share + 1) // how.shares
        base = part * how.weights
        for e in range(e0, e1):
            begin = base + entries[e * ENTRY + 2]
            for m in range(entries[e * ENTRY + 3]):
                row = sums[begin + m * how.kernels : begin + m * how.kernels + entries[e * ENTRY + 4]]
                for k in range(row.shape[0]):
                    row[k] = 0.0
        for n in range(how.images * part // how.parts, how.images * (part + 1) // how.parts):
            for e in range(e0, e1):
                one = entries[e * ENTRY : e * ENTRY + ENTRY]
                tile(slopes, n * how.slope_values + one[1], how.kernels, image, n * how.image_values + one[0], how.step,
                     how.spacing, segments, chunks, sums, base + one[2], how.kernels, aside,
                     sums, base + one[2], how.kernels, one[3], one[4])  # fmt: skip
