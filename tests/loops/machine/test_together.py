"""Loops compiled in several processes: who does what, and what happens when a helper cannot."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest

from cnnkit.loops.machine import store, together
from cnnkit.loops.machine.compile import Compiled, Loop, Wanted
from cnnkit.loops.png import filter_rows, unfilter_rows
from cnnkit.loops.pooling.indices import unpool

TYPES = {filter_rows: ("u1", "u1"), unfilter_rows: ("u1", "u1"), unpool: ("f4", "i8", "f4", "i8")}


def wanted(*loops: Loop) -> list[Wanted]:
    found = [(loop, loop.template.signature(TYPES[loop])) for loop in loops]
    return [Wanted(loop, signature) for loop, signature in found if signature]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The helpers that were started."""
    helpers: list[subprocess.Popen[bytes]] = []
    start = together._start

    def noted() -> subprocess.Popen[bytes]:
        helpers.append(start())
        return helpers[-1]

    monkeypatch.setattr(together, "_start", noted)
    return helpers


def pretend(self: Loop, signature: Any) -> Compiled:
    """In this process alone: what is made elsewhere is real."""
    return Compiled("here", b"", [])


def test_a_helper_compiles_beside_this_process(
    monkeypatch: pytest.MonkeyPatch, started: list[subprocess.Popen[bytes]]
) -> None:
    came = threading.Event()

    def wait_for_the_other(self: Loop, signature: Any) -> Compiled:
        assert came.wait(60)
        return pretend(self, signature)

    monkeypatch.setattr(Loop, "compile", wait_for_the_other)
    found: dict[str, Compiled] = {}
    for one, made in together.compile_together(wanted(filter_rows, unfilter_rows), 2):
        found[one.loop.name] = made
        came.set()
    assert found.keys() == {"filter_rows", "unfilter_rows"}
    (elsewhere,) = (made for made in found.values() if made.symbol != "here")
    assert store.link(*elsewhere)
    assert [helper.poll() is None for helper in started] == [False]


@pytest.mark.parametrize("fault", ["dies", "cannot be started", "takes no such loop"])
def test_what_a_helper_cannot_do_is_done_here(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    def start() -> subprocess.Popen[bytes]:
        if fault == "cannot be started":
            raise BlockingIOError(11, "no more processes")
        program = "import sys; sys.stdin.buffer.read(1)"
        return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    if fault != "takes no such loop":
        monkeypatch.setattr(together, "_start", start)
    monkeypatch.setattr(Loop, "compile", pretend)
    loops = wanted(filter_rows, unfilter_rows, unpool)
    if fault == "takes no such loop":
        monkeypatch.setattr(Loop, "__reduce__", lambda self: (pretend, ("not", "loadable")))
    assert {one for one, _ in together.compile_together(loops, 2)} == set(loops)


def test_an_error_ends_all_and_is_raised(
    monkeypatch: pytest.MonkeyPatch, started: list[subprocess.Popen[bytes]]
) -> None:
    def fail(self: Loop, signature: Any) -> Compiled:
        raise ZeroDivisionError("no code for this")

    monkeypatch.setattr(Loop, "compile", fail)
    with pytest.raises(ZeroDivisionError, match="no code for this"):
        list(together.compile_together(wanted(filter_rows, unfilter_rows), 2))
    assert [helper.poll() is None for helper in started] in ([], [False])
