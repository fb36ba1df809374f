"""Threads that wait for work: each number once, the first failure raised, and nothing that waits for ever."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from cnnkit.loops.machine import threads as pool
from cnnkit.loops.machine.threads import available_threads, in_order, share


def test_there_is_a_processor() -> None:
    assert available_threads() >= 1


@pytest.mark.parametrize("threads", [None, 1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_every_number_once(threads: int | None, count: int) -> None:
    done: list[int] = []
    share(lambda: done.append, count, threads)
    assert sorted(done) == list(range(count))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_each_thread_begins_once_and_keeps_what_it_began_with(threads: int) -> None:
    begun: list[int] = []
    worked: set[tuple[int, int]] = set()

    def begin() -> Callable[[int], None]:
        begun.append(threading.get_ident())
        mine = len(begun)

        def work(number: int) -> None:
            time.sleep(0.001)
            worked.add((mine, threading.get_ident()))

        return work

    share(begin, 40, threads)
    assert len(begun) <= threads
    assert len({mine for mine, _ in worked}) == len(worked)


def test_threads_work_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=20)
    met: list[int] = []
    share(lambda: lambda number: met.append(meeting.wait()), 3, 3)
    assert sorted(met) == [0, 1, 2]


def test_threads_are_kept_for_the_next_work() -> None:
    share(lambda: lambda number: time.sleep(0.001), 12, 4)
    before = threading.active_count()
    for _ in range(5):
        share(lambda: lambda number: time.sleep(0.001), 12, 4)
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("kind", [MemoryError, KeyboardInterrupt])
def test_a_failure_in_any_thread_is_raised_and_ends_the_work(threads: int, kind: type[BaseException]) -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 7:
            raise kind("number 7")
        time.sleep(0.0005)
        done.append(number)

    with pytest.raises(kind, match="number 7"):
        share(lambda: work, 1000, threads)
    assert 7 not in done
    assert len(done) < 900
    settled = len(done)
    time.sleep(0.01)
    assert len(done) == settled


def test_the_first_failure_is_the_one_that_is_raised() -> None:
    meeting = threading.Barrier(2, timeout=20)

    def work(number: int) -> None:
        meeting.wait()
        time.sleep(0.05 * number)
        raise ValueError(f"number {number}")

    with pytest.raises(ValueError, match="number 0"):
        share(lambda: work, 2, 2)


def test_a_failure_to_begin_is_raised() -> None:
    def begin() -> Callable[[int], None]:
        raise MemoryError("no scratch")

    with pytest.raises(MemoryError, match="no scratch"):
        share(begin, 10, 3)


def test_the_next_work_after_a_failure_is_done() -> None:
    def fail(number: int) -> None:
        raise ValueError("fails")

    done: list[int] = []
    for _ in range(20):
        with pytest.raises(ValueError, match="fails"):
            share(lambda: fail, 10, 4)
        done.clear()
        share(lambda: done.append, 10, 4)
        assert sorted(done) == list(range(10))


def test_work_within_work() -> None:
    done: list[tuple[int, int]] = []

    def inner(outer: int) -> None:
        share(lambda: lambda number: done.append((outer, number)), 5, 4)

    share(lambda: inner, 6, 4)
    assert sorted(done) == [(outer, number) for outer in range(6) for number in range(5)]


def test_many_callers_at_once() -> None:
    sums = [0] * 12

    def call(caller: int) -> None:
        for _ in range(10):
            done: list[int] = []
            share(lambda: done.append, 30, 3)  # noqa: B023
            sums[caller] += sum(done)

    callers = [threading.Thread(target=call, args=(caller,), daemon=True) for caller in range(12)]
    for thread in callers:
        thread.start()
    for thread in callers:
        thread.join(timeout=20)
    assert sums == [10 * sum(range(30))] * 12


def test_tasks_that_no_thread_begins_are_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every thread is busy, the caller does all of it and waits for nobody."""
    monkeypatch.setattr(pool, "_hand_over", lambda tasks, threads: None)
    done: list[int] = []
    share(lambda: done.append, 8, 3)
    assert done == [0, 1, 4, 3, 2, 7, 6, 5]


def test_each_thread_has_a_run_of_numbers_of_its_own() -> None:
    """While all are busy, nobody takes from another: neighbouring numbers are one thread's."""
    meeting = threading.Barrier(3, timeout=20)
    taken: list[tuple[int, int]] = []

    def work(number: int) -> None:
        meeting.wait()
        taken.append((threading.get_ident(), number))
        meeting.wait()

    share(lambda: work, 30, 3)
    runs = [sorted(number for thread, number in taken if thread == one) for one in {thread for thread, _ in taken}]
    assert sorted(runs) == [list(range(10)), list(range(10, 20)), list(range(20, 30))]


def test_a_thread_that_is_done_takes_from_the_ends_of_the_others() -> None:
    """One thread is held up at the first number of its run; the other does all the rest, its own numbers first."""
    caller = threading.get_ident()
    others_are_done = threading.Event()
    done: list[int] = []

    def work(number: int) -> None:
        if threading.get_ident() == caller:
            assert others_are_done.wait(timeout=20)
        else:
            done.append(number)
            if len(done) == 19:
                others_are_done.set()

    share(lambda: work, 20, 2)
    assert done == [*range(10, 20), *range(9, 0, -1)]


def test_a_task_that_was_taken_back_is_not_run_later() -> None:
    ran: list[int] = []
    task = pool._Task(lambda: ran.append(1))
    task.finish()
    task.run()
    assert ran == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_threads_of_its_own() -> None:
    program = (
        "import os, sys, threading\n"
        "from cnnkit.loops.machine.threads import share\n"
        "meeting = threading.Barrier(3, timeout=10)\n"
        "def together(): share(lambda: lambda number: meeting.wait() and None, 3, 3)\n"
        "together()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    meeting = threading.Barrier(3, timeout=10)\n"
        "    together()\n"
        "    os._exit(42)\n"
        "together()\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "42"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or pool.available_threads() < 2, reason="processors are few")
def test_threads_go_where_the_caller_may_and_off_its_own_processor() -> None:
    allowed = os.sched_getaffinity(0)
    seen: list[set[int]] = []
    meeting = threading.Barrier(2, timeout=10)

    def work(number: int) -> None:
        meeting.wait()
        if threading.current_thread().name == "cnnkit":
            seen.append(os.sched_getaffinity(0))

    share(lambda: work, 2, 2)
    assert len(seen) == 1
    assert seen[0] < allowed
    only = {min(allowed)}
    try:
        os.sched_setaffinity(0, only)
        share(lambda: work, 2, 2)
        assert seen[1] == only
    finally:
        os.sched_setaffinity(0, allowed)
    assert os.sched_getaffinity(0) == allowed


def test_however_many_are_asked_for_threads_are_bounded() -> None:
    share(lambda: lambda number: None, 5000, 5000)
    assert len(pool._waiting) < pool.MAX_THREADS


@pytest.mark.parametrize("threads", [None, 1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 60])
def test_in_order_takes_and_gives_one_after_the_other(threads: int | None, count: int) -> None:
    taken: list[int] = []

    def take(number: int) -> int:
        taken.append(number)
        return number

    def make(found: int, number: int) -> tuple[int, int]:
        time.sleep(0.0005 * (number % 3))
        return found, number

    assert list(in_order(count, take, make, threads)) == [(number, number) for number in range(count)]
    assert taken == list(range(count))


def test_in_order_makes_several_at_once_after_the_first() -> None:
    meeting = threading.Barrier(3, timeout=20)
    makers: list[int] = []

    def make(found: int, number: int) -> int:
        makers.append(threading.get_ident())
        if number:
            meeting.wait()
        return number

    assert list(in_order(7, lambda number: number, make, 3)) == list(range(7))
    assert makers[0] == threading.get_ident()
    assert len({*makers}) >= 3


def test_in_order_is_only_a_few_ahead_of_what_is_wanted() -> None:
    taken: list[int] = []
    made = in_order(100, taken.append, lambda found, number: number, 3)
    assert next(made) == 0
    time.sleep(0.05)
    assert len(taken) <= 1 + pool.AHEAD * 2
    made.close()
    after = len(taken)
    time.sleep(0.05)
    assert len(taken) == after


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("step", ["take", "make"])
def test_in_order_raises_the_failure_where_it_is(threads: int, step: str) -> None:
    def fail(number: int) -> int:
        if number == 5:
            raise ValueError(number)
        return number

    def same(number: int, *others: int) -> int:
        return number

    made = in_order(20, fail if step == "take" else same, same if step == "take" else lambda _, n: fail(n), threads)
    assert [next(made) for _ in range(5)] == list(range(5))
    with pytest.raises(ValueError, match="5"):
        next(made)
    assert list(in_order(4, lambda number: number, lambda found, number: number, threads)) == [0, 1, 2, 3]


def test_in_order_works_where_no_thread_may_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_hand_over", lambda tasks, threads: None)
    assert list(in_order(9, lambda number: number, lambda found, number: found, 4)) == list(range(9))
