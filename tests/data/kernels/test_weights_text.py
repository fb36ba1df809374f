"""Rows of weights as people write them, and every way to write them wrong."""

import re

import numpy as np
import pytest

from cnnkit.data.kernels.weights_text import divided, ratio, weights_from_rows
from cnnkit.errors import ArgumentError

SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
BINOMIAL = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])


@pytest.mark.parametrize(
    "text",
    [
        "0 -1 0; -1 5 -1; 0 -1 0",
        "0,-1,0;-1,5,-1;0,-1,0",
        "0, -1, 0 ; -1 , 5 ,-1;  0 -1 0 ;",
        "0 -1 0\n-1 5 -1\n0 -1 0\n",
        "0 -1 0;\n-1 5 -1;\n\n0 -1 0;\n",
        "0\t-1\t0\n-1\t5\t-1\n0\t-1\t0",
        "0 \N{MINUS SIGN}1 0; \N{MINUS SIGN}1 5 \N{MINUS SIGN}1; 0 \N{MINUS SIGN}1 0",
        "(0 -1 0; -1 5 -1; 0 -1 0)",
        "[0 -1 0; -1 5 -1; 0 -1 0]",
        "[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]",
        "[[ 0. -1.  0.]\n [-1.  5. -1.]\n [ 0. -1.  0.]]",
        "0/3 -1/1 0; -4/4 10/2 -1e0; 0.0 -.1e1 +0",
        "1/2 * (0 -2 0; -2 10 -2; 0 -2 0)",
        "(0 -2 0; -2 10 -2; 0 -2 0) / 2",
        "[0 -0.5 0; -0.5 2.5 -0.5; 0 -0.5 0] * 2",
        "2 *\n[[0, -0.5, 0],\n [-0.5, 2.5, -0.5],\n [0, -0.5, 0]]",
    ],
)
def test_the_same_kernel_in_many_hands(text: str) -> None:
    np.testing.assert_array_equal(weights_from_rows(text), SHARPEN)


def test_fractions_are_divided_once() -> None:
    np.testing.assert_array_equal(weights_from_rows("1/9 2/9; 1 / 7 -3/7"), [[1 / 9, 2 / 9], [1 / 7, -3 / 7]])
    np.testing.assert_array_equal(weights_from_rows("1/49 * (3 5 2/3)"), [[3 / 49, 5 / 49, 2 / 147]])
    np.testing.assert_array_equal(weights_from_rows("(1 2 1; 2 4 2; 1 2 1) / 16"), BINOMIAL / 16)


def test_decimals_and_exponents() -> None:
    np.testing.assert_array_equal(weights_from_rows("1. .5 -2.5e-3 +1E2 007"), [[1, 0.5, -0.0025, 100, 7]])


def test_one_row_one_column_one_weight() -> None:
    assert weights_from_rows("1 2 1").shape == (1, 3)
    assert weights_from_rows("1;2;1").shape == (3, 1)
    assert weights_from_rows("5").shape == (1, 1)


def test_written_weights_are_read_back_to_the_last_digit() -> None:
    weights = np.random.default_rng(7).normal(size=(5, 4)) * 10.0 ** np.arange(-8, 8, 4)
    text = ";".join(" ".join(map(repr, row)) for row in weights.tolist())
    np.testing.assert_array_equal(weights_from_rows(text), weights)
    np.testing.assert_array_equal(weights_from_rows(repr(weights.tolist())), weights)


def test_a_thousand_rows_are_read_and_one_more_than_the_largest_is_not() -> None:
    assert weights_from_rows("1 2;" * 1001).shape == (1001, 2)
    with pytest.raises(ArgumentError, match="has 1002 rows, more than 1001"):
        weights_from_rows("1 2;" * 1002)
    with pytest.raises(ArgumentError, match="row 1 has 1002 weights, more than 1001"):
        weights_from_rows("1 " * 1002)


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("1 2 3; 4 5", "^row 2 has 2 weights, row 1 has 3", "give every row 3 weights"),
        ("1 2; 3", "^row 2 has 1 weight, row 1 has 2", "give every row 2 weights"),
        ("1; 2 3", "^row 2 has 2 weights, row 1 has 1", "give every row 1 weight"),
        ("[[1, 2], [3]]", "^row 2 has 1 weight, row 1 has 2", "give every row 2 weights"),
        ("1 x; 2 3", "'x' in row 1, column 2 is not a number", "1/9"),
        ("1 2; 3 0x10", "'0x10' in row 2, column 2 is not a number", "1/9"),
        ("1_000", "'1_000' in row 1, column 1 is not a number", "1/9"),
        ("1 \N{ARABIC-INDIC DIGIT THREE}", "in row 1, column 2 is not a number", "1/9"),
        ("1/2/3", "'1/2/3' in row 1, column 1 is not a number", "1/9"),
        ("1/ ", "'1/' in row 1, column 1 is not a number", "1/9"),
        ("- 1", "'-' in row 1, column 1 is not a number", "1/9"),
        ("1/16 * 1 2 1", r"'\*' in row 1, column 2 is not a number", "brackets"),
        ("1 2)", r"'2\)' in row 1, column 2 is not a number", "1/9"),
        ("((1 2))", r"'\(1' in row 1, column 1 is not a number", "brackets"),
        ("[[[1, 2]]]", r"'\[1' in row 1, column 1 is not a number", "1/9"),
        ("1/0", "'1/0' in row 1, column 1 divides by zero", "other than 0"),
        ("1/-0.0", "divides by zero", "other than 0"),
        ("nan 1", "'nan' in row 1, column 1 is not finite", "1e300"),
        ("1 -Infinity", "'-Infinity' in row 1, column 2 is not finite", "1e300"),
        ("1e999", "'1e999' in row 1, column 1 is not finite", "1e300"),
        ("1/1e999", "'1/1e999' in row 1, column 1 is not finite", "1e300"),
        ("1 " + "2" * 61, "in row 1, column 2 has 61 characters, more than 60", "exponent"),
        ("1,,2", "row 1 has a comma with no weight beside it", "one comma"),
        ("1,2; 3,4,", "row 2 has a comma with no weight beside it", "one comma"),
        (";;", "the kernel has no weights", "0 -1 0; -1 5 -1; 0 -1 0"),
        ("()", "the kernel has no weights", "0 -1 0; -1 5 -1; 0 -1 0"),
        ("[]", "the kernel has no weights", "0 -1 0; -1 5 -1; 0 -1 0"),
        ("(1 2", r"'\(' is never closed", r"end the rows with '\)'"),
        ("[1 2)", r"'\[' is never closed", r"end the rows with '\]'"),
        (") 1 2 (", r"'\(' is never closed", r"end the rows with '\)'"),
        ("[[1 2] 3]", "a row's '\\[' is never closed", r"\[\[1, 0\], \[0, -1\]\]"),
        ("1/16 (1 2)", "'1/16' beside the rows is not a factor", r"1/16 \* \(1 2 1\)"),
        ("(1 2) 3", "'3' beside the rows is not a factor", r"1/16 \* \(1 2 1\)"),
        ("2 * (1 2) / 3", "a factor before and behind", "write one"),
        ("(1 2) / 0", "the rows are divided by zero", "other than 0"),
        ("1/0 * (1 2)", "'1/0' before the rows divides by zero", "other than 0"),
        ("x * (1 2)", "'x' before the rows is not a number", "1/9"),
        ("* (1 2)", "'' before the rows is not a number", "1/9"),
        ("(1 2) * inf", "'inf' behind the rows is not finite", "1e300"),
        ("1e200 * (1 1e200)", "'1e200' in row 1, column 2 leaves the range", "between 1e-150 and 1e150"),
        ("1e-200 * (1e-200)", "'1e-200' in row 1, column 1 leaves the range", "between 1e-150 and 1e150"),
        ("(1/1e-200) / 1e-200", "'1/1e-200' in row 1, column 1 leaves the range", "between 1e-150 and 1e150"),
        ("1e200/1e-200", "'1e200/1e-200' in row 1, column 1 leaves the range", "between 1e-150 and 1e150"),
        ("1/1e200 * (1/1e200)", "'1/1e200' in row 1, column 1 leaves the range", "between 1e-150 and 1e150"),
    ],
)
def test_refused_with_place_and_cure(text: str, problem: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        weights_from_rows(text)
    assert re.search(hint, caught.value.hint)


@pytest.mark.parametrize(
    "text", [" " * 300_000, "/" * 300_000, "] " * 150_000, "[" * 300_000, "1" * 300_000, "1 / " * 99_999]
)
def test_long_nonsense_is_refused_in_one_pass(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"row|no weights|closed|not a factor"):
        weights_from_rows(text)


def test_ratio_and_divided() -> None:
    assert ratio("-3/4", "for sigma") == (-3.0, 4.0)
    assert ratio("2.5", "for sigma") == (2.5, 1.0)
    assert divided((-3.0, 4.0), "-3/4", "for sigma") == -0.75
    with pytest.raises(ArgumentError, match="'two' for sigma is not a number"):
        ratio("two", "for sigma")
    with pytest.raises(ArgumentError, match="'1e300/1e-300' for sigma leaves the range"):
        divided((1e300, 1e-300), "1e300/1e-300", "for sigma")


@pytest.mark.parametrize(
    "text",
    [
        "3x3: 0,-1,0, -1,5,-1, 0,-1,0",
        "3: 0 -1 0 -1 5 -1 0 -1 0",
        "3x3+1+1: 0,-1,0\n -1,5,-1\n 0,-1,0\n",
        " 3x3 :0,-1,0,-1,10/2,-1,0,-1,0,",
    ],
)
def test_as_imagemagick_writes_it(text: str) -> None:
    np.testing.assert_array_equal(weights_from_rows(text), SHARPEN)


def test_imagemagick_counts_columns_first() -> None:
    np.testing.assert_array_equal(weights_from_rows("3x2: 1,2,3, 4,5,6"), [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(weights_from_rows("2x1+0+0: 1,2"), [[1, 2]])


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("3x3: 1,nan,1,-,1,1,1,1,1", "2 of 9 weights are holes", "write 0"),
        ("3x3: 1,2", r"3x3 \(columns x rows\) promises 9 weights, not 2", "as many"),
        ("2x1: 1,2; 2x1: 3,4", "several kernels", "by itself"),
        ("3x1+0+0: 1,0,-1", r"the origin \+0\+0 is not the middle", "--padding 0x0x0x2"),
        ("3x3+1+2: 1,2,3,4,5,6,7,8,9", r"\+1\+2 is not", "--padding 2x0x1x1"),
        ("3x1+7+0: 1,0,-1", r"\+7\+0 is not", r"for +1+0"),
        ("0x0:", "no weights", "0 -1 0"),
        ("3x3>: 1,2,3", "'>' asks for turned copies", "leave it out"),
        ("3x3@: 1,2,3", "'@' asks for turned copies", "leave it out"),
        ("99999x99999: 1", "promises 9999800001 weights, not 1", "as many"),
        ("2x2: 1 2; 3 4", "no ';' separates rows", "leave the size out: '1 2; 3 4'"),
        ("1x2: 1 2; 3 4", "several kernels", "each by itself"),
        ("3x1: a,b,c", "'a' in row 1, column 1 is not a number", "1/9"),
        ("2000x1: 1", "promises 2000 weights", "as many"),
    ],
)
def test_what_is_wrong_in_imagemagicks_form(text: str, problem: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        weights_from_rows(text)
    assert hint in caught.value.hint
