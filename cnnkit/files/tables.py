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


def read_table(stream: BinaryIO, *, is_typed: bool = False) -> npt.NDArray[np.float64]:
    """Read rows of numbers, (rows, columns); an InputError that says where the text is wrong.

    A row is a line, or in a grid that `is_typed` also what a semicolon ends. In a file, semicolons and tabs stand
    between numbers, as spreadsheets write them, and a comma then is the decimal point.
    """
    size = stream.seek(0, 2)
    memory.check(NUMBER_BYTES * size // 2, "this table", "write it as .npy")
    stream.seek(0)
    text = decoded(stream.read())
    if text is None:
        raise InputError("this is no table of numbers", hint="write rows of numbers, in UTF-8")
    rows = _rows(text.replace("\N{MINUS SIGN}", "-"), is_typed=is_typed)
    if not rows:
        raise InputError("this table has no numbers", hint="write rows of numbers")
    for number, row in enumerate(rows, start=1):
        if "" in row:
            raise InputError(f"row {number}, column {row.index('') + 1} is empty", hint="write nan where none is known")
        if len(row) != len(rows[0]):
            raise InputError(
                f"row {number} has {counted(len(row), 'number')}, row 1 has {len(rows[0])}",
                hint="give every row as many numbers, nan where none is known",
            )
    try:
        if any("_" in word for row in rows for word in row):
            raise ValueError
        return np.array(rows, np.float64)
    except ValueError:
        return np.array([[_number(word, i, j) for j, word in enumerate(row, 1)] for i, row in enumerate(rows, 1)])


def _rows(text: str, *, is_typed: bool) -> list[list[str]]:
    """The cells of each row; empty ones at its end are left out."""
    lines = [line for line in text.splitlines() if line.strip(" \t,;") and not re.match(r"\s*(#|sep=)", line)]
    if is_typed or (len(lines) == 1 and re.search(r"\d\s+[-+.\d]", lines[0].replace(";", "x"))):
        lines = [row for line in lines for row in line.split(";") if row.strip()]
    mark = next((mark for mark in ";\t," if any(mark in line.strip() for line in lines)), None)
    rows = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip().strip('"') for cell in line.strip(" ").split(mark)]
        if mark == "," and any(" " in cell for cell in cells):
            if is_typed or re.search(r"\d,\d+\s", line):
                raise InputError(
                    f"row {number} has commas and blanks between numbers",
                    hint="write 1.5 with a point, and one of them between numbers",
                )
            cells = [word for cell in cells for word in cell.split()]
        while cells and not cells[-1]:
            cells.pop()
        rows.append([_pointed(cell, number) if mark in (";", "\t") else cell for cell in cells])
    return rows


def _pointed(cell: str, row: int) -> str:
    """A number with a point where it has a decimal comma."""
    if "," in cell and "." in cell:
        raise InputError(f"{quoted(cell)} in row {row} has a point and a comma", hint="write 1000.5 for it")
    return cell.replace(",", ".")


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
