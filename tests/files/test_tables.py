"""Rows of numbers as text: in every form that people and spreadsheets write, and refused where a number is missing."""

from __future__ import annotations

import io

import numpy as np
import pytest

from cnnkit.errors import InputError
from cnnkit.files.recognition import TABLE, UNKNOWN, recognise
from cnnkit.files.tables import read_table


def read(text: str | bytes, *, is_typed: bool = False) -> list[list[float]]:
    content = text if isinstance(text, bytes) else text.encode()
    assert recognise(content[:512]) is TABLE
    return read_table(io.BytesIO(content), is_typed=is_typed).tolist()


@pytest.mark.parametrize(
    "text",
    [
        "1 2; 3 4.5", "1 2\n3 4.5", "1,2\n3,4.5\n", "1;2\n3;4,5", "1;2\r\n3;4.5\r\n", "1\t2\n3\t4.5", "1\t2\n3\t4,5",
        "# rows\n1 2\n\n3 4.5", "1, 2,\n3, 4.5,\n", "+1 2e0\n3.0 45e-1", "\ufeff1 2\n3 4.5", "1 2/1; 6/2 9/2",
        "1 2; 3 4.5;", "1;2;\n3;4,5;\n;;\n",
    ],
)  # fmt: skip
def test_one_grid_in_many_forms(text: str) -> None:
    assert read(text) == [[1, 2], [3, 4.5]]


@pytest.mark.parametrize("text", ["1 2; 3 4.5", "1,2;3,4.5", "1, 2; 3, 4.5;", "1 2\n3 4.5", " 1 2 ;3 4.5"])
def test_one_grid_as_it_is_typed(text: str) -> None:
    assert read(text, is_typed=True) == [[1, 2], [3, 4.5]]


@pytest.mark.parametrize(
    ("text", "row"), [("1;2;3", [1, 2, 3]), ("1,5;2,5;3,5", [1.5, 2.5, 3.5]), ("1.234;2.5", [1.234, 2.5])]
)
def test_a_row_is_a_line(text: str, row: list[float]) -> None:
    assert read(text) == [row]
    assert read(f"{text}\n{text}\n") == [row, row]


def test_as_windows_writes_it() -> None:
    assert read("1 2\r\n3 4.5\r\n".encode("utf-16")) == [[1, 2], [3, 4.5]]


def test_what_is_no_number_is_kept() -> None:
    np.testing.assert_array_equal(read("nan -inf\n1 −2"), [[np.nan, -np.inf], [1, -2]])


def test_one_number_is_a_grid() -> None:
    assert read("7") == [[7]]


def test_a_long_table_is_read_whole() -> None:
    values = np.random.default_rng(0).normal(size=(300, 200)).round(4)
    stream = io.BytesIO()
    np.savetxt(stream, values, delimiter=",", fmt="%.9g")
    np.testing.assert_array_equal(read(stream.getvalue()), values)


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("1 2\n3", "row 2 has 1 number, row 1 has 2", "give every row as many numbers, nan where none is known"),
        ("1,,3\n4,5,6", "row 1, column 2 is empty", "write nan where none is known"),
        ("1;2\n;3", "row 2, column 1 is empty", "write nan where none is known"),
        ("1.000,5;3", "'1.000,5' in row 1 has a point and a comma", "write 1000.5 for it"),
        ("1,5 2,5\n3,5 4,5", "row 1 has commas and blanks between numbers",
         "write 1.5 with a point, and one of them between numbers"),
        ("1 2\n3 4..5", "'4..5' in row 2, column 2 is not a number", "write 2, -0.5, 1e-3 or 1/9"),
        ("1 2\n3 4/0", "'4/0' in row 2, column 2 divides by zero", "write a number other than 0 behind the /"),
        ("a b\n3 4", "row 1 has a word, 'a', where a number is expected", "leave the line of headings out"),
        ("1_0 2", "'1_0' in row 1, column 1 is not a number", "write 2, -0.5, 1e-3 or 1/9"),
        (";;", "this table has no numbers", "write rows of numbers"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, problem: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(io.BytesIO(text.encode()))
    assert (caught.value.problem, caught.value.hint) == (problem, hint)


@pytest.mark.parametrize(
    "text", [b"hello", b"28x28 conv3", b"1 2 \0", b"", b"\xff\xff1", b"# only words", b"P2 1 1 1 0"]
)
def test_other_texts_are_no_tables(text: bytes) -> None:
    assert recognise(text) is not TABLE


def test_a_number_cut_off_at_the_end_of_the_beginning_is_one() -> None:
    for text in (b"1 2 na", b"1 2e", b"1 2e-", b"0 -i"):
        assert recognise(text) is TABLE
    assert recognise(b"word") is UNKNOWN
