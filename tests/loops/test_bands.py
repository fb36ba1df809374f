"""Bands cover every row once, whatever the number of threads."""

import threading
from typing import Any

import numpy as np
import pytest

from cnnkit.loops import bands
from cnnkit.loops.bands import available_threads, run_bands, share
from cnnkit.loops.compile import compiled

PLENTY = 10**9
"""Inner steps that are worth all the threads there are."""


@compiled("i8[1], i8, i8")
def count_rows(counts: Any, first: int, last: int) -> None:
    """Count how often each row is worked on."""
    for row in range(first, last):
        counts[row] += 1


class Recorder:
    """Stands in for a loop: notes its bands and the threads that worked on them."""

    def __init__(self, failing_at: int = -1) -> None:
        self.bands: list[tuple[int, int]] = []
        self.threads: set[int] = set()
        self.failing_at = failing_at

    def __call__(self, *arguments: int) -> None:
        *_, first, last = arguments
        self.bands.append((first, last))
        self.threads.add(threading.get_ident())
        if first <= self.failing_at < last:
            raise KeyboardInterrupt(f"row {self.failing_at}")


@pytest.mark.parametrize("threads", [None, 1, 2, 3, 5, 64])
@pytest.mark.parametrize("steps", [1, bands.WORTH_A_THREAD * 3, PLENTY])
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
    assert all(first < last for first, last in loop.bands)
    assert sorted(row for band in loop.bands for row in range(*band)) == list(range(rows))
    assert len(loop.threads) <= threads


def test_no_rows_are_no_work() -> None:
    loop: Any = Recorder()
    run_bands(loop, 0, 0, 4)
    assert all(first == last for first, last in loop.bands)


def test_one_thread_is_the_callers() -> None:
    loop: Any = Recorder()
    run_bands(loop, 100, PLENTY, 1)
    assert loop.threads == {threading.get_ident()}


def test_little_work_is_left_to_one_thread() -> None:
    loop: Any = Recorder()
    run_bands(loop, 100, 1000, 8)
    assert loop.threads == {threading.get_ident()}


def test_arguments_come_before_the_band() -> None:
    seen: list[Any] = []
    loop: Any = lambda *arguments: seen.append(arguments)  # noqa: E731
    run_bands(loop, 3, 1, None, "image", 5)
    assert seen == [("image", 5, 0, 3)]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_an_interrupt_is_heard_and_ends_the_work(threads: int) -> None:
    loop: Any = Recorder(failing_at=0)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt, match="row 0"):
        run_bands(loop, 1000, PLENTY, threads)
    assert threading.active_count() == before


def test_there_is_a_processor() -> None:
    assert available_threads() >= 1


def test_long_work_is_done_in_many_bands_so_that_an_interrupt_is_heard() -> None:
    loop: Any = Recorder()
    run_bands(loop, 1000, 50 * bands.LONGEST, 1)
    assert len(loop.bands) == 50


@pytest.mark.parametrize("threads", [1, 4])
def test_a_failure_in_any_thread_is_raised(threads: int) -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 7:
            raise MemoryError("number 7")
        done.append(number)

    with pytest.raises(MemoryError, match="number 7"):
        share(work, 1000, threads)
    assert 7 not in done
    assert len(done) < 1000
