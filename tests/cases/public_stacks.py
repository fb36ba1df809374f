"""Networks whose sizes somebody else has published, as literal stacks, and steps counted out on paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublicStack:
    """A stack and what is known of it; None where the source does not say."""

    name: str
    source: str
    stack: str
    parameters: int
    macs: int | None = None
    field: int | None = None
    """Receptive field before flatten."""
    output: tuple[int, ...] = (1000,)


VGG_BLOCKS = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}


def _vgg(name: str) -> str:
    blocks = zip((64, 128, 256, 512, 512), VGG_BLOCKS[name], strict=True)
    return " ".join(
        ("224x224x3", *(f"conv3-{kernels} x{times} maxpool2" for kernels, times in blocks), "flatten fc4096 x2 fc1000")
    )


STACKS = (
    PublicStack(
        "vgg16",
        "Simonyan and Zisserman, arXiv:1409.1556, table 1 D; parameters as torchvision's and Keras' VGG16 have them; "
        "field: Araujo, Norris and Sim, Distill 2019, table of VGG_16 at pool5",
        "224x224x3 conv3-64 relu conv3-64 relu maxpool2 conv3-128 relu conv3-128 relu maxpool2 "
        "conv3-256 relu conv3-256 relu conv3-256 relu maxpool2 conv3-512 relu conv3-512 relu conv3-512 relu maxpool2 "
        "conv3-512 relu conv3-512 relu conv3-512 relu maxpool2 "
        "flatten fc4096 relu dropout fc4096 relu dropout fc1000 softmax",
        parameters=138_357_544,
        macs=15_470_264_320,
        field=212,
    ),
    PublicStack(
        "alexnet",
        "Krizhevsky, arXiv:1404.5997, as torchvision.models.alexnet has it; field: Distill 2019, alexnet_v2 at pool5",
        "224x224x3 conv11-64:s4:p2 relu maxpool3:s2 conv5-192:p2 relu maxpool3:s2 conv3-384:p1 relu "
        "conv3-256:p1 relu conv3-256:p1 relu maxpool3:s2 flatten "
        "dropout fc4096 relu dropout fc4096 relu fc1000",
        parameters=61_100_840,
        macs=714_188_480,
        field=195,
    ),
    PublicStack(
        "lenet5",
        "LeCun et al., Gradient-based learning applied to document recognition, 1998; all maps connected, as is usual: "
        "156 + 2416 + 48120 + 10164 + 850",
        "32x32x1 conv5-6:valid tanh avgpool2 conv5-16:valid tanh avgpool2 conv5-120:valid tanh flatten fc84 tanh fc10",
        parameters=61_706,
        macs=117_600 + 240_000 + 48_000 + 10_080 + 840,
        field=32,
        output=(10,),
    ),
    *(
        PublicStack(name, "torchvision's table of models: number of parameters", _vgg(name), parameters)
        for name, parameters in (("vgg11", 132_863_336), ("vgg13", 133_047_848), ("vgg19", 143_667_240))
    ),
    PublicStack(
        "mobilenet v1",
        "Howard et al., arXiv:1704.04861, table 1; parameters as Keras' MobileNet counts its trainable ones; "
        "'568.74 million mult-adds' as the slim model's page prints them, biases and pooling left out",
        "224x224x3 conv3-32:s2:nobias bn relu dwconv3:nobias bn relu conv1-64:nobias bn relu "
        "dwconv3:s2:nobias bn relu conv1-128:nobias bn relu dwconv3:nobias bn relu conv1-128:nobias bn relu "
        "dwconv3:s2:nobias bn relu conv1-256:nobias bn relu dwconv3:nobias bn relu conv1-256:nobias bn relu "
        "dwconv3:s2:nobias bn relu conv1-512:nobias bn relu "
        + "dwconv3:nobias bn relu conv1-512:nobias bn relu "
        * 5
        + "dwconv3:s2:nobias bn relu conv1-1024:nobias bn relu dwconv3:nobias bn relu conv1-1024:nobias bn relu "
        "gap dropout fc1000 softmax",
        parameters=4_231_976,
        macs=568_740_352,
    ),
    PublicStack(
        "dcgan generator",
        "PyTorch's DCGAN tutorial (nz 100, ngf 64), its parameters added up on paper: 100*512*16 + 512*256*16 + "
        "256*128*16 + 128*64*16 + 64*3*16 and 2*(512 + 256 + 128 + 64) for batch normalisation",
        "1x1x100 tconv4-512:valid:nobias bn relu tconv4-256:s2:p1:nobias bn relu tconv4-128:s2:p1:nobias bn relu "
        "tconv4-64:s2:p1:nobias bn relu tconv4-3:s2:p1:nobias tanh",
        parameters=3_576_704,
        output=(64, 64, 3),
    ),
)

LECTURE_SOUND = "51200@22050 mfcc13:hop512 conv3-32 maxpool2 conv3-64 maxpool2 flatten fc10"
LECTURE_SHAPES = ("100x13x1", "100x13x32", "50x6x32", "50x6x64", "25x3x64", "4800", "10")
