"""Every word of the notation as operations, against the slow twin."""

import numpy as np
import pytest

import cnnkit
from cnnkit.data.network.graph import Scale
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import folded, network
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
