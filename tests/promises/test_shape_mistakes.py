"""Mistakes in stacks: whoever follows the hint has what was meant, at once; no hint leads to anything else."""

from __future__ import annotations

import re

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.shape import Stack, shape

MISTAKES = [  # what was typed, and what was meant; nothing where that is not clear, and the hint says what there is
    ("28x28x1 Conv2d(1,32,3)", "28x28x1 conv3-32:valid"),
    ("28x28x1 Conv2D(32,3)", "28x28x1 conv3-32:valid"),
    ("28x28x1 Conv2D(32,(3,3),padding='same')", "28x28x1 conv3-32:same"),
    ("28x28x1 nn.Conv2d(1,32,kernel_size=3,padding=1)", "28x28x1 conv3-32:p1"),
    ("28x28x1 conv2d3-32", "28x28x1 conv3-32"),
    ("28x28x1 Conv2D-32", "28x28x1 conv3-32"),
    ("28x28x1 Conv3-32", "28x28x1 conv3-32"),
    ("28x28x1 CONV3-32", "28x28x1 conv3-32"),
    ("28x28x1 conv64", "28x28x1 conv3-64"),
    ("28x28x1 conv", "28x28x1 conv3-64"),
    ("28x28x1 conv3", "28x28x1 conv3-64"),
    ("28x28x1 conv3x5", "28x28x1 conv3x5-64"),
    ("28x28x1 conv3 32", "28x28x1 conv3-32"),
    ("28x28x1 conv 3 32", "28x28x1 conv3-32"),
    ("28x28x1 conv 3x3 32 relu", "28x28x1 conv3-32 relu"),
    ("28x28x1 conv-3-32", "28x28x1 conv3-32"),
    ("28x28x1 conv3_32", "28x28x1 conv3-32"),
    ("28x28x1 conv3,32", "28x28x1 conv3-32"),
    ("28x28x1 conv3:32", "28x28x1 conv3-32"),
    ("28x28x1 conv(3,32)", "28x28x1 conv3-32"),
    ("28x28x1 conv3x3x32", "28x28x1 conv3-32"),
    ("28x28x1 conv32@5x5", "28x28x1 conv5-32"),
    ("28x28x1 32@5x5", ""),
    ("28x28x1 conv5x5@32", "28x28x1 conv5-32"),
    ("28x28x1 covn3-32", "28x28x1 conv3-32"),
    ("28x28x1 cnv3-32:s2", "28x28x1 conv3-32:s2"),
    ("28x28x1 convolution3-32", "28x28x1 conv3-32"),
    ("28x28x1 convolutional3-32", "28x28x1 conv3-32"),
    ("28x28x1 conv3×3-32", "28x28x1 conv3-32"),
    ("28x28x1 conv3*3-32", "28x28x1 conv3-32"),
    ("28x28x1 conv3–32", "28x28x1 conv3-32"),
    ("28x28x1 conv3-32s2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32-s2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32,s2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32/2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32 s2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32 :s2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32 stride2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32 stride=2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32 stride 2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:stride2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:stride=2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:strides=2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:stride:2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:stride-2", ""),
    ("28x28x1 conv3-32:strid2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:s=2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:s2,2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:s2p1", "28x28x1 conv3-32:s2:p1"),
    ("28x28x1 conv3-32s2p1", "28x28x1 conv3-32:s2:p1"),
    ("28x28x1 conv3-32:S2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:s", ""),
    ("28x28x1 conv3-32:", "28x28x1 conv3-32"),
    ("28x28x1 conv3-32::s2", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:pad1", "28x28x1 conv3-32:p1"),
    ("28x28x1 conv3-32:pad=1", "28x28x1 conv3-32:p1"),
    ("28x28x1 conv3-32:padding=same", "28x28x1 conv3-32:same"),
    ("28x28x1 conv3-32:padding=valid", "28x28x1 conv3-32:valid"),
    ("28x28x1 conv3-32:padding1x2", "28x28x1 conv3-32:p1x2"),
    ("28x28x1 conv3-32:psame", "28x28x1 conv3-32:same"),
    ("28x28x1 conv3-32 valid", "28x28x1 conv3-32:valid"),
    ("28x28x1 conv3-32:vaild", "28x28x1 conv3-32:valid"),
    ("28x28x1 conv3-32:VALID", "28x28x1 conv3-32:valid"),
    ("28x28x1 conv3-32valid", "28x28x1 conv3-32:valid"),
    ("28x28x1 conv3-32:p1x1x1x1x1", ""),
    ("28x28x1 conv3-32:dilation2", "28x28x1 conv3-32:d2"),
    ("28x28x1 conv3-32:dil2", "28x28x1 conv3-32:d2"),
    ("28x28x1 conv3-32:dilation_rate=2", "28x28x1 conv3-32:d2"),
    ("28x28x1 conv3-32:rate2", "28x28x1 conv3-32:d2"),
    ("28x28x4 conv3-32:groups=4", "28x28x4 conv3-32:g4"),
    ("28x28x4 conv3-32:group4", "28x28x4 conv3-32:g4"),
    ("28x28x4 conv3-32:g3", "28x28x4 conv3-32:g4"),
    ("28x28x1 conv3-32:bias", "28x28x1 conv3-32"),
    ("28x28x1 conv3-32:bias=True", "28x28x1 conv3-32"),
    ("28x28x1 conv3-32:bias=False", "28x28x1 conv3-32:nobias"),
    ("28x28x1 conv3-32:use_bias=False", "28x28x1 conv3-32:nobias"),
    ("28x28x1 conv3-32:no-bias", "28x28x1 conv3-32:nobias"),
    ("28x28x1 conv3-32:no_bias", "28x28x1 conv3-32:nobias"),
    ("28x28x1 conv3-32:relu", "28x28x1 conv3-32 relu"),
    ("28x28x1 conv3-32:activation=relu", "28x28x1 conv3-32 relu"),
    ("28x28x1 conv3-32-relu", "28x28x1 conv3-32 relu"),
    ("28x28x1 conv3-32+relu", "28x28x1 conv3-32 relu"),
    ("28x28x1 conv3-32:bn", "28x28x1 conv3-32 bn"),
    ("28x28x1 conv3-32:ceil", ""),
    ("28x28x1 conv3-32:m2", ""),
    ("28x28x1 conv3-32:zzz", ""),
    ("28x28x1 conv3-32:s2:s1", "28x28x1 conv3-32:s2"),
    ("28x28x1 conv3-32:same:p1", "28x28x1 conv3-32:same"),
    ("28x28x1 conv3-32x2", "28x28x1 conv3-32 x2"),
    ("28x28x1 conv3-32*2", "28x28x1 conv3-32 x2"),
    ("28x28x1 conv3-32 x", "28x28x1 conv3-32 x2"),
    ("28x28x1 conv3-32 *2", "28x28x1 conv3-32 x2"),
    ("28x28x1 conv3-32 2x", "28x28x1 conv3-32 x2"),
    ("28x28x1 conv3-32 x2 x3", ""),
    ("28x28x1 x2", ""),
    ("28x28x1 conv3-0", ""),
    ("28x28x1 conv3--5", ""),
    ("28x28x1 conv3-32:s0", ""),
    ("28x28x1 conv1d3-32", ""),
    ("28x28x1 conv3d3-32", ""),
    ("28x28x1 tconv2-8s2", "28x28x1 tconv2-8:s2"),
    ("28x28x1 ConvTranspose2d(1,8,2,stride=2)", "28x28x1 tconv2-8:valid:s2"),
    ("28x28x1 Conv2DTranspose(8,2,strides=2)", "28x28x1 tconv2-8:valid:s2"),
    ("28x28x1 conv_transpose2-8:s2", "28x28x1 tconv2-8:s2"),
    ("28x28x1 deconv2-8:s2", "28x28x1 tconv2-8:s2"),
    ("28x28x1 upconv2-8:s2", "28x28x1 tconv2-8:s2"),
    ("28x28x1 tconv3-8:s2:p1:output_padding=1", "28x28x1 tconv3-8:s2:p1:op1"),
    ("28x28x1 tconv3-8:full", ""),
    ("28x28x4 depthwise3", "28x28x4 dwconv3"),
    ("28x28x4 DepthwiseConv2D(3)", "28x28x4 dwconv3:valid"),
    ("28x28x4 dwconv3-8", ""),
    ("28x28x4 dwconv3:depth_multiplier=2", "28x28x4 dwconv3:m2"),
    ("28x28x1 maxpool", "28x28x1 maxpool2"),
    ("28x28x1 maxpol2", "28x28x1 maxpool2"),
    ("28x28x1 max_pool2", "28x28x1 maxpool2"),
    ("28x28x1 max-pool2", "28x28x1 maxpool2"),
    ("28x28x1 MaxPool2d(2)", "28x28x1 maxpool2"),
    ("28x28x1 MaxPool2d(2,2)", "28x28x1 maxpool2"),
    ("28x28x1 MaxPooling2D(2)", "28x28x1 maxpool2"),
    ("28x28x1 MaxPooling2D((2,2))", "28x28x1 maxpool2"),
    ("28x28x1 MaxPool2d(3,stride=2,padding=1)", "28x28x1 maxpool3:s2:p1"),
    ("28x28x1 maxpooling2", "28x28x1 maxpool2"),
    ("28x28x1 pool2", "28x28x1 maxpool2"),
    ("28x28x1 max2", "28x28x1 maxpool2"),
    ("28x28x1 maxpool 2", "28x28x1 maxpool2"),
    ("28x28x1 maxpool-2", "28x28x1 maxpool2"),
    ("28x28x1 maxpool2-2", "28x28x1 maxpool2"),
    ("28x28x1 maxpool3/2", "28x28x1 maxpool3:s2"),
    ("28x28x1 maxpool3s2", "28x28x1 maxpool3:s2"),
    ("28x28x1 maxpool3:ceil_mode", "28x28x1 maxpool3:ceil"),
    ("28x28x1 maxpool3:ceil=True", "28x28x1 maxpool3:ceil"),
    ("28x28x1 maxpool2x2x2", ""),
    ("28x28x1 AvgPool2d(7)", "28x28x1 avgpool7"),
    ("28x28x1 average_pooling2", "28x28x1 avgpool2"),
    ("28x28x1 averagepool2", "28x28x1 avgpool2"),
    ("28x28x1 avg2", "28x28x1 avgpool2"),
    ("28x28x1 meanpool2", "28x28x1 avgpool2"),
    ("28x28x4 gap7", ""),
    ("28x28x4 GlobalAveragePooling2D", "28x28x4 gap"),
    ("28x28x4 GlobalAveragePooling2D()", "28x28x4 gap"),
    ("28x28x4 global_avg_pool", "28x28x4 gap"),
    ("28x28x4 globalmaxpool", "28x28x4 gmp"),
    ("28x28x1 flatten dense10", "28x28x1 flatten fc10"),
    ("28x28x1 flatten Dense(10)", "28x28x1 flatten fc10"),
    ("28x28x1 flatten Dense(10,activation='softmax')", "28x28x1 flatten fc10 softmax"),
    ("28x28x1 flatten Linear(784,10)", "28x28x1 flatten fc10"),
    ("28x28x1 flatten nn.Linear(784,10,bias=False)", "28x28x1 flatten fc10:nobias"),
    ("28x28x1 flatten linear10", "28x28x1 flatten fc10"),
    ("28x28x1 flatten FC-10", "28x28x1 flatten fc10"),
    ("28x28x1 flatten fc 10", "28x28x1 flatten fc10"),
    ("28x28x1 flatten fc", "28x28x1 flatten fc10"),
    ("28x28x1 flatten fc784-10", ""),
    ("28x28x1 flatten fully_connected10", "28x28x1 flatten fc10"),
    ("28x28x1 flatten softmax10", ""),
    ("28x28x1 flaten fc10", "28x28x1 flatten fc10"),
    ("28x28x1 Flatten() fc10", "28x28x1 flatten fc10"),
    ("28x28x1 fc10", "28x28x1 flatten fc10"),
    ("28x28x1 flatten conv3-8", ""),
    ("28x28x1 flatten2", ""),
    ("28x28x1 ReLU", "28x28x1 relu"),
    ("28x28x1 nn.ReLU()", "28x28x1 relu"),
    ("28x28x1 ReLU(inplace=True)", "28x28x1 relu"),
    ("28x28x1 rleu", "28x28x1 relu"),
    ("28x28x1 relu6", ""),
    ("28x28x1 selu", ""),
    ("28x28x1 mish", ""),
    ("28x28x1 sofmax", "28x28x1 softmax"),
    ("28x28x1 batchnorm", "28x28x1 bn"),
    ("28x28x1 BatchNorm2d(1)", "28x28x1 bn"),
    ("28x28x1 batch_normalization", "28x28x1 bn"),
    ("28x28x1 dropout0.5", "28x28x1 dropout"),
    ("28x28x1 Dropout(0.5)", "28x28x1 dropout"),
    ("28x28x1 dropout:p=0.5", "28x28x1 dropout"),
    ("28x28x1 lstm128", ""),
    ("28x28x1 relu:s2", ""),
    ("28X28X1 relu", "28x28x1 relu"),
    ("28*28*1 relu", "28x28x1 relu"),
    ("28×28×1 relu", "28x28x1 relu"),
    ("28,28,1 relu", "28x28x1 relu"),
    ("(28,28,1) relu", "28x28x1 relu"),
    ("[28,28,1] relu", "28x28x1 relu"),
    ("28 28 1 relu", "28x28x1 relu"),
    ("28x28x relu", ""),
    ("input=28x28x1 relu", "28x28x1 relu"),
    ("input:28x28x1 relu", "28x28x1 relu"),
    ("64x64xRGB relu", "64x64x3 relu"),
    ("3x224x224 conv3-8", "224x224x3 conv3-8"),
    ("3,224,224 conv3-8", "224x224x3 conv3-8"),
    ("8x28x28x1 conv3-8", "28x28x1 conv3-8"),
    ("conv3-8 maxpool2", ""),
    ("28x28x1 relu 28x28x1", ""),
    ("28x28x1 resnet50", ""),
    ("resnet50", ""),
    ("vgg-16", "vgg16"),
    ("VGG16", "vgg16"),
    ("vgg_16", "vgg16"),
    ("vgg 16", "vgg16"),
    ("lenet", "lenet5"),
    ("LeNet-5", "lenet5"),
    ("alexnt", "alexnet"),
    ("51200@22.05kHz mfcc13", "51200@22050 mfcc13"),
    ("51200@22050Hz mfcc13", "51200@22050 mfcc13"),
    ("3s@22050 mfcc13", "66150@22050 mfcc13"),
    ("51200@ mfcc13", ""),
    ("51200@22050 MFCC13", "51200@22050 mfcc13"),
    ("51200@22050 mfcc-13", "51200@22050 mfcc13"),
    ("51200@22050 mfcc", "51200@22050 mfcc13"),
    ("51200@22050 mfcc(13)", "51200@22050 mfcc13"),
    ("51200@22050 mfcc13:hop=512", "51200@22050 mfcc13:hop512"),
    ("51200@22050 mfcc13:hop_length=512", "51200@22050 mfcc13:hop512"),
    ("51200@22050 mfcc13:n_fft=2048", ""),
    ("51200@22050 mfcc13:window1024", "51200@22050 mfcc13:win1024"),
    ("51200@22050 fbank40", "51200@22050 logmel40"),
    ("51200@22050 conv3-8", "51200@22050 mfcc13 conv3-8"),
    ("28x28x1 mfcc13", ""),
    ("5x5x1 conv7-8:valid", "5x5x1 conv5-8:valid"),
    ("5x5x1 conv3-8:valid:d3", "5x5x1 conv3-8:valid:d2"),
    ("28x28x1 conv3-32;", "28x28x1 conv3-32"),
    ('28x28x1 "conv3-32"', "28x28x1 conv3-32"),
    ("28x28x1 conv3-32, maxpool2", "28x28x1 conv3-32 maxpool2"),
    ("28x28x1 -> conv3-32", ""),
    ("28x28x1 conv3-32 -> relu", ""),
]


def followed(words: list[str], error: NotationError) -> list[str]:  # noqa: PLR0911
    """The words after what the hint of an error says; the same words where it proposes none."""
    line = " ".join(words)
    number = line[: error.start + 1].count(" ") - (line[error.start : error.start + 1] == " ")
    word, hint = words[number], error.hint
    if match := re.search(r"write (.+) in place of '(.+)'", hint):
        return line.replace(match[2], match[1], 1).split()
    if match := re.search(r"write ([^ ,]+(?: x\d+| relu| bn| softmax)?)(?:$| for | to |: |, and)", hint):
        return [*words[:number], *match[1].split(), *words[number + 1 :]]
    if match := re.search(r"(?:add|put) (flatten|mfcc13) ", hint):
        return [*words[:number], match[1], *words[number:]]
    if match := re.search(r"keep one of (\S+) and (\S+)", hint):
        return line.replace(match[2], "").split()
    if match := re.search(r"the largest is (:g\d+)", hint):
        return [*words[:number], re.sub(r":g\d+", match[1], word), *words[number + 1 :]]
    if match := re.search(r"use a (window|dilation) of at most (\d+)x\2", hint):
        changed = re.sub(r"(?<=conv)\d+" if match[1] == "window" else r"(?<=:d)\d+", match[2], word)
        return [*words[:number], changed, *words[number + 1 :]]
    return words


def same(stack: Stack, other: Stack) -> bool:
    """Whether two stacks are the same network, however they are written."""

    def resolved(one: Stack) -> list[object]:
        return [one.input, *((step.layer._replace(spec=None), *step[1:]) for step in one.layers)]  # type: ignore[arg-type]

    return resolved(stack) == resolved(other)


def test_there_are_enough() -> None:
    assert len({typed for typed, _ in MISTAKES}) == len(MISTAKES) >= 150


@pytest.mark.parametrize(("typed", "meant"), MISTAKES)
def test_who_follows_the_hint_has_what_was_meant(typed: str, meant: str) -> None:
    words = typed.split()
    with pytest.raises(NotationError) as caught:
        shape(*words)
    assert caught.value.hint
    after = followed(words, caught.value)
    if meant:
        assert same(shape(*after), shape(meant))
    else:
        assert after == words
