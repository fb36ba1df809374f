"""Every word of the notation as operations, against the slow twin."""

import numpy as np
import pytest

import cnnkit
from cnnkit.data.network.graph import Scale
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import folded, network, pool, standardising
from tests.reference.networks import assert_close, evaluate

LAYERS = """
    conv3-4 conv2x3-4:s2x1 conv3-4:d2 conv3-4:g2 conv3-4:full conv3-4:same-lower conv3-4:p0x1x2x3
    conv1-3:nobias dwconv3 dwconv3:m2:s2 dwconv5:nobias tconv2-4:s2 tconv3-4:s2:p1:op1 tconv3-4:g2
    tconv3x2-4:s3 tconv3-4:s2:valid:nobias maxpool2 maxpool3:s1:same maxpool2:ceil avgpool2 avgpool3:s2:p1
    avgpool3:ceil maxpool-to3 avgpool-to3x2 gap gmp flatten reshape6x7x4 pad1x0x2x1 crop1 upsample2
    upsample2x3:bilinear shuffle1 shuffle2 relu leakyrelu prelu prelu:channels elu gelu silu hardswish
    tanh sigmoid softmax dropout bn layernorm groupnorm2 instancenorm lrn
""".split()  # noqa: SIM905


@pytest.mark.parametrize("word", LAYERS)
def test_layers(word: str) -> None:
    stack = shape(f"7x6x4 {'conv1-4 ' if word.startswith('shuffle') else ''}{word} flatten fc2", batch=2)
    net = network(stack, random_parameters(stack, 1))
    x = np.random.default_rng(0).normal(size=net.graph.input).astype(np.float32)
    found, expected = Program(net.graph, net.values).run(x), evaluate(net.graph, x)
    for step, value in zip(stack.layers, net.values[1:], strict=True):
        assert found[value].shape == (2, *step.output)
        assert_close(found[value], expected[value])


@pytest.mark.parametrize(
    "word", ["mfcc13", "logmel20:hop256:win1024", "mel20", "spectrogram:fft512:win512", "waveform"]
)
def test_sounds(word: str) -> None:
    stack = shape(f"8000@8000 {word} conv1-2")
    net = network(stack, random_parameters(stack))
    samples = np.random.default_rng(0).normal(size=(1, 8000)).astype(np.float32)
    found = Program(net.graph, net.values).run(samples)[net.values[1]][0]
    assert found.shape == stack.layers[0].output
    if word == "mfcc13":
        np.testing.assert_array_equal(found, cnnkit.mfcc(samples[0], 8000))
    if word == "waveform":
        np.testing.assert_array_equal(found[0, :, 0], samples[0])


def test_folded_statistics_by_hand() -> None:
    values = {"scale": [2.0], "shift": [1.0], "mean": [3.0], "variance": [4.0], "epsilon": 0.0}
    scale = folded({name: np.asarray(value) for name, value in values.items()})
    assert isinstance(scale, Scale)
    assert (scale.factors.tolist(), scale.offsets.tolist()) == ([1], [-2])


def test_values_of_layers_that_change_nothing_are_those_before() -> None:
    stack = shape("4x4x2 conv1-2 dropout relu")
    assert network(stack, random_parameters(stack)).values == (0, 1, 1, 2)


def test_poolings_to_a_size_are_of_their_kind() -> None:
    for word, kind in (("maxpool-to3x2", "max"), ("avgpool-to3x2", "average")):
        stack = shape(f"7x6x4 {word}")
        assert dict(pool(stack.layers[0]).settings) == {"kind": kind, "adaptive": (3, 2)}


def test_inputs_are_standardised_by_number_0() -> None:
    measured = {"mean": np.array([1.0, 10]), "deviation": np.array([2.0, 0.5])}
    scale = standardising(measured)
    assert (scale.factors.tolist(), scale.offsets.tolist()) == ([0.5, 2], [-0.5, -20])
    stack = shape("1x2x2 relu mark:a relu add:a")
    net = network(stack, {0: measured})
    assert [node.name for node in net.graph.nodes] == ["input", "relu", "relu", "add:a"]
    x = np.array([[[[3, 11], [0, 9]]]], np.float32)
    found = Program(net.graph, net.values).run(x)
    assert found[net.values[0]].ravel().tolist() == [1, 2, -0.5, -2]
    assert found[net.values[-1]].ravel().tolist() == [2, 4, 0, 0]


def test_vectors_have_one_mean_and_one_deviation() -> None:
    net = network(shape("3 relu"), {0: {"mean": np.array([1.0]), "deviation": np.array([2.0])}})
    found = Program(net.graph, net.values).run(np.array([[1, 3, 5]], np.float32))
    assert found[net.values[-1]].tolist() == [[0, 1, 2]]


def test_of_sounds_the_image_that_the_first_layer_makes_is_standardised() -> None:
    stack = shape("8000@8000 logmel20 relu")
    samples = np.random.default_rng(0).normal(size=(1, 8000)).astype(np.float32)
    measured = {"mean": np.array([-3.0]), "deviation": np.array([2.0])}
    plain, net = network(stack, {}), network(stack, {0: measured})
    image = Program(plain.graph, plain.values).run(samples)[plain.values[1]]
    found = Program(net.graph, net.values).run(samples)
    np.testing.assert_allclose(found[net.values[1]], (image + 3) / 2, rtol=1e-5, atol=1e-5)
    assert len(net.graph.nodes) == len(plain.graph.nodes) + 1
