"""The networks with words of their own: their totals, and that their words are free."""

import pytest

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
}
"""As torch 2.13 counts them; see tests/cases/framework_numbers.py."""


@pytest.mark.parametrize("name", NETWORKS)
def test_totals(name: str) -> None:
    stack = shape(name)
    assert (stack.parameters, stack.macs, stack.output) == TOTALS[name]


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
