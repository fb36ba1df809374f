"""Direct convolution with few products in a sum: a row of output at a time, its products one after the other.

The register tile of `direct` loads each sample once for two rows, but beginning and ending it takes as long as some
products. Index letters as there. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.geometry.blocks import Blocks
from cnnkit.loops import llvm
from cnnkit.loops.convolution.direct import RESULTS, SOURCES, SUMS
from cnnkit.loops.convolution.totals import VECTORS, WIDE_BYTES, write_row
from cnnkit.loops.laying import lay
from cnnkit.loops.llvm import Array, plus
from cnnkit.loops.machine.compile import compiled


class Products(llvm.Intrinsic):
    """Sums of products of weights and samples.

    For the x below `blocks` times as many as there are in `WIDE_BYTES`,

        out[out_at + x] = bias[0] + sum of weights[t] * samples[begin + places[t] + x] for the t below `terms`

    converted to the type of `out` as `llvm.converted` does.
    """

    name = __name__ = "products"

    def __call__(
        self, samples: Any, begin: int, places: Any, terms: int, bias: Any, weights: Any, out: Any, out_at: int,
        blocks: int,
    ) -> None:  # fmt: skip
        """The plain Python."""
        count = blocks * WIDE_BYTES // samples.itemsize
        total = np.zeros(count, samples.dtype)
        for place, weight in zip(places[:terms], weights, strict=False):
            total += weight * samples[begin + place :][:count]
        out[out_at : out_at + count] = arrays.convert(bias[0] + total, out.dtype)

    def emit(
        self, builder: Any, samples: Array, begin: Any, places: Array, terms: Any, bias: Array, weights: Array,
        out: Array, out_at: Any, blocks: Any,
    ) -> None:  # fmt: skip
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        whole, lanes = ir.IntType(64), samples.lanes
        sums = [cgutils.alloca_once(builder, samples.vector) for _ in range(VECTORS)]
        base = bias.load_spread(ir.Constant(whole, 0))
        with cgutils.for_range(builder, blocks, intp=whole) as loop:
            x = builder.mul(loop.index, ir.Constant(whole, VECTORS * lanes))
            for one in sums:
                builder.store(ir.Constant(samples.vector, None), one)
            with cgutils.for_range(builder, terms, intp=whole) as term:
                place = builder.add(builder.add(begin, places.load(term.index)), x)
                weight = weights.load_spread(term.index)
                for n, one in enumerate(sums):
                    sample = samples.load_vector(plus(builder, place, n * lanes))
                    builder.store(llvm.multiply_add(builder, sample, weight, builder.load(one)), one)
            for n, one in enumerate(sums):
                found = llvm.add(builder, base, builder.load(one))
                found = llvm.converted(builder, found, samples.number, out.number, out.pointer)
                out.store_vector(plus(builder, builder.add(out_at, x), n * lanes), found)


products = Products()


@compiled(
    "T[1], i8[1], i8[1], f8, i8[1], S[1], S[1], O[1], Blocks, S[1], O[1], i8, i8",
    T=SOURCES,
    S=SUMS,
    O=RESULTS,
    Blocks=Blocks,
)
def convolve_few(
    sums: Any,
    image: Any, outside_rows: Any, outside_columns: Any, constant: float,
    places: Any, bias: Any, weights: Any, out: Any, blocks: Blocks,
    padded: Any, aside: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Convolve with one kernel; channels are interleaved in rows, or planes that are summed.

    `weights` are those of the samples at the `places`, counted from the first one under a window; see `Products`.
    `first` and `last` count the strips of all images together.
    """
    unit = blocks.unit
    for strip in range(first, last):
        n = strip // blocks.strips
        i0 = (strip - n * blocks.strips) * blocks.strip
        i1 = min(i0 + blocks.strip, blocks.out_rows)
        at = n * blocks.rows * blocks.columns * blocks.depth
        y0 = i0 * blocks.stride_rows
        y1 = (i1 - 1) * blocks.stride_rows + blocks.reach_rows
        for j0 in range(0, blocks.out_columns, blocks.width):
            j1 = min(j0 + blocks.width, blocks.out_columns)
            x0 = j0 * blocks.stride_columns
            x1 = (j1 - 1) * blocks.stride_columns + blocks.reach_columns
            lay(image, at, blocks, outside_rows, outside_columns, constant, y0, y1, x0, x1, padded)
            for i in range(i0, i1):
                start = (i - i0) * blocks.stride_rows * blocks.row_stride
                target = ((n * blocks.out_rows + i) * blocks.out_columns + j0) * unit
                write_row(sums, padded, start, places, bias, weights, out, target, (j1 - j0) * unit, aside)
