"""A team of threads: all of the work, in order, once; bands shared; failures raised; nobody waits for ever."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from cnnkit import arrays
from cnnkit.loops.machine import bands as band_room
from cnnkit.loops.machine import team as room
from cnnkit.loops.machine import threads as pool
from cnnkit.loops.machine.bands import Bands
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.team import Team


@compiled("f4[1], f4[1], i8, i8")
def add_neighbours(source: Any, target: Any, first: int, last: int) -> None:
    """Each sum of a sample and the next one, the first following the last."""
    for i in range(first, last):
        target[i] = source[i] + source[(i + 1) % source.shape[0]]


def scratch(wanted: Sequence[tuple[int, Any]], number: int) -> list[Any]:
    return [arrays.aligned(size, dtype) for size, dtype in wanted]


def bands(source: Any, target: Any, threads: int, worth: int = 1) -> Bands:
    return Bands(add_neighbours, len(source), len(source), threads, source, target, worth=worth, room=scratch)


def expected(values: Any, times: int) -> Any:
    for _ in range(times):
        values = values + np.roll(values, -1)
    return values


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_each_phase_sees_all_of_the_one_before(threads: int, engine: str) -> None:
    a, b = np.arange(1000, dtype=np.float32) % 7, np.zeros(1000, np.float32)
    start = a.copy()
    there, back = bands(a, b, threads), bands(b, a, threads)
    team = Team([there, back] * 3, threads)
    for _ in range(20):
        a[:] = start
        team()
        np.testing.assert_array_equal(a, expected(start, 6))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_work_in_python_stands_where_it_was_put(threads: int) -> None:
    a, b = np.ones(500, np.float32), np.zeros(500, np.float32)
    seen: list[float] = []
    work = [
        lambda: a.fill(1),
        lambda: seen.append(float(a.sum())),
        bands(a, b, threads),
        lambda: seen.append(float(b.sum())),
        lambda: b.__imul__(10),
        bands(b, a, threads),
        bands(a, b, threads, worth=10**9),
        lambda: seen.append(float(b.sum())),
    ]
    team = Team(work, threads)
    team()
    team()
    assert seen == [500, 1000, 80 * 500, 500, 1000, 80 * 500]


def test_long_work_in_python_makes_the_others_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SPINS", 10)
    a, b = np.ones(500, np.float32), np.zeros(500, np.float32)
    team = Team([bands(a, b, 2), lambda: time.sleep(0.02), bands(b, a, 2)], 2)
    team()
    assert (a == 4).all()


def test_few_steps_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_STEPS", 700)
    a, b = np.arange(500, dtype=np.float32), np.zeros(500, np.float32)
    start = a.copy()
    Team([bands(a, b, 2), bands(b, a, 2), bands(a, b, 2)], 2)()
    np.testing.assert_array_equal(b, expected(start, 3))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_is_heard_in_the_middle_of_a_long_loop(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One layer of a large image may take many seconds: Python is looked at after every part of it."""
    monkeypatch.setattr(room, "MAX_STEPS", 100)
    monkeypatch.setattr(band_room, "MAX_STEPS_PER_BAND", 20)
    a, b = np.arange(500, dtype=np.float32), np.zeros(500, np.float32)
    team = Team([bands(a, b, threads)], threads)
    assert len(team._stretches) == 5
    team()
    np.testing.assert_array_equal(b, expected(a, 1))


def fail() -> None:
    raise KeyError("here")


@pytest.mark.parametrize("threads", [1, 2])
def test_a_failure_is_raised_and_the_team_goes_on_the_next_time(threads: int) -> None:
    a, b = np.ones(500, np.float32), np.zeros(500, np.float32)
    fails = [True]
    team = Team([bands(a, b, threads), lambda: fail() if fails[0] else None, bands(b, a, threads)], threads)
    with pytest.raises(KeyError, match="here"):
        team()
    fails[0] = False
    a[:] = 1
    team()
    assert (a == 4).all()


def test_without_others_the_caller_does_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SECONDS_TO_BEGIN", 0.01)
    release = threading.Event()
    busy = pool.hand_over([release.wait] * max(len(pool._waiting), 1))
    monkeypatch.setattr(pool, "hand_over_briefly", lambda work: [pool._Task(one) for one in work])
    a, b = np.ones(500, np.float32), np.zeros(500, np.float32)
    Team([bands(a, b, 2), bands(b, a, 2)], 2)()
    release.set()
    for task in busy:
        task.finish()
    assert (a == 4).all()


def test_teams_in_several_threads_at_once() -> None:
    results: list[bool] = []

    def one() -> None:
        a, b = np.ones(3000, np.float32), np.zeros(3000, np.float32)
        team = Team([bands(a, b, 2), lambda: None, bands(b, a, 2)] * 4, 2)
        for _ in range(20):
            a[:] = 1
            team()
            results.append(bool((a == 4.0**4).all()))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 60


def test_the_caller_may_run_where_it_could_before() -> None:
    before = pool._allowed()
    a, b = np.ones(500, np.float32), np.zeros(500, np.float32)
    Team([bands(a, b, 2), lambda: a.fill(pool.available_threads())], 2)()
    assert pool._allowed() == before
    assert (a == len(before)).all()


def test_bands_of_a_member_that_is_held_up_are_done_by_others() -> None:
    a, b = np.ones(4000, np.float32), np.zeros(4000, np.float32)
    team = Team([bands(a, b, 2), bands(b, a, 2)], 2)
    assert len(bands(a, b, 2)._ranges) > 2

    def late() -> None:
        time.sleep(0.001)  # while the caller goes through all of the first phase
        follow()

    follow, team._others = team._others[0], [late]
    for _ in range(5):
        a[:] = 1
        team()
        assert (a == 4).all()


def test_the_caller_goes_on_alone_if_nobody_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of what it has begun: nothing is done twice."""
    monkeypatch.setattr(room, "SECONDS_TO_BEGIN", 0.01)
    monkeypatch.setattr(room, "SPINS", 10)
    monkeypatch.setattr(pool, "hand_over_briefly", lambda work: [pool._Task(one) for one in work])
    seen: list[str] = []
    a, b = np.ones(500, np.float32), np.zeros(500, np.float32)
    team = Team([bands(a, b, 3), lambda: seen.append("between"), bands(b, a, 3), bands(a, b, 3)], 3)
    for times in (1, 2):
        team()
        assert seen == ["between"] * times
        assert (b == 8 * 4.0 ** (times - 1)).all()


def test_bands_for_more_threads_than_there_are() -> None:
    a, b = np.ones(500, np.float32), np.zeros(500, np.float32)
    Team([bands(a, b, 4), bands(b, a, 3), bands(a, b, 1)], 2)()
    assert (b == 8).all()
