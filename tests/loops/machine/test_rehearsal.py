"""Work that is done without loops: what is found, and that nothing of it stays."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine import compile, rehearsal
from cnnkit.loops.machine.compile import Loop
from cnnkit.loops.png import filter_rows, unfilter_rows

pytestmark = pytest.mark.skipif(not rehearsal.HAS_CHILDREN, reason="there are no children")


@pytest.fixture(autouse=True)
def nothing_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNKIT_CACHE_DIR", str(tmp_path / "loops"))
    monkeypatch.setattr(compile, "_made", {})
    for loop in (filter_rows, unfilter_rows):
        monkeypatch.setattr(loop, "_entries", {})


def unfilter() -> None:
    unfilter_rows(np.zeros((2, 4), np.uint8), 1, np.zeros((2, 3), np.uint8))


def names(found: list[Any]) -> list[str]:
    assert all(isinstance(one.loop, Loop) for one in found)
    return [one.loop.name for one in found]


def test_finds_each_loop_once_and_leaves_nothing() -> None:
    done: list[int] = []

    def work() -> None:
        filter_rows(np.zeros((2, 3), np.uint8), 1, np.zeros((2, 4), np.uint8), 0, 2)
        unfilter()
        unfilter()
        done.append(os.getpid())

    assert names(compile.collect(work)) == ["filter_rows", "unfilter_rows"]
    assert done == []
    assert rehearsal.note is None
    assert unfilter_rows._entries == {}


def test_an_error_and_the_time_end_it() -> None:
    def fail() -> None:
        unfilter()
        raise RuntimeError("half-way")

    def wait() -> None:
        unfilter()
        time.sleep(60)

    assert names(compile.collect(fail)) == ["unfilter_rows"]
    assert names(compile.collect(wait, 0.5)) == ["unfilter_rows"]


def test_without_room_for_a_process_only_those_rehearse_who_do_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, "no more processes")

    monkeypatch.setattr(os, "fork", fork)
    assert compile.collect(unfilter, 1) == []
    assert names(compile.collect(unfilter)) == ["unfilter_rows"]


def test_whether_all_was_found_is_known() -> None:
    found, is_whole = rehearsal.rehearse(unfilter, 60)
    assert (names(found), is_whole) == (["unfilter_rows"], True)
    found, is_whole = rehearsal.rehearse(lambda: os._exit(9), 60)  # as if the system had ended it
    assert (found, is_whole) == ([], False)


def test_without_children_only_those_rehearse_who_do_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "HAS_CHILDREN", False)
    assert names(compile.collect(unfilter)) == ["unfilter_rows"]
    assert compile.collect(unfilter, 1) == []
