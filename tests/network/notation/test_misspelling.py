"""Guesses at what was meant; the errors as a user meets them are in test_reading.py."""

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.misspelling import (
    _LAYERS_ELSEWHERE,
    _SETTINGS_ELSEWHERE,
    not_an_input,
    refuse_foreign,
    unknown_layer,
    unknown_setting,
    wrong_input_size,
)
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.notation.word import Word


def test_every_word_from_elsewhere_leads_to_one_of_ours() -> None:
    assert not set(_LAYERS_ELSEWHERE) & set(FORMS)
    for word, ours in _LAYERS_ELSEWHERE.items():
        assert unknown_layer(Word(f"{word}2")).hint.startswith(f"did you mean {ours}")
    for word, ours in _SETTINGS_ELSEWHERE.items():
        owner = next(name for name, form in FORMS.items() if ours in form.settings)
        assert unknown_setting(Word(f"{word}2"), owner).hint.startswith(f"did you mean :{ours}")


def test_a_bare_layer_is_proposed_without_a_number() -> None:
    assert unknown_layer(Word("batchnorm2")).hint == "did you mean bn?"


def test_a_setting_of_words_is_proposed_without_a_number() -> None:
    assert unknown_setting(Word("vaild2"), "conv").hint == "did you mean :valid?"


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
