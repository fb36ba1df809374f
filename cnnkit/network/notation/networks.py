"""Published networks that have a word of their own in the notation: their inputs and layers.

They hold the activations and the dropout of the originals, so that their code can be trained; no softmax where the
original's loss brings one. Their totals, beside the numbers that were published, are in docs/shape.md and in the tests.
"""

from __future__ import annotations


def _vgg(*convolutions: int) -> str:
    """A network of Simonyan and Zisserman's table 1, from the convolutions in each of its five blocks."""
    words = ["224x224x3"]
    for kernels, times in zip((64, 128, 256, 512, 512), convolutions, strict=True):
        words += [f"conv3-{kernels}", "relu"] * times + ["maxpool2"]
    return " ".join([*words, "avgpool-to7", "flatten", *["fc4096", "relu", "dropout"] * 2, "fc1000"])


_STEM = "224x224x3 conv7-64:s2:p3:nobias bn relu maxpool3:s2:p1"


def _resnet(*times: int) -> str:
    """A ResNet of blocks of two 3x3 convolutions, as ResNet-18: how many in each of its four stages."""
    words = [_STEM]
    for stage, (kernels, more) in enumerate(zip((64, 128, 256, 512), times, strict=True)):
        second = f"conv3-{kernels}:p1:nobias bn"
        if stage:
            words.append(
                f"block mark:in conv3-{kernels}:s2:p1:nobias bn relu {second} mark:main "
                f"from:in conv1-{kernels}:s2:p0:nobias bn add:main relu end"
            )
        words.append(f"block mark:in conv3-{kernels}:p1:nobias bn relu {second} add:in relu end x{more - (stage > 0)}")
    return " ".join([*words, "gap fc1000"])


def _bottleneck_resnet(*times: int) -> str:
    """A ResNet of bottlenecks, as ResNet-50, its strides in the 3x3 convolutions: how many in each stage."""
    words = [_STEM]
    for stage, (kernels, more) in enumerate(zip((64, 128, 256, 512), times, strict=True)):
        step = ":s2" if stage else ""
        first, last = f"conv1-{kernels}:nobias bn relu", f"conv1-{4 * kernels}:nobias bn"
        words.append(
            f"block mark:in {first} conv3-{kernels}{step}:p1:nobias bn relu {last} mark:main "
            f"from:in conv1-{4 * kernels}{step}:p0:nobias bn add:main relu end "
            f"block mark:in {first} conv3-{kernels}:p1:nobias bn relu {last} add:in relu end x{more - 1}"
        )
    return " ".join([*words, "gap fc1000"])


def _separable(kernels: int, step: str = "") -> str:
    return f"dwconv3{step}:p1:nobias bn relu conv1-{kernels}:nobias bn relu"


def _mobilenet_v2() -> str:
    words = ["224x224x3 conv3-32:s2:p1:nobias bn relu dwconv3:p1:nobias bn relu conv1-16:nobias bn"]
    depth = 16
    for kernels, times, step in (
        (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)
    ):  # fmt: skip
        tail = f"bn relu conv1-{kernels}:nobias bn"
        words.append(f"conv1-{6 * depth}:nobias bn relu dwconv3{':s2' * (step > 1)}:p1:nobias {tail}")
        if times > 1:
            wide = f"conv1-{6 * kernels}:nobias bn relu dwconv3:p1:nobias {tail}"
            words.append(f"block mark:in {wide} add:in end x{times - 1}")
        depth = kernels
    return " ".join([*words, "conv1-1280:nobias bn relu gap dropout fc1000"])


def _fire(squeeze: int, expand: int) -> str:
    """SqueezeNet's module: few 1x1 kernels, then as many of 1x1 as of 3x3 side by side."""
    return (
        f"block conv1-{squeeze} relu mark:in conv1-{expand} relu mark:small from:in conv3-{expand}:p1 relu "
        "cat:small:. end"
    )


def _fires(*squeezed: int) -> str:
    return " ".join(_fire(squeeze, 4 * squeeze) for squeeze in squeezed)


def _inception(one: int, *numbers: int) -> str:
    """GoogLeNet's module, in the order of the paper's table 1; 3x3 for 5x5, as torchvision has it."""
    three, third, five, fifth, pooled = numbers
    return (
        f"block mark:in conv1-{one}:nobias bn relu mark:one from:in conv1-{three}:nobias bn relu "
        f"conv3-{third}:p1:nobias bn relu mark:three from:in conv1-{five}:nobias bn relu "
        f"conv3-{fifth}:p1:nobias bn relu mark:five from:in maxpool3:s1:p1:ceil conv1-{pooled}:nobias bn relu "
        "cat:one:three:five:. end"
    )


def _densenet(*times: int) -> str:
    """A DenseNet that grows by 32 channels a layer, halved between its four blocks."""
    words, depth = [_STEM], 64
    for number, more in enumerate(times):
        if number:
            depth //= 2
            words.append(f"bn relu conv1-{depth}:nobias avgpool2")
        words.append(f"block mark:in bn relu conv1-128:nobias bn relu conv3-32:p1:nobias cat:in:. end x{more}")
        depth += 32 * more
    return " ".join([*words, "bn relu gap fc1000"])


def _unet() -> str:
    words = ["572x572x1"]
    depths = (64, 128, 256, 512)

    def pair(kernels: int) -> str:
        return f"conv3-{kernels}:valid relu conv3-{kernels}:valid relu"

    words += [f"{pair(depth)} mark:skip{depth} maxpool2" for depth in depths]
    words.append(f"{pair(1024)}")
    for depth, border in zip(depths[::-1], (4, 16, 40, 88), strict=True):
        words.append(f"tconv2-{depth}:s2 mark:up{depth} from:skip{depth} crop{border} cat:up{depth} {pair(depth)}")
    return " ".join([*words, "conv1-2"])


NETWORKS = {
    # LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998, figure 2; every
    # map of the second convolution sees every map before it, as is usual today.
    "lenet5": "32x32x1 conv5-6:valid tanh avgpool2 conv5-16:valid tanh avgpool2 conv5-120:valid tanh flatten fc84 tanh "
    "fc10",
    # Krizhevsky, arXiv:1404.5997 (one tower), as in torchvision.
    "alexnet": "224x224x3 conv11-64:s4:p2 relu maxpool3:s2 conv5-192:p2 relu maxpool3:s2 conv3-384:p1 relu "
    "conv3-256:p1 relu conv3-256:p1 relu maxpool3:s2 avgpool-to6 flatten dropout fc4096 relu dropout fc4096 relu "
    "fc1000",
    # Simonyan and Zisserman, arXiv:1409.1556, table 1, columns A, B, D and E; their adaptive pool as in torchvision.
    "vgg11": _vgg(1, 1, 2, 2, 2),
    "vgg13": _vgg(2, 2, 2, 2, 2),
    "vgg16": _vgg(2, 2, 3, 3, 3),
    "vgg19": _vgg(2, 2, 4, 4, 4),
    # He et al., arXiv:1512.03385, table 1; version 1.5 of the bottlenecks, as in torchvision.
    "resnet18": _resnet(2, 2, 2, 2),
    "resnet34": _resnet(3, 4, 6, 3),
    "resnet50": _bottleneck_resnet(3, 4, 6, 3),
    # Howard et al., arXiv:1704.04861, table 1.
    "mobilenet-v1": f"224x224x3 conv3-32:s2:p1:nobias bn relu {_separable(64)} {_separable(128, ':s2')} "
    f"{_separable(128)} {_separable(256, ':s2')} {_separable(256)} {_separable(512, ':s2')} "
    f"block {_separable(512)} end x5 {_separable(1024, ':s2')} {_separable(1024)} gap dropout fc1000",
    # Sandler et al., arXiv:1801.04381, table 2, as in torchvision; its relu is relu6.
    "mobilenet-v2": _mobilenet_v2(),
    # Iandola et al., arXiv:1602.07360, table 1, and version 1.1 of its authors, as in torchvision.
    "squeezenet1.0": f"224x224x3 conv7-96:s2:valid relu maxpool3:s2:ceil {_fires(16, 16, 32)} maxpool3:s2:ceil "
    f"{_fires(32, 48, 48, 64)} maxpool3:s2:ceil {_fires(64)} dropout conv1-1000 relu gap",
    "squeezenet1.1": f"224x224x3 conv3-64:s2:valid relu maxpool3:s2:ceil {_fires(16, 16)} maxpool3:s2:ceil "
    f"{_fires(32, 32)} maxpool3:s2:ceil {_fires(48, 48, 64, 64)} dropout conv1-1000 relu gap",
    # Szegedy et al., arXiv:1409.4842, table 1, with batch normalisation and without side outputs, as in torchvision.
    "googlenet": "224x224x3 conv7-64:s2:p3:nobias bn relu maxpool3:s2:ceil conv1-64:nobias bn relu "
    f"conv3-192:p1:nobias bn relu maxpool3:s2:ceil {_inception(64, 96, 128, 16, 32, 32)} "
    f"{_inception(128, 128, 192, 32, 96, 64)} maxpool3:s2:ceil {_inception(192, 96, 208, 16, 48, 64)} "
    f"{_inception(160, 112, 224, 24, 64, 64)} {_inception(128, 128, 256, 24, 64, 64)} "
    f"{_inception(112, 144, 288, 32, 64, 64)} {_inception(256, 160, 320, 32, 128, 128)} maxpool2:ceil "
    f"{_inception(256, 160, 320, 32, 128, 128)} {_inception(384, 192, 384, 48, 128, 128)} gap dropout fc1000",
    # Huang et al., arXiv:1608.06993, table 1, as in torchvision.
    "densenet121": _densenet(6, 12, 24, 16),
    # Ronneberger, Fischer and Brox, arXiv:1505.04597, figure 1.
    "unet": _unet(),
    # Dai et al., arXiv:1610.00087, as PyTorch's tutorial on speech commands has it: 1 s at 8 kHz, 35 words.
    "m5": "8000@8000 waveform conv1x80-32:s1x16:valid bn relu maxpool1x4 conv1x3-32:valid bn relu maxpool1x4 "
    "conv1x3-64:valid bn relu maxpool1x4 conv1x3-64:valid bn relu maxpool1x4 gap fc35",
    # Hershey et al., arXiv:1609.09430, as Google's models/research/audioset/vggish has it: 0.975 s at 16 kHz, frames of
    # 25 ms every 10 ms.
    "vggish": "15600@16000 logmel64:win400:hop160:valid conv3-64 relu maxpool2 conv3-128 relu maxpool2 conv3-256 relu "
    "conv3-256 relu maxpool2 conv3-512 relu conv3-512 relu maxpool2 flatten fc4096 relu fc4096 relu fc128",
    # Kong et al., arXiv:1912.10211, table 1: 10 s at 32 kHz. Without the normalisation of the 64 bands before it, which
    # has 128 parameters.
    "panns-cnn14": "320000@32000 logmel64:win1024:hop320:center "
    + " ".join(
        f"block conv3-{kernels}:p1:nobias bn relu end x2 avgpool2 dropout" for kernels in (64, 128, 256, 512, 1024)
    )
    + " block conv3-2048:p1:nobias bn relu end x2 dropout avgpool1x2 mark:map gmp mark:most from:map gap "
    "add:most dropout fc2048 relu dropout fc527 sigmoid",
    # Zhang et al., Hello Edge, arXiv:1711.07128, the small one, as in MLPerf Tiny: 49 frames of 10 MFCCs.
    "ds-cnn": "16000@16000 mfcc10:win640:hop320:valid conv10x4-64:s2 bn relu dropout "
    "block dwconv3 bn relu conv1-64 bn relu end x4 dropout gap fc12",
    # Wang et al., CNN Explainer, arXiv:2004.15004.
    "tinyvgg": "64x64x3 conv3-10:valid relu conv3-10:valid relu maxpool2 conv3-10:valid relu conv3-10:valid relu "
    "maxpool2 flatten fc10",
}
