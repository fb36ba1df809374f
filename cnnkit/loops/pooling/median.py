"""The middle sample of every window: by a network of comparisons, or window by window.

Of an even number of samples the middle is the lower of two. Letters: n image, i j output row and column, y x row and
column of the image, c channel.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.machine.compile import Piece, compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.pooling.median_registers import middle_of_3x3, middle_of_5x5
from cnnkit.loops.pooling.merging import take
from cnnkit.loops.pooling.windows import TYPES

MAX_INSERTION_SORTED = 24
"""Samples; more are partitioned."""


class Middle(NamedTuple):
    """Parameters of the median network for interior windows, those that lie in the image."""

    row_step: int  # from one sample of a window to the next
    column_step: int
    window_rows: int
    reach_columns: int
    begin: int  # output columns begin..end have interior windows; none where there is no network
    end: int
    width: int  # output columns that are compared at once
    line_length: int
    result: int  # the line of the result, and its first column
    shift: int
    skips_nan: int
    skips_edges: int = 0  # 1 if windows that are whole along one axis alone are filled by others


@Piece
def compare_lines(comparisons: Any, lines: Any, line_length: int, step: int, length: int) -> None:
    """Do the comparisons of a `median_network.Network` on `length` samples of each line; columns are `step` apart."""
    for number in range(comparisons.shape[0]):
        smaller = comparisons[number, 0]
        larger = comparisons[number, 1]
        a = lines[comparisons[number, 2] * line_length + comparisons[number, 3] * step :]
        b = lines[comparisons[number, 4] * line_length + comparisons[number, 5] * step :]
        if smaller < 0:
            high = lines[larger * line_length :]
            for x in range(length):
                high[x] = b[x] if a[x] < b[x] else a[x]
        elif larger < 0:
            low = lines[smaller * line_length :]
            for x in range(length):
                low[x] = a[x] if a[x] < b[x] else b[x]
        else:
            low = lines[smaller * line_length :]
            high = lines[larger * line_length :]
            for x in range(length):
                p = a[x]
                q = b[x]
                low[x] = p if p < q else q
                high[x] = q if p < q else p


@Piece
def copy_row(source: Any, target: Any) -> int:
    """Copy as many samples as the target has; 1 if one is NaN, else 0."""
    found = 0
    for x in range(target.shape[0]):
        sample = source[x]
        target[x] = sample
        found |= sample != sample  # noqa: PLR0124
    return found


@Piece
def pick_middle(samples: Any, count: int) -> Any:
    """The middle of the first `count` samples, 1 or more, whose order changes.

    Source: C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM, 1961.
    """
    middle = (count - 1) // 2
    low = 0
    high = count - 1
    if count <= MAX_INSERTION_SORTED:
        for a in range(1, count):
            one = samples[a]
            b = a
            while b > 0 and one < samples[b - 1]:
                samples[b] = samples[b - 1]
                b -= 1
            samples[b] = one
        return samples[middle]
    while low < high:
        pivot = samples[(low + high) // 2]
        a = low
        b = high
        while a <= b:
            while samples[a] < pivot:
                a += 1
            while pivot < samples[b]:
                b -= 1
            if a <= b:
                one = samples[a]
                samples[a] = samples[b]
                samples[b] = one
                a += 1
                b -= 1
        if middle <= b:
            high = b
        elif middle >= a:
            low = a
        else:
            break
    return samples[middle]


@Piece
def middle_of_window(
    image: Any, at: int, spacing: int, rows: int, step: int, columns: int, skips_nan: int, fill: Any, window: Any
) -> Any:
    """The middle of the samples of one window: rows are `spacing`, columns `step` samples apart."""
    count = 0
    for a in range(rows):
        for b in range(columns):
            sample = image[at + a * spacing + b * step]
            if sample != sample:  # noqa: PLR0124
                if skips_nan == 0:
                    return sample
            else:
                window[count] = sample
                count += 1
    return pick_middle(window, count) if count > 0 else fill


@Piece
def by_lines(
    comparisons: Any, middle: Middle, image: Any, at: int, row_length: int, unit: int, stride: int, lines: Any,
    target: Any,
) -> int:  # fmt: skip
    """Fill `target`, some neighbouring windows, by a network on lines; 0 if a sample is NaN, and nothing is filled."""
    count = target.shape[0] // unit
    positions = (count - 1) * stride + middle.reach_columns
    seen = 0
    for a in range(middle.window_rows):
        source = image[at + a * middle.row_step * row_length :]
        seen |= copy_row(source, lines[a * middle.line_length :][: positions * unit])
    if seen != 0:
        return 0
    step = middle.column_step * unit
    compare_lines(comparisons, lines, middle.line_length, step, positions * unit)
    line = lines[middle.result * middle.line_length + middle.shift * step :]
    if stride == 1:
        for x in range(target.shape[0]):
            target[x] = line[x]
    else:
        take(line, stride * unit, unit, target)
    return 1


@Piece
def in_registers(select: Any, image: Any, at: int, spacing: int, step: int, target: Any) -> int:
    """Fill `target` by as many neighbours at a time as a register holds; the last ones may overlap those before."""
    lanes = VECTOR_BYTES // image.itemsize
    if target.shape[0] < lanes:
        return 0
    for x in range(0, target.shape[0], lanes):
        place = min(x, target.shape[0] - lanes)
        select(image, at + place, spacing, step, target, place)
    return 1


@Piece
def in_3x3(
    comparisons: Any, middle: Middle, image: Any, at: int, row_length: int, unit: int, stride: int, lines: Any,
    target: Any,
) -> int:  # fmt: skip
    """Fill `target`, some neighbouring windows of 3x3, in registers; 0 if they are too few for one."""
    done: int = in_registers(middle_of_3x3, image, at, middle.row_step * row_length, middle.column_step * unit, target)
    return done


@Piece
def in_5x5(
    comparisons: Any, middle: Middle, image: Any, at: int, row_length: int, unit: int, stride: int, lines: Any,
    target: Any,
) -> int:  # fmt: skip
    """Fill `target`, some neighbouring windows of 5x5, in registers; 0 if they are too few for one."""
    done: int = in_registers(middle_of_5x5, image, at, middle.row_step * row_length, middle.column_step * unit, target)
    return done


@compiled(
    "T[1], i8[2], i8[2], T[1], i8[2], T[1], Blocks, Middle, T[1], T[1], i8, i8", T=TYPES, Blocks=Blocks, Middle=Middle
)
def pool_median(
    fill_interior: Any, image: Any, rows: Any, columns: Any, fill: Any,
    comparisons: Any, out: Any, blocks: Blocks, middle: Middle,
    lines: Any, window: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Fill the output rows from `first` up to `last`; rows of all images are counted together.

    `fill_interior` is for windows that lie in the image: `by_lines`, `in_3x3` or `in_5x5`. `image` and `out` are flat,
    (n, rows, columns, depth). `rows` and `columns`, (2, windows), hold the first sample of each window and their
    number; a window without a sample gives `fill`. `comparisons` are (comparisons, 6). `lines` (of the network) and
    `window` (its samples) are scratch.
    """
    unit = blocks.depth
    row_length = blocks.columns * unit
    for row in range(first, last):
        n = row // blocks.out_rows
        i = row - n * blocks.out_rows
        at = (n * blocks.rows + rows[0, i]) * row_length
        target = out[row * blocks.out_columns * unit :][: blocks.out_columns * unit]
        is_whole = rows[1, i] == middle.window_rows
        j0 = 0
        while j0 < blocks.out_columns:
            is_inside = (j0 >= middle.begin) & (j0 < middle.end)
            j1 = middle.begin if j0 < middle.begin else blocks.out_columns
            if is_inside:
                j1 = min(j0 + middle.width, middle.end)
            if middle.skips_edges == 1 and is_inside != is_whole:
                j0 = j1
                continue
            if is_inside and is_whole:
                some = target[j0 * unit : j1 * unit]
                start = at + columns[0, j0] * unit
                filled = fill_interior(
                    comparisons, middle, image, start, row_length, unit, blocks.stride_columns, lines, some
                )
                if filled == 1:
                    j0 = j1
                    continue
            for j in range(j0, j1):
                for c in range(unit):
                    start = at + columns[0, j] * unit + c
                    target[j * unit + c] = middle_of_window(
                        image, start, middle.row_step * row_length, rows[1, i], middle.column_step * unit,
                        columns[1, j], middle.skips_nan, fill[0], window,
                    )  # fmt: skip
            j0 = j1
