"""The networks with words of their own: their totals, and that their words are free."""

import re
from itertools import pairwise

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.shape import shape

TOTALS = {
    "lenet5": (61_706, 416_520, (10,)),
    "alexnet": (61_100_840, 714_188_480, (1000,)),
    "vgg11": (132_863_336, 7_609_090_048, (1000,)),
    "vgg13": (133_047_848, 11_308_466_176, (1000,)),
    "vgg16": (138_357_544, 15_470_264_320, (1000,)),
    "vgg19": (143_667_240, 19_632_062_464, (1000,)),
    "tinyvgg": (19_920, 5_608_780, (10,)),
    # Parameters as torchvision's table of models has them, and MACs as its GFLOPS, below.
    "resnet18": (11_689_512, 1_814_073_344, (1000,)),
    "resnet34": (21_797_672, 3_663_761_408, (1000,)),
    "resnet50": (25_557_032, 4_089_184_256, (1000,)),
    "mobilenet-v2": (3_504_872, 300_774_272, (1000,)),
    "squeezenet1.0": (1_248_424, 818_924_576, (1000,)),
    "squeezenet1.1": (1_235_496, 349_151_936, (1000,)),
    "googlenet": (6_624_904, 1_498_376_192, (1000,)),
    "densenet121": (7_978_856, 2_834_161_664, (1000,)),
    # Keras' MobileNet, and "568.74 million mult-adds" of its first page.
    "mobilenet-v1": (4_231_976, 568_740_352, (1000,)),
    # The sizes of the paper's figure 1, 388x388 out of 572x572; its parameters and work added up in the test below.
    "unet": (31_030_658, 150_428_424_448, (388, 388, 2)),
    # PyTorch's tutorial: "Number of parameters: 26915".
    "m5": (26_915, 1_880_256, (35,)),
    # Google's VGGish as it is counted everywhere: 72.1 million.
    "vggish": (72_141_184, 863_895_552, (128,)),
    # Kong et al.: 80,753,615, of which 128 normalise the bands before the network.
    "panns-cnn14": (80_753_615 - 128, 20_041_926_656, (527,)),
    "ds-cnn": (23_756, 2_656_768, (12,)),
}
"""The first as torch 2.13 counts them; see tests/cases/framework_numbers.py."""

GFLOPS = {
    "resnet18": 1.81, "resnet34": 3.66, "resnet50": 4.09, "mobilenet-v2": 0.30, "squeezenet1.0": 0.82,
    "squeezenet1.1": 0.35, "googlenet": 1.50, "densenet121": 2.83, "alexnet": 0.71, "vgg11": 7.61, "vgg16": 15.47,
}  # fmt: skip
"""torchvision's table of models, which counts MACs."""


@pytest.mark.parametrize("name", NETWORKS)
def test_totals(name: str) -> None:
    stack = shape(name)
    assert (stack.parameters, stack.macs, stack.output) == TOTALS[name]


@pytest.mark.parametrize("name", GFLOPS)
def test_the_work_is_the_one_that_was_published(name: str) -> None:
    assert round(shape(name).macs / 1e9, 2) == GFLOPS[name]


def test_the_parameters_of_a_u_net_by_hand() -> None:
    """Pairs of 3x3 convolutions on the way down, an up-convolution and a pair at each step up, 1x1 at the end."""
    depths = (1, 64, 128, 256, 512, 1024)
    pairs = pairwise(depths)
    total = sum(9 * before * after + after + 9 * after * after + after for before, after in pairs)
    for depth in depths[1:-1]:
        total += 4 * 2 * depth * depth + depth + 9 * 2 * depth * depth + depth + 9 * depth * depth + depth
    assert shape("unet").parameters == total + 64 * 2 + 2


def test_the_sizes_of_the_papers_u_net() -> None:
    joins = [step for step in shape("unet").layers if step.joined]
    assert [step.output.text for step in joins] == ["56x56x1024", "104x104x512", "200x200x256", "392x392x128"]


def test_the_sizes_of_table_1_of_the_residual_networks() -> None:
    for name, blocks in (("resnet18", 8), ("resnet34", 16), ("resnet50", 16)):
        joins = [step for step in shape(name).layers if step.joined]
        assert len(joins) == blocks
        assert {step.output[0] for step in joins} == {56, 28, 14, 7}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("resnet_18", "resnet18"), ("mobilenet_v2", "mobilenet-v2"), ("squeezenet1_1", "squeezenet1.1"), ("u-net", "unet"),
     ("ResNet50", "resnet50"), ("MobileNetV1", "mobilenet-v1"), ("densenet-121", "densenet121"), ("DSCNN", "ds-cnn")],
)  # fmt: skip
def test_names_as_others_write_them(written: str, meant: str) -> None:
    with pytest.raises(NotationError, match=f"write {re.escape(meant)}"):
        shape(written)


def test_no_word_is_taken_twice() -> None:
    assert not set(NETWORKS) & set(FORMS)


def test_they_can_be_trained() -> None:
    for name in NETWORKS:
        assert {"relu", "tanh"} & set(NETWORKS[name].split())


@pytest.mark.parametrize(
    ("stack", "macs"),
    [
        ("256x256x3 vgg16", 20_168_212_480),
        ("64x64x3 vgg16", 1_376_419_840),
        ("32x32x3 vgg16", 436_830_208),
        ("100x331x3 vgg19", 12_652_953_856),
        ("512x384x3 vgg11", 29_454_401_536),
        ("299x299x3 vgg13", 19_702_755_520),
        ("256x256x3 alexnet", 927_124_160),
        ("63x63x3 alexnet", 98_144_960),
    ],
)
def test_at_any_size_they_have_the_parameters_of_torchvision_and_its_work(stack: str, macs: int) -> None:
    """As torch 2.13 counts torchvision's definitions, with half its FLOPs as MACs."""
    found = shape(stack)
    assert (found.parameters, found.macs) == (TOTALS[stack.split()[1]][0], macs)
