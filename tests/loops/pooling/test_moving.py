"""Moves of several samples against their plain Python, and nothing else written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.pooling.moving import Move, move16, move_evens

TYPES = ("u1", "i2", "f4", "f8")

move_thirds = Move(8, 3)


@compiled("T[1], T[1], i8, i8", T=TYPES)
def move_16_bytes(source: Any, target: Any, at: int, target_at: int) -> None:
    """One move of 16 bytes."""
    move16(source, at, target, target_at)


@compiled("T[1], T[1], i8, i8", T=TYPES)
def move_every_second(source: Any, target: Any, at: int, target_at: int) -> None:
    """One vector of every second sample."""
    move_evens(source, at, target, target_at)


@compiled("f4[1], f4[1], i8, i8")
def move_every_third(source: Any, target: Any, at: int, target_at: int) -> None:
    """Two of every third sample."""
    move_thirds(source, at, target, target_at)


def check(loop: Any, wide: int, step: int, dtype: str) -> None:
    source = np.arange(1, 201).astype(dtype)
    count = wide // source.itemsize
    for at in (0, 1, 2, 3, 7, 64, 200 - count * step):
        for target_at in (0, 1, 5, 100 - count):
            target = np.zeros(100, dtype)
            loop(source, target, at, target_at)
            expected = np.zeros(100, dtype)
            expected[target_at : target_at + count] = source[at : at + count * step : step]
            np.testing.assert_array_equal(target, expected, err_msg=f"from {at} to {target_at}")


@pytest.mark.parametrize("dtype", TYPES)
def test_sixteen_bytes_wherever_they_stand(dtype: str, engine: str) -> None:
    check(move_16_bytes, 16, 1, dtype)


@pytest.mark.parametrize("dtype", TYPES)
def test_every_second_sample(dtype: str, engine: str) -> None:
    check(move_every_second, VECTOR_BYTES, 2, dtype)


def test_other_widths_and_steps(engine: str) -> None:
    check(move_every_third, 8, 3, "f4")


def test_a_move_within_one_array_reads_before_it_writes(engine: str) -> None:
    samples = np.arange(40, dtype=np.float32)
    move_16_bytes(samples, samples, 10, 12)
    assert samples[8:18].tolist() == [8, 9, 10, 11, 10, 11, 12, 13, 16, 17]
