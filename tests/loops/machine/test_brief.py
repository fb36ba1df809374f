"""Bands that threads take in machine code: each once, whoever comes, and again and again."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine import brief as room
from cnnkit.loops.machine import threads as pool
from cnnkit.loops.machine.brief import Brief, count, look
from cnnkit.loops.machine.compile import compiled


@compiled("i8[1], i8[1], i8, i8")
def note(counts: Any, mine: Any, first: int, last: int) -> None:
    """Count how often each row is worked on, and the rows of this thread."""
    for row in range(first, last):
        counts[row] += 1
        mine[0] += 1


def made(rows: int, height: int, members: int) -> tuple[Brief, Any, list[Any]]:
    counts, mine = np.zeros(rows, np.int64), [np.zeros(1, np.int64) for _ in range(members)]
    ranges = [(first, min(first + height, rows)) for first in range(0, rows, height)]
    return Brief([note.bind(counts, one) for one in mine], ranges), counts, mine


@pytest.mark.parametrize("members", [1, 2, 3, 5])
@pytest.mark.parametrize(("rows", "height"), [(1, 1), (7, 2), (100, 3), (1000, 1)])
def test_every_band_once_and_every_time(members: int, rows: int, height: int) -> None:
    brief, counts, mine = made(rows, height, members)
    for turn in range(1, 200):
        brief()
        assert counts.tolist() == [turn] * rows
    assert sum(int(one[0]) for one in mine) == 199 * rows


def test_a_caller_whose_threads_do_not_come_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "hand_over_briefly", lambda others: [pool._Task(one) for one in others])
    brief, counts, mine = made(20, 1, 3)
    brief()
    assert counts.tolist() == [1] * 20
    assert [int(one[0]) for one in mine] == [20, 0, 0]


def test_one_who_begins_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has taken its task before the caller is done may touch its arguments until it says so."""
    monkeypatch.setattr(room, "SPINS", 1)
    late = threading.Event()

    def slow(others: Any) -> list[Any]:
        def work() -> None:
            time.sleep(0.05)
            others[0]()
            late.set()

        task = pool._Task(work)
        threading.Thread(target=task.run).start()
        while not task.has_begun:
            time.sleep(0.001)
        return [task]

    monkeypatch.setattr(pool, "hand_over_briefly", slow)
    brief, counts, _ = made(20, 1, 2)
    brief()
    assert late.is_set()
    assert counts.tolist() == [1] * 20


def test_the_plain_python_of_what_is_machine_code() -> None:
    counters, seen = np.array([4, 7]), np.zeros(1, np.int64)
    count(counters, 1, seen)
    assert (counters.tolist(), seen.tolist()) == ([4, 8], [7])
    look(counters, 0, 1, 5)
    with pytest.raises(TypeError, match="machine code alone"):
        room.call_bands(counters, 0, 1, 2)
