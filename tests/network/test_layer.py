"""Single layers with their defaults filled in."""

from cnnkit.geometry.padding import Padding
from cnnkit.network.layer import Layer, resolve
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
