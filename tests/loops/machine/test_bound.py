"""A loop with its arguments: called again with other arrays, of which it keeps none."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np

from cnnkit.loops.machine.bound import address_of
from cnnkit.loops.machine.compile import compiled


@compiled("f4[1], i8[1], f4[1], f4[1], i8, i8")
def add_one(source: Any, other: Any, target: Any, room: Any, first: int, last: int) -> None:
    """Add 1 by way of some scratch, from first to last."""
    for k in range(first, last):
        room[0] = source[k] + other[0]
        target[k] = room[0]


def test_other_arrays_at_the_places_of_those_before() -> None:
    source, target = np.arange(5, dtype=np.float32), np.zeros(5, np.float32)
    bound = add_one.bind(source, np.ones(1, np.int64), target, np.zeros(1, np.float32))
    reads, writes = bound.release(source), bound.release(target)
    assert len(reads) == len(writes) == 1
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None
    for factor in (10, 20):
        given, out, room = (np.full(5, factor * value, np.float32) for value in (1, 0, 0))
        for (arguments, place), array in zip(reads + writes, (given, out), strict=True):
            arguments[place] = address_of(array)
        bound.replace([room])
        bound.again((1, 4))
        assert out.tolist() == [0, factor + 1, factor + 1, factor + 1, 0]
        assert room[0] == factor + 1
    assert target.tolist() == [0] * 5


def test_plain_python_has_no_places(monkeypatch: Any) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    source = np.zeros(2, np.float32)
    bound = add_one.bind(source, np.ones(1, np.int64), np.zeros(2, np.float32), np.zeros(1, np.float32))
    assert bound.release(source) == []


def test_addresses_of_arrays_that_may_not_be_written() -> None:
    array = np.zeros(3)
    expected = array.__array_interface__["data"][0]
    assert address_of(array) == expected
    array.setflags(write=False)
    assert address_of(array) == expected
