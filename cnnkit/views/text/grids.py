"""Grids of numbers and the sizes of results as text, for people who want to follow the arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import floor, isfinite, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.geometry.pair import counted
from cnnkit.geometry.window import Placement

ALL = slice(None)


def number_text(value: float, digits: int = 4) -> str:
    """A number as short as it can be said: 4 digits, no trailing zeros, no negative zero.

    >>> number_text(0.0625), number_text(-1.0), number_text(-0.0), number_text(1020)
    ('0.0625', '-1', '0', '1020')
    """
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else f"{value:.{digits}g}"


def number_format(numbers: npt.ArrayLike, digits: int = 4, is_even: bool = False) -> Callable[[float], str]:
    """One way to write all numbers of a grid: `number_text`, or equal decimals where only some had an exponent.

    With `is_even`, decimals are always equal. Where the largest is too large or too small for them, all get exponents.

    >>> numbers = [0.5, 2e-05, 0]
    >>> list(map(number_text, numbers)), list(map(number_format(numbers), numbers))
    (['0.5', '2e-05', '0'], ['0.5000', '0.0000', '0'])
    """
    sizes = np.abs(np.asarray(numbers, float)).ravel()
    sizes = sizes[np.isfinite(sizes) & (sizes != 0)]
    is_whole = (sizes == np.trunc(sizes)) & (sizes < 1e15)
    is_plain = is_whole | ((sizes >= 1e-4) & (sizes < 10**digits - 0.5))
    if (is_plain.all() and (is_whole.all() or not is_even)) or not is_plain.any():
        return partial(number_text, digits=digits)
    largest, form = float(sizes.max()), f".{digits - 1}e"
    has_decimals = 1e-4 <= largest < 1e7
    if has_decimals:
        form = f".{max(digits - 1 - floor(log10(largest)), 0)}f"

    def text(value: float) -> str:
        if not isfinite(value) or value == 0 or (has_decimals and value == int(value)):
            return number_text(value)
        return f"{value:{form}}"

    return text


def even_texts(numbers: npt.NDArray[Any], digits: int = 3) -> npt.NDArray[Any]:
    """All numbers with equal decimals, as `number_format`, of which none is a negative zero.

    >>> import numpy as np
    >>> even_texts(np.array([[2.5, -0.0004], [-1.25, 0.0]])).tolist()
    [['2.50', '0.00'], ['-1.25', '0']]
    """
    form = number_format(numbers, digits, is_even=True)
    texts = [text.lstrip("-") if float(text) == 0 else text for text in (form(float(one)) for one in numbers.flat)]
    return np.array(texts, object).reshape(numbers.shape)


def bordered(
    cells: Sequence[Sequence[str]], rows: slice = ALL, columns: slice = ALL, gaps: tuple[int, int] | None = None
) -> list[str]:
    """Rows of words, right-aligned, with lines around `rows` and `columns` where there are others beyond them.

    With `gaps` (rows, columns) there is a blank between groups of that size.

    >>> bordered([["1", "-2"], ["10", "4"]])
    [' 1  -2', '10   4']
    >>> bordered([["0", "0"], ["0", "7"]], slice(1, 2), slice(1, 2))
    ['0 | 0', '--+--', '0 | 7']
    """
    across, down = len(cells[0]), len(cells)
    left, right, _ = columns.indices(across)
    top, bottom, _ = rows.indices(down)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines, rule = [], ""
    for i, row in enumerate(cells):
        line = ""
        for j, (cell, width) in enumerate(zip(row, widths, strict=True)):
            before = " " if gaps and j and j % gaps[1] == 0 else ""
            line += f"{' | ' if j in (left, right) else '  ' + before}" * (j > 0) + cell.rjust(width)
        if not rule:
            rule = "".join("+" if line[k : k + 1] == "|" else "-" for k in range(len(line)))
        if i and i in (top, bottom):
            lines.append(rule)
        elif gaps and i and i % gaps[0] == 0:
            lines.append("")
        lines.append(line)
    return lines


def grid_lines(grid: npt.NDArray[Any], *, gaps: tuple[int, int] | None = None) -> list[str]:
    """The rows of a 2-D array, right-aligned; `gaps` as in `bordered`.

    >>> import numpy as np
    >>> grid_lines(np.array([[1, -2], [10, 0.5]]))
    [' 1   -2', '10  0.5']
    """
    text = number_format(grid)
    return bordered([[text(float(value)) for value in row] for row in grid], gaps=gaps)


def arranged(blocks: Sequence[Sequence[str]], width: int, gap: int = 4) -> list[str]:
    """Blocks of lines side by side as long as they fit `width`, the others below.

    >>> arranged([["a", "1"], ["b"], ["cc"]], 6)
    ['a    b', '1', '', 'cc']
    """
    lines: list[str] = []
    group: list[Sequence[str]] = []
    for block in [*blocks, None]:
        wide = block is not None and sum(max(map(len, one)) + gap for one in [*group, block]) - gap > width
        if group and (block is None or wide):
            lines += [*([""] if lines else []), *beside(*group, gap=gap)]
            group = []
        group += [] if block is None else [block]
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters, where blanks allow it; those after the first are indented.

    >>> wrapped("1 + 2 + 3", 6)
    ['1 + 2', '  + 3']
    """
    from textwrap import wrap

    return wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def beside(*blocks: Sequence[str], gap: int = 4) -> list[str]:
    """Blocks of lines side by side.

    >>> beside(["a", "1"], ["b", "2", "3"], gap=2)
    ['a  b', '1  2', '   3']
    """
    height = max(map(len, blocks))
    widths = [max(map(len, block)) for block in blocks]
    rows = []
    for line in range(height):
        parts = [(b[line] if line < len(b) else "").ljust(w) for b, w in zip(blocks, widths, strict=True)]
        rows.append((" " * gap).join(parts).rstrip())
    return rows


def total_text(kernel: Kernel) -> str:
    """The sum of a kernel's weights, without their rounding."""
    return number_text(round(float(kernel.weights.sum()), 10))


def size_lines(placement: Placement, *, fill: str, ceil: bool = False) -> list[str]:
    """The size of a result: the formula, and its numbers for rows and columns."""
    window, padding = placement.window, placement.padding
    brackets = "ceil" if ceil else "floor"
    lines = [
        f"padding: {padding.top} above, {padding.bottom} below, {padding.left} left, {padding.right} right"
        + (f", filled with {fill}" if padding.widest and fill else ""),
        f"size: {brackets}((input + before + after - reach) / stride) + 1,",
        "  where reach = dilation * (size - 1) + 1",
    ]
    sides = ((padding.top, padding.bottom), (padding.left, padding.right))
    for axis, name in enumerate(("rows", "columns")):
        before, after = sides[axis]
        room = placement.input[axis] + before + after - window.reach[axis]
        count = (-(-room // window.stride[axis]) if ceil else room // window.stride[axis]) + 1
        terms = f"{placement.input[axis]} + {before} + {after} - {window.reach[axis]}"
        lines.append(f"  {name}: {brackets}(({terms}) / {window.stride[axis]}) + 1 = {count}")
        if count != placement.output[axis]:
            lines[-1] += f", the last of which would begin after the image and is dropped: {placement.output[axis]}"
    missed = zip(placement.unseen, ("row", "column"), strict=True)
    unseen = [counted(n, word) for n, word in missed if n]
    are = "is" if unseen in (["1 row"], ["1 column"]) else "are"
    return lines + ([f"  the last {' and '.join(unseen)} of the input {are} never looked at"] if unseen else [])
