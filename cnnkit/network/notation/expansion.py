"""A whole stack read from its words: presets and files expanded, repeats written out.

``vgg16`` alone is that network with its own input; after an input it is its layers. ``@net.txt`` is the words of a
file. Both may begin a stack and may be repeated as one word. This module opens nothing: whoever has files hands over
how to read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cnnkit.errors import NotationError
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.reading import read_count, read_input, read_layer, refuse_foreign
from cnnkit.network.notation.spec import Spec, StackSpec
from cnnkit.network.notation.word import Word, split_lines, split_words
from cnnkit.network.volume import Shape, Volume, Waveform

MOST_LAYERS = 1000


class Files(Protocol):
    """Reader for files named in the stack. The library has none; the command line reads the user's."""

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""

    def shape_of(self, name: str, layout: str) -> Volume | Waveform:
        """The shape of the image or sound of this name, from its header alone; `layout` is that of arrays."""

    def text_of(self, name: str) -> str:
        """The content of the text file of this name."""


def read_stack(texts: Iterable[str], files: Files | None = None, input_layout: str = "") -> StackSpec:
    """Read an input and its layers from words, or from texts of several words.

    `input_layout` says in which order the numbers of the input stand, unless it is a network's own.
    """

    def is_name(piece: str) -> bool:
        return files is not None and files.has(piece.removeprefix("@"))

    words = split_words(texts, is_name)
    if not words:
        raise NotationError("the stack has no words", hint="begin with the input, as in 224x224x3 conv3-64")
    first, *rest = words
    if first.text.startswith("@") and len(first.text) > 1:
        first, *inner = _from_file(first, files)
    else:
        inner = []
    if first.text in NETWORKS:
        first, *preset = _preset(first)
        inner = [*preset, *inner]
        input_layout = ""
    if _names_a_file(first.text):
        if files is None:
            raise _unread(first, "give its size: rows x columns x depth, as in 224x224x3, or samples@rate")
        shape: Shape = files.shape_of(first.text, input_layout)
    else:
        shape = read_input(first, input_layout)
    layers = _layers(inner, files)
    return StackSpec(shape, tuple(layers + _layers(rest, files, len(layers))))


def _layers(words: list[Word], files: Files | None, before: int = 0, *, is_nested: bool = False) -> list[Spec]:
    """The layers of `words`; `before` is the number of layers before them."""
    layers: list[Spec] = []
    group: list[Spec] = []  # what the last word gave; empty after a repeat
    for word in words:
        if word.letters == "x" and word.text != "x":
            refuse_foreign(word)
            times = read_count(word.part(1), "repeats")
            if not group:
                raise word.error(
                    f"{word.quoted} repeats the layer before it, which is {'another repeat' if layers else 'missing'}",
                    hint="write the layer, then how many there are in all, as in conv3-64 x2",
                )
            layers += group * min(times - 1, MOST_LAYERS // len(group) + 1)
            group = []
        else:
            if word.text.startswith("@") and len(word.text) > 1:
                if is_nested:
                    raise word.error("a file of layers names another one", hint="name both on the command line")
                group = _layers(_from_file(word, files), files, is_nested=True)
            else:
                group = _layers(_preset(word)[1:], None) if word.text in NETWORKS else [read_layer(word)]
            layers += group
        if before + len(layers) > MOST_LAYERS:
            raise word.error("too many layers", hint=f"a stack has at most {MOST_LAYERS} layers")
    return layers


def _preset(word: Word) -> list[Word]:
    words = split_words([NETWORKS[word.text]])
    return [each._replace(origin=word.text) for each in words]


def _from_file(word: Word, files: Files | None) -> list[Word]:
    name = word.text[1:]
    if files is None:
        raise _unread(word, "read it yourself, and give its words: cnnkit.shape(*text.split())")
    words = split_lines(files.text_of(name), name)
    if not words:
        raise word.error(f"{word.quoted} has no layers", hint="write one layer a line; what follows a # is a comment")
    return words


def _unread(word: Word, hint: str) -> NotationError:
    return word.error(f"{word.quoted} names a file, and the library reads none", hint)


def _names_a_file(text: str) -> bool:
    """Whether an input is the name of a file: it has a folder, or an ending that begins with a letter."""
    stem, _, ending = text.rpartition(".")
    return "/" in text or "\\" in text or bool(stem and ending[:1].isalpha())
