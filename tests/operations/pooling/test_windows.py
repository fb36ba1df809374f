"""Samples under windows and bins, against plain lists of positions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cnnkit.errors import SizeError
from cnnkit.geometry.window import Window, place
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.windows import (
    ENOUGH_WINDOWS,
    MAX_CACHED_WINDOWS,
    MAX_WINDOWS,
    PART_ROWS,
    TALL_ROWS,
    Bins,
    adaptive_bins,
    adaptive_windows,
    chunks,
    in_parts,
    sliding_windows,
    window_bins,
)
from tests.reference.pooling import bins as twin_bins


def lists(bins: Bins) -> list[list[int]]:
    """The positions under each window."""
    return [[first + k * bins.step for k in range(count)] for first, count in bins.table.T.tolist()]


def even_by_hand(divisors: list[int]) -> tuple[int, int]:
    begin = end = len(divisors) // 2
    while begin > 0 and divisors[begin - 1] == divisors[len(divisors) // 2]:
        begin -= 1
    while end < len(divisors) and divisors[end] == divisors[len(divisors) // 2]:
        end += 1
    return begin, end


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 4, 7])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_windows(size: int, stride: int, dilation: int) -> None:
    for length, before, after, ceil in product((1, 2, 5, 8), (0, 1, 4, 9), (0, 2, 7), (False, True)):
        if before + length + after < dilation * (size - 1) + 1:
            continue
        window = Window((size, 1), (stride, 1), (dilation, 1))
        placement = place((length, 1), window, (before, after, 0, 0), ceil=ceil)
        plain, counted = window_bins(placement, 0), window_bins(placement, 0, count_padding=True)
        assert len(plain) == placement.output[0]
        held, padded = [], []
        for i in range(placement.output[0]):
            places = [i * stride - before + tap * dilation for tap in range(size)]
            held.append([y for y in places if 0 <= y < length])
            padded.append(sum(-before <= y < length + after for y in places))
        assert lists(plain) == lists(counted) == held
        assert plain.divisors.tolist() == [len(one) for one in held]
        assert counted.divisors.tolist() == padded
        assert plain.most == max(map(len, held))
        for bins in (plain, counted):
            assert bins.equal_divisors == even_by_hand(bins.divisors.tolist())
        for begin, end in product(range(len(held)), range(1, len(held) + 1)):
            inside = [y for one in held[begin:end] for y in one]
            assert plain.span(begin, end) == (max(inside) - min(inside) + 1 if inside else 0)


def test_each_axis_has_its_own() -> None:
    placement = place((9, 20), Window((2, 3), (1, 4), (3, 1)), (0, 1, 5, 2))
    rows, columns = (window_bins(placement, axis) for axis in (0, 1))
    assert (len(rows), len(columns)) == placement.output
    assert lists(rows) == [[y, y + 3] for y in range(6)] + [[6]]
    assert lists(columns)[:3] == [[], [0, 1], [3, 4, 5]]


@pytest.mark.parametrize("length", [1, 2, 3, 7, 10, 64, 255])
def test_edges_of_adaptive_bins(length: int) -> None:
    for count in (1, 2, 3, 5, 7, 10, 64, 300):
        bins = adaptive_bins(length, count)
        assert lists(bins) == twin_bins(length, count)
        assert bins.divisors.tolist() == bins.counts.tolist()


def test_bins_that_are_single() -> None:
    def are_single(firsts: list[int], counts: list[int]) -> bool:
        return Bins(np.array(firsts), np.array(counts), np.array(counts)).are_single

    assert are_single([0, 1, 2], [1, 1, 1])
    assert not are_single([0, 1, 2], [1, 0, 1])
    assert not are_single([0, 1, 2], [1, 2, 1])
    assert not are_single([1, 2, 3], [1, 1, 1])
    assert not are_single([0, 2, 4], [1, 1, 1])
    assert adaptive_bins(5, 5).are_single
    assert not adaptive_bins(5, 10).are_single
    assert window_bins(place((6, 6), Window((1, 1))), 1).are_single
    assert not window_bins(place((6, 6), Window((1, 1)), 1), 1).are_single


@pytest.mark.parametrize(
    "divisors", [[1], [2, 1], [1, 2], [1, 2, 3, 3, 3, 2, 1], [3, 3, 1, 3, 3], [5] * 6, [1, 3, 3, 2, 3]]
)
def test_the_run_around_the_middle(divisors: list[int]) -> None:
    whole = np.array(divisors)
    assert Bins(whole, whole, whole).equal_divisors == even_by_hand(divisors)


@pytest.mark.parametrize("most", [1, 3, 16, 1000])
def test_chunks_make_up_the_bins(most: int) -> None:
    wide = place((100, 100), Window((40, 1), (7, 1), (2, 1)), (90, 85, 0, 0))
    for bins in (adaptive_bins(100, 3), adaptive_bins(5, 9), window_bins(wide, 0)):
        parts, whole = chunks(bins, most)
        pieces = lists(parts)
        assert max(map(len, pieces)) <= most
        assert (parts.divisors == 1).all()
        assert whole.divisors.tolist() == bins.divisors.tolist()
        joined = [[y for number in numbers for y in pieces[number]] for numbers in lists(whole)]
        assert joined == lists(bins)
        # Parts of a bin differ by one sample at most.
        for numbers in lists(whole):
            sizes = [len(pieces[number]) for number in numbers]
            assert not sizes or max(sizes) - min(sizes) <= 1


def test_sums_are_not_divided() -> None:
    windows = adaptive_windows((10, 9), (3, 1))
    assert windows.undivided is windows.undivided
    for bins, undivided in zip(windows.axes, windows.undivided.axes, strict=True):
        assert undivided.divisors.tolist() == [1] * len(bins)
        assert lists(undivided) == lists(bins)
    assert windows.rows.divisors.tolist() == [4, 4, 4]


def test_windows_that_no_memory_holds() -> None:
    with pytest.raises(SizeError, match="windows along an axis"):
        adaptive_bins(5, MAX_WINDOWS + 1)
    with pytest.raises(SizeError, match="larger stride"):
        window_bins(place((1, 1), Window((1, 1)), (MAX_WINDOWS, 0, 0, 0)), 0)


def test_what_windows_hold_and_what_is_cached() -> None:
    windows = sliding_windows(place((4, 5), Window((2, 2), (2, 2)), (2, 0, 0, 3)))
    assert windows.output == (3, 4)
    np.testing.assert_array_equal(windows.hold_samples, np.outer([0, 1, 1], [1, 1, 1, 0]) > 0)
    assert windows.largest == 4
    assert windows.taps == 4 * 5
    pooling = read_pooling(2)
    assert pooling.windows((4, 5)) is pooling.windows((4, 5))
    assert pooling.windows((4, 5)) is not read_pooling(2, kind="average", count_padding=True).windows((4, 5))
    long = read_pooling((1, 2))
    assert long.windows((1, MAX_CACHED_WINDOWS)) is not long.windows(
        (1, MAX_CACHED_WINDOWS)
    )  # long axes are not cached


def test_the_widest_span_of_neighbouring_windows() -> None:
    windows = sliding_windows(place((1, 20), Window((1, 3), (1, 4)), (0, 0, 2, 6)))
    held = [[x for x in range(j * 4 - 2, j * 4 + 1) if 0 <= x < 20] for j in range(windows.output[1])]
    for width in range(1, windows.output[1] + 1):
        groups = [sum(held[j : j + width], []) for j in range(0, len(held), width)]  # noqa: RUF017
        assert windows.columns.widest_span(width) == max(max(one) - min(one) + 1 for one in groups if one)


def test_parts_are_for_few_tall_windows_alone() -> None:
    tall = adaptive_windows((1000, 40), (1, 1))
    parts = in_parts(tall, (1000, 40), 1)
    assert parts is not None
    assert parts[0].columns.are_single
    assert parts[0].rows.most <= PART_ROWS
    assert parts[1].output == (1, 1)
    assert in_parts(tall, (1000, 40), ENOUGH_WINDOWS) is None
    assert in_parts(adaptive_windows((TALL_ROWS - 1, 40), (1, 1)), (TALL_ROWS - 1, 40), 1) is None
    assert in_parts(adaptive_windows((5000, 40), (ENOUGH_WINDOWS, 1)), (5000, 40), 1) is None
