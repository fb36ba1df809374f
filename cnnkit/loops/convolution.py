"""The sums of products of convolution, over images that are padded already.

Both loops add one weighted row of the image at a time to an output row: each sum grows in the order of the kernel's
rows, columns and channels, whatever band or thread computes it. Index letters: i j output row and column, a b kernel
row and column, c channel, k kernel.
"""

from __future__ import annotations

from typing import Any

from cnnkit.loops.compile import compiled


@compiled("T[3], T[2], T, T[3], i8, i8, i8, i8, i8, i8, i8", T=("f4", "f8"))
def convolve_each(
    image: Any,
    kernel: Any,
    bias: float,
    out: Any,
    stride_rows: int,
    stride_columns: int,
    dilation_rows: int,
    dilation_columns: int,
    depth: int,
    first: int,
    last: int,
) -> None:
    """Lay one grid of weights over every channel by itself.

    Shapes: image (n, rows, columns * depth), kernel (rows, columns), out (n, rows, columns * depth). Interleaved
    channels are one long row whose taps lie `depth` samples apart. `first` and `last` count the output rows of all
    images together.
    """
    rows = out.shape[1]
    width = out.shape[2]
    size = kernel.shape[1]
    step = dilation_columns * depth
    for row in range(first, last):
        n = row // rows
        i = row - n * rows
        sums = out[n, i]
        for x in range(width):
            sums[x] = bias
        for a in range(kernel.shape[0]):
            source = image[n, i * stride_rows + a * dilation_rows]
            weights = kernel[a]
            if stride_columns == 1:
                # Four taps at a time: a sum is loaded and stored once for all of them.
                for b in range(0, size - 3, 4):
                    w0, w1, w2, w3 = weights[b], weights[b + 1], weights[b + 2], weights[b + 3]
                    s0 = source[b * step :]
                    s1 = source[(b + 1) * step :]
                    s2 = source[(b + 2) * step :]
                    s3 = source[(b + 3) * step :]
                    for x in range(width):
                        sums[x] = (((sums[x] + w0 * s0[x]) + w1 * s1[x]) + w2 * s2[x]) + w3 * s3[x]
                b = size - size % 4
                if size % 4 == 3:
                    w0, w1, w2 = weights[b], weights[b + 1], weights[b + 2]
                    s0 = source[b * step :]
                    s1 = source[(b + 1) * step :]
                    s2 = source[(b + 2) * step :]
                    for x in range(width):
                        sums[x] = ((sums[x] + w0 * s0[x]) + w1 * s1[x]) + w2 * s2[x]
                elif size % 4 == 2:
                    w0, w1 = weights[b], weights[b + 1]
                    s0 = source[b * step :]
                    s1 = source[(b + 1) * step :]
                    for x in range(width):
                        sums[x] = (sums[x] + w0 * s0[x]) + w1 * s1[x]
                elif size % 4 == 1:
                    w0 = weights[b]
                    s0 = source[b * step :]
                    for x in range(width):
                        sums[x] = sums[x] + w0 * s0[x]
            else:
                for b in range(size):
                    weight = weights[b]
                    tap = source[b * step :]
                    for j in range(width // depth):
                        for c in range(depth):
                            sums[j * depth + c] += weight * tap[j * stride_columns * depth + c]


@compiled("T[4], T[4], T[1], T[4], i8, i8, i8, i8, i8, i8", T=("f4", "f8"))
def convolve_depth(
    image: Any,
    weights: Any,
    bias: Any,
    out: Any,
    stride_rows: int,
    stride_columns: int,
    dilation_rows: int,
    dilation_columns: int,
    first: int,
    last: int,
) -> None:
    """Sum over the channels of each group: one feature map for each kernel.

    Shapes: image (n, rows, columns, depth), weights (rows, columns, depth / groups, kernels), bias (kernels,), out
    (n, rows, columns, kernels). Kernels are shared evenly among the groups, in order.
    """
    rows = out.shape[1]
    columns = out.shape[2]
    kernels = out.shape[3]
    group_depth = weights.shape[2]
    groups = image.shape[3] // group_depth
    group_kernels = kernels // groups
    for row in range(first, last):
        n = row // rows
        i = row - n * rows
        for j in range(columns):
            for k in range(kernels):
                out[n, i, j, k] = bias[k]
        for a in range(weights.shape[0]):
            y = i * stride_rows + a * dilation_rows
            for b in range(weights.shape[1]):
                for j in range(columns):
                    x = j * stride_columns + b * dilation_columns
                    for g in range(groups):
                        start = g * group_kernels
                        for c in range(group_depth):
                            sample = image[n, y, x, g * group_depth + c]
                            for k in range(start, start + group_kernels):
                                out[n, i, j, k] += sample * weights[a, b, c, k]
