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
    ("784 fc10", "layers.Dense(10),  # 10"),
    ("28x28 hardswish", 'layers.Activation("hard_silu"),  # 28x28x1'),
    ("28x28 leakyrelu", "layers.LeakyReLU(0.01),  # 28x28x1"),
    ("28x28x4 prelu", "layers.PReLU(shared_axes=[1, 2, 3]),  # 28x28x4"),
    ("28x28x4 prelu:channels", "layers.PReLU(shared_axes=[1, 2]),  # 28x28x4"),
    ("784 prelu:channels", "layers.PReLU(),  # 784"),
    ("784 prelu", "layers.PReLU(shared_axes=[1]),  # 784"),
    ("28x28x4 layernorm", "layers.LayerNormalization(),  # 28x28x4"),
    ("28x28x4 groupnorm2", "layers.GroupNormalization(2),  # 28x28x4"),
    ("28x28x4 instancenorm", "layers.GroupNormalization(-1, center=False, scale=False),  # 28x28x4"),
    ("28x28x4 lrn", "LocalResponseNorm(),  # 28x28x4"),
    ("28x28x4 avgpool-to7x14", "layers.AveragePooling2D((4, 2)),  # 7x14x4"),
    ("28x28x4 maxpool-to5", "layers.AdaptiveMaxPooling2D(5),  # 5x5x4"),
    ("28x28x4 pad0x1x2x3", "layers.ZeroPadding2D(((0, 1), (2, 3))),  # 29x33x4"),
    ("28x28x4 crop0x1x2x3", "layers.Cropping2D(((0, 1), (2, 3))),  # 27x23x4"),
    ("28x28x4 upsample2", "layers.UpSampling2D(2),  # 56x56x4"),
    ("28x28x4 upsample2x3:bilinear", 'layers.UpSampling2D((2, 3), interpolation="bilinear"),  # 56x84x4'),
    ("28x28x8 shuffle2", "layers.Reshape((28, 28, 2, 2, 2)),"),
    ("28x28x8 shuffle2", "layers.Permute((1, 4, 2, 5, 3)),"),
    ("28x28x4 reshape3136", "layers.Reshape((3136,)),  # 3136"),
    ("784 reshape7x7x16", "layers.Reshape((7, 7, 16)),  # 7x7x16"),
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
