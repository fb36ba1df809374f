"""Depthwise convolutions, read from where the image lies: each lane is a channel with weights of its own.

A few neighbouring pixels are summed at once, so that a sample which lies under several of their windows is loaded once.
The padding is zeros. Index letters: i j output row and column, a b kernel row and column, c channel. All arrays are
flat; of all but `out` whole vectors are read.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops import llvm
from cnnkit.loops.convolution.tile import finish, finisher
from cnnkit.loops.llvm import Array, plus, row_at
from cnnkit.loops.machine import processor
from cnnkit.loops.machine.compile import Piece, compiled

PIXELS = 7
"""Pixels that are summed at once: with weights, a sample and limits they fill 16 registers. 224, 112, 56, 28, 14 and 7
columns are multiples."""


class Lanes(llvm.Intrinsic):
    """The sums of some neighbouring pixels for a vector of channels.

        out[m, x] = base[x] + sum over a, b of weights[weights_at + a * weights_row + b * lanes + x]
                                               * image[at + a * row_step + b * column_step + m * stride * depth + x]

    for all `pixels` m that it is made for but the first `skipped`, the first `rows` and `columns` of the kernel, and
    the x below `count`; then finished as by a `FinishedTile`. With `columns` when it is made, the
    kernel has as many, without dilation, and of the columns under these pixels the first `before` and the last `after`,
    each at most half of a kernel, lie in the padding.
    """

    def __init__(self, name: str, pixels: int, columns: int = 0, stride: int = 1) -> None:
        self.__name__ = name
        self.pixels, self.columns, self.stride = pixels, columns, stride

    def __reduce__(self) -> str:
        return self.__name__

    def __call__(
        self, image: Any, at: int, row_step: int, column_step: int, before: int, after: int,
        weights: Any, weights_at: int, weights_row: int, rows: int, columns: int, depth: int, base: Any, base_at: int,
        out: Any, out_at: int, skipped: int, count: int, addend: Any, is_added: int, limits: Any,
    ) -> None:  # fmt: skip
        """The plain Python of the sums."""
        vector = processor.VECTOR_BYTES // image.itemsize
        lanes = min(count, vector)
        last = (self.pixels - 1) * self.stride + columns - after
        for m in range(skipped, self.pixels):
            total = base[base_at : base_at + lanes].copy()
            for a in range(rows):
                for b in range(columns):
                    place = at + a * row_step + b * column_step + m * self.stride * depth
                    w = weights_at + a * weights_row + b * vector
                    if before <= m * self.stride + b < last:
                        total += weights[w : w + lanes] * image[place : place + lanes]
            out[out_at + m * depth :][:lanes] = total
            finish(out, out_at + m * depth, lanes, addend, is_added, limits)

    def emit(
        self, builder: Any, image: Array, at: Any, row_step: Any, column_step: Any, before: Any, after: Any,
        weights: Array, weights_at: Any, weights_row: Any, rows: Any, columns: Any, depth: Any,
        base: Array, base_at: Any, out: Array, out_at: Any, skipped: Any, count: Any,
        addend: Array, is_added: Any, limits: Array,
    ) -> None:  # fmt: skip
        """Write the sums as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        lanes, whole = image.lanes, ir.IntType(64)
        start = base.load_vector(base_at)
        sums = [cgutils.alloca_once_value(builder, start) for _ in range(self.pixels)]

        def number(value: int) -> Any:
            return ir.Constant(whole, value)

        with cgutils.for_range(builder, rows) as row:
            x = builder.add(at, builder.mul(row.index, row_step))
            w = builder.add(weights_at, builder.mul(row.index, weights_row))
            if self.columns:
                factors = [weights.load_vector(plus(builder, w, b * lanes)) for b in range(self.columns)]
                places = (self.pixels - 1) * self.stride + self.columns
                llvm.in_order(builder)
                for place in range(places):
                    is_there = None
                    if place < self.columns // 2:
                        is_there = builder.icmp_signed(">=", number(place), before)
                    elif places - 1 - place < self.columns // 2:
                        is_there = builder.icmp_signed(">=", number(places - 1 - place), after)
                    sample = image.load_vector(row_at(builder, x, depth, place), is_there=is_there)
                    for m, one in enumerate(sums):
                        b = place - m * self.stride
                        if 0 <= b < self.columns:
                            builder.store(llvm.multiply_add(builder, sample, factors[b], builder.load(one)), one)
            else:
                with cgutils.for_range(builder, columns) as column:
                    factor = weights.load_vector(builder.add(w, builder.mul(column.index, number(lanes))))
                    sample = image.load_vector(builder.add(x, builder.mul(column.index, column_step)))
                    builder.store(llvm.multiply_add(builder, sample, factor, builder.load(sums[0])), sums[0])
        finished = finisher(builder, addend, is_added, limits)
        is_wide = builder.icmp_signed(">=", count, number(lanes))
        is_whole = builder.and_(is_wide, builder.icmp_signed("==", skipped, number(0)))
        with builder.if_else(is_whole) as (all_of_it, some_of_it):
            with all_of_it:
                for m, one in enumerate(sums):
                    place = row_at(builder, out_at, depth, m)
                    out.store_vector(place, finished(builder.load(one), place))
            with some_of_it:
                kept = cgutils.alloca_once(builder, image.vector, self.pixels)
                for m, one in enumerate(sums):
                    builder.store(builder.load(one), builder.gep(kept, [number(m)]))
                mask = llvm.first_lanes(builder, count, 0, lanes)
                with cgutils.for_range_slice(builder, skipped, number(self.pixels), number(1), whole) as (m, _):
                    place = builder.add(out_at, builder.mul(m, depth))
                    out.store_vector(place, finished(builder.load(builder.gep(kept, [m])), place), mask)


single = Lanes("single", 1)
three = Lanes("three", PIXELS, 3)
three_apart = Lanes("three_apart", PIXELS, 3, 2)
five = Lanes("five", PIXELS, 5)
five_apart = Lanes("five_apart", PIXELS, 5, 2)

BY_COLUMNS_AND_STRIDE = {(3, 1): three, (3, 2): three_apart, (5, 1): five, (5, 2): five_apart}
"""For kernels of so many columns and strides of so many, dilation 1; `single` for all others."""


@Piece
def sum_pixels(
    lanes: Any, image: Any, at: int, row_step: int, column_step: int, before: int, after: int,
    weights: Any, weights_at: int, weights_row: int, packed: int, rows: int, columns: int, depth: int, bias: Any,
    out: Any, out_at: int, skipped: int, addend: Any, is_added: int, limits: Any,
) -> None:  # fmt: skip
    """Sum all channels of neighbouring pixels, whose windows have the same rows of the image under them.

    Each vector of channels has `packed` weights.
    """
    for c in range(0, depth, processor.VECTOR_BYTES // image.itemsize):
        lanes(image, at + c, row_step, column_step, before, after, weights, weights_at, weights_row, rows, columns,
              depth, bias, c, out, out_at + c, skipped, depth - c, addend, is_added, limits)  # fmt: skip
        weights_at += packed


@compiled(
    "S[1], S[1], S[1], S[1], i8, S[1], S[1], i8, i8, i8, i8, i8, Blocks, i8, i8",
    S=("f4",),
    Blocks=Blocks,
)
def convolve_channels(
    lanes: Any,
    image: Any, weights: Any, bias: Any, addend: Any, is_added: int, limits: Any,
    out: Any, kernel_rows: int, kernel_columns: int, dilation_rows: int, dilation_columns: int, step: int,
    blocks: Blocks, first: int, last: int,
) -> None:  # fmt: skip
    """Sum output rows `first` to `last`, of all images, each channel with its own (kernel_rows, kernel_columns) grid.

    `lanes` sums `step` pixels at once, `single` those that would need more of the padding, or where a row has fewer.
    `first` and `last` count the rows of all images together; `weights` are (vectors of channels, kernel_rows,
    kernel_columns, lanes).
    """
    depth = blocks.depth
    stride = blocks.stride_columns
    row_step = dilation_rows * blocks.columns * depth
    column_step = dilation_columns * depth
    vector = processor.VECTOR_BYTES // image.itemsize
    weights_row = kernel_columns * vector
    packed = kernel_rows * weights_row
    # Of these columns of output at most half of a window's columns lie in the padding of either side.
    half = kernel_columns // 2
    begin = min(max(blocks.left - half + stride - 1, 0) // stride, blocks.out_columns)
    end = min((blocks.columns - blocks.reach_columns + blocks.left + half) // stride + 1, blocks.out_columns)
    if end - begin < step or step == 1:
        begin = end = 0
    for unit in range(first, last):
        n = unit // blocks.out_rows
        i = unit - n * blocks.out_rows
        y = i * blocks.stride_rows - blocks.top
        a0 = max(0, (-y + dilation_rows - 1) // dilation_rows) if y < 0 else 0
        a1 = min(kernel_rows, (blocks.rows - y + dilation_rows - 1) // dilation_rows)
        rows = max(a1 - a0, 0)
        at = (n * blocks.rows + y + a0 * dilation_rows) * blocks.columns * depth
        target = unit * blocks.out_columns * depth
        w = a0 * weights_row
        for tile in range(begin, end, step):
            j = min(tile, end - step)
            x = j * stride - blocks.left
            after = x + (step - 1) * stride + kernel_columns - blocks.columns
            sum_pixels(lanes, image, at + x * depth, row_step, column_step, max(-x, 0), max(after, 0),
                       weights, w, weights_row, packed, rows, kernel_columns, depth, bias,
                       out, target + j * depth, tile - j, addend, is_added, limits)  # fmt: skip
        for k in range(begin + blocks.out_columns - end):
            j = k if k < begin else end + k - begin
            x = j * stride - blocks.left
            b0 = (-x + dilation_columns - 1) // dilation_columns if x < 0 else 0
            b1 = min(kernel_columns, (blocks.columns - x + dilation_columns - 1) // dilation_columns)
            sum_pixels(single, image, at + (x + b0 * dilation_columns) * depth, row_step, column_step, 0, 0,
                       weights, w + b0 * vector, weights_row, packed, rows, max(b1 - b0, 0), depth, bias,
                       out, target + j * depth, 0, addend, is_added, limits)  # fmt: skip
