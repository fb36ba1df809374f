"""Guesses at what was meant; the errors as a user meets them are in test_reading.py."""

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.notation.misspelling import (
    foreign_character,
    not_an_input,
    takes_no_number,
    unknown_layer,
    unknown_setting,
    wrong_input_size,
)
from cnnkit.network.notation.reading import read_layer
from cnnkit.network.notation.word import Word


def test_what_there_is_when_nothing_is_near() -> None:
    assert unknown_layer(Word("zebra")).hint.startswith("layers are conv, tconv")
    assert unknown_setting(Word("zebra"), "conv").hint.startswith("conv takes s, p, d")
    assert unknown_setting(Word("ceil"), "conv").hint.startswith("ceil is for maxpool, avgpool; conv takes")


def test_a_number_is_not_dropped_where_it_means_something() -> None:
    assert "windows of 7x7 are avgpool7" in takes_no_number(Word("7"), "gap").hint
    assert "fc10 before it" in takes_no_number(Word("10"), "softmax").hint
    assert takes_no_number(Word("2"), "flatten").hint == "flatten is written without one"


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
    assert caught.value.hint.endswith(f"write {ours}")
    read_layer(Word(ours))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("vgg", "vgg11, vgg13, vgg16, vgg19, vggish, tinyvgg"),
        ("mobilenet", "mobilenet-v1, mobilenet-v2"),
        ("squeezenet", "squeezenet1.0, squeezenet1.1"),
        ("cnn14", "panns-cnn14, ds-cnn"),
        ("resnet101", "resnet18, resnet34, resnet50"),
    ],
)
def test_a_network_that_is_nearly_named_lists_its_family(text: str, names: str) -> None:
    for words in (text, f"224x224x3 {text}"):
        with pytest.raises(NotationError) as caught:
            read_stack([words])
        assert caught.value.hint == f"networks of that name: {names}"
