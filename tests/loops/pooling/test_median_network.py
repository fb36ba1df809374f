"""Networks that find the middle: by the zero-one principle, by sorting, and by the lines they read and write."""

from __future__ import annotations

import random
from itertools import product

import pytest

from cnnkit.loops.pooling.median_network import Network, Value, middle, steps_to_middle

SMALL = [(rows, columns) for rows, columns in product(range(1, 6), range(1, 6)) if rows * columns <= 12]
"""Windows of which all patterns of 0 and 1 are tried."""

LARGE = [(1, 31), (31, 1), (4, 4), (5, 3), (3, 5), (5, 5), (7, 6), (6, 7), (2, 17), (13, 2), (9, 9), (11, 11), (16, 16)]


def bits_of(network: Network, rows: int, columns: int) -> int:
    """What the network finds in all windows of 0 and 1 at once: bit k is what it finds in window number k.

    A line is a list of columns; a smaller is an and, a larger an or.
    """
    count = 1 << rows * columns
    whole = (1 << count) - 1
    lines: dict[int, list[int | None]] = {}
    for row in range(rows):
        lines[row] = []
        for column in range(columns):
            place = row * columns + column
            period = (1 << (1 << place)) - 1 << (1 << place)
            lines[row].append(period * (whole // ((1 << (2 << place)) - 1)))

    def read(line: int, shift: int) -> list[int | None]:
        return lines[line][shift:] + [None] * shift

    for one in network.comparisons:
        a, b = read(one.a, one.a_shift), read(one.b, one.b_shift)
        pairs = [(p, q) if p is not None and q is not None else None for p, q in zip(a, b, strict=True)]
        if one.smaller >= 0:
            lines[one.smaller] = [None if pair is None else pair[0] & pair[1] for pair in pairs]
        if one.larger >= 0:
            lines[one.larger] = [None if pair is None else pair[0] | pair[1] for pair in pairs]
    found = lines[network.result][network.shift]
    assert found is not None, "the middle is made of columns beyond the window"
    return found


@pytest.mark.parametrize(("rows", "columns"), SMALL)
def test_the_lower_middle_of_all_zeros_and_ones(rows: int, columns: int) -> None:
    """By the zero-one principle, what is right for these is right for all samples."""
    network = middle(rows, columns)
    size = rows * columns
    found = bits_of(network, rows, columns)
    for pattern in range(1 << size):
        zeros = size - pattern.bit_count()
        assert found >> pattern & 1 == int((size - 1) // 2 >= zeros), f"{pattern:0{size}b}"


def of_windows(network: Network, image: list[list[int]], count: int) -> list[int]:
    """The middles of `count` windows side by side, found on whole lines, where no column may be missing."""
    lines: dict[int, list[int]] = dict(enumerate(image))
    for one in network.comparisons:
        a, b = lines[one.a][one.a_shift :], lines[one.b][one.b_shift :]
        if one.smaller >= 0:
            lines[one.smaller] = [min(pair) for pair in zip(a, b, strict=False)]
        if one.larger >= 0:
            lines[one.larger] = [max(pair) for pair in zip(a, b, strict=False)]
    assert set(lines) <= set(range(network.lines))
    return lines[network.result][network.shift :][:count]


@pytest.mark.parametrize(("rows", "columns"), [*SMALL, *LARGE])
@pytest.mark.parametrize("most", [1, 3, 10**6])
def test_the_lower_middle_of_neighbouring_windows(rows: int, columns: int, most: int) -> None:
    drawn = random.Random(rows * 100 + columns)
    wide = columns + 9
    image = [[drawn.randint(0, most) for _ in range(wide)] for _ in range(rows)]
    expected = [
        sorted(sample for row in image for sample in row[x : x + columns])[(rows * columns - 1) // 2]
        for x in range(wide - columns + 1)
    ]
    assert of_windows(middle(rows, columns), image, len(expected)) == expected


@pytest.mark.parametrize(("rows", "columns"), [*SMALL, *LARGE])
def test_no_line_is_written_that_is_read(rows: int, columns: int) -> None:
    """Lines are read to their ends and shifted: what is written must be another one, and none of the window's rows."""
    network = middle(rows, columns)
    written = set(range(rows))
    for one in network.comparisons:
        targets = [line for line in (one.smaller, one.larger) if line >= 0]
        assert targets
        assert len(set(targets)) == len(targets)
        assert not set(targets) & {one.a, one.b}
        assert all(rows <= line < network.lines for line in targets)
        assert {one.a, one.b} <= written
        written |= set(targets)
    assert network.result in written


@pytest.mark.parametrize(("rows", "columns"), [*SMALL, *LARGE])
def test_shifts_stay_in_the_window(rows: int, columns: int) -> None:
    network = middle(rows, columns)
    assert 0 <= network.shift < columns
    assert all(0 <= shift < columns for one in network.comparisons for shift in (one.a_shift, one.b_shift))


def test_nothing_is_compared_in_vain() -> None:
    """Every line that is written is read before it is written again, or holds the result."""
    for rows, columns in [*SMALL, *LARGE]:
        network = middle(rows, columns)
        waiting: set[int] = set()
        for one in network.comparisons:
            waiting -= {one.a, one.b}
            targets = {line for line in (one.smaller, one.larger) if line >= 0}
            assert not targets & waiting
            waiting |= targets
        assert waiting <= {network.result}


@pytest.mark.parametrize(("rows", "columns"), SMALL)
def test_steps_by_themselves(rows: int, columns: int) -> None:
    """What the register loops are made of: the steps, of which each reads what was made before it."""
    steps, result = steps_to_middle(rows, columns)
    drawn = random.Random(1)
    for _ in range(20):
        image = [[drawn.randint(0, 5) for _ in range(columns)] for _ in range(rows)]

        def value(wanted: Value, image: list[list[int]] = image) -> int:
            if wanted.step < rows:
                return image[wanted.step][wanted.shift]
            sign, *terms = steps[wanted.step - rows]
            assert all(term.step < wanted.step for term in terms)
            a, b = (value(Value(term.step, term.shift + wanted.shift)) for term in terms)
            return min(a, b) if sign < 0 else max(a, b)

        assert value(result) == sorted(sample for row in image for sample in row)[(rows * columns - 1) // 2]


def test_columns_are_sorted_once_for_all_windows_that_share_them() -> None:
    """Few comparisons, because windows side by side share them; none for a window of one sample."""
    assert len(middle(3, 3).comparisons) <= 15
    assert len(middle(5, 5).comparisons) <= 66
    assert (middle(1, 1).comparisons, middle(1, 1).result) == ((), 0)
