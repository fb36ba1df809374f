"""Operators of a model in the words of the notation, so that the table of a model is the notation's."""

from __future__ import annotations

from cnnkit.geometry.padding import Padding, four_sides
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Setting, Window, window_settings
from cnnkit.network.layer import Layer, resolve
from cnnkit.network.notation.spec import FORMS, JOINS, Size, Spec
from cnnkit.network.notation.word import Word


def worded(name: str, size: Size | None = None, count: int | None = None, settings: tuple[Setting, ...] = ()) -> Layer:
    """A layer of these settings, with the word that gives it.

    >>> worded("maxpool", (3, 3), settings=(Setting("s", "stride", (2, 2)),)).spec.word.text
    'maxpool3:s2'
    """
    spec = Spec(name, size, count, settings, Word(name))
    return resolve(spec._replace(word=Word(str(spec))))


def named(name: str, is_view: str = "") -> Layer:
    """A layer with a name alone; with `is_view`, the name of a layer of the notation that makes no values."""
    return Layer(Spec(is_view or name, None, None, (), Word(name)))


def is_worded(layer: Layer) -> bool:
    """Whether the word of a layer is one of the notation, not the name of another operator."""
    name = layer.spec.name
    return name in JOINS or (name in FORMS and layer.spec.word.text == str(layer.spec))


def windowed(
    name: str,
    window: Window,
    padding: Padding,
    size: Pair,
    *,
    count: int | None = None,
    ceil: bool = False,
    others: tuple[Setting, ...] = (),
) -> Layer:
    """A convolution or pool on an image of `size`; its padding is left out where the notation's default is the same."""
    is_pool = name in ("maxpool", "avgpool")
    rule: str | Padding = padding
    if not is_pool and window.stride == (1, 1) and name != "tconv":
        same = four_sides("same", size, window.reach, window.stride)
        rule = "same" if padding == same else padding
    settings = tuple(window_settings(window, rule, is_pool=is_pool, ceil=ceil))
    return worded(name, window.size, count, (*settings, *others))
