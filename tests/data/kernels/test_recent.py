"""Kernels that are known again: by their text, or by every number of their array, and never by the array itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernels import recent as room
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.recent import recent_kernel
from cnnkit.errors import ArgumentError


@pytest.fixture(autouse=True)
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_arrays", ())
    monkeypatch.setattr(room, "_texts", {})


def test_texts() -> None:
    assert recent_kernel("sobel") is recent_kernel("sobel")
    assert recent_kernel("sobel") is not recent_kernel("sobel:45")
    for size in range(1, 2 * room.MOST_TEXTS, 2):
        recent_kernel(f"box:{size}")
    assert len(room._texts) <= room.MOST_TEXTS


@pytest.mark.parametrize("bad", ["", "no such kernel", "1 2; 3"])
def test_what_is_wrong_is_wrong_each_time(bad: str) -> None:
    for _ in range(2):
        with pytest.raises(ArgumentError):
            recent_kernel(bad)


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "i2", "u1", "?", "f2"])
def test_arrays_by_their_content(dtype: str) -> None:
    weights = np.arange(15).reshape(3, 5).astype(dtype)
    one = recent_kernel(weights)
    assert one.weights.tolist() == weights.astype(float).tolist()
    assert recent_kernel(weights.copy()) is one
    assert recent_kernel(np.asfortranarray(weights)) is one
    assert recent_kernel(weights.reshape(5, 3)) is not one
    weights[2, 4] = 0
    assert recent_kernel(weights) is not one
    assert recent_kernel(weights).weights[2, 4] == 0
    weights[2, 4] = 1
    assert one.weights[2, 4] == (1 if dtype == "?" else 14)


def test_equal_numbers_of_other_types_are_others() -> None:
    assert recent_kernel(np.ones((3, 3), np.float32)) is not recent_kernel(np.ones((3, 3), np.int32))
    assert recent_kernel(np.zeros((3, 3))) is not recent_kernel(np.full((3, 3), -0.0))


def test_only_the_last_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first = recent_kernel(np.full((3, 3), 1.0))
    for value in range(2, room.MOST + 1):
        recent_kernel(np.full((3, 3), float(value)))
    assert recent_kernel(np.full((3, 3), 1.0)) is first
    recent_kernel(np.full((3, 3), 99.0))
    assert recent_kernel(np.full((3, 3), 1.0)) is not first
    monkeypatch.setattr(room, "MOST_BYTES", 100)
    recent_kernel(np.full((3, 3), 5.5))
    assert sum(one.bytes.nbytes for one in room._arrays) <= 100
    large = np.full((4, 4), 1.0)
    assert recent_kernel(large) is not recent_kernel(large)


@pytest.mark.parametrize("given", [[[1, 2], [3, 4]], np.ma.masked_array(np.ones((2, 2))), Kernel(np.ones((2, 2)))])
def test_others_are_read_as_ever(given: Any) -> None:
    found = recent_kernel(given)
    assert found.size == (2, 2)
    assert (found is given) == isinstance(given, Kernel)
    assert room._arrays == ()


def test_what_is_no_kernel() -> None:
    for _ in range(2):
        with pytest.raises(ArgumentError, match="not finite"):
            recent_kernel(np.array([[np.nan]]))
    with pytest.raises(ArgumentError):
        recent_kernel(np.array([["a"]]))
