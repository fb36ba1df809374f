"""Networks that an input does not fit: the hint names inputs that do, for nobody can change their words."""

import re

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.shape import shape


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("224x224x3 unet", "220x220x3, 236x236x3"),
        ("575x575x1 unet", "572x572x1, 588x588x1"),
        ("575x612x1 unet", "572x604x1, 588x620x1"),
        ("100x100x1 unet", "572x572x1"),  # the smallest that fits is too far away
        ("40x40x3 alexnet", "63x63x3"),
        ("9x9x3 maxpool2 squeezenet1.1", "34x34x3"),
    ],
)
def test_a_network_that_an_input_does_not_fit_says_which_do(text: str, fitting: str) -> None:
    network = text.rsplit(maxsplit=1)[-1]
    with pytest.raises(NotationError) as caught:
        shape(text)
    cure = f"or change the words that cnnkit shape {network} --show-stack prints"
    assert caught.value.hint == f"inputs that fit: {fitting}; {cure}"
    for size in fitting.split(", "):
        shape(size, *text.split()[1:])


def test_where_no_input_is_near_the_words_can_be_printed() -> None:
    with pytest.raises(NotationError, match="change the words that cnnkit shape unet --show-stack prints") as caught:
        shape("224x224x3 unet conv99-1:valid maxpool99 maxpool99")
    assert "inputs" not in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("224x224x3 m5", "begin with samples@rate"),
        ("784 vgg16", "begin with rows x columns x depth"),
        ("224x224x3 gap vgg16", "begin with rows x columns x depth"),
        ("9x9x3 conv11-3:valid", "use a window of at most 9x9"),
    ],
)
def test_other_mistakes_keep_their_hints(text: str, hint: str) -> None:
    with pytest.raises(NotationError) as caught:
        shape(text)
    assert caught.value.hint.startswith(hint)


def test_every_network_that_takes_images_answers_a_size_that_is_too_small() -> None:
    hints = {}
    for name, words in NETWORKS.items():
        if re.match(r"\d+x", words):
            try:
                shape("1x1x3", name)
            except NotationError as error:
                hints[name] = error.hint
    assert {"unet", "lenet5", "alexnet"} <= set(hints)
    assert all(hint.startswith("inputs that fit: ") for hint in hints.values())
