"""Maximum and mean of every window, which is cut off where it leaves the image.

Padding is never stored: a window holds the samples of the image it covers and nothing else. That is the same as
padding a maximum with minus infinity, and as dividing a mean by the real samples. Index letters: i j output row and
column, a b window row and column, c channel.
"""

from __future__ import annotations

from typing import Any

from cnnkit.loops.compile import compiled

INTEGERS_AND_FLOATS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")


@compiled("T[3], T[1], T[3], i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8", T=INTEGERS_AND_FLOATS)
def pool_maximum(
    image: Any,
    lowest: Any,
    out: Any,
    window_rows: int,
    window_columns: int,
    stride_rows: int,
    stride_columns: int,
    dilation_rows: int,
    dilation_columns: int,
    top: int,
    left: int,
    depth: int,
    first: int,
    last: int,
) -> None:
    """The largest sample of each window; NaN if it holds one, `lowest[0]` if it holds no sample.

    Shapes: image (n, rows, columns * depth), out the same with its own rows and columns.
    """
    height = image.shape[1]
    width = image.shape[2] // depth
    rows = out.shape[1]
    columns = out.shape[2] // depth
    for row in range(first, last):
        n = row // rows
        i = row - n * rows
        found = out[n, i]
        for x in range(columns * depth):
            found[x] = lowest[0]
        for a in range(window_rows):
            y = i * stride_rows + a * dilation_rows - top
            if y >= 0 and y < height:
                source = image[n, y]
                for b in range(window_columns):
                    # The columns whose sample lies in the image: 0 <= j * stride + offset < width.
                    offset = b * dilation_columns - left
                    begin = max(-(offset // stride_columns), 0)
                    end = min((width - 1 - offset) // stride_columns + 1, columns)
                    if stride_columns == 1:
                        for x in range(begin * depth, end * depth):
                            sample = source[x + offset * depth]
                            is_larger = (sample > found[x]) | (sample != sample)  # noqa: PLR0124 (true for NaN)
                            found[x] = sample if is_larger else found[x]
                    else:
                        for j in range(begin, end):
                            for c in range(depth):
                                sample = source[(j * stride_columns + offset) * depth + c]
                                kept = found[j * depth + c]
                                is_larger = (sample > kept) | (sample != sample)  # noqa: PLR0124
                                found[j * depth + c] = sample if is_larger else kept


@compiled("T[3], i8[1], i8[1], U[3], i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8", T=INTEGERS_AND_FLOATS, U=("f4", "f8"))
def pool_average(
    image: Any,
    row_counts: Any,
    column_counts: Any,
    out: Any,
    window_rows: int,
    window_columns: int,
    stride_rows: int,
    stride_columns: int,
    dilation_rows: int,
    dilation_columns: int,
    top: int,
    left: int,
    depth: int,
    first: int,
    last: int,
) -> None:
    """The mean of each window: the sum of the samples it holds, in the type of `out`, over the count it is given.

    Shapes: image (n, rows, columns * depth), out the same with its own rows and columns. Window (i, j) is divided by
    ``row_counts[i] * column_counts[j]``; where that is 0 the mean is NaN.
    """
    height = image.shape[1]
    width = image.shape[2] // depth
    rows = out.shape[1]
    columns = out.shape[2] // depth
    for row in range(first, last):
        n = row // rows
        i = row - n * rows
        sums = out[n, i]
        for x in range(columns * depth):
            sums[x] = 0
        for a in range(window_rows):
            y = i * stride_rows + a * dilation_rows - top
            if y >= 0 and y < height:
                source = image[n, y]
                for b in range(window_columns):
                    # The columns whose sample lies in the image: 0 <= j * stride + offset < width.
                    offset = b * dilation_columns - left
                    begin = max(-(offset // stride_columns), 0)
                    end = min((width - 1 - offset) // stride_columns + 1, columns)
                    if stride_columns == 1:
                        for x in range(begin * depth, end * depth):
                            sums[x] += source[x + offset * depth]
                    else:
                        for j in range(begin, end):
                            for c in range(depth):
                                sums[j * depth + c] += source[(j * stride_columns + offset) * depth + c]
        for j in range(columns):
            count = row_counts[i] * column_counts[j]
            for c in range(depth):
                sums[j * depth + c] /= count
