"""Single layers with their defaults filled in, and with another window: in a word that reads back as what was meant."""

from typing import Any

import pytest

from cnnkit.geometry.padding import Padding
from cnnkit.network.layer import Layer, resolve, reworded
from cnnkit.network.notation.reading import read_layer
from cnnkit.network.notation.word import Word


def layer(text: str) -> Layer:
    return resolve(read_layer(Word(text)))


def test_a_convolution_has_stride_1_and_same_padding() -> None:
    for name in ("conv3-8", "tconv3-8", "dwconv3"):
        assert (layer(name).stride, layer(name).padding, layer(name).bias) == ((1, 1), "same", True)


def test_a_pool_has_its_size_as_stride_and_no_padding() -> None:
    for name in ("maxpool2x3", "avgpool2x3"):
        assert (layer(name).stride, layer(name).padding, layer(name).ceil) == ((2, 3), "valid", False)


def test_features_have_the_lectures_frames() -> None:
    made = layer("mfcc13")
    assert (made.hop_length, made.frame_length, made.framing) == (512, 2048, "pad-end")


def test_what_is_given_replaces_the_default() -> None:
    made = layer("maxpool3:s2:p1:ceil:d2")
    assert (made.stride, made.padding, made.ceil, made.dilation) == ((2, 2), Padding(1, 1, 1, 1), True, (2, 2))


def test_what_has_no_window_keeps_its_size_as_it_is_written() -> None:
    assert (layer("avgpool-to7x5").size, layer("avgpool-to7x5").stride) == ((7, 5), (1, 1))
    assert (layer("upsample2x3").size, layer("upsample2x3").mode) == ((2, 3), "nearest")
    assert layer("upsample2:bilinear").mode == "bilinear"
    assert layer("pad0x1").padding == layer("crop0x1").padding == Padding(0, 0, 1, 1)
    assert layer("shuffle2").count == 2


@pytest.mark.parametrize(
    ("word", "changes", "expected"),
    [
        ("conv3-8:s2:p1", ((5, 5), (1, 1), "same"), "conv5-8"),
        ("conv3-8:g2", ((3, 3), (2, 2), "valid"), "conv3-8:s2:valid:g2"),
        ("conv3-8:d2:nobias", ((3, 1), (1, 1), Padding(2, 2, 0, 0)), "conv3x1-8:p2x0:d2:nobias"),
        ("conv3-8:d2", ((1, 1), (1, 1), "same"), "conv1-8"),  # what one weight has no use for
        ("maxpool3:s2:same", ((2, 2), (2, 2), "valid"), "maxpool2"),
        ("maxpool3:ceil", ((2, 2), (1, 1), Padding(0, 1, 0, 1)), "maxpool2:s1:p0x1x0x1:ceil"),
        ("tconv3-8:op1:p1", ((4, 4), (2, 2), Padding(1, 1, 1, 1)), "tconv4-8:s2:p1:op1"),
    ],
)
def test_words_of_other_windows(word: str, changes: tuple[Any, ...], expected: str) -> None:
    found = reworded(layer(word), *changes)
    assert str(found.spec) == expected
    again = layer(expected)
    assert again._replace(spec=found.spec) == found


def test_a_pool_may_begin_to_round_up() -> None:
    assert str(reworded(layer("maxpool2"), (2, 2), (2, 2), "valid", ceil=True).spec) == "maxpool2:ceil"
