"""Keras programs, in texts that were read; and run, where Keras is installed."""

from __future__ import annotations

import pytest

from cnnkit.network.shape import shape
from tests.network.code.test_program import expected_output, printed

LINES = [
    ("28x28x3 conv3-8", 'layers.Conv2D(8, 3, padding="same"),  # 28x28x8'),
    ("28x28x3 conv3x5-8:s2x1:valid:nobias", "layers.Conv2D(8, (3, 5), strides=(2, 1), use_bias=False),  # 13x24x8"),
    ("28x28x4 conv3-8:p1x2:d2:g2", "layers.ZeroPadding2D(((1, 1), (2, 2))),"),
    ("28x28x4 conv3-8:p1x2:d2:g2", "layers.Conv2D(8, 3, dilation_rate=2, groups=2),  # 26x28x8"),
    ("28x28x3 conv3-8:s2", 'layers.Conv2D(8, 3, strides=2, padding="same"),  # 14x14x8'),
    ("28x28x3 conv3-8:s2:d2", "layers.MaxPooling2D(1, strides=2),  # 14x14x8"),
    ("28x28x4 dwconv3:m2", 'layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),  # 28x28x8'),
    ("28x28x4 dwconv3:s2x1:valid", "layers.MaxPooling2D(1, strides=(2, 1)),  # 13x26x4"),
    ("7x7x4 tconv2-8:s2", "layers.Conv2DTranspose(8, 2, strides=2),  # 14x14x8"),
    ("7x7x4 tconv3-8:s2", "layers.Cropping2D(((0, 1), (0, 1))),  # 14x14x8"),
    ("28x28 maxpool2", "layers.MaxPooling2D(2),  # 14x14x1"),
    ("28x28 maxpool3:s2:same", 'layers.MaxPooling2D(3, strides=2, padding="same"),  # 14x14x1'),
    ("28x28 avgpool3:s2:same", 'Pool("average", (3, 3), (2, 2), (1, 1), (0, 1, 0, 1), (14, 14)),  # 14x14x1'),
    ("28x28x4 gap", "layers.GlobalAveragePooling2D(),  # 4"),
    ("28x28x4 gmp", "layers.GlobalMaxPooling2D(),  # 4"),
    ("28x28 bn", "layers.BatchNormalization(),  # 28x28x1"),
    ("28x28 flatten fc10:nobias", "layers.Dense(10, use_bias=False),  # 10"),
    ("28x28 tanh", 'layers.Activation("tanh"),  # 28x28x1'),
]


@pytest.mark.parametrize(("text", "line"), LINES)
def test_lines(text: str, line: str) -> None:
    assert f"    {line}\n" in shape(text).code("keras")


def test_the_input_leads() -> None:
    lines = shape("28x27x3 relu", batch=8).code("keras").splitlines()
    assert "    keras.Input((28, 27, 3))," in lines
    assert "output = model(keras.ops.zeros((8, 28, 27, 3)))" in lines


@pytest.mark.filterwarnings("ignore")  # of its own and its backend's
@pytest.mark.parametrize("text", [*dict.fromkeys(text for text, _ in LINES), "tinyvgg", "lenet5"])
def test_programs_run(text: str) -> None:
    pytest.importorskip("keras")
    stack = shape(text)
    lines = printed(stack.code("keras"))
    assert lines == [f"output {expected_output(stack, 'keras')}", f"parameters {stack.parameters}"]
