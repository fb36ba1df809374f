"""Networks whose sizes somebody else has published, as literal stacks, and steps counted out on paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublicStack:
    """A stack and what is known of it; None where the source does not say."""

    name: str
    source: str
    stack: str
    parameters: int | None = None
    macs: int | None = None
    field: int | tuple[int, int] | None = None
    """Receptive field before flatten."""
    output: tuple[int, ...] = (1000,)
    rounded: tuple[str, str] = ("", "")
    """Parameters and MACs as the source prints them, with its digits: ``"3.6e+09"``."""
    shapes: tuple[str, ...] = ()
    """Outputs of the layers that compute, where the source prints them."""


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
        for name, parameters in (("vgg11", 132_863_336), ("vgg13", 133_047_848))
    ),
    PublicStack(
        "vgg19",
        "torchvision's table of models: parameters, and 19.63 GFLOPS, by which it means MACs",
        _vgg("vgg19"),
        143_667_240,
        rounded=("", "1.963e+10"),
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
    PublicStack(
        "tiny-vgg",
        "Wang et al., CNN Explainer, arXiv:2004.15004: its page prints every shape; 280 + 3 * 910 + 16910 parameters",
        "tinyvgg",
        parameters=19_920,
        output=(10,),
        shapes=("62x62x10", "60x60x10", "30x30x10", "28x28x10", "26x26x10", "13x13x10", "10"),
    ),
    PublicStack(
        "resnet stem",
        "He et al., arXiv:1512.03385, table 1: 112x112, then 56x56; weights as torchvision's conv1 and bn1 have",
        "224x224x3 conv7-64:s2:p3:nobias bn relu maxpool3:s2:p1",
        parameters=9_408 + 128,
        macs=118_013_952,
        field=11,
        output=(56, 56, 64),
        shapes=("112x112x64", "56x56x64"),
    ),
    PublicStack(
        "plain-34",
        "He et al., arXiv:1512.03385, figure 3: the plain 34-layer baseline, '3.6 billion FLOPs (multiply-adds)'",
        "224x224x3 conv7-64:s2:p3:nobias bn relu maxpool3:s2:p1 "
        + "conv3-64:nobias bn relu " * 6
        + " ".join(
            f"conv3-{kernels}:s2:p1:nobias bn relu " + f"conv3-{kernels}:nobias bn relu " * times
            for kernels, times in ((128, 7), (256, 11), (512, 5))
        )
        + "gap fc1000",
        rounded=("", "3.6e+09"),
    ),
    PublicStack(
        "tiny yolo v2",
        "Redmon and Farhadi, arXiv:1612.08242, its small backbone; OpenVINO's page yolo-v2-tiny-tf: 11.229 million "
        "parameters, batch normalisation folded into the biases, 13x13x425 out",
        "416x416x3 "
        + " ".join(f"conv3-{kernels} relu maxpool2" for kernels in (16, 32, 64, 128, 256))
        + " conv3-512 relu maxpool2:s1:same conv3-1024 relu conv3-512 relu conv1-425",
        rounded=("1.123e+07", ""),
        output=(13, 13, 425),
    ),
    PublicStack(
        "u-net, down",
        "Ronneberger, Fischer and Brox, arXiv:1505.04597, figure 1: every size of the contracting path",
        "572x572x1 "
        + " maxpool2 ".join(f"conv3-{k}:valid relu conv3-{k}:valid relu" for k in (64, 128, 256, 512, 1024)),
        output=(28, 28, 1024),
        field=140,
        shapes=(
            *("570x570x64", "568x568x64", "284x284x64", "282x282x128", "280x280x128", "140x140x128"),
            *("138x138x256", "136x136x256", "68x68x256", "66x66x512", "64x64x512", "32x32x512"),
            *("30x30x1024", "28x28x1024"),
        ),
    ),
    PublicStack(
        "wavenet, one block",
        "van den Oord et al., arXiv:1609.03499, section 2.1: dilations 1, 2, 4 ... 512 have a receptive field of 1024",
        "1x16000x1 " + " ".join(f"conv1x2-32:d1x{2**doubling}:valid relu" for doubling in range(10)),
        field=(1, 1024),
        output=(1, 16000 - 1023, 32),
    ),
    PublicStack(
        "ds-cnn, keywords on mfcc",
        "Zhang et al., Hello Edge, arXiv:1711.07128, the small DS-CNN: 49 frames of 10 MFCCs; as MLPerf Tiny's "
        "reference has it, whose weights add up to 2624 + 4 * (640 + 4160) + 9 * 128 + 780",
        "16000@16000 mfcc10:win640:hop320:valid conv10x4-64:s2 bn relu dropout "
        + "dwconv3 bn relu conv1-64 bn relu " * 4
        + "dropout gap fc12 softmax",
        parameters=23_756,
        output=(12,),
        shapes=("49x10x1", "25x5x64", *["25x5x64"] * 8, "64", "12"),
    ),
    PublicStack(
        "pilotnet",
        "Bojarski et al., arXiv:1604.07316, figure 4: every shape; 'about 27 million connections and 250 thousand "
        "parameters'",
        "66x200x3 conv5-24:s2:valid relu conv5-36:s2:valid relu conv5-48:s2:valid relu conv3-64:valid relu "
        "conv3-64:valid relu flatten fc100 relu fc50 relu fc10 relu fc1",
        rounded=("2.5e+05", "2.7e+07"),
        output=(1,),
        shapes=("31x98x24", "14x47x36", "5x22x48", "3x20x64", "1x18x64", "100", "50", "10", "1"),
    ),
    PublicStack(
        "mnist, keras",
        "keras.io/examples/vision/mnist_convnet: total params 34,826",
        "28x28x1 conv3-32:valid relu maxpool2 conv3-64:valid relu maxpool2 flatten dropout fc10 softmax",
        parameters=34_826,
        output=(10,),
    ),
    PublicStack(
        "deep q-network",
        "Mnih et al., Nature 518 (2015), extended data: 84x84x4, 32 8x8 by 4, 64 4x4 by 2, 64 3x3, 512; 18 actions",
        "84x84x4 conv8-32:s4:valid relu conv4-64:s2:valid relu conv3-64:valid relu flatten fc512 relu fc18",
        parameters=8_224 + 32_832 + 36_928 + 1_606_144 + 9_234,
        output=(18,),
        shapes=("20x20x32", "9x9x64", "7x7x64", "512", "18"),
    ),
)

LECTURE_SOUND = "51200@22050 mfcc13:hop512 conv3-32 maxpool2 conv3-64 maxpool2 flatten fc10"
LECTURE_SHAPES = ("100x13x1", "100x13x32", "50x6x32", "50x6x64", "25x3x64", "4800", "10")
