"""The middle sample of every window: by a network of comparisons, or by looking at each window.

Of an even number of samples the middle is the lower of two. Letters: n image, i j output row and column, y x row and
column of the image, c channel.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.geometry.blocks import Blocks
from cnnkit.loops.machine.compile import Piece, compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.pooling.merging import take
from cnnkit.loops.pooling.registers import middle_of_3x3, middle_of_5x5
from cnnkit.loops.pooling.windows import TYPES

FEW = 24
"""Samples that are sorted by insertion."""


class Middle(NamedTuple):
    """What a network for windows that lie in the image is told.

    Attributes
    ----------
    row_step, column_step : int
        From one sample of a window to the next.
    window_rows : int
    reach_columns : int
    begin, end : int
        Output columns whose windows lie in the image from left to right; none where there is no network.
    width : int
        Output columns that are compared at once.
    apart : int
        Samples of a line.
    result, shift : int
        Where the network leaves its result.
    skips_nan : int
    skips_edges : int
        1 where windows that are whole along one axis alone are left to others.
    """

    row_step: int
    column_step: int
    window_rows: int
    reach_columns: int
    begin: int
    end: int
    width: int
    apart: int
    result: int
    shift: int
    skips_nan: int
    skips_edges: int = 0


@Piece
def compare_lines(comparisons: Any, lines: Any, apart: int, step: int, length: int) -> None:
    """Do the comparisons of a network of `geometry.selection` on the first `length` samples of lines.

    Columns are `step` samples apart.
    """
    for number in range(comparisons.shape[0]):
        smaller = comparisons[number, 0]
        larger = comparisons[number, 1]
        a = lines[comparisons[number, 2] * apart + comparisons[number, 3] * step :]
        b = lines[comparisons[number, 4] * apart + comparisons[number, 5] * step :]
        if smaller < 0:
            high = lines[larger * apart :]
            for x in range(length):
                high[x] = b[x] if a[x] < b[x] else a[x]
        elif larger < 0:
            low = lines[smaller * apart :]
            for x in range(length):
                low[x] = a[x] if a[x] < b[x] else b[x]
        else:
            low = lines[smaller * apart :]
            high = lines[larger * apart :]
            for x in range(length):
                p = a[x]
                q = b[x]
                low[x] = p if p < q else q
                high[x] = q if p < q else p


@Piece
def copy_row(source: Any, target: Any) -> int:
    """Copy as many samples as the target has, and say whether one is NaN."""
    found = 0
    for x in range(target.shape[0]):
        sample = source[x]
        target[x] = sample
        found |= sample != sample  # noqa: PLR0124
    return found


@Piece
def pick_middle(held: Any, count: int) -> Any:
    """The middle of the first `count` samples, 1 or more, which change places.

    Source: C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM, 1961.
    """
    middle = (count - 1) // 2
    low = 0
    high = count - 1
    if count <= FEW:
        for a in range(1, count):
            one = held[a]
            b = a
            while b > 0 and one < held[b - 1]:
                held[b] = held[b - 1]
                b -= 1
            held[b] = one
        return held[middle]
    while low < high:
        pivot = held[(low + high) // 2]
        a = low
        b = high
        while a <= b:
            while held[a] < pivot:
                a += 1
            while pivot < held[b]:
                b -= 1
            if a <= b:
                one = held[a]
                held[a] = held[b]
                held[b] = one
                a += 1
                b -= 1
        if middle <= b:
            high = b
        elif middle >= a:
            low = a
        else:
            break
    return held[middle]


@Piece
def look(
    image: Any, at: int, apart: int, rows: int, step: int, columns: int, skips_nan: int, fill: Any, held: Any
) -> Any:
    """The middle of the samples of one window, `rows` of them `apart` and `columns` of them `step` samples apart."""
    count = 0
    for a in range(rows):
        for b in range(columns):
            sample = image[at + a * apart + b * step]
            if sample != sample:  # noqa: PLR0124
                if skips_nan == 0:
                    return sample
            else:
                held[count] = sample
                count += 1
    return pick_middle(held, count) if count > 0 else fill


@Piece
def by_lines(
    comparisons: Any, middle: Middle, image: Any, at: int, apart: int, unit: int, stride: int, lines: Any, target: Any
) -> int:
    """Fill `target`, some neighbouring windows, by a network on lines; 0 if that cannot be, because a sample is NaN."""
    count = target.shape[0] // unit
    positions = (count - 1) * stride + middle.reach_columns
    seen = 0
    for a in range(middle.window_rows):
        source = image[at + a * middle.row_step * apart :]
        seen |= copy_row(source, lines[a * middle.apart :][: positions * unit])
    if seen != 0:
        return 0
    step = middle.column_step * unit
    compare_lines(comparisons, lines, middle.apart, step, positions * unit)
    line = lines[middle.result * middle.apart + middle.shift * step :]
    if stride == 1:
        for x in range(target.shape[0]):
            target[x] = line[x]
    else:
        take(line, stride * unit, unit, target)
    return 1


@Piece
def in_registers(select: Any, image: Any, at: int, apart: int, step: int, target: Any) -> int:
    """Fill `target` by as many neighbours at a time as a register holds, the last of them once more if need be."""
    lanes = VECTOR_BYTES // image.itemsize
    if target.shape[0] < lanes:
        return 0
    for x in range(0, target.shape[0], lanes):
        place = min(x, target.shape[0] - lanes)
        select(image, at + place, apart, step, target, place)
    return 1


@Piece
def in_3x3(
    comparisons: Any, middle: Middle, image: Any, at: int, apart: int, unit: int, stride: int, lines: Any, target: Any
) -> int:
    """Fill `target`, some neighbouring windows of 3x3, in registers; 0 if they are too few for one."""
    done: int = in_registers(middle_of_3x3, image, at, middle.row_step * apart, middle.column_step * unit, target)
    return done


@Piece
def in_5x5(
    comparisons: Any, middle: Middle, image: Any, at: int, apart: int, unit: int, stride: int, lines: Any, target: Any
) -> int:
    """Fill `target`, some neighbouring windows of 5x5, in registers; 0 if they are too few for one."""
    done: int = in_registers(middle_of_5x5, image, at, middle.row_step * apart, middle.column_step * unit, target)
    return done


@compiled(
    "T[1], i8[2], i8[2], T[1], i8[2], T[1], Blocks, Middle, T[1], T[1], i8, i8", T=TYPES, Blocks=Blocks, Middle=Middle
)
def pool_median(
    way: Any,
    image: Any,
    rows: Any,
    columns: Any,
    fill: Any,
    comparisons: Any,
    out: Any,
    blocks: Blocks,
    middle: Middle,
    lines: Any,
    held: Any,
    first: int,
    last: int,
) -> None:
    """Fill the output rows from `first` up to `last`; rows of all images are counted together.

    Parameters
    ----------
    way : piece
        What finds the middle of windows that lie in the image: `by_lines`, `in_3x3` or `in_5x5`.
    image, out : flat, (n, rows, columns, depth)
    rows, columns : (2, windows)
        The first sample of the image, and how many, in each window.
    fill : (1,)
        The middle of nothing.
    comparisons : (comparisons, 6)
    lines, held : flat
        To work in: the lines of the network, the samples of a window.
    """
    unit = blocks.depth
    apart = blocks.columns * unit
    for row in range(first, last):
        n = row // blocks.out_rows
        i = row - n * blocks.out_rows
        at = (n * blocks.rows + rows[0, i]) * apart
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
                if way(comparisons, middle, image, start, apart, unit, blocks.stride_columns, lines, some) == 1:
                    j0 = j1
                    continue
            for j in range(j0, j1):
                for c in range(unit):
                    start = at + columns[0, j] * unit + c
                    found = look(image, start, middle.row_step * apart, rows[1, i], middle.column_step * unit,
                                 columns[1, j], middle.skips_nan, fill[0], held)  # fmt: skip
                    target[j * unit + c] = found
            j0 = j1
