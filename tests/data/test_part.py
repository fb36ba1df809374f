"""Parts of an image: each row belongs to one of them, and no chunk to two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.part import Part


@given(st.integers(1, 500), st.integers(1, 60), st.integers(1, 40))
def test_each_row_is_in_one_part_and_each_chunk_in_one(count: int, height: int, of: int) -> None:
    rows = [Part(number, of, "").rows(count, height) for number in range(of + 1)]
    assert [row for begin, end in rows for row in range(begin, end)] == [*range(count)]
    assert all(begin % height == 0 or begin == count for begin, _ in rows)
    assert rows[-1] == (count, count)


def test_the_end_is_behind_the_last() -> None:
    assert [Part(number, 2, "").is_end for number in range(3)] == [False, False, True]
