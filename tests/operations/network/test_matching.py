"""Whose tensors are whose: frameworks' files by shapes, names and order, and what is said where that does not do."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data.network.graph import Learned, parameter_shapes
from cnnkit.data.network.weights import Weights, tensor
from cnnkit.errors import ArgumentError, InputError
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.matching import match, matched
from cnnkit.operations.network.names import named
from tests.cases.foreign_weights import as_keras, as_torch
from tests.cases.state_dicts import STATE_DICTS, sorted_as_safetensors


def file_of(tensors: dict[str, Any], **metadata: str) -> Weights:
    return Weights({name: tensor(values) for name, values in tensors.items()}, "w.safetensors", metadata)


def agree(found: Learned, wanted: Learned) -> None:
    assert found.keys() == wanted.keys()
    for number, parts in wanted.items():
        assert found[number].keys() - {"epsilon"} == parts.keys(), number
        for part, values in parts.items():
            np.testing.assert_array_equal(found[number][part], values, err_msg=f"{number} {part}")


@pytest.mark.parametrize("name", STATE_DICTS)
@pytest.mark.parametrize("is_sorted", [False, True], ids=["in order", "by name"])
def test_torchvision_s_networks_find_their_layers(name: str, is_sorted: bool) -> None:
    tensors = STATE_DICTS[name]()
    layers = list({title.rpartition(".")[0]: None for title in tensors})
    stack = shape(name)
    given_order = sorted_as_safetensors(tensors) if is_sorted else tensors
    found = matched(stack, file_of(given_order))
    assert found.layout == ("oihw", "oihw")
    assert [next(iter(names.values())).rpartition(".")[0] for names in found.names.values()] == layers
    for number, names in found.names.items():
        assert {part: values.shape for part, values in found.learned[number].items()} == parameter_shapes(stack, number)
        for part, title in names.items():
            own = "shift" if part == "bias" and "scale" in names else part
            assert found.learned[number][own].flat[0] == tensors[title].flat[0], title
    is_told = any("the order of layers was found by their shapes" in note for note in found.notes)
    assert is_told == (is_sorted and name in ("resnet18", "resnet50", "densenet121", "googlenet"))


WORDS = (
    "28x28x2 conv3-4 bn relu dwconv3:m2:nobias prelu:channels tconv2-6:s2:g2 maxpool2 conv1x3-4:g2 flatten fc12 prelu"
)


@pytest.mark.parametrize("write", [as_torch, as_keras, named], ids=["torch", "keras", "cnnkit"])
def test_parameters_come_back_from_the_frameworks_layouts(write: Any) -> None:
    stack = shape(WORDS)
    learned = random_parameters(stack, 3)
    found = matched(stack, file_of(write(stack, learned)))
    agree(found.learned, learned)
    assert found.layout.convolutions == ("oihw" if write is as_torch else "hwio")
    assert ("epsilon" in found.learned[2]) == (write is as_keras)
    is_turned = any("depth first, was turned" in note for note in found.notes)
    assert is_turned == (write is as_torch)


LAYERS = ["conv3-5", "conv3-6:nobias", "conv1-7", "dwconv3", "dwconv3:m2:nobias", "tconv2-5:s2", "bn", "prelu", "relu"]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(LAYERS), min_size=1, max_size=6),
    st.sampled_from([as_torch, as_keras, named]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_any_chain_comes_back(words: list[str], write: Any, is_sorted: bool, random: Any) -> None:
    stack = shape("6x5x2", *words, "flatten", "fc9", "relu", "fc4")
    learned = random_parameters(stack, random.randrange(100))
    tensors = write(stack, learned)
    agree(match(stack, file_of(sorted_as_safetensors(tensors) if is_sorted else tensors)), learned)


def test_names_that_say_nothing_go_by_their_order() -> None:
    stack = shape("9x9x3 conv3-4 bn relu conv3-5:nobias bn flatten fc6")
    learned = random_parameters(stack)
    for write in (as_torch, as_keras):
        written = [values for values in write(stack, learned).values() if values.ndim]
        found = matched(stack, file_of({f"arr_{n}": values for n, values in enumerate(written)}))
        agree(found.learned, learned)
        assert ("bn adds 1e-05 to variances; Keras adds 0.001" in found.notes) == (write is as_keras)


def test_keras_s_epsilon_goes_with_keras_s_names() -> None:
    stack = shape("8x8 conv3-2 bn")
    found = matched(stack, file_of(as_keras(stack, random_parameters(stack))))
    assert found.learned[2]["epsilon"] == 1e-3
    assert found.notes == ["bn adds 0.001 to variances, as Keras does"]


def test_a_norm_of_keras_without_scale_and_shift() -> None:
    stack = shape("8x8 conv3-2 bn")
    tensors = as_keras(stack, random_parameters(stack))
    del tensors["bn_2/gamma"], tensors["bn_2/beta"]
    learned = match(stack, file_of(tensors))
    np.testing.assert_array_equal(learned[2]["scale"], [1, 1])
    np.testing.assert_array_equal(learned[2]["shift"], [0, 0])


AMBIGUOUS = np.random.default_rng(0).normal(size=(3, 3, 3, 3)).astype(np.float32)


def test_both_orders_fit_and_nothing_says_which() -> None:
    stack = shape("8x8x3 conv3-3:nobias")
    with pytest.raises(ArgumentError, match="the tensors of layer 1 fit it as OIHW and as HWIO") as error:
        match(stack, file_of({"x": AMBIGUOUS}))
    assert "--weights-order oihw (PyTorch, ONNX) or --weights-order hwio (Keras)" in error.value.hint
    oihw = AMBIGUOUS.transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(match(stack, file_of({"x": AMBIGUOUS}), "hwio")[1]["weights"], AMBIGUOUS)
    np.testing.assert_array_equal(match(stack, file_of({"x": AMBIGUOUS}), "oihw")[1]["weights"], oihw)
    # Names say it, or the metadata of PyTorch's safetensors, or that it is a model.
    np.testing.assert_array_equal(match(stack, file_of({"c/kernel": AMBIGUOUS}))[1]["weights"], AMBIGUOUS)
    np.testing.assert_array_equal(match(stack, file_of({"c.weight": AMBIGUOUS}))[1]["weights"], oihw)
    for word in ("pt", "onnx"):
        np.testing.assert_array_equal(match(stack, file_of({"x": AMBIGUOUS}, format=word))[1]["weights"], oihw)


def test_other_tensors_tell_the_order() -> None:
    stack = shape("8x8x3 conv3-3:nobias conv3-4:nobias")
    second = np.zeros((4, 3, 3, 3), np.float32)
    oihw = AMBIGUOUS.transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(match(stack, file_of({"x": AMBIGUOUS, "y": second}))[1]["weights"], oihw)
    other = second.transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(match(stack, file_of({"x": AMBIGUOUS, "y": other}))[1]["weights"], AMBIGUOUS)


def test_a_symmetric_tensor_is_the_same_in_both() -> None:
    ones = np.ones((3, 3, 3, 3), np.float32)
    np.testing.assert_array_equal(match(shape("8x8x3 conv3-3:nobias"), file_of({"x": ones}))[1]["weights"], ones)


def test_a_square_layer_goes_with_the_convolutions_but_not_in_a_model() -> None:
    stack = shape("8x8x3 conv3-4:nobias gap fc4:nobias")
    square = np.arange(16, dtype=np.float32).reshape(4, 4)
    tensors = {"x": np.ones((4, 3, 3, 3), np.float32), "y": square}
    np.testing.assert_array_equal(match(stack, file_of(tensors))[3]["weights"], square.T)
    with pytest.raises(ArgumentError, match="layer 3"):  # a MatMul takes its transpose
        match(stack, file_of(tensors, format="onnx"))


def test_flatten_without_a_convolution_goes_with_the_dense_layer() -> None:
    stack = shape("2x2x3 flatten fc5:nobias")
    values = np.arange(60, dtype=np.float32).reshape(5, 12)  # PyTorch: units x (depth, rows, columns)
    found = match(stack, file_of({"0.weight": values}))[2]["weights"]
    # The value of row 1, column 0, channel 2 is number (1 * 2 + 0) * 3 + 2 = 8 here and 2 * 4 + 1 * 2 + 0 = 10 there.
    np.testing.assert_array_equal(found[8], values[:, 10])
    np.testing.assert_array_equal(match(stack, file_of({"0/kernel": values.T}))[2]["weights"], values.T)


def test_an_order_that_does_not_fit_is_said() -> None:
    stack = shape("8x8x3 conv3-4:nobias")
    with pytest.raises(
        ArgumentError, match="--weights-order hwio does not fit this file, whose shapes are those of oihw"
    ):
        match(stack, file_of({"c": np.zeros((4, 3, 3, 3))}), "hwio")
    with pytest.raises(ArgumentError, match="unknown order of weights 'chw'"):
        match(stack, file_of({"c": np.zeros((4, 3, 3, 3))}), "chw")


def test_another_order_of_the_file_is_noted() -> None:
    stack = shape("8x8x3 conv3-4:nobias conv1-5:nobias")
    found = matched(stack, file_of({"late.weight": np.ones((5, 4, 1, 1)), "early.weight": np.ones((4, 3, 3, 3))}))
    assert found.names == {1: {"weights": "early.weight"}, 2: {"weights": "late.weight"}}
    assert found.notes == ["the file has another order than the stack: late to layer 2, conv1-5:nobias"]


def test_layers_that_are_given_take_nothing() -> None:
    stack = shape("8x8x3 conv3-4 conv1-5")
    tensors = {"c.weight": np.ones((5, 4, 1, 1)), "c.bias": np.ones(5)}
    assert list(matched(stack, file_of(tensors), given={1}).learned) == [2]


CONV = {"c1.weight": np.zeros((4, 3, 3, 3)), "c1.bias": np.zeros(4)}


@pytest.mark.parametrize(
    ("words", "tensors", "problem", "hint"),
    [
        (
            "conv3-4 conv3-8",
            {**CONV, "c2.weight": np.zeros((6, 4, 3, 3)), "c2.bias": np.zeros(6)},
            "layer 2, conv3-8, finds no tensors of 8x4x3x3 and a bias in this file; left are c2.weight 6x4x3x3, "
            "c2.bias 6",
            "the next layer in the file looks like conv3-6: change the stack, or give the file that belongs to it",
        ),
        (
            "conv3-4 conv3-8",
            CONV,
            "layer 2, conv3-8, finds no tensors of 8x4x3x3 and a bias in this file; and nothing is left",
            "end the stack before it, or give a file with its weights too",
        ),
        (
            "conv3-4",
            {"c1.weight": CONV["c1.weight"]},
            "layer 1",
            "write conv3-4:nobias: those of this shape have no bias",
        ),
        (
            "conv3-4:nobias",
            CONV,
            "layer 1",
            "leave :nobias out of conv3-4:nobias: those of this shape have a bias",
        ),
        (
            "conv3-4",
            {**CONV, "fc.weight": np.zeros((10, 4)), "fc.bias": np.zeros(10)},
            "2 tensors of this file belong to no layer: fc.weight 10x4, fc.bias 10",
            "add the layers that they are of: fc10",
        ),
        (
            "conv3-4",
            {
                **CONV,
                **{
                    f"bn{n}.{part}": np.zeros(4)
                    for n in (1, 2)
                    for part in ("weight", "bias", "running_mean", "running_var")
                },
            },
            "8 tensors of this file belong to no layer: bn1.weight 4, bn1.bias 4, bn1.running_mean 4, "
            "bn1.running_var 4, bn2.weight 4, bn2.bias 4 and 2 more",
            "add the layers that they are of: bn bn",
        ),
        ("conv3-4 bn", CONV, "layer 2, bn, finds no tensors of 4 in this file; and nothing is left", "end the stack"),
    ],
)
def test_what_does_not_fit_is_said_in_numbers(words: str, tensors: dict[str, Any], problem: str, hint: str) -> None:
    with pytest.raises(InputError) as error:
        match(shape("8x8x3", *words.split()), file_of(tensors))
    assert error.value.problem.startswith(problem), error.value.problem
    assert error.value.hint.startswith(hint), error.value.hint


def test_a_model_that_does_not_fit_can_be_run_itself() -> None:
    with pytest.raises(InputError) as error:
        match(shape("8x8x3", "conv3-4:nobias", "bn"), Weights(file_of(CONV).tensors, "net.onnx", {"format": "onnx"}))
    assert error.value.hint.startswith("run the model with its own layers: --model net.onnx; or leave :nobias out")


def test_a_file_of_far_too_many_layers_is_refused_at_once() -> None:
    one = tensor(np.zeros((1, 1, 1, 1), np.float32))
    many = Weights({f"m{n:06}.weight": one for n in range(20_000)}, "w.safetensors")
    tracemalloc.start()
    with pytest.raises(InputError, match="layer 1, conv3-4:nobias, finds no tensors"):
        match(shape("8x8x3", "conv3-4:nobias"), many)
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()


def test_values_that_are_no_number_are_noted() -> None:
    weights = CONV["c1.weight"].copy()
    weights.flat[[3, 5]] = np.nan, np.inf
    notes = matched(shape("8x8x3 conv3-4"), file_of({**CONV, "c1.weight": weights})).notes
    assert notes == ["c1.weight holds 2 values that are no number"]


def test_counters_may_be_left_over() -> None:
    tensors = {**CONV, "c1.num_batches_tracked": np.array(5), "shape": np.array([1, -1]), "six": np.float32(6)}
    assert list(match(shape("8x8x3 conv3-4"), file_of(tensors))) == [1]
