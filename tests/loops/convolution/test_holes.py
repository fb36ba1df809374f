"""Sums over known samples become results, as machine code and as plain Python."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.holes import scale_known
from cnnkit.operations.convolution import holes as room
from cnnkit.operations.convolution.holes import scale


@pytest.mark.parametrize(("sums", "weights"), [("f4", "f4"), ("f4", "f8"), ("f8", "f4"), ("f8", "f8")])
def test_by_hand(sums: str, weights: str, engine: str) -> None:
    values = np.array([[[[3, 8]], [[3, 8]], [[3, 8]]]], sums)
    counts = np.array([[[[0]], [[1]], [[2]]]], np.float32)
    known = np.array([[[[9, 9]], [[2, 4]], [[1e-12, -4]]]], weights)
    numbers = np.array([4.0, 8.0]), np.array([1e-9, 1e-9]), np.array([1.0])
    lost = scale(values, counts, known, numbers, 1)
    np.testing.assert_array_equal(values, [[[[3, 8]], [[5, 15]], [[np.nan, -13]]]])
    np.testing.assert_array_equal(lost, [[[[0, 0]], [[0, 0]], [[1, 0]]]])


def test_weights_that_sum_to_zero_are_never_enough(engine: str) -> None:
    values = np.array([[[[3.0, 8.0]], [[3.0, 8.0]]]])
    counts = np.array([[[[0, 5]], [[1, 0]]]], np.float32)
    lost = scale(values, counts, counts, (np.zeros(2), np.full(2, np.inf), np.zeros(1)), 1)
    np.testing.assert_array_equal(lost, [[[[0, 1]], [[1, 0]]]])
    np.testing.assert_array_equal(np.isnan(values), lost)


def test_a_band_changes_its_own_pixels_alone(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values, counts = np.ones((1, 2, 3, 2)), np.ones((1, 2, 3, 2), np.float32)
    numbers = np.full(2, 2.0), np.zeros(2), np.zeros(2)

    def part(loop: Any, rows: int, steps: int, threads: Any, *arguments: Any) -> None:
        assert loop is scale_known
        loop(*arguments, 2, 4)

    monkeypatch.setattr(room, "run_bands", part)
    scale(values, counts, counts, numbers, 1)
    np.testing.assert_array_equal(values.reshape(6, 2)[:, 0], [1, 1, 2, 2, 1, 1])
