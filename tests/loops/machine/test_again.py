"""Loops that run again: on other samples, into another result, and by whoever is first."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine.again import Again, has_machine_code
from cnnkit.loops.machine.compile import compiled


@compiled("f8, f4[1], f4[1], f4[1], i8, i8")
def scale(factor: float, image: Any, out: Any, scratch: Any, first: int, last: int) -> None:
    """Scale some samples by way of a scratch array."""
    for x in range(first, last):
        scratch[x - first] = image[x] * factor
        out[x] = scratch[x - first]


ROWS = 100


def made(image: Any, out: Any, threads: int, seen: list[Any] | None = None) -> Again:
    def record(later: Any) -> None:
        later(scale, ROWS, 10**7, threads, 2.0, image, out, scratch=[(ROWS, np.float32)])
        if seen is not None:
            later.then(lambda samples, result: seen.append((samples.copy(), result.copy())))

    return Again(image, out, record)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_on_other_samples_into_another_result(threads: int) -> None:
    image, out = np.ones(ROWS, np.float32), np.zeros(ROWS, np.float32)
    again = made(image, out, threads)
    assert not out.any()
    for number in range(3):
        given, result = np.full(ROWS, number, np.float32), np.zeros(ROWS, np.float32)
        assert again.run(given, result)
        np.testing.assert_array_equal(result, 2 * given)
    assert not out.any()


def test_what_follows_a_loop_sees_its_result() -> None:
    seen: list[Any] = []
    image = np.arange(ROWS, dtype=np.float32)
    again = made(image, np.zeros_like(image), 2, seen)
    assert seen == []
    for number in (1, 2):
        again.run(image * number, np.zeros_like(image))
        np.testing.assert_array_equal(seen[-1], [image * number, 2 * image * number])
    assert len(seen) == 2


def test_one_that_runs_is_left_alone() -> None:
    image = np.ones(ROWS, np.float32)
    again = made(image, np.zeros_like(image), 1)
    inside, go_on = threading.Event(), threading.Event()
    again.then(lambda samples, out: (inside.set(), go_on.wait(10)))
    other = threading.Thread(target=again.run, args=(image, np.zeros_like(image)))
    other.start()
    assert inside.wait(10)
    out = np.zeros_like(image)
    assert not again.run(image, out)
    assert not out.any()
    go_on.set()
    other.join()
    assert again.run(image, out)


def test_one_that_failed_is_not_run_any_more() -> None:
    image, out = np.ones(ROWS, np.float32), np.zeros(ROWS, np.float32)
    again = made(image, out, 1)

    def fail(samples: Any, out: Any) -> None:
        raise KeyboardInterrupt

    again.then(fail)
    with pytest.raises(KeyboardInterrupt):
        again.run(image, out)
    assert not again.run(image, out)


def test_plain_python_has_no_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_machine_code()
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert not has_machine_code()
