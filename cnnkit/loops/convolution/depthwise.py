"""Depthwise convolutions, read from where the image lies: each lane is a channel with weights of its own.

A few neighbouring pixels are summed at once, so that a sample which lies under several of their windows is loaded once.
The padding is zeros, which are left out. Index letters: i j output row and column, a b kernel row and column, c
channel. All arrays are flat; of all but `out` whole vectors are read.
"""

from __future__ import annotations

from typing import Any

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops import llvm
from cnnkit.loops.convolution.tile import finish, finisher
from cnnkit.loops.llvm import Array, row_at
from cnnkit.loops.machine import processor
from cnnkit.loops.machine.compile import Piece, compiled

PIXELS = 6
"""Pixels that are summed at once: their sums, weights and a sample fill half of 16 registers."""


class Lanes(llvm.Intrinsic):
    """The sums of some neighbouring pixels for a vector of channels.

        out[m, x] = base[x] + sum over a, b of weights[(a * columns + b) * depth + x]
                                               * image[at + a * row_step + (b * dilation + m * stride) * depth + x]

    for `pixels` pixels m (one, or as many as it is made for), the first `rows` and `columns` of the kernel, and the x
    below `count`; then finished as by a `FinishedTile`. With `columns` set when it is made, the dilation is 1.
    """

    def __init__(self, name: str, pixels: int, columns: int = 0, stride: int = 1) -> None:
        self.__name__ = name
        self.pixels, self.columns, self.stride = pixels, columns, stride

    def __reduce__(self) -> str:
        return self.__name__

    def __call__(
        self, image: Any, at: int, row_step: int, column_step: int, weights: Any, weights_at: int, weights_row: int,
        rows: int, columns: int, depth: int, base: Any, base_at: int,
        out: Any, out_at: int, pixels: int, count: int, addend: Any, is_added: int, limits: Any,
    ) -> None:  # fmt: skip
        """The plain Python of the sums."""
        lanes = min(count, processor.VECTOR_BYTES // image.itemsize)
        for m in range(min(pixels, self.pixels)):
            total = base[base_at : base_at + lanes].copy()
            for a in range(rows):
                for b in range(self.columns or columns):
                    place = at + a * row_step + b * column_step + m * self.stride * depth
                    w = weights_at + a * weights_row + b * depth
                    total += weights[w : w + lanes] * image[place : place + lanes]
            out[out_at + m * depth :][:lanes] = total
            finish(out, out_at + m * depth, lanes, addend, is_added, limits)

    def emit(
        self, builder: Any, image: Array, at: Any, row_step: Any, column_step: Any,
        weights: Array, weights_at: Any, weights_row: Any, rows: Any, columns: Any, depth: Any,
        base: Array, base_at: Any, out: Array, out_at: Any, pixels: Any, count: Any,
        addend: Array, is_added: Any, limits: Array,
    ) -> None:  # fmt: skip
        """Write the sums as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        lanes, whole = image.lanes, ir.IntType(64)
        start = base.load_vector(base_at)
        sums = [cgutils.alloca_once_value(builder, start) for _ in range(self.pixels)]
        with cgutils.for_range(builder, rows) as row:
            x = builder.add(at, builder.mul(row.index, row_step))
            w = builder.add(weights_at, builder.mul(row.index, weights_row))
            if self.columns:
                factors = [weights.load_vector(row_at(builder, w, depth, b)) for b in range(self.columns)]
                for place in range((self.pixels - 1) * self.stride + self.columns):
                    sample = image.load_vector(row_at(builder, x, depth, place))
                    for m, one in enumerate(sums):
                        b = place - m * self.stride
                        if 0 <= b < self.columns:
                            total = llvm.multiply_add(builder, sample, factors[b], builder.load(one))
                            builder.store(total, one)
            else:
                with cgutils.for_range(builder, columns) as column:
                    factor = weights.load_vector(builder.add(w, builder.mul(column.index, depth)))
                    begin = builder.add(x, builder.mul(column.index, column_step))
                    for m, one in enumerate(sums):
                        sample = image.load_vector(row_at(builder, begin, depth, m * self.stride))
                        builder.store(llvm.multiply_add(builder, sample, factor, builder.load(one)), one)
        finished = finisher(builder, addend, is_added, limits)
        is_whole = builder.icmp_signed(">=", count, ir.Constant(whole, lanes))
        mask = llvm.first_lanes(builder, count, 0, lanes)
        for m, one in enumerate(sums):
            with builder.if_then(builder.icmp_signed("<", ir.Constant(whole, m), pixels)):
                place = row_at(builder, out_at, depth, m)
                found = finished(builder.load(one), place)
                with builder.if_else(is_whole) as (all_lanes, some_lanes):
                    with all_lanes:
                        out.store_vector(place, found)
                    with some_lanes:
                        out.store_vector(place, found, mask)


single = Lanes("single", 1)
three = Lanes("three", PIXELS, 3)
three_apart = Lanes("three_apart", PIXELS, 3, 2)
five = Lanes("five", PIXELS, 5)
five_apart = Lanes("five_apart", PIXELS, 5, 2)

BY_COLUMNS_AND_STRIDE = {(3, 1): three, (3, 2): three_apart, (5, 1): five, (5, 2): five_apart}
"""For kernels of so many columns and strides of so many, dilation 1; `single` for all others."""


@Piece
def sum_pixels(
    lanes: Any, image: Any, at: int, row_step: int, column_step: int, weights: Any, weights_at: int, weights_row: int,
    rows: int, columns: int, depth: int, bias: Any, out: Any, out_at: int, pixels: int,
    addend: Any, is_added: int, limits: Any,
) -> None:  # fmt: skip
    """Sum all channels of neighbouring pixels, whose windows have the same rows and columns of the image under them."""
    for c in range(0, depth, processor.VECTOR_BYTES // image.itemsize):
        lanes(image, at + c, row_step, column_step, weights, weights_at + c, weights_row, rows, columns, depth, bias, c,
              out, out_at + c, pixels, depth - c, addend, is_added, limits)  # fmt: skip


@compiled(
    "S[1], S[1], S[1], S[1], i8, S[1], S[1], i8, i8, i8, i8, i8, i8, Blocks, i8, i8",
    S=("f4",),
    Blocks=Blocks,
)
def convolve_channels(
    lanes: Any,
    image: Any, weights: Any, bias: Any, addend: Any, is_added: int, limits: Any,
    out: Any, kernel_rows: int, kernel_columns: int, dilation_rows: int, dilation_columns: int, step: int, images: int,
    blocks: Blocks, first: int, last: int,
) -> None:  # fmt: skip
    """Sum output rows `first` to `last`, of all images, each channel with its own (kernel_rows, kernel_columns) grid.

    `lanes` sums `step` pixels at once where no window reaches into the padding beside the image, `single` the others.
    Of `images`, `first` and `last` count the rows together; `weights` are (kernel_rows, kernel_columns, depth).
    """
    depth = blocks.depth
    stride = blocks.stride_columns
    row_step = dilation_rows * blocks.columns * depth
    column_step = dilation_columns * depth
    # Of these columns of output no window reaches into the padding.
    begin = min((blocks.left + stride - 1) // stride, blocks.out_columns)
    end = max(min((blocks.columns - blocks.reach_columns + blocks.left) // stride + 1, blocks.out_columns), begin)
    for unit in range(first, last):
        n = unit // blocks.out_rows
        i = unit - n * blocks.out_rows
        y = i * blocks.stride_rows - blocks.top
        a0 = max(0, (-y + dilation_rows - 1) // dilation_rows) if y < 0 else 0
        a1 = min(kernel_rows, (blocks.rows - y + dilation_rows - 1) // dilation_rows)
        rows = max(a1 - a0, 0)
        at = (n * blocks.rows + y + a0 * dilation_rows) * blocks.columns * depth
        target = unit * blocks.out_columns * depth
        weights_row = kernel_columns * depth
        w = a0 * weights_row
        # Several pixels are read whole, at the end of a row those of the next rows too, but none beyond the last image.
        several = end
        ahead = begin + (end - begin + step - 1) // step * step - 1
        furthest = ahead * stride - blocks.left + blocks.reach_columns - 1
        last_row = n * blocks.rows + y + (a1 - 1) * dilation_rows
        if last_row * blocks.columns + furthest >= images * blocks.rows * blocks.columns:
            several = end - (end - begin) % step
        for j in range(begin, several, step):
            x = j * stride - blocks.left
            sum_pixels(lanes, image, at + x * depth, row_step, column_step, weights, w, weights_row, rows,
                       kernel_columns, depth, bias, out, target + j * depth, several - j,
                       addend, is_added, limits)  # fmt: skip
        for k in range(begin + blocks.out_columns - several):
            j = k if k < begin else several + k - begin
            x = j * stride - blocks.left
            b0 = (-x + dilation_columns - 1) // dilation_columns if x < 0 else 0
            b1 = min(kernel_columns, (blocks.columns - x + dilation_columns - 1) // dilation_columns)
            sum_pixels(single, image, at + (x + b0 * dilation_columns) * depth, row_step, column_step, weights,
                       w + b0 * depth, weights_row, rows, max(b1 - b0, 0), depth, bias, out, target + j * depth, 1,
                       addend, is_added, limits)  # fmt: skip
