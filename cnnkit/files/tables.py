"""Grids of numbers as text: typed in, or in a file with commas, semicolons, tabs or blanks between them."""

from __future__ import annotations

import re
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from cnnkit import memory
from cnnkit.data.kernels.weights_text import ratio
from cnnkit.errors import ArgumentError, InputError, quoted
from cnnkit.files.reading import decoded
from cnnkit.geometry.pair import counted

NUMBER_BYTES = 16
"""Memory for each number as it is read, which takes at least two bytes of the file."""


def read_table(stream: BinaryIO) -> npt.NDArray[np.float64]:
    """Read rows of numbers, (rows, columns); an InputError that says where the text is wrong.

    Rows end at line breaks, or at semicolons in a text of one line; in several lines semicolons stand between numbers,
    as spreadsheets write them where the decimal point is a comma.
    """
    size = stream.seek(0, 2)
    memory.check(NUMBER_BYTES * size // 2, "this table", "write it as .npy")
    stream.seek(0)
    text = decoded(stream.read())
    if text is None:
        raise InputError("this is no table of numbers", hint="write rows of numbers, in UTF-8")
    lines = [line for line in text.splitlines() if line.strip(" \t,;") and not line.lstrip().startswith("#")]
    if len(lines) == 1:
        lines = [row for row in lines[0].split(";") if row.strip()]
    has_decimal_commas = any(";" in line.rstrip(";") for line in lines) and not any("." in line for line in lines)
    rows = [_words(line.replace(",", ".") if has_decimal_commas else line) for line in lines]
    if not rows:
        raise InputError("this table has no numbers", hint="write rows of numbers")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise InputError(
                f"row {number} has {counted(len(row), 'number')}, row 1 has {len(rows[0])}",
                hint="give every row as many numbers",
            )
    try:
        if any("_" in word for row in rows for word in row):
            raise ValueError
        return np.array(rows, np.float64)
    except ValueError:
        return np.array([[_number(word, i, j) for j, word in enumerate(row, 1)] for i, row in enumerate(rows, 1)])


def _words(line: str) -> list[str]:
    """The numbers in a line.

    >>> _words("1, 2;-3 ;")
    ['1', '2', '-3']
    """
    return [word for word in re.split(r"[\s,;]+", line.replace("\N{MINUS SIGN}", "-")) if word]


def _number(word: str, row: int, column: int) -> float:
    try:
        if re.fullmatch(r"[+-]?(nan|inf|infinity)", word, re.IGNORECASE):
            return float(word)
        above, below = ratio(word, f"in row {row}, column {column}")
        return above / below
    except ArgumentError as error:
        is_head = row == 1 and re.search("[A-Za-z]", word)
        raise InputError(
            error.problem if not is_head else f"row 1 has a word, {quoted(word)}, where a number is expected",
            hint="leave the line of headings out" if is_head else error.hint,
        ) from None
