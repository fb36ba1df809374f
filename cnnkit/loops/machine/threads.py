"""Threads that wait for work: waking one takes a fifth of the time that starting one takes."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

MAX_THREADS = 64
"""However many are wanted, and however many processors the machine has."""

AHEAD = 2
"""Pieces that each thread may have done before they are wanted."""

Taken = TypeVar("Taken")
Made = TypeVar("Made")

_tasks: SimpleQueue[_Task] = SimpleQueue()
_waiting: list[threading.Thread] = []
_lock = threading.Lock()
_left: int | None = None  # the processor that waiting threads were last kept off
_place = threading.local()  # of a caller that stays where it is: the processors that it may run on otherwise
_sched_getcpu = getattr(ctypes.CDLL(None), "sched_getcpu", None) if sys.platform == "linux" else None


class _Task:
    """Work for one waiting thread, unless it is taken back before."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._begun = threading.Lock()
        self._ended = threading.Lock()
        self._ended.acquire()

    def run(self) -> bool:
        """Do the work, if nobody has begun it or taken it back; whether it was done here."""
        is_ours = self._begun.acquire(blocking=False)
        if is_ours:
            try:
                self._work()
            finally:
                self._ended.release()
        return is_ours

    @property
    def has_begun(self) -> bool:
        """Whether a thread has begun it, or it was taken back."""
        return self._begun.locked()

    @property
    def has_ended(self) -> bool:
        """Whether the work is done."""
        return not self._ended.locked()

    def finish(self) -> None:
        """Take it back if no thread has begun it; wait for its end if one has."""
        if not self._begun.acquire(blocking=False):
            self._ended.acquire()
            self._ended.release()


def available_threads() -> int:
    """How many processors this process may run on."""
    return len(_allowed()) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(begin: Callable[[], Callable[[int], None]], count: int, threads: int | None) -> None:
    """Work through the numbers 0 to `count` - 1, shared among threads.

    Each thread has a run of numbers of its own, and when it is done takes from the ends of the others': the data of
    neighbouring numbers lie together in memory, and stay in the cache of one processor from call to call. Each thread
    calls `begin` once, and the result of that with each of its numbers. After the first failure, an interrupt included,
    nothing more is begun; it is raised when all threads are done.

    >>> done = []
    >>> share(lambda: done.append, 3, 1)
    >>> done
    [0, 1, 2]
    """
    wanted = max(min(available_threads() if threads is None else threads, count, MAX_THREADS), 1)
    runs = [deque(range(count * run // wanted, count * (run + 1) // wanted)) for run in range(wanted)]
    failures: list[BaseException] = []

    def take(own: int) -> None:
        try:
            work = begin()
            for number in _in_turn(runs, own):
                if failures:
                    break
                work(number)
        except BaseException as failure:
            failures.append(failure)

    tasks = [_Task(partial(take, own)) for own in range(1, wanted)]
    with staying() if tasks else nullcontext():
        _hand_over(tasks, len(tasks))
        take(0)
        for task in tasks:
            task.finish()
    if failures:
        raise failures[0]


def in_order(
    count: int, take: Callable[[int], Taken], make: Callable[[Taken, int], Made], threads: int | None
) -> Iterator[Made]:
    """What is made of the numbers 0 to `count` - 1, one after the other; threads make those that come next.

    The numbers are taken in order, by one thread at a time; ``make(taken, number)`` runs in several, from the second
    number on: a loop that is to be compiled first is found by the caller.

    >>> list(in_order(3, lambda number: 10 * number, lambda taken, number: taken + number, 2))
    [0, 11, 22]
    """
    wanted = max(min(available_threads() if threads is None else threads, count, MAX_THREADS), 1)
    turn, next_number, is_over = threading.Condition(), 0, False
    results: dict[int, Any] = {}

    def work(number: int) -> None:
        nonlocal next_number
        try:
            with turn:
                turn.wait_for(lambda: next_number == number or is_over)
                if is_over:
                    return
                taken = take(number)
                next_number += 1
                turn.notify_all()
            results[number] = None, make(taken, number)
        except BaseException as failure:
            results[number] = failure, None

    tasks = [_Task(partial(work, number)) for number in range(count)]
    handed, ahead, number = 0, AHEAD * (wanted - 1), -1
    try:
        for number, task in enumerate(tasks):
            task.run()
            if ahead:
                handed = max(handed, number + 1)
                _hand_over(tasks[handed : number + 1 + ahead], wanted - 1)
                handed = min(number + 1 + ahead, count)
            while not task.has_ended and any(other.run() for other in tasks[number + 1 : handed]):
                pass  # while another thread makes this one, those that come next
            task.finish()
            failure, made = results.pop(number)
            if failure is not None:
                raise failure
            yield made
    finally:
        with turn:
            is_over = True
            turn.notify_all()
        for task in tasks[number + 1 : handed]:  # an interrupt may have come in the middle of this thread's own
            task.finish()


def _in_turn(runs: list[deque[int]], own: int) -> Iterator[int]:
    """The numbers of one's own run, then those left at the ends of the others'; each is taken in a single step."""
    with suppress(IndexError):
        while True:
            yield runs[own].popleft()
    for other in runs:
        with suppress(IndexError):
            while True:
                yield other.pop()


def hand_over(work: Sequence[Callable[[], None]]) -> list[_Task]:
    """Give each piece of work to a thread of its own; who does so waits for its end by `finish`."""
    tasks = [_Task(one) for one in work]
    _hand_over(tasks, len(tasks))
    return tasks


def hand_over_briefly(work: Sequence[Callable[[], None]]) -> list[_Task]:
    """The same in less time: where threads may run is looked at only if the caller has moved."""
    tasks, processor = [_Task(one) for one in work], _current_processor()
    if len(_waiting) < len(tasks) or processor != _left:
        _hand_over(tasks, len(tasks))
    else:
        for task in tasks:
            _tasks.put(task)
    return tasks


def _hand_over(tasks: Sequence[_Task], threads: int) -> None:
    """Give tasks to as many threads."""
    with _lock:
        while len(_waiting) < threads:
            thread = threading.Thread(target=_wait, args=(_tasks,), daemon=True, name="cnnkit")
            try:
                thread.start()
            except RuntimeError:  # no more threads are allowed: the caller does what is left
                break
            _waiting.append(thread)
    if tasks:
        _leave_processor()
    for task in tasks:
        _tasks.put(task)


@contextmanager
def staying() -> Iterator[None]:
    """Keep the caller on its processor while others work with it.

    A system may wake a thread on the processor of the one that it waited for, and notice only milliseconds later, when
    all is done, that another one is idle: two threads would then take turns.
    """
    processor, allowed = _current_processor(), _allowed()
    if processor is None or len(allowed) == 1 or hasattr(_place, "allowed"):
        yield
        return
    _place.allowed = allowed
    try:
        _set_affinity(0, {processor})
        yield
    finally:
        _set_affinity(0, allowed)
        del _place.allowed


def _leave_processor() -> None:
    """Keep the threads off the processor of the caller, which goes on working."""
    global _left  # noqa: PLW0603
    processor = _current_processor()
    if processor is None:
        return
    allowed = _allowed()
    others = allowed - {processor} or allowed
    _left = processor
    for thread in _waiting:
        if thread.native_id:
            _set_affinity(thread.native_id, others)


def _allowed() -> set[int]:
    """The processors that the caller may run on, wherever it stays at the moment."""
    known: set[int] | None = getattr(_place, "allowed", None)
    return os.sched_getaffinity(0) if known is None else known


def _set_affinity(thread: int, processors: set[int]) -> None:
    with suppress(OSError):  # the system does not allow it
        if os.sched_getaffinity(thread) != processors:
            os.sched_setaffinity(thread, processors)


def _current_processor() -> int | None:
    """The number of the processor this runs on, where the system says so."""
    if _sched_getcpu is None:
        return None
    number = int(_sched_getcpu())
    return number if number >= 0 else None


def _wait(tasks: SimpleQueue[_Task]) -> None:
    while True:
        tasks.get().run()


def _forget() -> None:
    """A forked process has none of the threads, and none of their work."""
    global _tasks, _lock
    _tasks, _lock = SimpleQueue(), threading.Lock()
    _waiting.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
