"""Words of the notation for operators, and names for the others."""

from __future__ import annotations

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window
from cnnkit.network.shape import shape
from cnnkit.operations.network.models.words import is_worded, named, windowed, worded

SIZE = 20, 30


def test_defaults_of_the_notation_are_left_out() -> None:
    none, one = Padding(0, 0, 0, 0), Padding(1, 1, 1, 1)
    three = Window((3, 3))
    assert windowed("conv", three, one, SIZE, count=64).spec.word.text == "conv3-64"
    assert windowed("conv", three, none, SIZE, count=64).spec.word.text == "conv3-64:valid"
    strided = windowed("conv", Window((3, 3), (2, 2)), one, SIZE, count=64)
    assert strided.spec.word.text == "conv3-64:s2:p1"
    assert windowed("maxpool", Window((3, 3), (2, 2)), one, SIZE, ceil=True).spec.word.text == "maxpool3:s2:p1:ceil"
    assert windowed("avgpool", Window((2, 2), (2, 2)), none, SIZE).spec.word.text == "avgpool2"
    assert windowed("tconv", Window((2, 2), (2, 2)), none, SIZE, count=8).spec.word.text == "tconv2-8:s2:valid"


def test_words_are_read_again() -> None:
    layer = windowed("conv", Window((3, 5), (2, 1), (1, 2)), Padding(0, 1, 2, 3), SIZE, count=8)
    again = shape("20x30x3", layer.spec.word.text).layers[0].layer
    assert (again.size, again.stride, again.dilation, again.padding) == ((3, 5), (2, 1), (1, 2), Padding(0, 1, 2, 3))


def test_names_are_no_words() -> None:
    assert is_worded(worded("relu"))
    assert is_worded(worded("add"))
    assert not is_worded(named("Resize"))
    assert not is_worded(named("Unsqueeze", "reshape"))
    assert str(named("Unsqueeze", "reshape").spec.word.text) == "Unsqueeze"
