"""Receptive fields, against following every single input sample by hand."""

from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.network.receptive_field import LONGEST_PERIOD, Axis

Step = tuple[str, int, int, int, int]
"""window or transposed, k, dilation, stride, padding before."""


def follow(steps: tuple[Step, ...]) -> Axis:
    """The fast way."""
    axis = Axis()
    for kind, size, dilation, stride, before in steps:
        span = dilation * (size - 1) + 1
        through = axis.through_window if kind == "window" else axis.through_transposed
        axis = through(span=span, stride=stride, before=before, dilation=dilation)
    return axis


def seen(steps: tuple[Step, ...], position: int) -> frozenset[int]:
    """The slow twin: the set of input samples that the value at `position` of the last step depends on."""

    @cache
    def of(depth: int, t: int) -> frozenset[int]:
        if depth == 0:
            return frozenset([t])
        kind, size, dilation, stride, before = steps[depth - 1]
        found: set[int] = set()
        for tap in range(size):
            if kind == "window":
                found |= of(depth - 1, t * stride - before + tap * dilation)
            elif (t + before - tap * dilation) % stride == 0:
                found |= of(depth - 1, (t + before - tap * dilation) // stride)
        return frozenset(found)

    return of(len(steps), position)


def check(steps: tuple[Step, ...]) -> None:
    axis = follow(steps)
    period = len(axis.low)
    widest = 0
    for t in range(-period, 2 * period):
        samples = seen(steps, t)
        low, high = (
            None if bounds[t % period] is None else bounds[t % period] + t // period * axis.shift
            for bounds in (axis.low, axis.high)
        )
        assert (min(samples, default=None), max(samples, default=None)) == (low, high), (steps, t)
        widest = max(widest, max(samples) - min(samples) + 1 if samples else 0)
    assert axis.size == widest


def test_the_recursion_everybody_knows() -> None:
    axis = Axis()
    for size, stride, field, jump in ((3, 1, 3, 1), (3, 1, 5, 1), (2, 2, 6, 2), (3, 1, 10, 2), (3, 2, 14, 4)):
        axis = axis.through_window(span=size, stride=stride, before=0)
        assert (axis.size, axis.jump) == (field, (jump, 1))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_every_pair_of_small_steps(size: int, stride: int) -> None:
    first = [(kind, size, d, stride, before) for kind in ("window", "transposed") for before in (0, 1) for d in (1, 2)]
    for one, kind, k, s, before in product(first, ("window", "transposed"), (1, 2, 3), (1, 2, 3), (0, 2)):
        check((one, (kind, k, 1, s, before)))


steps = st.tuples(
    st.sampled_from(["window", "transposed"]),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 4),
)


@given(st.lists(steps, max_size=4).filter(lambda chain: sum(step[0] == "transposed" for step in chain) < 4))
def test_any_few_steps(chain: list[Step]) -> None:
    check(tuple(chain))


@pytest.mark.parametrize("length", range(1, 25))
@pytest.mark.parametrize("count", range(1, 13))
def test_adaptive_bins_of_samples_that_see_different_parts(length: int, count: int) -> None:
    for before in (Axis(), Axis().through_transposed(3, 2, 0), Axis().through_window(3, 2, 1)):
        axis = before.through_bins(length, count)
        period, inner = len(axis.low), len(before.low)
        for t in range(count):
            places = range(t * length // count, -(-(t + 1) * length // count))
            lows = [(before.low[p % inner] or 0) + p // inner * before.shift for p in places]
            highs = [(before.high[p % inner] or 0) + p // inner * before.shift for p in places]
            turns = t // period * axis.shift
            assert ((axis.low[t % period] or 0) + turns, (axis.high[t % period] or 0) + turns) == (
                min(lows),
                max(highs),
            )


@pytest.mark.parametrize("size", [1, 2, 130])
def test_a_kernel_of_many_taps_is_followed_by_the_phases_it_meets(size: int) -> None:
    for dilation, stride in product((1, 3, 4), (2, 3, 6)):
        up = ("transposed", size, dilation, stride, 5)
        check((("transposed", 1, 1, 2, 1), up))
        check((up, ("window", size, 2, 1, 7)))


def test_a_stride_that_the_kernel_does_not_reach_leaves_holes() -> None:
    up = ("transposed", 1, 1, 2, 0)
    assert follow((up,)).low == (0, None)
    assert follow((up, ("window", 3, 1, 1, 1))).size == 2  # two samples, or one between two holes
    only_holes = follow((up, ("window", 1, 1, 2, 1)))
    assert (only_holes.size, only_holes.start, only_holes.is_followed) == (0, None, True)
    assert only_holes.through_window(span=5, stride=2, before=2).size == 0
    assert only_holes.through_transposed(span=4, stride=2, before=1).size == 0
    # A dilation that shares a factor with the stride leaves holes however large the kernel is.
    assert follow((("transposed", 9, 2, 2, 0),)).low == (-8, None)


def test_a_pool_undoes_a_transposed_convolution() -> None:
    # Both neighbours it looks at came from the same sample: a formula with one jump says 2.
    assert follow((("transposed", 2, 1, 2, 0), ("window", 2, 1, 2, 0))).size == 1


def test_a_jump_may_be_a_fraction() -> None:
    assert follow((("transposed", 3, 1, 2, 0),)).jump == (1, 2)
    assert follow((("transposed", 3, 1, 2, 0), ("window", 3, 1, 4, 0))).jump == (2, 1)


def test_beyond_the_longest_period_nothing_is_claimed() -> None:
    axis = Axis().through_transposed(span=3, stride=LONGEST_PERIOD + 1, before=0)
    assert axis.size == 0
    assert axis.through_window(span=3, stride=1, before=1).size == 0
    assert axis.through_transposed(span=3, stride=1, before=1).size == 0
    assert axis.through_bins(7, 3).size == 0
    assert Axis().through_bins(LONGEST_PERIOD + 1, LONGEST_PERIOD).size == 2
    assert Axis().through_bins(LONGEST_PERIOD, LONGEST_PERIOD + 1).size == 0


def test_start_and_jump_as_they_are_printed() -> None:
    axis = Axis().through_window(span=4, stride=2, before=1)
    assert (axis.start, axis.jump_text) == (0.5, "2")
    assert axis.through_transposed(span=4, stride=4, before=0).jump_text == "1/2"
    assert Axis((), (), 0).start is None
