"""Guesses at what was meant; the errors as a user meets them are in tests/promises/test_shape_mistakes.py."""

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.elsewhere import ABSENT, LAYERS_ELSEWHERE
from cnnkit.network.notation.meaning import cured_input, cured_layer, meant_input, meant_layer
from cnnkit.network.notation.reading import read_input, read_layer
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.notation.word import Word


def reads(text: str) -> bool:
    try:
        read_layer(Word(text))
    except NotationError:
        return False
    return True


def test_every_layer_from_elsewhere_is_read_as_ours() -> None:
    for word, ours in LAYERS_ELSEWHERE.items():
        number = "3-8" if FORMS[ours].counts and FORMS[ours].size else "3" if FORMS[ours].example != ours else ""
        assert meant_layer(word + number, reads) == ours + number


@pytest.mark.parametrize("word", sorted(ABSENT))
def test_a_layer_that_is_not_in_the_notation_is_not_another(word: str) -> None:
    for text in (word, f"{word}3", f"{word}3-8", f"{word}(8)"):
        assert meant_layer(text, reads) == ""


def test_a_guess_that_does_not_read_is_none() -> None:
    assert meant_layer("conv3-64s2", lambda text: False) == ""
    assert meant_input("28X28", lambda text: False) == ""


def test_a_convolution_of_a_framework_has_no_padding_unless_it_is_given() -> None:
    assert meant_layer("Conv2d(3,64,3)", reads) == "conv3-64:valid"
    assert meant_layer("Conv2d(3,64,3,padding=1)", reads) == "conv3-64:p1"
    assert meant_layer("conv2d3-64", reads) == "conv3-64"


def test_minus_signs_are_not_dropped() -> None:
    assert meant_layer("conv3--5", reads) == ""
    assert meant_layer("conv3-5:pad=-1", reads) == ""


def test_words_that_belong_together_are_one() -> None:
    line = "28x28 conv3-8 stride 2 relu"
    error = cured_layer(NotationError("unknown"), Word("stride", line, 14), reads)
    assert error.hint == "write conv3-8:s2 in place of 'conv3-8 stride 2'"


def test_an_error_without_a_guess_stays_as_it_is() -> None:
    error = NotationError("unknown", "layers are ...")
    assert cured_layer(error, Word("zebra"), reads) is error
    assert cured_input(error, Word("zebra"), lambda text: False) is error


def test_numbers_in_a_row_are_one_input() -> None:
    def is_input(text: str) -> bool:
        try:
            read_input(Word(text))
        except NotationError:
            return False
        return True

    error = cured_input(NotationError("one number"), Word("28", "28 28 3 relu"), is_input)
    assert error.hint == "write 28x28x3 in place of '28 28 3'"
