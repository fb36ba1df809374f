"""Guesses at what was meant; the errors as a user meets them are in test_reading.py."""

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.misspelling import (
    _LAYERS_ELSEWHERE,
    _SETTINGS_ELSEWHERE,
    foreign_character,
    not_an_input,
    unknown_layer,
    unknown_setting,
    wrong_input_size,
)
from cnnkit.network.notation.reading import read_layer
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


def test_the_first_foreign_character_is_pointed_at() -> None:
    error = foreign_character(Word("conv[3]"))
    assert (error.problem, error.start) == ("'[' is not a character of the notation", 4)


def test_what_is_no_size() -> None:
    assert "is not an input" in not_an_input(Word("song")).problem
    assert "begins with a layer" in not_an_input(Word("maxpol2")).problem
    assert "has 5 numbers" in wrong_input_size(Word("1x2x3x4x5"), (1, 2, 3, 4, 5)).problem
    assert wrong_input_size(Word("8x3x64x64"), (8, 3, 64, 64)).hint.endswith(
        "write 64x64x3, rows x columns x depth, and --batch 8"
    )


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("LeakyReLU", "leakyrelu"),
        ("leaky_relu", "leakyrelu"),
        ("GELU", "gelu"),
        ("swish", "silu"),
        ("BatchNorm2d", "bn"),
        ("batchnorm2d", "bn"),
        ("GroupNorm32", "groupnorm32"),
        ("AdaptiveAvgPool2d", "avgpool-to7"),
        ("adaptive_max_pool2d", "maxpool-to7"),
        ("ConvTranspose2d", "tconv2-64:s2"),
        ("convtranspose2d", "tconv2-64:s2"),
        ("PixelShuffle2", "shuffle2"),
        ("ZeroPad2d", "pad1"),
        ("zero_padding2d", "pad1"),
        ("Upsample", "upsample2"),
        ("UpSampling2D", "upsample2"),
        ("global_average_pooling", "gap"),
        ("GlobalMaxPooling2D", "gmp"),
        ("MaxPooling2D", "maxpool2"),
        ("max_pool2", "maxpool2"),
        ("conv_3_64", "conv3-64"),
        ("Conv1d", "conv3x1-64"),
        ("LayerNormalization", "layernorm"),
        ("LocalResponseNorm", "lrn"),
    ],
)
def test_the_names_of_other_libraries_lead_to_words_that_are_read(written: str, ours: str) -> None:
    with pytest.raises(NotationError) as caught:
        read_layer(Word(written))
    assert caught.value.hint in (f"write {ours}", f"did you mean {ours}?")
    read_layer(Word(ours))


def test_every_word_from_elsewhere_and_its_example_are_read() -> None:
    for written in _LAYERS_ELSEWHERE:
        with pytest.raises(NotationError) as caught:
            read_layer(Word(written))
        read_layer(Word(caught.value.hint.removeprefix("did you mean ").removesuffix("?")))
