"""Pairs are (rows, columns), whatever form they are given in."""

from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.geometry.pair import LARGEST, brief, brief_text, counted, pair, pair_text, whole_numbers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, (3, 3)),
        ("3", (3, 3)),
        ((2, 3), (2, 3)),
        ([2, 3], (2, 3)),
        ([4], (4, 4)),
        ("2x3", (2, 3)),
        (np.int64(5), (5, 5)),
        ((np.uint8(1), np.int16(2)), (1, 2)),
        (LARGEST, (LARGEST, LARGEST)),
        ("007", (7, 7)),
    ],
)
def test_one_number_or_two(value: Any, expected: tuple[int, int]) -> None:
    found = pair(value, "stride")
    assert found == expected
    assert all(type(number) is int for number in found)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, r"stride 0 is below 1 \(use stride 1 or more\)"),
        ((2, -1), r"stride -1 is below 1"),
        ("0x1", r"stride 0 is below 1"),
        (1.5, r"stride 1\.5 is not whole numbers"),
        (2.0, r"stride 2\.0 is not whole numbers"),
        ((1, 2.5), r"stride \(1, 2\.5\) is not whole numbers"),
        (None, r"stride None is not whole numbers"),
        ((1, 2, 3), r"stride has 3 numbers, not 1 or 2"),
        ("1x2x3", r"stride has 3 numbers, not 1 or 2"),
        ((), r"stride has 0 numbers, not 1 or 2"),
        ("", r"stride '' is not whole numbers"),
        ("two", r"stride 'two' is not whole numbers"),
        ("1x", r"stride '1x' is not whole numbers"),
        ("(2, 3)", r"stride '\(2, 3\)' is not whole numbers \(write 2x3\)"),
        ("2X2", r"stride '2X2' is not whole numbers \(write 2x2\)"),
        ("-1", r"stride -1 is below 1"),
        ("1.5", r"stride '1\.5' is not whole numbers"),
        ("1 x 2", r"is not whole numbers"),
        ("\N{SUPERSCRIPT TWO}", r"is not whole numbers"),
        ("\N{ARABIC-INDIC DIGIT THREE}", r"is not whole numbers"),
        (10**30, r"is too large"),
        (LARGEST + 1, r"stride 2147483648 is too large \(the largest is 2147483647\)"),
        ("9" * 5000, r"is too large"),
        ("9999999999x1", r"too large"),
    ],
)
def test_anything_else_is_refused(value: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        pair(value, "stride")


def test_the_least_is_chosen_by_the_caller() -> None:
    assert pair(0, "padding", least=0) == (0, 0)
    with pytest.raises(ArgumentError, match="size 2 is below 3"):
        pair(2, "size", least=3)


def test_whole_numbers_are_as_many_as_are_written() -> None:
    assert whole_numbers("0x1x0x12", "padding", least=0) == (0, 1, 0, 12)


@pytest.mark.parametrize("value", [(3,), (3, 5), (0, 1, 0, 1)])
def test_what_is_written_is_read_again(value: tuple[int, ...]) -> None:
    assert whole_numbers(pair_text(value), "size", least=0) == value


def test_two_that_are_equal_are_one_number() -> None:
    assert (brief((3, 3)), brief((3, 5))) == (3, (3, 5))
    assert (brief_text((3, 3)), brief_text((3, 5))) == ("3", "3x5")


@pytest.mark.parametrize(("count", "text"), [(0, "0 bands"), (1, "1 band"), (2, "2 bands"), (2000, "2000 bands")])
def test_a_count_with_its_word(count: int, text: str) -> None:
    assert counted(count, "band") == text
