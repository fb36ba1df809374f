"""Bands cover every row once, whatever the number of threads."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from cnnkit.errors import SizeError
from cnnkit.loops.machine import bands
from cnnkit.loops.machine.bands import run_bands
from cnnkit.loops.machine.compile import compiled

PLENTY = 10**9
"""Inner steps that are worth all the threads there are."""


@compiled("i8[1], i8, i8")
def count_rows(counts: Any, first: int, last: int) -> None:
    """Count how often each row is worked on."""
    for row in range(first, last):
        counts[row] += 1


class Recorder:
    """Stands in for a loop: notes its bands, what it is bound to, and the threads that worked on them."""

    def __init__(self, failing_at: int = -1) -> None:
        self.bands: list[tuple[int, int]] = []
        self.bound: list[tuple[Any, ...]] = []
        self.threads: set[int] = set()
        self.failing_at = failing_at

    def bind(self, *arguments: Any) -> Recorder:
        """As a loop the first time, as a bound one later: other arrays in place of the last ones."""
        before = self.bound[0] if self.bound else ()
        self.bound.append((*before[: max(len(before) - len(arguments), 0)], *arguments))
        return self

    def __call__(self, first: int, last: int) -> None:
        self.bands.append((first, last))
        self.threads.add(threading.get_ident())
        if first <= self.failing_at < last:
            raise KeyboardInterrupt(f"row {self.failing_at}")


@pytest.mark.parametrize("threads", [None, 1, 2, 3, 5, 64])
@pytest.mark.parametrize("steps", [1, bands.STEPS_WORTH_A_THREAD * 3, PLENTY])
def test_every_row_once(threads: int | None, steps: int, engine: str) -> None:
    for rows in (1, 2, 3, 7, 20, 41, 1000):
        counts = np.zeros(rows, dtype=np.int64)
        run_bands(count_rows, rows, steps, threads, counts)
        np.testing.assert_array_equal(counts, np.ones(rows))


@pytest.mark.parametrize("threads", [1, 3, 8])
@pytest.mark.parametrize("rows", [1, 5, 17, 100])
def test_bands_are_not_empty_and_do_not_overlap(threads: int, rows: int) -> None:
    loop: Any = Recorder()
    run_bands(loop, rows, PLENTY, threads, 7, 8, 9)
    assert all(bound == (7, 8, 9) for bound in loop.bound)
    assert all(first < last for first, last in loop.bands)
    assert sorted(row for band in loop.bands for row in range(*band)) == list(range(rows))
    assert len(loop.threads) <= threads


def test_no_rows_are_no_work() -> None:
    loop: Any = Recorder()
    run_bands(loop, 0, 0, 4)
    assert loop.bands == []


def test_one_thread_is_the_callers() -> None:
    loop: Any = Recorder()
    run_bands(loop, 100, PLENTY, 1)
    assert loop.threads == {threading.get_ident()}


def test_little_work_is_left_to_one_thread() -> None:
    loop: Any = Recorder()
    run_bands(loop, 100, 1000, 8)
    assert loop.threads == {threading.get_ident()}


def test_arguments_come_before_scratch_and_band() -> None:
    loop: Any = Recorder()
    run_bands(loop, 3, 1, None, "image", 5, scratch=((7, np.float32), (2, np.dtype(np.int16))))
    assert loop.bands == [(0, 3)]
    ((image, number, one, other),) = loop.bound
    assert (image, number) == ("image", 5)
    assert (one.dtype, one.shape, other.dtype, other.shape) == (np.float32, (7,), np.int16, (2,))


@pytest.mark.parametrize("threads", [1, 3])
def test_rows_from_a_begin_on(threads: int) -> None:
    loop: Any = Recorder()
    run_bands(loop, 20, PLENTY, threads, begin=100)
    assert sorted(row for band in loop.bands for row in range(*band)) == list(range(100, 120))


@pytest.mark.parametrize(
    ("steps", "threads", "many"), [(99, 1, 1), (199, 1, 1), (200, 2, 8), (1000, 4, 40), (10_000, 4, 64)]
)
def test_a_thread_and_a_band_have_what_they_are_worth(steps: int, threads: int, many: int) -> None:
    """Four bands for what is worth a thread, up to sixteen for each thread."""
    loop: Any = Recorder()
    run_bands(loop, 64 * 25, steps, 4, worth=100)
    assert len(loop.bound) == threads
    assert len(loop.bands) == many


def test_rows_are_no_more_bands_than_there_are() -> None:
    loop: Any = Recorder()
    run_bands(loop, 5, PLENTY, 4)
    assert sorted(loop.bands) == [(row, row + 1) for row in range(5)]


@compiled("i8[1], i8[1], i8, i8")
def count_in_scratch(counts: Any, scratch: Any, first: int, last: int) -> None:
    """Count each row by way of the scratch."""
    for row in range(first, last):
        scratch[0] = counts[row]
        counts[row] = scratch[0] + 1


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_bound_loop_takes_its_last_arrays_from_here(threads: int, engine: str) -> None:
    other, counts = np.zeros(3, np.int64), np.zeros(500, np.int64)
    bound = count_in_scratch.bind(other, np.zeros(1, np.int64))
    for _ in range(2):
        run_bands(bound, 500, PLENTY, threads, counts, scratch=((1, np.int64),))
    np.testing.assert_array_equal(counts, np.full(500, 2))
    np.testing.assert_array_equal(other, np.zeros(3))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_each_thread_is_bound_to_scratch_of_its_own(threads: int) -> None:
    loop: Any = Recorder()
    run_bands(loop, 100, PLENTY, threads, "image", scratch=((9, "f4"), (5, "u1")))
    assert len(loop.bound) == threads
    scratch = [array for _, *arrays in loop.bound for array in arrays]
    assert [bound[0] for bound in loop.bound] == ["image"] * threads
    assert len({array.__array_interface__["data"][0] for array in scratch}) == 2 * threads


def test_scratch_is_kept_for_the_next_work_and_belongs_to_one_thread() -> None:
    def addresses(*wanted: tuple[int, Any]) -> list[int]:
        return [array.__array_interface__["data"][0] for array in bands.thread_scratch(wanted)]

    both = addresses((100, "f4"), (50, "f8"))
    assert addresses((100, "f4"), (50, "f8")) == both
    assert addresses((200, "i2"), (3, "u1")) == both
    assert len(set(both)) == 2
    elsewhere: list[int] = []
    thread = threading.Thread(target=lambda: elsewhere.extend(addresses((100, "f4"), (50, "f8"))))
    thread.start()
    thread.join()
    assert not set(elsewhere) & set(both)


def test_threads_that_work_for_one_share_no_scratch() -> None:
    one, other = bands.thread_scratch([(100, "f4")], 0)[0], bands.thread_scratch([(100, "f4")], 3)[0]
    assert not np.shares_memory(one, other)
    assert np.shares_memory(bands.thread_scratch([(90, "f4")], 3)[0], other)


def test_scratch_is_not_used_again_after_a_failure() -> None:
    before = bands.thread_scratch([(100, "f4")])[0]
    loop: Any = Recorder(failing_at=3)
    with pytest.raises(KeyboardInterrupt):
        run_bands(loop, 10, PLENTY, 2, scratch=((100, "f4"),))
    assert not np.shares_memory(bands.thread_scratch([(100, "f4")])[0], before)


def test_scratch_is_as_large_as_wanted_whatever_was_kept() -> None:
    for size in (5, 6, 7, 900, 901, 3, 4000):
        for kind in ("i2", "f8"):
            one, other = bands.thread_scratch([(size, kind), (2 * size, "f4")])
            assert (one.size, one.dtype, other.size, other.dtype) == (size, kind, 2 * size, "f4")
            assert not np.shares_memory(one, other)


def test_scratch_that_no_memory_holds_is_an_error_of_ours() -> None:
    with pytest.raises(SizeError, match="more memory than there is"):
        bands.thread_scratch([(2**62, "u1")])


def test_large_scratch_is_not_kept() -> None:
    bands.thread_scratch([(bands.MAX_CACHED_BYTES + 1, "u1"), (10, "u1")])
    assert sum(array.nbytes for array in bands._cached.sets[0]) <= bands.MAX_CACHED_BYTES


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_an_interrupt_is_heard_and_ends_the_work(threads: int) -> None:
    loop: Any = Recorder(failing_at=0)
    with pytest.raises(KeyboardInterrupt, match="row 0"):
        run_bands(loop, 1000, PLENTY, threads)
    assert len(loop.bands) < 16 * threads


def test_long_work_is_done_in_many_bands_so_that_an_interrupt_is_heard() -> None:
    loop: Any = Recorder()
    run_bands(loop, 1000, 50 * bands.MAX_STEPS_PER_BAND, 1)
    assert len(loop.bands) == 50
