"""Bounds of settings: what passes, and what is said of the rest."""

import math

import numpy as np
import pytest

from cnnkit.data.kernels.presets.settings import both, number, odd, size_for, whole
from cnnkit.errors import ArgumentError


def test_bounds_themselves_pass() -> None:
    assert number(1, "sigma", least=1, most=2) == 1.0
    assert number(2, "sigma", least=1, most=2) == 2.0
    assert isinstance(number(np.float32(1.5), "sigma"), float)
    assert (whole(1, "size"), whole(1001, "size"), whole(np.int8(5), "size")) == (1, 1001, 5)
    assert (odd(1, "size"), odd(1001, "size")) == (1, 1001)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "two", None, 10**400, 1j])
def test_number_refuses_what_is_not_finite(value: float) -> None:
    with pytest.raises(ArgumentError, match="sigma is not a finite number") as caught:
        number(value, "sigma", least=0.5, most=9)
    assert caught.value.hint == "give sigma as a number from 0.5 to 9"


@pytest.mark.parametrize(
    ("value", "problem"), [(0.4999, "sigma 0.4999 is below 0.5"), (9.5, "sigma 9.5 is above 9"), (-1, "below 0.5")]
)
def test_number_refuses_what_is_out_of_bounds(value: float, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        number(value, "sigma", least=0.5, most=9)
    assert caught.value.hint == "use sigma from 0.5 to 9"


def test_both_reads_rows_and_columns() -> None:
    assert both((2, 0.5), number, "sigma", least=0.5) == (2.0, 0.5)
    assert both(3, whole, "size") == (3, 3)
    with pytest.raises(ArgumentError, match="size 0 is below 1"):
        both((3, 0), whole, "size")
    with pytest.raises(ArgumentError, match="size has 3 numbers, not 1 or 2") as caught:
        both((1, 2, 3), whole, "size")
    assert caught.value.hint == "give size as rows x columns"


def test_number_without_an_upper_bound() -> None:
    with pytest.raises(ArgumentError, match="below 0") as caught:
        number(-1, "amount", least=0)
    assert caught.value.hint == "use amount 0 or more"
    with pytest.raises(ArgumentError, match="not a finite number") as caught:
        number(math.nan, "angle")
    assert caught.value.hint == "give angle as a number"


@pytest.mark.parametrize(
    ("value", "problem"),
    [(0, "size 0 is below 1"), (1002, "size 1002 is above 1001"), (2.5, "not a whole"), ("3", "not a whole")],
)
def test_whole_refuses(value: int, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        whole(value, "size")
    assert caught.value.hint == "use size from 1 to 1001"


def test_odd_refuses_even_numbers() -> None:
    with pytest.raises(ArgumentError, match="size 4 is even, and has no centre") as caught:
        odd(4, "size")
    assert caught.value.hint == "use 3 or 5"
    with pytest.raises(ArgumentError, match="size 1 is below 3"):
        odd(1, "size", least=3)


def test_size_for_covers_the_reach_on_both_sides() -> None:
    assert [size_for(reach, 0) for reach in (0.0, 0.1, 1.0, 2.999, 3.0, 500.0)] == [1, 3, 3, 7, 7, 1001]
    assert size_for(1e9, 5) == 5


def test_size_for_refuses() -> None:
    with pytest.raises(ArgumentError, match="would have 1003 rows or columns, more than 1001") as caught:
        size_for(500.1, 0)
    assert "size=1001" in caught.value.hint
    with pytest.raises(ArgumentError, match="size 2 is below 3"):
        size_for(1, 2, least=3)
    with pytest.raises(ArgumentError, match="size -1 is below 1"):
        size_for(1, -1)
