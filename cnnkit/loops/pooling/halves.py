"""Images of bytes at half their size: the rounded mean of two rows and two columns, in registers from end to end.

Sums of four bytes are kept in 16 bits, next to each other as the samples of neighbouring pixels are: so no row of sums
is written and read again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops.llvm import Array, Intrinsic, plus, shuffled
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES

LANE_BYTES = 16
"""Bytes among which a processor moves single ones at no cost; a vector holds some of these lanes."""

MAX_DEPTH = 4


class MeansOfFour(Intrinsic):
    """The rounded means of two rows by two columns of pixels of `depth` bytes, `steps` vectors of them."""

    def __init__(self, depth: int) -> None:
        self.name = self.__name__ = f"means_of_four_{depth}"
        self.depth = depth
        self.lanes = max(VECTOR_BYTES // LANE_BYTES, 2)
        self.read = LANE_BYTES // (2 * depth) * 2 * depth  # bytes of a lane: whole pairs of pixels
        self.written = self.lanes * self.read // 2  # bytes of a vector

    def __call__(self, image: Any, above: int, below: int, steps: int, out: Any, at: int) -> None:
        """The plain Python."""
        count = self.written * steps
        rows = (image[begin : begin + 2 * count].astype(np.uint16) for begin in (above, below))
        pairs = sum(rows).reshape(-1, 2, self.depth)
        out[at : at + count] = ((pairs[:, 0] + pairs[:, 1] + 2) // 4).reshape(-1)

    def emit(self, builder: Any, image: Array, above: Any, below: Any, steps: Any, out: Array, at: Any) -> None:
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        words = ir.VectorType(ir.IntType(16), self.lanes * LANE_BYTES // 2)
        two, eight, low = (ir.Constant(words, [number] * words.count) for number in (2, 8, 255))

        def sums(begin: Any) -> Any:
            both = builder.bitcast(self._paired(builder, image, begin), words)
            return builder.add(builder.and_(both, low), builder.lshr(both, eight))

        with cgutils.for_range(builder, steps, intp=at.type) as loop:
            done = builder.mul(loop.index, ir.Constant(at.type, self.written))
            skip = builder.add(done, done)
            total = builder.add(sums(builder.add(above, skip)), sums(builder.add(below, skip)))
            means = builder.lshr(builder.add(total, two), two)
            means = builder.trunc(means, ir.VectorType(ir.IntType(8), words.count))
            kept = [lane * LANE_BYTES // 2 + n for lane in range(self.lanes) for n in range(self.read // 2)]
            out.store_vector(builder.add(at, done), shuffled(builder, means, means, kept))

    def _paired(self, builder: Any, image: Array, begin: Any) -> Any:
        """A row from `begin` on, the samples of neighbouring pixels next to each other; no byte beyond it is read."""
        beside = [
            (2 * pair + neighbour) * self.depth + c
            for pair in range(self.read // (2 * self.depth))
            for c in range(self.depth)
            for neighbour in (0, 1)
        ]
        beside += beside[: LANE_BYTES - self.read]
        lanes, spare = [], LANE_BYTES - self.read
        for lane in range(self.lanes):
            early = spare if lane == self.lanes - 1 else 0
            loaded = image.load_vector(plus(builder, begin, lane * self.read - early), LANE_BYTES)
            lanes.append(shuffled(builder, loaded, loaded, [place + early for place in beside]))
        while len(lanes) > 1:
            whole = list(range(2 * lanes[0].type.count))
            lanes = [shuffled(builder, a, b, whole) for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
        return lanes[0]


MEANS = {depth: MeansOfFour(depth) for depth in range(1, MAX_DEPTH + 1)}


@compiled("i8, i8, i8, i8, u1[1], u1[1], i8, i8")
def halve(
    means_of_four: Any, rows: int, columns: int, depth: int, written: int, image: Any, out: Any, first: int, last: int
) -> None:
    """Fill the rows of the result from `first` up to `last`; those of all images are counted together.

    `image` is flat, (n, rows, columns, depth), of which a last odd row or column is left out. A vector gives `written`
    results; the last one of a row begins where it fits.
    """
    out_rows = rows // 2
    length = columns // 2 * depth
    steps = length // written
    for r in range(first, last):
        n = r // out_rows
        above = (n * rows + 2 * (r - n * out_rows)) * columns * depth
        below = above + columns * depth
        at = r * length
        means_of_four(image, above, below, steps, out, at)
        if steps > 0:
            left = length - written
            means_of_four(image, above + 2 * left, below + 2 * left, 1, out, at + left)
        else:
            for pixel in range(columns // 2):
                for c in range(depth):
                    x = 2 * pixel * depth + c
                    pair = int(image[above + x]) + int(image[above + x + depth])
                    other = int(image[below + x]) + int(image[below + x + depth])
                    out[at + pixel * depth + c] = (pair + other + 2) // 4
