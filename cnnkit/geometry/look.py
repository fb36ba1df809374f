"""Which part of an image, and which of its results, someone wants to look at. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cnnkit.errors import ArgumentError, SizeError, quoted
from cnnkit.geometry.pair import Pair, pair_text

ALL = "all"

MOST_PLACES = 400
"""Results that are written out."""


class Crop(NamedTuple):
    """Rows and columns of an image, from `row` and `column` on."""

    row: int
    column: int
    rows: int
    columns: int


class Look(NamedTuple):
    """What of a run is to be written out."""

    places: tuple[Pair, ...] = ()  # of results, (row, column); none: the strongest
    is_all: bool = False
    crop: Crop | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether anything in particular is looked at."""
        return self != Look()

    def places_in(self, output: Pair, part: tuple[range, range] | None = None) -> tuple[Pair, ...]:
        """The results that are named, of `output` rows and columns, each once; all are those of a `part`.

        A SizeError where one is missing, or there are too many to read.
        """
        if self.is_all:
            rows, columns = part or (range(output[0]), range(output[1]))
            if len(rows) * len(columns) > MOST_PLACES:
                raise SizeError(
                    f"{len(rows) * len(columns):,} results are too many to write out; the most are {MOST_PLACES}",
                    hint="look at a part: --at all --crop 0,0,12x12",
                )
            return tuple((i, j) for i in rows for j in columns)
        for row, column in self.places:
            if row >= output[0] or column >= output[1]:
                raise SizeError(
                    f"there is no result at row {row}, column {column}: there are {pair_text(output)}, counted from 0",
                    hint=f"use --at {min(row, output[0] - 1)},{min(column, output[1] - 1)}",
                )
        return tuple(dict.fromkeys(self.places))

    def within(self, size: Pair) -> Crop:
        """The part of an image of `size` that is looked at: as much of the crop as there is, or all."""
        row, column, rows, columns = self.crop or Crop(0, 0, *size)
        if row >= size[0] or column >= size[1]:
            raise SizeError(
                f"the crop begins at row {row}, column {column}, and the image is {pair_text(size)}",
                hint=f"use --crop 0,0,{min(rows, size[0])}x{min(columns, size[1])}",
            )
        return Crop(row, column, min(rows, size[0] - row), min(columns, size[1] - column))


def split_crops(words: Sequence[str] | None) -> tuple[str | None, str | None]:
    """Of the words of ``--crop``, the size that is cut out of the centre, and the part that is looked at.

    >>> split_crops(["224x224", "0,0,8x8"])
    ('224x224', '0,0,8x8')
    """
    sizes, parts = ([word for word in words or () if ("," in word) is is_part] for is_part in (False, True))
    for found in (sizes, parts):
        if len({*found}) > 1:
            raise ArgumentError(
                f"--crop {found[0]} and --crop {found[1]} are both given", f"leave --crop {found[1]} out"
            )
    if sizes and re.fullmatch(r"\d+(x\d+)?", sizes[0], re.ASCII) is None:
        form = "224x224 to cut out the centre, or --crop 100,200,8x8 to show the numbers of a part"
        raise ArgumentError(f"--crop {quoted(sizes[0])} is neither a size nor a part", hint=f"write --crop {form}")
    return next(iter(sizes), None), next(iter(parts), None)


def read_look(at: Sequence[str] = (), crop: str | None = None) -> Look:
    """Read ``R,C`` (several, or ``all``) and ``R,C,HxW``.

    >>> read_look(["1,2"]).places, read_look(crop="8,0,6x5").crop
    (((1, 2),), Crop(row=8, column=0, rows=6, columns=5))
    """
    words = [word for word in at if word != ALL]
    if words and len(words) < len(at):
        raise ArgumentError(f"--at {ALL} and --at {words[0]} are both given", hint=f"leave --at {words[0]} out")
    form = "12,40: a row and a column, counted from 0; or all"
    places = [_numbers(word, r"(\d{1,9}),(\d{1,9})", "--at", form) for word in words]
    part = None
    if crop is not None:
        form = "100,200,8x8: a row, a column, and rows x columns"
        part = Crop(*_numbers(crop, r"(\d{1,9}),(\d{1,9}),(\d{1,9})x(\d{1,9})", "--crop", form))
        if not part.rows or not part.columns:
            raise ArgumentError(f"--crop {crop} holds no samples", hint=f"write it as {form}")
    return Look(tuple((row, column) for row, column in places), bool(at) and not words, part)


def _numbers(word: str, pattern: str, option: str, form: str) -> tuple[int, ...]:
    found = re.fullmatch(pattern, word.replace(" ", ""), re.ASCII)
    if found is None:
        raise ArgumentError(f"{option} {quoted(word)} is no place", hint=f"write it as {option} {form}")
    return tuple(map(int, found.groups()))
