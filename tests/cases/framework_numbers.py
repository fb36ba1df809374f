"""What the frameworks themselves say of the published stacks, stored, since the tests must not need them.

Obtained once by running the very text that ``cnnkit shape STACK --code torch`` and ``--code keras`` print:
torch 2.13.0, on its meta device, under ``torch.utils.flop_counter.FlopCounterMode`` (MACs are half of its FLOPs);
Keras 3.15.1 on the torch backend. The digest is the first 12 characters of that text's SHA-256: when a text changes,
it must be run again.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.network.volume import Shape, Vector, Volume


class Measured(NamedTuple):
    """One framework's answer for one stack."""

    digest: str
    output: tuple[int, ...]
    parameters: int
    macs: int | None = None


TORCH = {
    "vgg16": Measured("e46bfd745230", (1, 1000), 138_357_544, 15_470_264_320),
    "alexnet": Measured("ac1b0dde17d8", (1, 1000), 61_100_840, 714_188_480),
    "lenet5": Measured("76ad07de3cb8", (1, 10), 61_706, 416_520),
    "vgg11": Measured("1130eba10ab6", (1, 1000), 132_863_336, 7_609_090_048),
    "vgg13": Measured("be46648b95e2", (1, 1000), 133_047_848, 11_308_466_176),
    "vgg19": Measured("b1115d75b4cc", (1, 1000), 143_667_240, 19_632_062_464),
    "mobilenet v1": Measured("5b31d4a39ec4", (1, 1000), 4_231_976, 568_740_352),
    "dcgan generator": Measured("1205a07f9074", (1, 3, 64, 64), 3_576_704, 104_628_224),
    "tiny-vgg": Measured("c52502f0e4d7", (1, 10), 19_920, 5_608_780),
    "resnet stem": Measured("e37a037c21fc", (1, 64, 56, 56), 9_536, 118_013_952),
    "plain-34": Measured("78291073cd85", (1, 1000), 21_623_848, 3_644_493_824),
    "tiny yolo v2": Measured("79e0a4bf15f3", (1, 425, 13, 13), 11_229_513, 2_703_221_248),
    "u-net, down": Measured("98883e2cca67", (1, 1024, 28, 28), 18_842_048, 72_477_446_400),
    "wavenet, one block": Measured("8a05f9e45462", (1, 32, 1, 14977), 18_816, 291_768_256),
    "ds-cnn, keywords on mfcc": Measured("717d7415c0e1", (1, 12), 23_756, 2_656_768),
    "pilotnet": Measured("f4f34f316069", (1, 1), 252_219, 26_876_342),
    "mnist, keras": Measured("26d4ba2eda36", (1, 10), 34_826, 2_440_960),
    "deep q-network": Measured("8e684470f0f3", (1, 18), 1_693_362, 9_352_192),
}

KERAS = {
    "vgg16": Measured("6ce333e2a0fa", (1, 1000), 138_357_544),
    "alexnet": Measured("eac576e20a1a", (1, 1000), 61_100_840),
    "lenet5": Measured("e1532f00f3b7", (1, 10), 61_706),
    "vgg11": Measured("96bf3515e6ba", (1, 1000), 132_863_336),
    "vgg13": Measured("ccbdaf05c9b9", (1, 1000), 133_047_848),
    "vgg19": Measured("129244cca9f1", (1, 1000), 143_667_240),
    "mobilenet v1": Measured("428428b7c84e", (1, 1000), 4_231_976),
    "dcgan generator": Measured("8ae796884fab", (1, 64, 64, 3), 3_576_704),
    "tiny-vgg": Measured("cc0c07227121", (1, 10), 19_920),
    "resnet stem": Measured("6c464f0b2364", (1, 56, 56, 64), 9_536),
    "plain-34": Measured("05a61078a307", (1, 1000), 21_623_848),
    "tiny yolo v2": Measured("f2071030911f", (1, 13, 13, 425), 11_229_513),
    "u-net, down": Measured("afaa17035967", (1, 28, 28, 1024), 18_842_048),
    "wavenet, one block": Measured("c248976e0431", (1, 1, 14977, 32), 18_816),
    "ds-cnn, keywords on mfcc": Measured("be0839101ed8", (1, 12), 23_756),
    "pilotnet": Measured("cc649153aacc", (1, 1), 252_219),
    "mnist, keras": Measured("b8af1208fb55", (1, 10), 34_826),
    "deep q-network": Measured("3f15cbb3541e", (1, 18), 1_693_362),
}


class Rearranged(NamedTuple):
    """A stack of the layers that the published ones lack, and the digests of both its programs."""

    stack: str
    output: Shape
    parameters: int
    torch: str
    keras: str


REARRANGED = (
    Rearranged("64x64x3 vgg11", Vector(values=1000), 132_863_336, "662548821199", "2267aaff99c1"),
    Rearranged("100x131x3 alexnet", Vector(values=1000), 61_100_840, "a0c579719a33", "0dbd5ba53743"),
    Rearranged("784 fc128 leakyrelu layernorm fc10", Vector(values=10), 102_026, "b63bcd8e839d", "8b50275388ff"),
    Rearranged(
        "100 fc6272 reshape7x7x128 tconv4-64:s2:p1 bn relu upsample2:bilinear conv3-1 tanh",
        Volume(rows=28, columns=28, depth=1),
        765_313,
        "f508c9aeb885",
        "79ba2c2e5c26",
    ),
    Rearranged(
        "32x32x3 conv3-64 prelu:channels groupnorm32 silu maxpool-to12x10 conv3-16 shuffle2 prelu crop1 lrn",
        Volume(rows=22, columns=18, depth=4),
        11_217,
        "f6e27f648cc8",
        "fe81b23a534b",
    ),
    Rearranged(
        "30x40x3 pad0x1x0x1 conv3-16:s2:valid instancenorm gelu avgpool-to4x3 layernorm elu reshape192 hardswish fc5",
        Vector(values=5),
        1_445,
        "cf091a2b8916",
        "882b4d48bed6",
    ),
    Rearranged(
        "16000@16000 spectrogram:win25ms:hop10ms conv3-8 relu avgpool-to8x4 gap fc4",
        Vector(values=4),
        116,
        "b0b7a492fbeb",
        "95ad92d6ee33",
    ),
    Rearranged(
        "16000@16000 waveform conv1x80-16:s1x4 bn relu maxpool1x4 gap fc10",
        Vector(values=10),
        1_498,
        "dcbf9ffcb6bf",
        "ac4673b0013a",
    ),
)
"""Both programs of each were run as above, and printed this output and these parameters."""
