"""A signal waits inside, and comes at the end, whatever else happened."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from cnnkit.interruption import NAMES, interruptions_wait

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a process sends itself signals")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Those of a command: SIGTERM leaves as an error does."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = {name: signal.getsignal(getattr(signal, name)) for name in NAMES}
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


def send(number: int) -> None:
    os.kill(os.getpid(), number)


def found() -> list[object]:
    return [signal.getsignal(getattr(signal, name)) for name in NAMES]


@pytest.mark.parametrize(("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_it_comes_at_the_end(number: int, error: type[BaseException]) -> None:
    before, steps = found(), []
    with pytest.raises(error):  # noqa: PT012 what comes after it is the point
        with interruptions_wait():
            send(number)
            steps.append("all of the call")
        steps.append("never")
    assert steps == ["all of the call"]
    assert found() == before


def test_it_comes_in_place_of_an_error_that_it_may_have_caused() -> None:
    before = found()
    with pytest.raises(KeyboardInterrupt), interruptions_wait():  # noqa: PT012 what comes after it is the point
        send(signal.SIGINT)
        raise ValueError
    assert found() == before


def test_an_error_alone_is_itself() -> None:
    before = found()
    with pytest.raises(ValueError, match="mine"), interruptions_wait():
        raise ValueError("mine")
    assert found() == before


def test_what_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptions_wait():
        send(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_in_another_thread_nothing_is_touched() -> None:
    seen: list[object] = []

    def work() -> None:
        with interruptions_wait():
            seen.extend(found())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == found()


def test_one_within_another() -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt), interruptions_wait():  # noqa: PT012 what comes after it is the point
        with interruptions_wait():
            send(signal.SIGINT)
            steps.append("inner")
        steps.append("outer")
    assert steps == ["inner", "outer"]
