"""Weights that the caller gives: kernels by name, arrays, all arrays of a layer; and what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cnnkit
from cnnkit.errors import ArgumentError
from cnnkit.network.shape import Stack, shape
from cnnkit.operations.network.given import given_parameters


@pytest.fixture
def stack() -> Stack:
    return shape("6x6x3 conv3-2 bn relu flatten fc4 prelu")


def test_kernels_lie_on_every_channel(stack: Stack) -> None:
    texts = given_parameters(stack, {"conv3-2": "sobel-x + sobel-y"})[1]
    kernels = given_parameters(stack, {1: [cnnkit.kernel("sobel-x"), "sobel-y"]})[1]
    for found in (texts, kernels):
        assert found["weights"].shape == (3, 3, 3, 2)
        np.testing.assert_array_equal(found["weights"][0, :, 2, 0], [-1, 0, 1])
        np.testing.assert_array_equal(found["weights"][0, :, 0, 1], [-1, -2, -1])
        np.testing.assert_array_equal(found["bias"], [0, 0])


def test_one_kernel_or_a_flat_array_for_a_layer_of_one() -> None:
    stack = shape("6x6x2 conv3-1")
    for value in (cnnkit.kernel("sobel-x"), cnnkit.kernel("sobel-x").weights):
        np.testing.assert_array_equal(given_parameters(stack, {1: value})[1]["weights"][1, :, 1, 0], [-2, 0, 2])


def test_arrays_and_all_arrays_of_a_layer(stack: Stack) -> None:
    weights, dense = np.arange(54).reshape(3, 3, 3, 2), np.ones((72, 4))
    found = given_parameters(stack, {1: weights, 2: {"mean": [1, 2], "epsilon": 1e-3}, 5: dense, 6: [0.5]})
    np.testing.assert_array_equal(found[1]["weights"], weights)
    np.testing.assert_array_equal(found[2]["mean"], [1, 2])
    np.testing.assert_array_equal(found[2]["variance"], [1, 1])
    assert found[2]["epsilon"] == np.float32(1e-3)
    np.testing.assert_array_equal(found[5]["bias"], np.zeros(4))
    np.testing.assert_array_equal(found[6]["slope"], [0.5])
    assert all(array.dtype == np.float32 for layer in found.values() for array in layer.values())


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({1: np.ones((3, 3, 3, 3))}, ("are 3x3x3x2, and 3x3x3x3 are given", "depth / groups x kernels")),
        ({1: "sobel-x"}, ("conv3-2 has 2 kernels",)),
        ({1: {"bias": [1, 2]}}, ("given without its weights", "3x3x3x2")),
        ({1: {"wieghts": [1]}}, ("conv3-2 has no 'wieghts'", "weights, bias")),
        ({1: {"weights": np.ones((3, 3, 3, 2)), "bias": [1]}}, ("the bias of conv3-2 is 2, and 1 is given",)),
        ({5: np.ones((4, 72))}, ("are 72x4, and 4x72 are given", "values x units")),
        ({3: [1]}, ("relu has no weights",)),
        ({0: [1]}, ("the input has no weights",)),
        ({1: "sobel-x+sobel-y", "conv3-2": "sobel-x+sobel-y"}, ("given twice for layer 1",)),
        ({"conv5": [1]}, ("no layer is called",)),
        ({1: "sobelx+sobel-y"}, ("sobel-x",)),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_numbers(stack: Stack, weights: dict[Any, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(ArgumentError) as caught:
        given_parameters(stack, weights)
    for word in words:
        assert word in str(caught.value)


def test_a_mark_behind_activations_names_the_layer_whose_values_they_take() -> None:
    stack = shape("6x6 conv3-1 bn relu mark:edges conv3-1 add:edges mark:sum relu add:sum")
    assert [*given_parameters(stack, {"edges": "sobel-x"})] == [1]
    assert [*given_parameters(stack, {"bn": {"mean": [1]}})] == [2]
    with pytest.raises(ArgumentError, match="add:edges has no weights"):
        given_parameters(stack, {"sum": "sobel-x"})


def test_the_input_has_a_mean_and_a_deviation_for_each_channel(stack: Stack) -> None:
    found = given_parameters(stack, {0: {"mean": [1, 2, 3], "deviation": [2, 2, 2]}})
    assert found[0]["mean"].tolist() == [1, 2, 3]
    assert found[0]["deviation"].dtype == np.float32
    assert given_parameters(stack, {0: {"deviation": [2, 2, 2]}})[0]["mean"].tolist() == [0, 0, 0]
    assert given_parameters(stack, {0: {"mean": [1, 2, 3]}})[0]["deviation"].tolist() == [1, 1, 1]
    assert given_parameters(shape("9 fc2"), {0: {"mean": [1]}})[0]["mean"].tolist() == [1]
    for value, words in (({"mean": [1]}, "the mean of the input is 3, and 1 is given"), ({"scale": [1]}, "no 'scale'")):
        with pytest.raises(ArgumentError, match=words):
            given_parameters(stack, {0: value})
