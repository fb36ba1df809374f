"""Functions of layers against values worked by hand and definitions in float64."""

import math
from typing import Any

import numpy as np
import pytest

from cnnkit.operations.network import functions
from tests.reference.networks import FUNCTIONS

X = np.array([-1e4, -100, -6, -3, -1, -0.5, -1e-3, -0.0, 0, 1e-3, 0.5, 1, 2.5, 3, 6, 100, 1e4], np.float32)
NUMBERS: dict[str, tuple[float, ...]] = {"clip": (-1, 2), "leakyrelu": (0.1,), "elu": (0.5,), "hardsigmoid": (0.2, 0.5)}


@pytest.mark.parametrize("kind", functions.ACTIVATIONS)
def test_activations(kind: str) -> None:
    numbers, expected = NUMBERS.get(kind, ()), FUNCTIONS[kind](X.astype(float), *NUMBERS.get(kind, ()))
    out = np.full_like(X, 77)
    functions.ACTIVATIONS[kind](X, out, *numbers)
    np.testing.assert_allclose(out, expected, rtol=2e-6, atol=2e-7)
    same = X.copy()
    functions.ACTIVATIONS[kind](same, same, *numbers)
    np.testing.assert_array_equal(same, out)
    nan = np.array([np.nan], np.float32)
    functions.ACTIVATIONS[kind](nan, nan, *numbers)
    assert np.isnan(nan[0])


def test_values_by_hand() -> None:
    def of(kind: str, x: float, *numbers: float) -> float:
        out = np.empty(1, np.float32)
        functions.ACTIVATIONS[kind](np.array([x], np.float32), out, *numbers)
        return float(out[0])

    assert of("relu", -2) == 0
    assert of("hardswish", 1) == pytest.approx(1 * 4 / 6)
    assert of("silu", 1) == pytest.approx(1 / (1 + math.exp(-1)))
    assert of("gelu", 1) == pytest.approx(0.841345, abs=1e-6)
    assert of("elu", -1, 1) == pytest.approx(math.exp(-1) - 1)
    assert of("hardsigmoid", 1, 0.2, 0.5) == pytest.approx(0.7)


def test_softmax() -> None:
    np.testing.assert_allclose(functions.softmax(np.array([[0, math.log(3)]])), [[0.25, 0.75]])
    assert functions.softmax(np.array([[1e4, 0.0]], np.float32)).tolist() == [[1, 0]]
    np.testing.assert_allclose(functions.softmax(np.zeros((4, 2)), axis=0), 0.25)


def test_prelu_and_normalisations_by_hand() -> None:
    x = np.array([[[[-2.0, -2.0]], [[4.0, 4.0]]]], np.float32)
    assert functions.prelu(x, np.array([0.5, 0.25])).tolist() == [[[[-1, -0.5]], [[4, 4]]]]
    np.testing.assert_allclose(functions.normalised(x, (1, 2), 0)[0, :, 0], [[-1, -1], [1, 1]])
    wide = np.array([[[[1, 3, 10, 30]]]], np.float32)
    np.testing.assert_allclose(functions.normalised_groups(wide, 2, 0)[0, 0, 0], [-1, 1, -1, 1])
    np.testing.assert_allclose(functions.normalised(wide, (-1,), 0).std(), 1, rtol=1e-6)


def test_local_response_by_hand() -> None:
    x = np.array([[[[1.0, 2.0, 3.0]]]])
    found = functions.local_response(x, 3, alpha=3, beta=1, k=1)[0, 0, 0]
    np.testing.assert_allclose(found, [1 / (1 + 1 + 4), 2 / (1 + 1 + 4 + 9), 3 / (1 + 4 + 9)])


def test_maps_and_borders() -> None:
    x = np.arange(24, dtype=np.float32).reshape(1, 3, 4, 2)
    np.testing.assert_allclose(functions.mean_of_maps(x), [[11, 12]])
    assert functions.padded(x, 1, 0, 0, 2).shape == (1, 4, 6, 2)
    np.testing.assert_array_equal(functions.padded(x, -1, -1, 1, -2)[0, 0, :, 0], [0, 8, 10])


def test_shuffling_moves_channels_into_rows_and_columns() -> None:
    x = np.arange(8).reshape(1, 1, 1, 8)
    assert functions.shuffled(x, 2)[0, :, :, 0].tolist() == [[0, 1], [2, 3]]
    assert functions.shuffled(x, 2)[0, :, :, 1].tolist() == [[4, 5], [6, 7]]


@pytest.mark.parametrize(("factor", "expected"), [(2, [0, 0.25, 0.75, 1, 1.0]), (3, [0, 0, 1 / 3, 2 / 3, 1, 1])])
def test_enlarging(factor: int, expected: Any) -> None:
    x = np.array([0, 1], np.float32).reshape(1, 1, 2, 1)
    drawn = functions.enlarged(x, (1, factor), is_bilinear=True)[0, 0, :, 0]
    np.testing.assert_allclose(drawn, expected[: 2 * factor] if factor == 3 else [0, 0.25, 0.75, 1], atol=1e-6)
    assert functions.enlarged(x, (2, factor))[0, 1, :, 0].tolist() == [0] * factor + [1] * factor
