"""Bands of results: they cover all rows once, and the rows under their windows are those of the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.geometry.bands import FEWEST_BANDS, LEAST_BYTES, MOST_BYTES, band, edges, least_rows
from cnnkit.geometry.padding import Padding, pad_mode, source_index
from cnnkit.geometry.window import Window, place


@given(st.integers(1, 5000), st.integers(1, 1 << 22), st.integers(1, 40), st.integers(1, 100))
def test_edges_cover_every_row_once(rows: int, row_bytes: int, step: int, least: int) -> None:
    found = edges(rows, row_bytes, step, least)
    assert found[0][0] == 0
    assert found[-1][1] == rows
    assert [last for _, last in found[:-1]] == [first for first, _ in found[1:]]
    assert all(first % step == 0 for first, _ in found)
    assert all(last - first >= min(least, rows) for first, last in found)
    heights = {last - first for first, last in found[:-1]}
    assert len(heights) <= 1
    largest = max(last - first for first, last in found)
    assert largest * row_bytes < 2 * MOST_BYTES or largest <= 2 * (max(least, 1) + step)


def test_a_small_image_is_one_band_and_a_larger_one_is_for_several_threads() -> None:
    assert edges(100, LEAST_BYTES // 100) == [(0, 100)]
    assert edges(400, 1800) == [(0, 400)]  # RGB of 600x400
    assert len(edges(800, 4 * 1024)) == FEWEST_BANDS
    assert len(edges(3000, 12000)) > FEWEST_BANDS


MODES = ("zero", "replicate", "reflect", "symmetric", "wrap", "constant=3")


@given(
    st.integers(1, 60),
    st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(1, 3)),
    st.tuples(st.integers(0, 20), st.integers(0, 20)),
    st.sampled_from(MODES),
    st.integers(1, 9),
)
def test_the_rows_under_a_band_are_those_of_the_whole(
    rows: int, window: tuple[int, int, int], sides: tuple[int, int], word: str, height: int
) -> None:
    size, stride, dilation = window
    mode, (top, bottom) = pad_mode(word), sides
    if rows + top + bottom < dilation * (size - 1) + 1:
        return
    whole = place((rows, 1), Window((size, 1), (stride, 1), (dilation, 1)), Padding(top, bottom, 0, 0))
    results = whole.output[0]
    for first, last in edges(results, MOST_BYTES, 1, max(height, least_rows(whole, mode))):
        part = band(whole, first, last)
        assert part.placement.output == (last - first, 1)
        assert 0 <= part.begin < part.end <= rows
        inner, known = part.placement, part.end - part.begin
        for i in range(last - first):
            for a in range(size):
                y = (first + i) * stride - top + a * dilation
                expected = source_index(y, rows, mode)
                own = i * stride - inner.padding.top + a * dilation
                found = source_index(own, known, mode)
                assert (found + part.begin if found >= 0 else -1) == expected


@pytest.mark.parametrize("word", MODES)
def test_an_image_without_padding_can_be_cut_anywhere(word: str) -> None:
    assert least_rows(place((90, 9), Window((3, 3))), pad_mode(word)) == 1


def test_what_wraps_around_needs_all_rows() -> None:
    whole = place((90, 9), Window((3, 3)), "same")
    assert least_rows(whole, pad_mode("wrap")) == 90
    assert least_rows(whole, pad_mode("zero")) == 1
