"""The network of comparisons that finds the middle sample of a window.

The middle is found without branches if the same pairs are compared for every window. Neighbouring windows share
columns, and a step along a whole line is done for all of them: columns are sorted once, then pairs of neighbouring
columns are merged, then pairs of pairs, and of the last two sorted lists only the middle is computed. Steps that the
middle does not depend on are left out. `median` runs the network on lines, `median_registers` in registers.

Source: K. E. Batcher, "Sorting networks and their applications", AFIPS 1968 (odd-even merging,
which Knuth extends to lists of any two lengths: The Art of Computer Programming 3, 5.3.4).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Value(NamedTuple):
    """A line of samples: the step that made it, and the column it is read from."""

    step: int  # numbers below the window's rows are those rows
    shift: int = 0


class Step(NamedTuple):
    """The smaller (-1) or larger (1) of two lines of samples."""

    sign: int
    a: Value
    b: Value


class Comparison(NamedTuple):
    """One comparison of two lines, as loops read it."""

    smaller: int  # the line that is written, never one that is read; -1 where it is not needed
    larger: int
    a: int  # a line, and the column it is read from
    a_shift: int
    b: int
    b_shift: int


class Network(NamedTuple):
    """Comparisons in order, the line of the middle and its first column, and the number of lines.

    The first lines are the rows of the window.
    """

    comparisons: tuple[Comparison, ...]
    result: int
    shift: int
    lines: int


@lru_cache(maxsize=32)
def middle(rows: int, columns: int) -> Network:
    """The network that finds the middle sample, the lower of two, of windows of `rows` x `columns`.

    >>> network = middle(3, 3)
    >>> len(network.comparisons), network.lines
    (15, 12)
    """
    return _with_lines(*steps_to_middle(rows, columns), rows)


def steps_to_middle(rows: int, columns: int) -> tuple[list[Step], Value]:
    """The steps, some of which are not needed, and the one whose result is the middle sample.

    >>> steps_to_middle(1, 2)[1]
    Value(step=1, shift=0)
    """
    steps: list[Step] = []

    def compare(a: Value, b: Value) -> tuple[Value, Value]:
        steps.extend((Step(-1, a, b), Step(1, a, b)))
        return Value(rows + len(steps) - 2), Value(rows + len(steps) - 1)

    def merge(a: list[Value], b: list[Value]) -> list[Value]:
        if not a or not b:
            return a or b
        if len(a) == len(b) == 1:
            return list(compare(a[0], b[0]))
        even, odd = merge(a[::2], b[::2]), merge(a[1::2], b[1::2])
        merged = [even[0]]
        for low, high in zip(odd, even[1:], strict=False):
            merged += compare(low, high)
        rest = max(len(odd), len(even) - 1)
        return merged + (odd[len(even) - 1 :] if len(odd) == rest else even[len(odd) + 1 :])

    def sort(values: list[Value]) -> list[Value]:
        half = len(values) // 2
        return merge(sort(values[:half]), sort(values[half:])) if half else values

    # Sorted lists of 1, 2, 4 ... neighbouring columns; those that add up to the window, the widest first.
    spans = [sort([Value(row) for row in range(rows)])]
    while 2 << len(spans) <= columns + (columns & columns - 1 != 0):
        wide = 1 << len(spans) - 1
        spans.append(merge(spans[-1], _moved(spans[-1], wide)))
    terms: list[list[Value]] = []
    covered = 0
    for power in range(len(spans) - 1, -1, -1):
        while covered + (1 << power) <= columns:
            terms.append(_moved(spans[power], covered))
            covered += 1 << power
    while len(terms) > 2:
        terms.append(merge(terms.pop(), terms.pop()))
    if len(terms) == 1:
        return steps, terms[0][(rows * columns - 1) // 2]
    return steps, _middle_of_two(terms[0], terms[1], steps, rows)


def _moved(values: list[Value], shift: int) -> list[Value]:
    return [Value(value.step, value.shift + shift) for value in values]


def _middle_of_two(a: list[Value], b: list[Value], steps: list[Step], rows: int) -> Value:
    """The middle of two sorted lists: the smallest of the largest of i samples of one and the rest of the other."""

    def add(step: Step) -> Value:
        steps.append(step)
        return Value(rows + len(steps) - 1)

    count = (len(a) + len(b) - 1) // 2 + 1
    found: Value | None = None
    for i in range(max(count - len(b), 0), min(count, len(a)) + 1):
        if i in (0, count):
            largest = b[count - 1] if i == 0 else a[count - 1]
        else:
            largest = add(Step(1, a[i - 1], b[count - i - 1]))
        found = largest if found is None else add(Step(-1, found, largest))
    assert found is not None
    return found


def _with_lines(steps: list[Step], result: Value, rows: int) -> Network:
    """Leave out what the result does not depend on, join comparisons of the same pair, and give every step a line."""
    is_needed = [False] * (rows + len(steps))
    is_needed[result.step] = True
    for number in range(rows + len(steps) - 1, rows - 1, -1):
        if is_needed[number]:
            step = steps[number - rows]
            is_needed[step.a.step] = is_needed[step.b.step] = True
    # Both halves of a comparison follow each other, and are done together.
    last_read = [-1] * (rows + len(steps))
    groups: list[list[int]] = []
    for number in range(rows, rows + len(steps)):
        step = steps[number - rows]
        if not is_needed[number]:
            continue
        joins = groups and steps[groups[-1][0] - rows][1:] == step[1:] and steps[groups[-1][0] - rows].sign < step.sign
        if joins and len(groups[-1]) == 1:
            groups[-1].append(number)
        else:
            groups.append([number])
        last_read[step.a.step] = last_read[step.b.step] = len(groups) - 1
    last_read[result.step] = len(groups)
    # The lines of the window's rows are not reused: the next window's rows are read from there too.
    line = dict(enumerate(range(rows)))
    free: list[int] = []
    used = rows
    ends: dict[int, list[int]] = {}
    comparisons: list[Comparison] = []
    for place, group in enumerate(groups):
        written = {-1: -1, 1: -1}
        for number in group:
            if not free:
                free.append(used)
                used += 1
            line[number] = free.pop()
            written[steps[number - rows].sign] = line[number]
            ends.setdefault(last_read[number], []).append(number)
        step = steps[group[0] - rows]
        comparisons.append(
            Comparison(written[-1], written[1], line[step.a.step], step.a.shift, line[step.b.step], step.b.shift)
        )
        free += [line[number] for number in ends.pop(place, [])]
    return Network(tuple(comparisons), line[result.step], result.shift, used)
