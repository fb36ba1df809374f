"""Rows of weights written as text, and the numbers in them.

    0 -1 0; -1 5 -1; 0 -1 0     1/16 * (1 2 1; 2 4 2; 1 2 1)     [[1, 0], [0, -1]]     3x1: 1, 0, -1

Every weight is read as a numerator over a denominator and divided once, with the factor, so that ``1/9`` is the float64
nearest to a ninth. Reading takes time in proportion to the text; an `ArgumentError` says where the text is wrong.
"""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.presets.settings import MAX_SIDE
from cnnkit.errors import ArgumentError, quoted
from cnnkit.geometry.pair import counted

MAX_CHARACTERS = 60
"""Characters in a number, or in each half of a fraction; a float64 never needs more than 24."""

WRITE_ROWS = "write rows of numbers as '0 -1 0; -1 5 -1; 0 -1 0'"

Ratio = tuple[float, float]
"""A numerator and a denominator other than 0."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_MAGICK = re.compile(r"\s*([0-9]{1,9})(?:x([0-9]{1,9}))?([@<>]?)(?:\+([0-9]{1,4})\+([0-9]{1,4}))?\s*:(.*)", re.DOTALL)
_CLOSING = {"(": ")", "[": "]"}


def weights_from_rows(text: str) -> npt.NDArray[np.float64]:
    """Read rows of weights, perhaps in brackets with a factor before or behind them; comments are removed before.

    >>> weights_from_rows("(1 0; 0 -1) / 2")
    array([[ 0.5,  0. ],
           [ 0. , -0.5]])
    """
    if found := _MAGICK.fullmatch(text):
        return _from_magick(found)
    opening = min((place for place in map(text.find, _CLOSING) if place >= 0), default=-1)
    if opening < 0:
        return _grid(re.split(r"[;\n]", text), (1.0, 1.0))
    bracket = text[opening]
    closing = text.rfind(_CLOSING[bracket])
    if closing < opening:
        raise ArgumentError(f"{bracket!r} is never closed", hint=f"end the rows with {_CLOSING[bracket]!r}")
    factor = _factor(_tidy(text[:opening]), _tidy(text[closing + 1 :]))
    body = text[opening + 1 : closing]
    if bracket == "[" and body.lstrip().startswith("["):
        body = " ".join(body.split())
        if not body.endswith("]"):
            raise ArgumentError("a row's '[' is never closed", hint="write nested rows as [[1, 0], [0, -1]]")
        return _grid(re.split(r"\] ?,? ?\[", body[1:-1]), factor)
    return _grid(re.split(r"[;\n]", body), factor)


def _from_magick(found: re.Match[str]) -> npt.NDArray[np.float64]:
    """Read the form of ImageMagick: columns x rows, the place of the origin if it is not the middle, all weights."""
    columns, rows = int(found[1]), int(found[2] or found[1])
    if found[3]:
        raise ArgumentError(f"{found[3]!r} asks for turned copies", hint="leave it out, and give each by itself")
    x, y = (int(found[4]), int(found[5])) if found[4] else ((columns - 1) // 2, (rows - 1) // 2)
    words = _tidy(re.sub("[,;]", " ", found[6])).split()
    holes = sum(word.lower() in ("-", "nan") for word in words)
    if holes:
        raise ArgumentError(
            f"{holes} of {counted(len(words), 'weight')} are holes (- or nan), which a convolution does not have",
            hint="write 0 for a weight that does not count",
        )
    if ";" in found[6]:
        if len(words) == rows * columns:
            hint = f"leave the size out: {quoted(_tidy(found[6]))}"
            raise ArgumentError("behind a size no ';' separates rows", hint=hint)
        raise ArgumentError("there are several kernels, separated by ';'", hint="give each by itself")
    if len(words) != rows * columns:
        raise ArgumentError(
            f"{columns}x{rows} (columns x rows) promises {counted(rows * columns, 'weight')}, not {len(words)}",
            hint="write as many, or another size before the colon",
        )
    if (x, y) != ((columns - 1) // 2, (rows - 1) // 2):
        hint = f"leave it out, for +{(columns - 1) // 2}+{(rows - 1) // 2}"
        if x < columns and y < rows:
            hint += f"; for this one, add --padding {y}x{rows - 1 - y}x{x}x{columns - 1 - x} to cnnkit convolve"
        raise ArgumentError(f"the origin +{x}+{y} is not the middle", hint=hint)
    return _grid([" ".join(words[row * columns : (row + 1) * columns]) for row in range(rows)], (1.0, 1.0))


def _factor(before: str, behind: str) -> Ratio:
    """Read ``1/16 *`` before the brackets, or ``/ 16`` or ``* 2`` behind them."""
    if before and behind:
        raise ArgumentError("there is a factor before and behind the rows", hint="write one, as in 1/16 * (1 2 1)")
    if before.endswith("*"):
        return ratio(before[:-1].strip(), "before the rows")
    if behind.startswith("*"):
        return ratio(behind[1:].strip(), "behind the rows")
    if behind.startswith("/"):
        denominator, numerator = ratio(behind[1:].strip(), "behind the rows")
        if denominator == 0:
            raise ArgumentError("the rows are divided by zero", hint="write a number other than 0 behind the /")
        return numerator, denominator
    if before or behind:
        raise ArgumentError(
            f"{quoted(before or behind)} beside the rows is not a factor", hint="write 1/16 * (1 2 1) or (1 2 1) / 16"
        )
    return 1.0, 1.0


def _grid(rows: list[str], factor: Ratio) -> npt.NDArray[np.float64]:
    """Read rows of words; empty rows are passed over, so that ``;`` may also end a line."""
    rows = [row for row in rows if row.strip()]
    if not rows:
        raise ArgumentError("the kernel has no weights", hint=WRITE_ROWS)
    if len(rows) > MAX_SIDE:
        raise ArgumentError(f"the kernel has {len(rows)} rows, more than {MAX_SIDE}", hint="give an array instead")
    grid: list[list[float]] = []
    for i, row in enumerate(rows, start=1):
        words = _words(row, i)
        if len(words) > MAX_SIDE:
            raise ArgumentError(f"row {i} has {len(words)} weights, more than {MAX_SIDE}", hint="give an array instead")
        grid.append([_weight(word, f"in row {i}, column {j}", factor) for j, word in enumerate(words, start=1)])
        if len(words) != len(grid[0]):
            raise ArgumentError(
                f"row {i} has {counted(len(words), 'weight')}, row 1 has {len(grid[0])}",
                hint=f"give every row {counted(len(grid[0]), 'weight')}",
            )
    return np.array(grid, dtype=np.float64)


def _tidy(text: str) -> str:
    """Make every run of blanks one space, close fractions up, and read the printed minus sign as a hyphen."""
    return " ".join(text.replace("\N{MINUS SIGN}", "-").split()).replace(" /", "/").replace("/ ", "/")


def _words(row: str, i: int) -> list[str]:
    cells = _tidy(row).split(",")
    if len(cells) > 1 and not all(cell.strip() for cell in cells):
        raise ArgumentError(f"row {i} has a comma with no weight beside it", hint="write one comma between two weights")
    return [word for cell in cells for word in cell.split()]


def _weight(word: str, place: str, factor: Ratio) -> float:
    numerator, denominator = ratio(word, place)
    above, below = numerator * factor[0], denominator * factor[1]
    vanished = above == 0 and numerator != 0 and factor[0] != 0
    if vanished or not math.isfinite(above) or not math.isfinite(below) or below == 0:
        raise _out_of_range(word, place)
    return divided((above, below), word, place)


def ratio(word: str, place: str) -> Ratio:
    """Read a decimal number, or two with ``/`` between them; an error names the `place`, as "in row 1, column 2".

    >>> ratio("-1/9", "for sigma")
    (-1.0, 9.0)
    """
    above, slash, below = word.partition("/")
    numerator, denominator = _decimal(above, word, place), _decimal(below, word, place) if slash else 1.0
    if denominator == 0:
        raise ArgumentError(f"{quoted(word)} {place} divides by zero", hint="write a number other than 0 behind the /")
    return numerator, denominator


def divided(value: Ratio, word: str, place: str) -> float:
    """Divide the numerator by the denominator; an error names `word` and `place`, as in `ratio`.

    >>> divided((1.0, 8.0), "1/8", "for sigma")
    0.125
    """
    quotient = value[0] / value[1]
    if not math.isfinite(quotient):
        raise _out_of_range(word, place)
    return quotient


def _out_of_range(word: str, place: str) -> ArgumentError:
    return ArgumentError(
        f"{quoted(word)} {place} leaves the range of numbers", hint="keep weights and factors between 1e-150 and 1e150"
    )


def _decimal(part: str, word: str, place: str) -> float:
    if len(part) > MAX_CHARACTERS:
        raise ArgumentError(
            f"{quoted(part)} {place} has {len(part)} characters, more than {MAX_CHARACTERS}",
            hint="write it shorter, or with an exponent as in 1e-5",
        )
    number = float(part) if _DECIMAL.fullmatch(part) else math.nan
    if math.isfinite(number):
        return number
    if math.isinf(number) or _NOT_FINITE.fullmatch(part):
        raise ArgumentError(f"{quoted(word)} {place} is not finite", hint="use numbers from -1e300 to 1e300")
    is_product = "*" in part or "(" in part
    hint = "put rows in brackets beside a factor: 1/16 * (1 2 1)" if is_product else "write 2, -0.5, 1e-3 or 1/9"
    raise ArgumentError(f"{quoted(word)} {place} is not a number", hint=hint)
