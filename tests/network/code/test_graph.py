"""Programs of stacks with branches: in texts that were read, and run where a framework is installed."""

from __future__ import annotations

import ast

import pytest

from cnnkit.errors import ArgumentError
from cnnkit.network.code.graph import TAKEN
from cnnkit.network.code.program import FRAMEWORKS
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.shape import shape
from tests.network.code.test_program import expected_output, printed
from tests.reference.graphs import random_graph

RESIDUAL = "8x8x2 mark:in conv3-4:s2:p1 relu mark:main from:in conv1-4:s2:p0 add:main tanh"

TORCH = """\
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.part1 = nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, padding=1),  # 4x4x4
            nn.ReLU(),  # 4x4x4
        )
        self.part2 = nn.Sequential(
            nn.Conv2d(2, 4, 1, stride=2),  # 4x4x4
        )
        self.part3 = nn.Sequential(
            nn.Tanh(),  # 4x4x4
        )

    def forward(self, x):
        in_ = x
        x = self.part1(x)
        main = x
        x = self.part2(in_)
        x = x + main  # 4x4x4
        x = self.part3(x)
        return x


model = Network()
model.eval()
output = model(torch.zeros(1, 2, 8, 8))
print("output", tuple(output.shape))
print("parameters", sum(p.numel() for p in model.parameters()))"""

KERAS = """\
import keras
from keras import layers

x = inputs = keras.Input((8, 8, 2))
in_ = x
x = layers.ZeroPadding2D(((1, 1), (1, 1)))(x)
x = layers.Conv2D(4, 3, strides=2)(x)  # 4x4x4
x = layers.ReLU()(x)  # 4x4x4
main = x
x = layers.Conv2D(4, 1, strides=2)(in_)  # 4x4x4
x = layers.Add()([x, main])  # 4x4x4
x = layers.Activation("tanh")(x)  # 4x4x4
model = keras.Model(inputs, x)

output = model(keras.ops.zeros((1, 8, 8, 2)))
print("output", tuple(output.shape))
print("parameters", sum(w.size for w in map(keras.ops.convert_to_numpy, model.trainable_weights)))"""


@pytest.mark.parametrize(("framework", "text"), [("torch", TORCH), ("keras", KERAS)])
def test_a_residual_block(framework: str, text: str) -> None:
    assert shape(RESIDUAL).code(framework) == text


def test_a_concatenation_keeps_its_order() -> None:
    stack = shape("8x8 mark:a conv3-2 mark:b from:a conv1-1 cat:b:.:a")
    assert "x = torch.cat([b, x, a], dim=1)  # 4x8x8" in stack.code("torch")
    assert "x = layers.Concatenate()([b, x, a])  # 8x8x4" in stack.code("keras")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_names_are_pythons_and_the_programs_own_are_left_alone(framework: str) -> None:
    words = " ".join(
        f"mark:{name} relu add:{name}" for name in (*TAKEN, "for", "1st", "a-b", "a-1", "lambda", "map", "sum")
    )
    tree = ast.parse(shape(f"8x8 {words}").code(framework))
    names = [one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
    own = [name for name in names if name not in (*TAKEN, "p", "w")]
    assert len(own) == len(set(own)) == len(TAKEN) + 7


def test_features_of_a_sound_may_be_marked() -> None:
    text = shape("51200@22050 mfcc13 mark:in conv3-1 add:in").code("torch")
    assert text.startswith("# the input: mfcc13 of 51200 samples")
    assert "in_ = x" in text
    with pytest.raises(ArgumentError, match="takes the waveform itself twice"):
        shape("51200@22050 mark:w mfcc13 mark:a from:w logmel13 cat:a").code("torch")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_networks_and_random_graphs_are_programs(framework: str) -> None:
    for text in [*NETWORKS, *map(random_graph, range(50))]:
        ast.parse(shape(text).code(framework))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_random_graphs_run(framework: str) -> None:
    """One thousand were run by hand with torch 2.13 and Keras 3.15: shapes and parameters are ours."""
    pytest.importorskip(framework)
    for text in [RESIDUAL, "resnet18", *map(random_graph, range(50))]:
        stack = shape(text)
        expected = [f"output {expected_output(stack, framework)}", f"parameters {stack.parameters}"]
        assert printed(stack.code(framework)) == expected
