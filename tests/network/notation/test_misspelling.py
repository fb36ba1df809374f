"""Guesses at what was meant; the errors as a user meets them are in test_reading.py."""

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.misspelling import (
    not_an_input,
    refuse_foreign,
    takes_no_number,
    unknown_layer,
    unknown_setting,
    wrong_input_size,
)
from cnnkit.network.notation.word import Word


def test_what_there_is_when_nothing_is_near() -> None:
    assert unknown_layer(Word("zebra")).hint.startswith("layers are conv, tconv")
    assert unknown_setting(Word("zebra"), "conv").hint.startswith("conv takes s, p, d")
    assert unknown_setting(Word("ceil"), "conv").hint.startswith("ceil is for maxpool, avgpool; conv takes")


def test_a_number_is_not_dropped_where_it_means_something() -> None:
    assert "windows of 7x7 are avgpool7" in takes_no_number(Word("7"), "gap").hint
    assert "fc10 before it" in takes_no_number(Word("10"), "softmax").hint
    assert takes_no_number(Word("2"), "flatten").hint == "flatten keeps its input's values"


def test_our_own_characters_pass() -> None:
    refuse_foreign(Word("abcxyz0189-:@"))


def test_the_first_foreign_character_is_pointed_at() -> None:
    with pytest.raises(NotationError, match=r"'\[' is not a character") as caught:
        refuse_foreign(Word("conv[3]"))
    assert caught.value.start == 4


def test_what_is_no_size() -> None:
    assert "is not an input" in not_an_input(Word("song")).problem
    assert "begins with a layer" in not_an_input(Word("maxpol2")).problem
    assert "only one number" in wrong_input_size(Word("28"), (28,)).problem
    assert wrong_input_size(Word("8x3x64x64"), (8, 3, 64, 64)).hint.endswith(
        "write 64x64x3, rows x columns x depth, and --batch 8"
    )
