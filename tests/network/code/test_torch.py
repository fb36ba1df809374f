"""PyTorch programs, in texts that were read; and run, where PyTorch is installed."""

from __future__ import annotations

import random

import numpy as np
import pytest

import cnnkit
from cnnkit.network.shape import shape
from tests.cases.framework_numbers import TORCH
from tests.cases.public_stacks import STACKS
from tests.network.code.test_program import expected_output, printed

LINES = [
    ("28x28x3 conv3-8", "nn.Conv2d(3, 8, 3, padding=1),  # 8x28x28"),
    ("28x28x3 conv3x5-8:s2x1:valid:nobias", "nn.Conv2d(3, 8, (3, 5), stride=(2, 1), bias=False),  # 8x13x24"),
    ("28x28x4 conv3-8:p1x2:d2:g2", "nn.Conv2d(4, 8, 3, padding=(1, 2), dilation=2, groups=2),  # 8x26x28"),
    ("28x28x3 conv3-8:s2", "nn.ZeroPad2d((0, 1, 0, 1)),"),
    ("28x28x4 dwconv3:m2", "nn.Conv2d(4, 8, 3, padding=1, groups=4),  # 8x28x28"),
    ("7x7x4 tconv2-8:s2", "nn.ConvTranspose2d(4, 8, 2, stride=2),  # 8x14x14"),
    ("7x7x4 tconv3-8:s2:p1:op1", "nn.ConvTranspose2d(4, 8, 3, stride=2, padding=1, output_padding=1),  # 8x14x14"),
    ("7x7x4 tconv3-8:s2", "nn.ZeroPad2d((0, -1, 0, -1)),  # 8x14x14"),
    ("28x28 maxpool2", "nn.MaxPool2d(2),  # 1x14x14"),
    ("28x28 maxpool3:s2:p1:ceil", "nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),  # 1x15x15"),
    ("28x28 avgpool3:s2:p1", "nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),  # 1x14x14"),
    ("28x28 maxpool3:s2:same", 'Pool("max", (3, 3), (2, 2), (1, 1), (0, 1, 0, 1), (14, 14)),  # 1x14x14'),
    ("28x28 avgpool2:d2", 'Pool("average", (2, 2), (2, 2), (2, 2), (0, 0, 0, 0), (13, 13)),  # 1x13x13'),
    ("28x28x4 gap", "nn.AdaptiveAvgPool2d(1),"),
    ("28x28x4 gmp", "nn.AdaptiveMaxPool2d(1),"),
    ("28x28 bn", "nn.BatchNorm2d(1),  # 1x28x28"),
    ("28x28 flatten bn", "nn.BatchNorm1d(784),  # 784"),
    ("28x28 flatten fc10:nobias", "nn.Linear(784, 10, bias=False),  # 10"),
    ("28x28 softmax", "nn.Softmax(dim=1),  # 1x28x28"),
    ("784 fc10", "nn.Linear(784, 10),  # 10"),
    ("28x28 leakyrelu", "nn.LeakyReLU(),  # 1x28x28"),
    ("28x28x4 prelu", "nn.PReLU(),  # 4x28x28"),
    ("28x28x4 prelu:channels", "nn.PReLU(4),  # 4x28x28"),
    ("28x28x4 layernorm", "ChannelNorm(4),  # 4x28x28"),
    ("784 layernorm", "nn.LayerNorm(784),  # 784"),
    ("28x28x4 groupnorm2", "nn.GroupNorm(2, 4),  # 4x28x28"),
    ("28x28x4 instancenorm", "nn.InstanceNorm2d(4),  # 4x28x28"),
    ("28x28x4 lrn", "nn.LocalResponseNorm(5),  # 4x28x28"),
    ("28x28x4 avgpool-to7", "nn.AdaptiveAvgPool2d(7),  # 4x7x7"),
    ("28x28x4 maxpool-to7x5", "nn.AdaptiveMaxPool2d((7, 5)),  # 4x7x5"),
    ("28x28x4 pad0x1x2x3", "nn.ZeroPad2d((2, 3, 0, 1)),  # 4x29x33"),
    ("28x28x4 crop0x1x2x3", "nn.ZeroPad2d((-2, -3, 0, -1)),  # 4x27x23"),
    ("28x28x4 upsample2", "nn.Upsample(scale_factor=2),  # 4x56x56"),
    ("28x28x4 upsample2x3:bilinear", 'nn.Upsample(scale_factor=(2, 3), mode="bilinear"),  # 4x56x84'),
    ("28x28x4 shuffle2", "nn.PixelShuffle(2),  # 1x56x56"),
    ("28x28x4 reshape3136", "nn.Flatten(),  # 3136"),
    ("784 reshape7x7x16", "nn.Unflatten(1, (16, 7, 7)),  # 16x7x7"),
]


@pytest.mark.parametrize(("text", "line"), LINES)
def test_lines(text: str, line: str) -> None:
    assert f"    {line}\n" in shape(text).code("torch")


def test_the_pool_is_written_only_where_it_is_needed() -> None:
    assert "class Pool" not in shape("28x28 maxpool2").code("torch")
    assert "class Pool" in shape("28x28 maxpool2:p0x1x0x1").code("torch")


def test_a_volume_in_another_shape_is_flattened_first() -> None:
    lines = shape("28x28 reshape7x7x16").code("torch").splitlines()
    assert lines[4:6] == ["    nn.Flatten(),", "    nn.Unflatten(1, (16, 7, 7)),  # 16x7x7"]


def test_a_vector_goes_in() -> None:
    assert "torch.zeros(8, 784)" in shape("784 relu", batch=8).code("torch")


def test_a_batch_goes_in() -> None:
    assert "torch.zeros(8, 1, 28, 27)" in shape("28x27 relu", batch=8).code("torch")


@pytest.mark.parametrize("case", STACKS, ids=lambda case: case.name)
def test_published_stacks_run(case: object) -> None:
    torch = pytest.importorskip("torch")
    counter = pytest.importorskip("torch.utils.flop_counter").FlopCounterMode(display=False)
    stack = shape(case.stack)  # type: ignore[attr-defined]
    with torch.device("meta"), counter:
        lines = printed(stack.code("torch"))
    assert lines == [f"output {expected_output(stack, 'torch')}", f"parameters {stack.parameters}"]
    assert counter.get_total_flops() == 2 * stack.macs
    assert TORCH[case.name].macs == stack.macs  # type: ignore[attr-defined]


POOLS = ["maxpool3:s2:same", "maxpool2:p0x1x2x0", "maxpool3:d2:s1:p4", "avgpool3:s2:same", "avgpool2:p1x0x0x1"]
POOLS += ["avgpool2x3:d2:s1", "avgpool3:s2:p1:ceil", "maxpool3:s2:p0x1x1x0:ceil"]


@pytest.mark.parametrize("word", POOLS)
def test_pools_have_our_values(word: str) -> None:
    torch = pytest.importorskip("torch")
    step = shape(f"11x10x3 {word}").layers[0]
    image = np.random.default_rng(3).normal(size=(11, 10, 3)).astype(np.float32)
    assert step.placement is not None
    ours = cnnkit.pool(
        image,
        step.layer.size,
        stride=step.layer.stride,
        kind="max" if word.startswith("max") else "average",
        padding=step.placement.padding,
        ceil=step.layer.ceil,
        dilation=step.layer.dilation,
    )
    namespace: dict[str, object] = {}
    exec(shape(f"11x10x3 {word}").code("torch").partition("model.eval()")[0], namespace)
    theirs = namespace["model"](torch.from_numpy(image.transpose(2, 0, 1)[None].copy()))  # type: ignore[operator]
    np.testing.assert_allclose(theirs[0].permute(1, 2, 0).numpy(), ours, rtol=1e-5, atol=1e-6)


def test_random_stacks_run() -> None:
    torch = pytest.importorskip("torch")
    choice = random.Random(5)
    words = [
        "conv3-4:s2",
        "conv2x3-4:full:g2",
        "conv4-4:d2:same-lower",
        "dwconv3:m2:s2x1",
        "tconv3-4:s2",
        "tconv2-4:s3",
    ]
    words += ["tconv4-4:p1x0x0x1:s2", *POOLS, "bn", "relu", "dropout", "prelu:channels", "layernorm", "groupnorm2"]
    words += ["avgpool-to9x7", "maxpool-to30", "pad1x0x2x1", "crop1", "upsample2:bilinear", "shuffle1", "lrn", "gelu"]
    for _ in range(60):
        stack = shape("47x45x4", *choice.choices(words, k=3), *choice.choice([(), ("gap", "fc3"), ("flatten", "bn")]))
        with torch.device("meta"):
            lines = printed(stack.code("torch"))
        assert lines == [f"output {expected_output(stack, 'torch')}", f"parameters {stack.parameters}"], stack.notation
