"""The networks with words of their own: their totals, and that their words are free."""

import pytest

from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.shape import shape

TOTALS = {
    "lenet5": (61_706, 416_520, (10,)),
    "alexnet": (61_100_840, 714_188_480, (1000,)),
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
    assert all(network.source and network.stack for network in NETWORKS.values())


def test_they_can_be_trained() -> None:
    for name in NETWORKS:
        assert {"relu", "tanh"} & set(NETWORKS[name].stack.split())
