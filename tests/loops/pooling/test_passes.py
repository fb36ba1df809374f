"""Passes that merge the samples of a window, walked in plain Python: each sample once, or at least once."""

from __future__ import annotations

from collections import Counter

import pytest

from cnnkit.loops.pooling.passes import Merges, merges

SIZES = [*range(1, 401), 729, 730, 1000, 2187, 4096]


def counted(planned: Merges, size: int) -> Counter[int]:
    """How often each sample comes into the result, counted from the place it is read at."""
    lines: dict[int, Counter[int]] = {0: Counter([0])}
    for one in planned.passes:
        terms = [(one.a, one.a_shift), (one.b, one.b_shift), (one.c, one.c_shift)][: one.terms]
        merged: Counter[int] = Counter()
        for line, shift in terms:
            for place, times in lines[line].items():
                merged[place + shift] += times
        lines[one.target] = merged
        assert max(merged) + 1 == one.extent <= size
    return lines[planned.result]


@pytest.mark.parametrize("size", SIZES)
def test_a_sum_holds_every_sample_once(size: int) -> None:
    assert counted(merges(size, is_idempotent=False), size) == Counter(range(size))


@pytest.mark.parametrize("size", SIZES)
def test_a_largest_holds_every_sample_and_none_outside(size: int) -> None:
    assert set(counted(merges(size, is_idempotent=True), size)) == set(range(size))


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_no_line_is_read_and_written_in_one_pass(is_idempotent: bool) -> None:
    for size in SIZES:
        for one in merges(size, is_idempotent=is_idempotent).passes:
            assert one.terms in (2, 3)
            assert one.target not in ((one.a, one.b) if one.terms == 2 else (one.a, one.b, one.c))
            assert one.target != 0


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_lines_are_as_many_as_are_told(is_idempotent: bool) -> None:
    for size in SIZES:
        planned = merges(size, is_idempotent=is_idempotent)
        assert planned.lines == 1 + max((one.target for one in planned.passes), default=0)
        assert 0 <= planned.result < planned.lines


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_the_last_pass_makes_the_result_which_is_as_wide_as_the_window(is_idempotent: bool) -> None:
    """The result may then be written elsewhere, and no pass before it is left out."""
    for size in SIZES[1:]:
        planned = merges(size, is_idempotent=is_idempotent)
        assert (planned.passes[-1].target, planned.passes[-1].extent) == (planned.result, size)


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_a_pass_reads_within_what_was_written(is_idempotent: bool) -> None:
    """A pass writes as many places as its extent leaves: more than are read of it."""
    for size in SIZES:
        extents = {0: 1}
        for one in merges(size, is_idempotent=is_idempotent).passes:
            for line, shift in [(one.a, one.a_shift), (one.b, one.b_shift), (one.c, one.c_shift)][: one.terms]:
                assert 0 <= shift <= one.extent - extents[line]
            extents[one.target] = one.extent


def test_passes_are_few() -> None:
    assert [len(merges(3**power, is_idempotent=True).passes) for power in range(6)] == list(range(6))
    assert [len(merges(3**power, is_idempotent=False).passes) for power in range(6)] == list(range(6))
    assert max(len(merges(size, is_idempotent=True).passes) for size in range(1, 244)) == 5
    assert max(len(merges(size, is_idempotent=False).passes) for size in range(1, 244)) <= 10
