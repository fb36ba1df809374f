"""Frames copied into lanes: by hand, against NumPy, and that nothing else of the plane is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.features.frames import OVER_SOUND, SCALE, Steps, copy_frames, transform
from cnnkit.loops.machine.compile import compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.fourier_steps import transform_factors, transform_order, transform_steps
from tests.cases.layouts import samples

VARIANTS = [("i2", "f4"), ("f8", "f8")]
UNTOUCHED = 77.0


@compiled(
    "S[1], i8, i8, i8, Steps, T[1], T[1], T[1], T[1], T[1], T[1], T[1], i8[1]",
    S=("i2", "f8"),
    T=("f4", "f8"),
    Steps=Steps,
)
def lay_and_transform(
    given: Any,
    at: int,
    silence: int,
    count: int,
    steps: Steps,
    numbers: Any,
    line: Any,
    lines: Any,
    plane: Any,
    work_real: Any,
    work_imaginary: Any,
    factors: Any,
    turns: Any,
) -> None:
    """Lay frames, and transform them."""
    lanes = VECTOR_BYTES // plane.itemsize
    copy_frames(given, at, silence, count, steps, numbers, line, lines, plane, lanes)
    transform(plane, work_real, work_imaginary, lanes, factors, turns)


def lay(
    given: Any, kind: str, length: int, hop: int, count: int, at: int = 0, *, k: float = 0, scale: float = 1,
    silence: int | None = None, size: int = 2,
) -> tuple[Any, Any]:  # fmt: skip
    """The plane, (rows, lanes), of frames in lanes, and the transform of the first `size` rows in pairs."""
    lanes = VECTOR_BYTES // np.dtype(kind).itemsize
    padded = -(-length // lanes) * lanes
    steps = Steps(**{**dict.fromkeys(Steps._fields, 0), "hop": hop, "length": length, "padded": padded})
    numbers = np.full(9, UNTOUCHED, kind)
    numbers[OVER_SOUND], numbers[SCALE] = k, scale
    lines = np.zeros(lanes * padded, kind)
    plane = np.full((max(padded, size) + 1, lanes), UNTOUCHED, kind)
    plane[:-1] = 0
    work = np.full((2, (size // 2 + 1) * lanes), UNTOUCHED, kind)
    turns, factors = transform_factors(transform_steps(size // 2))
    lay_and_transform(
        given, at, len(given) if silence is None else silence, count, steps, numbers, np.zeros(length + 1, kind),
        lines, plane.reshape(-1), work[0], work[1], factors.astype(kind), turns,
    )  # fmt: skip
    np.testing.assert_array_equal(plane[-1], UNTOUCHED)
    np.testing.assert_array_equal(work[:, size // 2 * lanes :], UNTOUCHED)
    return plane[:-1], (work[0] + 1j * work[1])[: size // 2 * lanes].reshape(-1, lanes)


# Worked by hand.


@pytest.mark.parametrize(("dtype", "kind"), VARIANTS)
def test_frames_stand_side_by_side(dtype: str, kind: str, engine: str) -> None:
    plane, _ = lay(np.arange(10, dtype=dtype), kind, 4, 3, 3)
    np.testing.assert_array_equal(plane[:4, :3], [[0, 3, 6], [1, 4, 7], [2, 5, 8], [3, 6, 9]])
    np.testing.assert_array_equal(plane[:, 3:], 0)
    np.testing.assert_array_equal(plane[4:], 0)


@pytest.mark.parametrize(("dtype", "kind"), VARIANTS)
def test_preemphasis_scale_and_silence_by_hand(dtype: str, kind: str, engine: str) -> None:
    given = np.array([2, 4, 6, 5, 1, 8], dtype)
    # Less half of the one before: 3 4 2 -1.5 7.5; frames of 3, 2 apart, from the second sample on; times 4.
    plane, _ = lay(given, kind, 3, 2, 2, 1, k=0.5, scale=4)
    np.testing.assert_array_equal(plane[:3, :2].T, [[12, 16, 8], [8, -6, 30]])
    # From the fourth sample on there is nothing, and in the third frame nothing at all.
    plane, _ = lay(given, kind, 3, 2, 2, 1, k=0.5, silence=3)
    np.testing.assert_array_equal(plane[:3, :2].T, [[3, 4, 0], [0, 0, 0]])
    plane, _ = lay(given, kind, 3, 2, 2, 1, k=0.5, silence=0)
    np.testing.assert_array_equal(plane, 0)


@pytest.mark.parametrize(("dtype", "kind"), VARIANTS)
def test_a_transform_by_hand(dtype: str, kind: str, engine: str) -> None:
    # 1 2 3 4 in pairs is 1 + 2i, 3 + 4i: their sum and difference.
    _, found = lay(np.array([1, 2, 3, 4], dtype), kind, 4, 4, 1, size=4)
    np.testing.assert_allclose(found[:, 0], [4 + 6j, -2 - 2j], rtol=1e-15)
    np.testing.assert_array_equal(found[:, 1:], 0)


# Against NumPy.


@pytest.mark.parametrize(("dtype", "kind"), VARIANTS)
@pytest.mark.parametrize("size", [4, 6, 10, 12, 16, 20, 30, 40, 48, 64, 90, 256, 400])
def test_frames_of_any_length(size: int, dtype: str, kind: str, engine: str) -> None:
    lanes = VECTOR_BYTES // np.dtype(kind).itemsize
    for length, hop, count in ((size, 3, lanes), (size - 1, size + 4, 2), (size // 2 + 1, 1, 1)):
        given = (samples(1, (2 + length + (count - 1) * hop,), "f4") * 100).astype(dtype)
        plane, found = lay(given, kind, length, hop, count, 2, k=0.97, scale=0.5, size=size)
        x = 0.5 * (given[1:] - 0.97 * given[:-1].astype(float))
        frames = np.zeros((size, lanes))
        for t in range(count):
            frames[:length, t] = x[1 + t * hop :][:length]
        exact = 1e-6 if kind == "f4" else 4e-15
        np.testing.assert_allclose(plane[:size], frames, rtol=0, atol=exact * np.abs(frames).max())
        order = transform_order(transform_steps(size // 2))
        expected = np.fft.fft(frames[0::2] + 1j * frames[1::2], axis=0)[order]
        np.testing.assert_allclose(found, expected, rtol=0, atol=exact * np.abs(expected).max())
